"""The LightningModule: loss, optimiser, schedule. Decoding and judging are callbacks."""

import lightning as L
import torch
from lightning.pytorch.utilities.types import LRSchedulerConfigType, OptimizerLRSchedulerConfig
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from cadgen.model import Network, token_loss
from cadgen.model.network import learning_rate_groups


class LitCadgen(L.LightningModule):
    """learning_rate: the peak, reached after `warmup_steps` and decayed linearly to 0 at the last step.

    seed: every step's random numbers (dropout) follow from it and the step alone, so that a resumed run goes on
    exactly.
    """

    def __init__(
        self,
        network: Network,
        learning_rate: float = 1e-3,
        weight_decay: float = 0.05,
        warmup_steps: int = 50,
        label_smoothing: float = 0.0,
        seed: int = 0,
    ):
        super().__init__()
        self.network = network
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.warmup_steps, self.label_smoothing, self.seed = warmup_steps, label_smoothing, seed

    def on_train_batch_start(self, batch: dict[str, Tensor], batch_idx: int) -> None:
        epoch_length = self.trainer.num_training_batches
        torch.manual_seed(self.seed * 1_000_003 + self.trainer.current_epoch * epoch_length + batch_idx)

    def training_step(self, batch: dict[str, Tensor], batch_idx: int) -> Tensor:
        loss = self._loss(batch, self.label_smoothing)
        self.log("train/loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: dict[str, Tensor], batch_idx: int) -> None:
        loss = self._loss(batch, 0.0)
        self.log("val/loss", loss, prog_bar=True, batch_size=len(batch["image"]), sync_dist=True)

    def _loss(self, batch: dict[str, Tensor], label_smoothing: float) -> Tensor:
        return token_loss(self.network(batch["image"], batch["labels"]), batch["labels"], label_smoothing)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        groups = learning_rate_groups(self.network, self.learning_rate, self.weight_decay)
        optimiser = torch.optim.AdamW(groups, lr=self.learning_rate, betas=(0.9, 0.98))
        total = int(self.trainer.estimated_stepping_batches)
        warmup = min(self.warmup_steps, total)

        def factor(step: int) -> float:
            return (step + 1) / warmup if step < warmup else max(0.0, (total - step) / max(1, total - warmup))

        schedule: LRSchedulerConfigType = {"scheduler": LambdaLR(optimiser, factor), "interval": "step"}
        return {"optimizer": optimiser, "lr_scheduler": schedule}
