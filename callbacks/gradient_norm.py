"""Logs train/gradient_norm."""

import lightning as L
import torch
from torch.distributed.tensor import DTensor


class GradientNorm(L.Callback):
    """The Euclidean norm of all gradients together, before they are clipped: over the bound, steps are shortened."""

    def on_before_optimizer_step(
        self, trainer: L.Trainer, pl_module: L.LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        norm = torch.nn.utils.get_total_norm([one.grad for one in pl_module.parameters() if one.grad is not None])
        # Of a sharded network each process knows a part.
        pl_module.log("train/gradient_norm", norm.full_tensor() if isinstance(norm, DTensor) else norm)
