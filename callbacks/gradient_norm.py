"""Logs train/gradient_norm."""

import lightning as L
import torch
from lightning.pytorch.strategies import FSDPStrategy


class GradientNorm(L.Callback):
    """The Euclidean norm of all gradients together, before they are clipped: over the bound, steps are shortened.

    Not of a sharded network (FSDP), of which each process knows a part.
    """

    def on_before_optimizer_step(
        self, trainer: L.Trainer, pl_module: L.LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        if isinstance(trainer.strategy, FSDPStrategy):
            return
        gradients = [one.grad for one in pl_module.parameters() if one.grad is not None]
        pl_module.log("train/gradient_norm", torch.nn.utils.get_total_norm(gradients))
