"""Keeps a running average of the weights; validation, checkpoints of the best and the end of training use it."""

from collections.abc import Sequence

import lightning as L
import torch
from lightning.pytorch.callbacks import WeightAveraging
from torch import Tensor


class Average(WeightAveraging):
    """Exponential moving average: the share of the past is `decay`, and less as long as there is little past.

    Lightning's own goes back to the current weights before `on_validation_end`, where the best network is saved; this
    one does so after it, so it has to be the last of the callbacks.
    """

    def __init__(self, decay: float = 0.999):
        super().__init__(use_buffers=False, multi_avg_fn=_ema(decay))

    def on_validation_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        pass

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if self._average_model is not None:
            self._swap_models(pl_module)


def _ema(decay: float):
    @torch.no_grad()
    def average(averaged: Sequence[Tensor], current: Sequence[Tensor], num_averaged: Tensor | int) -> None:
        count = float(num_averaged)
        share = min(decay, (1 + count) / (10 + count))
        torch._foreach_lerp_(list(averaged), list(current), 1 - share)

    return average
