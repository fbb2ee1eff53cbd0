"""Logs train/samples_per_s, and train/wait_share: the share of the time in which a step waited for its batch."""

import time
from collections.abc import Mapping

import lightning as L
from torch import Tensor


class Throughput(L.Callback):
    """every_n_steps: one value for so many batches; a validation between them is not counted."""

    def __init__(self, every_n_steps: int = 50):
        self.every_n_steps = every_n_steps
        self._forget()

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._forget()

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: dict[str, Tensor], batch_idx: int
    ) -> None:
        self._waited += time.monotonic() - self._ended

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Mapping[str, Tensor],
        batch: dict[str, Tensor],
        batch_idx: int,
    ) -> None:
        self._ended = time.monotonic()
        self._samples += len(batch["image"]) * trainer.world_size
        if (batch_idx + 1) % self.every_n_steps == 0:
            passed = self._ended - self._started
            pl_module.log("train/samples_per_s", self._samples / passed)
            pl_module.log("train/wait_share", self._waited / passed)
            self._forget()

    def _forget(self) -> None:
        self._started = self._ended = time.monotonic()
        self._samples, self._waited = 0, 0.0
