"""States of strangers whose checksum is right: each resumes to one clear error, before torch believes anything."""

import copy
from collections.abc import Callable
from pathlib import Path

import lightning as L
import numpy as np
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint, Timer

from cadgen.data import Sample, Stream
from cadgen.model import CheckpointError, compact
from cadgen.training.checkpoint_io import StateFiles
from cadgen.training.data import CadData
from cadgen.training.module import LitCadgen
from cadgen.training.objective import Likelihood
from cadgen.training.state_file import read_state, write_state
from callbacks.average import Average
from callbacks.keep_best import KeepBest

CODE = "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,0)).moveTo(0,0).circle({}).extrude(5)\n"


def fit(folder: Path, epochs: int, resume: bool = False) -> L.Trainer:
    torch.manual_seed(0)
    network = compact(
        image_size=32, sees=("grey",), stem=(8, 16), vision_width=64, vision_layers=1, decoder_width=64,
        decoder_layers=1,
    )  # fmt: skip
    stream = Stream(lambda seed, size: (np.full((size, size, 3), seed % 256, np.uint8), CODE.format(seed % 300)), 0, 32)
    data = CadData(network, stream, [Sample("0", b"", CODE.format(1))], 4, steps_per_epoch=1, num_workers=0)
    last = ModelCheckpoint(dirpath=folder, filename="last", enable_version_counter=False, save_on_train_epoch_end=True)
    trainer = L.Trainer(
        accelerator="cpu", max_epochs=epochs, limit_val_batches=0, logger=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=folder, plugins=[StateFiles()],
        callbacks=[KeepBest(str(folder), "val/score"), Timer("00:01:00:00"), last, Average(0.9)],
    )  # fmt: skip
    module = LitCadgen(network, Likelihood(network), learning_rate=1e-2, weight_decay=0.07, warmup_steps=1)
    trainer.fit(module, datamodule=data, ckpt_path=str(folder / "last.ckpt") if resume else None)
    return trainer


@pytest.fixture(scope="module")
def state(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("run")
    fit(folder, epochs=1)
    return read_state(folder / "last.ckpt")


def put(*path: object) -> Callable[[dict], None]:
    """Sets the last of `path` at the place that the others name."""
    *way, name, value = path

    def change(state: dict) -> None:
        for one in way:
            state = state[one]
        state[name] = value

    return change


def whole(*path: object) -> Callable[[dict], None]:
    """The tensor at `path` of the right shape, but of whole numbers."""

    def change(state: dict) -> None:
        *way, name = path
        for one in way:
            state = state[one]
        state[name] = state[name].long()

    return change


def callback(kind: str, name: str, value: object) -> Callable[[dict], None]:
    return lambda state: next(v for k, v in state["callbacks"].items() if k.startswith(kind)).update({name: value})


LOOPS, MOMENTS = ("loops", "fit_loop"), ("optimizer_states", 0, "state", 0)
GROUP, SCHEDULE = ("optimizer_states", 0, "param_groups", 0), ("lr_schedulers", 0)
BIAS = "network.projector.bias"
FORGED = {
    "moments of another shape": put(*MOMENTS, "exp_avg", torch.zeros(3)),
    "second moments of another shape": put(*MOMENTS, "exp_avg_sq", torch.zeros(())),
    "moments of whole numbers": whole(*MOMENTS, "exp_avg"),
    "moments that are none": put(*MOMENTS, "exp_avg", None),
    "no moments": put(*MOMENTS, {}),
    "a moment more": put(*MOMENTS, "max_exp_avg_sq", torch.zeros(3)),
    "many steps at once": put(*MOMENTS, "step", torch.ones(3)),
    "a step of no tensor": put(*MOMENTS, "step", 1),
    "a step of no number": put(*MOMENTS, "step", torch.tensor(float("nan"))),
    "a parameter that is not": put("optimizer_states", 0, "state", 10**6, {}),
    "a parameter by a name": put("optimizer_states", 0, "state", "0", {}),
    "a group less": lambda state: state["optimizer_states"][0]["param_groups"].pop(),
    "other parameters": put(*GROUP, "params", [0]),
    "a rate that is a text": put(*GROUP, "lr", "fast"),
    "a rate that is infinite": put(*GROUP, "initial_lr", float("inf")),
    "no optimiser": put("optimizer_states", []),
    "two optimisers": lambda state: state["optimizer_states"].append({}),
    "rates of a schedule": put(*SCHEDULE, "base_lrs", [0.1]),
    "a step of a schedule": put(*SCHEDULE, "last_epoch", "x"),
    "no schedule": put("lr_schedulers", []),
    "a score that is a text": callback("KeepBest", "best", "abc"),
    "a score of several lines": callback("KeepBest", "best", torch.zeros(3, 3)),
    "a score that is infinite": callback("KeepBest", "best", float("inf")),
    "a clock that is a text": callback("Timer", "time_elapsed", "long"),
    "a clock of texts": callback("Timer", "time_elapsed", {"train": "long"}),
    "a path of no text": callback("ModelCheckpoint", "best_model_path", 5),
    "a step of an average": callback("Average", "latest_update_step", "x"),
    "a callback of no table": put("callbacks", "KeepBest", [1]),
    "callbacks of no table": put("callbacks", [1]),
    "an absurd epoch": put(*LOOPS, "epoch_progress", "current", "completed", 10**30),
    "an epoch of text": put(*LOOPS, "epoch_progress", "current", "completed", "1"),
    "a negative epoch": put(*LOOPS, "epoch_progress", "current", "ready", -1),
    "progress of no table": put(*LOOPS, "epoch_progress", "current", 5),
    "a method of a loop": put(*LOOPS, "epoch_progress", "reset", 5),
    "batches of text": put(*LOOPS, "epoch_loop.state_dict", "_batches_that_stepped", "x"),
    "states of a loader": put(*LOOPS, "state_dict", "combined_loader", [1]),
    "no loop": put("loops", {}),
    "an old version": put("pytorch-lightning_version", "0.1.0"),
    "a version of no text": put("pytorch-lightning_version", 5),
    "an unknown part": put("hyper_parameters", {}),
    "a weight of another shape": put("current_model_state", BIAS, torch.zeros(3)),
    "a weight of whole numbers": whole("current_model_state", BIAS),
    "a weight that is none": put("state_dict", BIAS, 5),
    "a weight of no name": put("state_dict", None, torch.zeros(3)),
    "a weight whose name has two lines": put("state_dict", "a\nb", torch.zeros(3)),
    "weights of no table": put("current_model_state", 5),
    "an average's own weight": put("averaging_state", f"module.{BIAS}", torch.zeros(3)),
    "an average of no count": put("averaging_state", "n_averaged", torch.zeros(3)),
    "no average": lambda state: state.pop("averaging_state"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_state_is_one_clear_error(name, state, tmp_path):
    forged = copy.deepcopy(state)
    FORGED[name](forged)
    write_state(forged, tmp_path / "last.ckpt")
    with pytest.raises(CheckpointError, match=r"last\.ckpt.*(model\.weights=RUN|resume with the model)") as told:
        fit(tmp_path, epochs=2, resume=True)
    assert "\n" not in str(told.value)


def test_what_is_no_value_to_remember_is_our_own_whatever_a_state_says(state, tmp_path):
    forged = copy.deepcopy(state)
    put(*SCHEDULE, "get_lr", 5)(forged)
    put(*SCHEDULE, "lr_lambdas", [{"__code__": 5}])(forged)
    for name, value in {"betas": "ab", "amsgrad": True, "fused": None, "weight_decay": 1e9, "foreach": True}.items():
        put(*GROUP, name, value)(forged)
    write_state(forged, tmp_path / "last.ckpt")
    trainer = fit(tmp_path, epochs=2, resume=True)
    group = trainer.optimizers[0].param_groups[0]
    assert trainer.global_step == 2
    assert (group["betas"], group["amsgrad"], group["fused"], group["weight_decay"]) == ((0.9, 0.98), False, True, 0.07)


def test_more_bytes_than_a_training_of_the_network_can_have_are_not_read(state, tmp_path, monkeypatch):
    write_state(state, tmp_path / "last.ckpt")
    with (tmp_path / "last.ckpt").open("r+b") as file:
        file.truncate(1 << 30)  # sparse
    monkeypatch.setattr("cadgen.training.state_file.safe_open", lambda *_: pytest.fail("it was read"))
    with pytest.raises(CheckpointError, match=r"last\.ckpt has 1,073,741,824 bytes, and .* at most [\d,]{10,11};"):
        fit(tmp_path, epochs=2, resume=True)
