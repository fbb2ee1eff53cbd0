"""Training that diverges is ended: by its losses, and by its weights before they are kept."""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import lightning as L
import torch
from torch import Tensor

from cadgen.model.finite import first_non_finite

# Reading a loss waits for a GPU, which then idles while the next step is prepared.
BATCHES_BETWEEN_LOOKS = {"cpu": 1, "cuda": 16}


class Diverged(ValueError):
    """A loss or a weight is no finite number; the message names the step and what to do instead."""


class LossWatch:
    """Raises `Diverged` in all ranks for a loss of any: at once on the CPU, within 16 batches on a GPU."""

    def __init__(self) -> None:
        self._unseen: list[tuple[int, Tensor]] = []

    def add(self, loss: Tensor, trainer: L.Trainer) -> None:
        self._unseen.append((trainer.global_step, loss.detach()))
        if len(self._unseen) >= BATCHES_BETWEEN_LOOKS.get(loss.device.type, 16):
            self.look(trainer)

    def look(self, trainer: L.Trainer) -> None:
        """Every rank has to call it as often: a rank that ended alone would leave the others waiting for ever."""
        losses = torch.stack([loss for _, loss in self._unseen]).tolist() if self._unseen else []
        steps = [step for step, _ in self._unseen]
        bad = next(((step, loss) for step, loss in zip(steps, losses, strict=True) if not math.isfinite(loss)), None)
        self._unseen.clear()
        if trainer.strategy.reduce_boolean_decision(bad is not None, all=False):
            step, loss = bad or (trainer.global_step, float("nan"))
            raise _diverged(trainer, f"the loss of step {step} is {loss}")


def refuse_non_finite(tensors: Iterable[tuple[str, Tensor]], trainer: L.Trainer) -> None:
    """Raises `Diverged` naming the first weight that is not finite: in all ranks alike, which hold the same."""
    if (bad := first_non_finite(tensors)) is not None:
        raise _diverged(trainer, f"{bad} is not finite at step {trainer.global_step}")


def named_tensors(tree: Any, place: str) -> Iterator[tuple[str, Tensor]]:
    """The tensors in dicts and lists of dicts and lists, with their places."""
    if isinstance(tree, Tensor):
        yield place, tree
    elif isinstance(tree, dict):
        for name, one in tree.items():
            yield from named_tensors(one, f"{place}.{name}")
    elif isinstance(tree, list | tuple):
        for position, one in enumerate(tree):
            yield from named_tensors(one, f"{place}[{position}]")


def _diverged(trainer: L.Trainer, what: str) -> Diverged:
    folder = trainer.default_root_dir
    again = "train again" if not (Path(folder) / "last.ckpt").is_file() else f"resume={folder} goes on from before"
    return Diverged(
        f"training has diverged: {what}; {again}, with a lower optim.learning_rate or trainer.precision=32-true"
    )
