"""python -m tests.training.processes STRATEGY RUN EPOCHS [LAST]: trains a tiny network; RUN/losses.json says how.

STRATEGY: one, ddp or sharded; the latter two in two processes, each with half of every batch. EPOCHS: of two, after
which it is ended. LAST: a last.ckpt.
"""

import json
import sys
from pathlib import Path

import cadgen  # noqa: F401  # isort: skip  lets Lightning be imported beside a torch for CPUs
import lightning as L
import numpy as np
import torch
from lightning.pytorch.callbacks import ModelCheckpoint

from cadgen.data import Sample, Stream
from cadgen.model import Lora, Network, compact
from cadgen.training.checkpoint_io import StateFiles
from cadgen.training.data import CadData
from cadgen.training.module import LitCadgen
from cadgen.training.objective import Likelihood
from cadgen.training.sharded import Sharded
from callbacks.gradient_norm import GradientNorm
from callbacks.keep_best import KeepBest

CODE = "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,0)).moveTo(0,0).circle({}).extrude(5)\n"


class Losses(L.Callback):
    """The loss of every batch and validation, over all processes: two halves of one length have its mean."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs
        self.train: list[float] = []
        self.val: list[float] = []
        self.norm: list[float] = []

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        loss = trainer.callback_metrics["train/loss"]
        self.train.append(float(trainer.strategy.reduce(loss, reduce_op="mean")))

        if "train/gradient_norm" in trainer.callback_metrics:
            self.norm.append(float(trainer.callback_metrics["train/gradient_norm"]))

    def on_train_epoch_end(self, trainer, pl_module):
        trainer.should_stop = trainer.current_epoch + 1 == self.epochs

    def on_validation_end(self, trainer, pl_module):
        self.val.append(float(trainer.callback_metrics["val/loss"]))


def adapted() -> Network:
    """The same tiny network at every call; of its weights some are frozen."""
    torch.manual_seed(0)
    sizes = {"vision_width": 64, "vision_layers": 2, "decoder_width": 64, "decoder_layers": 2}
    network = compact(image_size=32, stem=(8, 16), sees=("grey",), **sizes)
    network.pretrained = True
    return network.adapt(1, Lora(r=4, alpha=8))


def draw(seed: int, size: int) -> tuple[np.ndarray, str]:
    return np.full((size, size, 3), seed % 256, np.uint8), CODE.format(1 + seed % 300)


def main(strategy: str, run: str, epochs: str, last: str | None = None) -> None:
    processes = 1 if strategy == "one" else 2
    network = adapted()
    val = [Sample(str(number), b"", CODE.format(number)) for number in (1, 2)]
    data = CadData(network, Stream(draw, 0, 32), val, 8 // processes, steps_per_epoch=4, num_workers=0)
    data.val_dataloader = data.train_dataloader
    objective = Likelihood(network, number_spread=1.5, presence_weight=0.02)
    module = LitCadgen(network, objective, learning_rate=1e-3, warmup_steps=1, decay_share=0.1)
    losses = Losses(int(epochs))
    kept = ModelCheckpoint(run, filename="last", enable_version_counter=False, save_on_train_epoch_end=True)
    trainer = L.Trainer(
        accelerator="cpu", devices=processes, strategy={"one": "auto", "sharded": Sharded()}.get(strategy, strategy),
        max_epochs=2, accumulate_grad_batches=2, gradient_clip_val=1.0, num_sanity_val_steps=0,
        use_distributed_sampler=False, callbacks=[losses, GradientNorm(), KeepBest(run, "val/token_accuracy"), kept],
        plugins=[StateFiles()], logger=False, enable_progress_bar=False, enable_model_summary=False,
        default_root_dir=run,
    )  # fmt: skip
    trainer.fit(module, datamodule=data, ckpt_path=last)
    if trainer.is_global_zero:
        told = {"train": losses.train, "val": losses.val, "norm": losses.norm, "steps": trainer.global_step}
        (Path(run) / "losses.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
