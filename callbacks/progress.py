"""Progress of a run: Lightning's rich bar on a terminal, a plain line now and then elsewhere."""

import math
import sys
import time
from collections.abc import Mapping

import lightning as L
from lightning.pytorch.callbacks import RichProgressBar
from torch import Tensor

from cadgen.training.module import timer_of

_SECONDS_BETWEEN_LINES = 30.0


class PlainLines(L.Callback):
    """Prints step, loss, speed and the time that is left, and the scores of every validation."""

    def __init__(self) -> None:
        self._started, self._first_step, self._told = 0.0, 0, 0.0

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._started = self._told = time.monotonic()
        self._first_step = trainer.global_step

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Mapping[str, Tensor],
        batch: dict[str, Tensor],
        batch_idx: int,
    ) -> None:
        now = time.monotonic()
        if trainer.is_global_zero and now - self._told > _SECONDS_BETWEEN_LINES:
            self._told = now
            loss = float(outputs["loss"]) * trainer.accumulate_grad_batches  # Lightning gives a batch's share of a step
            speed = (trainer.global_step - self._first_step) / (now - self._started)
            print(f"{_place(trainer, speed)}  loss {loss:.3f}  {_pace(trainer, speed)}".rstrip(), flush=True)

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.is_global_zero:
            scores = {name: float(value) for name, value in trainer.callback_metrics.items() if name.startswith("val/")}
            print(
                "  ".join([f"step {trainer.global_step}", *(f"{k} {v:.3f}" for k, v in sorted(scores.items()))]),
                flush=True,
            )


def _steps_left(trainer: L.Trainer, speed: float) -> float:
    """Infinity in a run without end."""
    timer = timer_of(trainer)
    if timer is None:
        return trainer.estimated_stepping_batches - trainer.global_step
    return round(speed * (timer.time_remaining() or 0.0))  # as many as the time that is left will do


def _place(trainer: L.Trainer, speed: float) -> str:
    left = _steps_left(trainer, speed)
    is_known = math.isfinite(left) and (speed or timer_of(trainer) is None)
    return f"step {trainer.global_step}" + (f"/{trainer.global_step + int(left)}" if is_known else "")


def _pace(trainer: L.Trainer, speed: float) -> str:
    """Steps a second and what is left; nothing before the first step, which may take many batches."""
    if not speed:
        return ""
    left = _steps_left(trainer, speed)
    return f"{speed:.2f} steps/s" + (f"  {left / speed / 60:.0f} min left" if math.isfinite(left) else "")


def progress() -> L.Callback:
    """The one that fits where the output goes."""
    return RichProgressBar() if sys.stdout.isatty() else PlainLines()
