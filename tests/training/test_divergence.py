"""Training that diverges ends at once and leaves what was kept before."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path

import lightning as L
import numpy as np
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint, Timer
from PIL import Image
from torch import nn

from cadgen.data import Sample, Stream
from cadgen.model import CheckpointError, compact, load_network
from cadgen.model.loss import token_loss
from cadgen.training import divergence
from cadgen.training.checkpoint_io import StateFiles
from cadgen.training.data import CadData
from cadgen.training.divergence import Diverged, LossWatch
from cadgen.training.module import LitCadgen
from cadgen.training.state_file import read_state, write_state
from callbacks.average import Average
from callbacks.keep_best import KeepBest

ROOT = Path(__file__).resolve().parents[2]
CODE = "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,0)).moveTo(0,0).circle({}).extrude(5)\n"


class Failing(nn.Module):
    """The likelihood, but from batch `at` on the loss is `value`; or else the weights are spoilt there."""

    def __init__(self, at: int, value: float | None):
        super().__init__()
        self.at, self.value, self.seen = at, value, 0

    def forward(self, network, batch):
        loss = token_loss(network(batch["image"], batch["labels"]), batch["labels"])
        self.seen += 1
        if self.seen > self.at:
            if self.value is None:
                with torch.no_grad():
                    network.vision.pos_embed[0, -1, -1] = float("nan")
                loss = loss.detach() * 0 + sum(p.sum() * 0 for p in network.projector.parameters())
            else:
                loss = loss * self.value
        return loss, {"loss": loss}


class Scores(L.Callback):
    def on_validation_epoch_end(self, trainer, pl_module):
        pl_module.log("val/score", float(trainer.current_epoch))


def fit(
    folder: Path, objective: nn.Module | None = None, resume: bool = False, rate: float = 1e-2, extra=(),
    epochs: int = 3, **sizes,
):  # fmt: skip
    """Epochs of two batches; best/ and last.ckpt are kept at the end of each."""
    torch.manual_seed(0)
    small = {
        "image_size": 32,
        "stem": (8, 16),
        "vision_width": 64,
        "vision_layers": 1,
        "decoder_width": 64,
        "sees": ["grey"],
    }
    network = compact(**small | sizes, decoder_layers=1)
    stream = Stream(lambda seed, size: (np.full((size, size, 3), seed % 256, np.uint8), CODE.format(seed % 300)), 0, 32)
    data = CadData(network, stream, [Sample("0", picture(), CODE.format(1))], 4, steps_per_epoch=2, num_workers=0)
    module = LitCadgen(network, objective or Failing(99, 1.0), learning_rate=rate, warmup_steps=1)
    last = ModelCheckpoint(
        dirpath=folder, filename="last", enable_version_counter=False, save_on_train_epoch_end=True
    )  # fmt: skip
    trainer = L.Trainer(
        accelerator="cpu", max_epochs=epochs, num_sanity_val_steps=0, logger=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=folder, plugins=[StateFiles()],
        callbacks=[Scores(), KeepBest(str(folder), "val/score"), last, *extra],
    )  # fmt: skip
    trainer.fit(module, datamodule=data, ckpt_path=str(folder / "last.ckpt") if resume else None)
    return trainer


def picture() -> bytes:
    pixels = np.full((32, 32), 255, np.uint8)
    pixels[8:20, 8:20] = 0
    Image.fromarray(pixels).save(held := io.BytesIO(), "PNG")
    return held.getvalue()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None], ids=["NaN", "infinite", "weights"])
@pytest.mark.parametrize("extra", [False, True], ids=["plain", "averaged"])
def test_training_stops_where_it_diverges_and_keeps_what_was_before(value, extra, tmp_path):
    with pytest.raises(Diverged, match=r"diverged.* step [345].*resume=.*lower optim\.learning_rate") as told:
        fit(tmp_path, Failing(3, value), extra=[Average(0.9)] if extra else [])
    if value is not None:
        assert "the loss of step 3 is" in str(told.value)
    assert read_state(tmp_path / "last.ckpt")["global_step"] == 2
    assert json.loads((tmp_path / "best.json").read_text())["step"] == 2
    assert all(one.isfinite().all() for one in load_network(tmp_path / "best").parameters())
    assert {path.name for path in tmp_path.iterdir()} == {"best", "best.json", "last.ckpt"}


def test_the_remedy_of_a_run_without_a_checkpoint_is_to_train_again(tmp_path):
    with pytest.raises(Diverged, match=r"the loss of step 1 is nan; train again, with a lower"):
        fit(tmp_path, Failing(1, float("nan")))
    assert list(tmp_path.iterdir()) == []


def test_on_a_gpu_losses_are_looked_at_now_and_then_and_before_anything_is_kept(tmp_path, monkeypatch):
    """The CPU stands for one: its losses are set aside all the same."""
    looks, look = [], LossWatch.look
    monkeypatch.setitem(divergence.BATCHES_BETWEEN_LOOKS, "cpu", 16)
    monkeypatch.setattr(
        LossWatch, "look", lambda self, trainer: (looks.append(trainer.global_step), look(self, trainer))
    )
    with pytest.raises(Diverged, match="the loss of step 2 is nan"):
        fit(tmp_path, Failing(2, float("nan")))
    assert looks == [2, 2, 4]  # the validation, the end of the epoch, the validation
    assert read_state(tmp_path / "last.ckpt")["global_step"] == 2


def test_a_score_that_is_no_number_is_never_the_best(tmp_path):
    keeper = KeepBest(str(tmp_path), "val/score")
    trainer = type(
        "Trainer",
        (),
        {"sanity_checking": False, "is_global_zero": True, "callback_metrics": {"val/score": float("nan")}},
    )()
    keeper.on_validation_end(trainer, None)
    assert keeper.best is None and list(tmp_path.iterdir()) == []


def test_a_resumed_run_goes_on_at_the_learning_rate_that_it_is_given(tmp_path):
    before = [group["initial_lr"] for group in fit(tmp_path, epochs=1).optimizers[0].param_groups]
    slower = fit(tmp_path, resume=True, rate=1e-3)
    assert slower.global_step == 6
    assert [group["initial_lr"] for group in slower.optimizers[0].param_groups] == pytest.approx(np.divide(before, 10))
    assert slower.lr_scheduler_configs[0].scheduler.base_lrs == pytest.approx(np.divide(before, 10))


def test_the_state_of_a_clock_and_of_an_average_goes_through_the_file(tmp_path):
    half = [Timer("00:01:00:00"), Average(0.9)]
    fit(tmp_path, epochs=1, extra=half)
    assert read_state(tmp_path / "last.ckpt").keys() >= {"current_model_state", "averaging_state"}
    resumed = [Timer("00:01:00:00"), Average(0.9)]
    fit(tmp_path, epochs=2, resume=True, extra=resumed)
    assert resumed[0].time_elapsed() > half[0].time_elapsed() > 0
    assert resumed[1]._latest_update_step == 4


def test_resuming_with_another_network_is_one_clear_error(tmp_path):
    fit(tmp_path)
    with pytest.raises(CheckpointError, match=r"last\.ckpt is of another network: .*; resume with the model"):
        fit(tmp_path, resume=True, vision_layers=2)


def test_a_state_with_a_weight_of_no_number_resumes_to_an_error(tmp_path):
    fit(tmp_path, epochs=1)
    state = read_state(tmp_path / "last.ckpt")
    state["state_dict"]["network.projector.bias"][0] = float("nan")
    write_state(state, tmp_path / "last.ckpt")
    with pytest.raises(Diverged):
        fit(tmp_path, resume=True)


RANKS = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}]
import cadgen
import lightning as L, torch
from torch import nn
from torch.utils.data import DataLoader
from cadgen.training.divergence import Diverged, LossWatch

class Module(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer, self.watch = nn.Linear(2, 1), LossWatch()
    def training_step(self, batch, batch_idx):
        loss = self.layer(batch).square().mean()
        if self.global_rank == 1 and batch_idx == 2:
            loss = loss * float("nan")
        self.watch.add(loss, self.trainer)
        return loss
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)

trainer = L.Trainer(accelerator="cpu", devices=2, strategy="ddp_fork", max_epochs=1, logger=False,
    enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False, default_root_dir={folder!r})
trainer.fit(Module(), DataLoader(torch.randn(64, 2), 4))
"""


@pytest.mark.slow  # three processes that import everything
def test_where_one_rank_diverges_all_end(tmp_path):
    code = RANKS.format(root=str(ROOT), folder=str(tmp_path))
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=240)
    assert done.returncode != 0 and "training has diverged: the loss of step 2 is nan" in done.stderr, done.stderr
    assert time.monotonic() - began < 200
