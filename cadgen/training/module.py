"""The LightningModule: an objective, optimiser, schedule. Decoding and judging are callbacks."""

import copy
from collections.abc import Callable
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Timer
from lightning.pytorch.utilities.types import LRSchedulerConfigType, OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from cadgen.model import Network
from cadgen.model.loss import token_accuracy, token_loss
from cadgen.model.network import learning_rate_groups
from cadgen.training.checkpoint_io import StateFiles
from cadgen.training.divergence import LossWatch, named_tensors, refuse_non_finite
from cadgen.training.state_check import check_state


class LitCadgen(L.LightningModule):
    """objective: see `cadgen.training.objective`. learning_rate: the peak, reached after `warmup_steps`, held, and over
    the last `decay_share` of the steps lowered linearly to 0. Where the trainer has a `max_time`, shares are of that
    time instead, also of a run that was resumed.

    compile_encoder: by torch.compile; the decoder's lengths vary too much for it. seed: every step's random numbers
    (dropout) follow from it and the step alone, so that a resumed run goes on exactly.
    """

    def __init__(
        self,
        network: Network,
        objective: nn.Module,
        learning_rate: float = 1e-3,
        weight_decay: float = 0.05,
        warmup_steps: int = 50,
        decay_share: float = 1.0,
        compile_encoder: bool = False,
        seed: int = 0,
    ):
        super().__init__()
        self.network, self.objective = network, objective
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.warmup_steps, self.decay_share, self.seed = warmup_steps, decay_share, seed
        self.compile_encoder = compile_encoder
        self._compiled: _Compiled | None = None
        self._copy: list[Network] = []  # a list: its weights are not the module's
        self._watch = LossWatch()

    def setup(self, stage: str) -> None:
        """Sets how large a last.ckpt is read: weights, their average and two moments are half of it."""
        files = self.trainer.strategy.checkpoint_io
        if isinstance(files, StateFiles):
            own = sum(one.numel() * max(4, one.element_size()) for one in self.state_dict().values())
            files.largest = 8 * own + (64 << 20)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Raises `CheckpointError` for the state of another network, and for what no training says."""
        optimiser, loops = self._optimiser(), self.trainer.fit_loop.state_dict()
        parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
        source = str(self.trainer.ckpt_path or "last.ckpt")
        check_state(checkpoint, source, self.state_dict(), optimiser.state_dict(), parameters, loops)
        _set_learning_rate(self.learning_rate, checkpoint)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        for part in ("state_dict", "current_model_state", "optimizer_states"):
            refuse_non_finite(named_tensors(checkpoint.get(part, {}), part), self.trainer)

    def on_train_start(self) -> None:
        # Not before: the average of the weights is a deep copy, and what is compiled belongs to one copy.
        self._compiled = _Compiled(self.network) if self.compile_encoder else None

    def on_train_batch_start(self, batch: dict[str, Tensor], batch_idx: int) -> None:
        epoch_length = self.trainer.num_training_batches
        torch.manual_seed(self.seed * 1_000_003 + self.trainer.current_epoch * epoch_length + batch_idx)

    def keep_whole(self) -> None:
        """Keeps a copy of the network, to be called before its weights are sharded."""
        self._copy = [copy.deepcopy(self.network)]

    @property
    def whole(self) -> Network:
        """The network with all of its weights: where those are sharded, a copy, as of the beginning of a validation."""
        return self._copy[0] if self._copy else self.network

    def training_step(self, batch: dict[str, Tensor], batch_idx: int) -> Tensor:
        loss, told = self.objective(self._compiled or self.network, batch)
        self._watch.add(loss, self.trainer)
        for name, value in told.items():
            self.log(f"train/{name}", value, prog_bar=name == "loss")
        return loss

    def on_train_epoch_end(self) -> None:
        self._watch.look(self.trainer)

    def on_validation_epoch_start(self) -> None:
        """Here, in all ranks, since the best network is saved by one alone."""
        self._watch.look(self.trainer)
        if self._copy:
            weights = self.trainer.strategy.lightning_module_state_dict()
            own = {name.removeprefix("network."): one for name, one in weights.items() if name.startswith("network.")}
            self.whole.load_state_dict(own)
            self.whole.to(self.device).eval()
        refuse_non_finite(self.whole.named_parameters(), self.trainer)

    def validation_step(self, batch: dict[str, Tensor], batch_idx: int) -> None:
        logits_BLV = self.network(batch["image"], batch["labels"])
        size = len(batch["image"])
        loss, accuracy = token_loss(logits_BLV, batch["labels"]), token_accuracy(logits_BLV, batch["labels"])
        self.log("val/loss", loss, prog_bar=True, batch_size=size, sync_dist=True)
        self.log("val/token_accuracy", accuracy, batch_size=size, sync_dist=True)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        optimiser = self._optimiser()
        factor = self._by_steps() if timer_of(self.trainer) is None else self._by_time
        schedule: LRSchedulerConfigType = {"scheduler": LambdaLR(optimiser, factor), "interval": "step"}
        return {"optimizer": optimiser, "lr_scheduler": schedule}

    def _optimiser(self) -> torch.optim.AdamW:
        groups = learning_rate_groups(self.network, self.learning_rate, self.weight_decay)
        if own := list(self.objective.parameters()):
            groups.append({"params": own, "lr": self.learning_rate, "weight_decay": 0.0})
        plain = self.trainer.precision == "32-true"  # Lightning clips no gradients of a fused optimiser in others
        return torch.optim.AdamW(groups, lr=self.learning_rate, betas=(0.9, 0.98), fused=plain)

    def _by_steps(self) -> Callable[[int], float]:
        total = int(self.trainer.estimated_stepping_batches)
        warmup = min(self.warmup_steps, total)
        decay = max(1, min(round(self.decay_share * total), total - warmup))
        return lambda step: (step + 1) / warmup if step < warmup else min(1.0, max(0.0, (total - step) / decay))

    def _by_time(self, step: int) -> float:
        if step < self.warmup_steps:
            return (step + 1) / self.warmup_steps
        timer = timer_of(self.trainer)
        assert timer is not None
        left_s = timer.time_remaining()
        assert left_s is not None
        share = left_s / (timer.time_elapsed() + left_s)
        # Clocks of ranks differ, and weights would with them.
        return self.trainer.strategy.broadcast(min(1.0, max(0.0, share / self.decay_share)))


def timer_of(trainer: L.Trainer) -> Timer | None:
    """What ends a run of limited time."""
    callbacks: list[L.Callback] = trainer.callbacks  # type: ignore[attr-defined]  # Lightning does not declare it
    return next((callback for callback in callbacks if isinstance(callback, Timer)), None)


def _set_learning_rate(rate: float, checkpoint: dict[str, Any]) -> None:
    """Lets a run go on at another rate than it had: else what the optimiser and the schedule remember would stand."""
    for schedule, optimiser in zip(checkpoint["lr_schedulers"], checkpoint["optimizer_states"], strict=True):
        before = schedule["base_lrs"][0]  # of the matrices, see `learning_rate_groups`
        if before and before != rate:
            ratio = rate / before
            for name in ("base_lrs", "_last_lr"):
                schedule[name] = [one * ratio for one in schedule[name]]
            for group in optimiser["param_groups"]:
                group.update(lr=group["lr"] * ratio, initial_lr=group["initial_lr"] * ratio)


class _Compiled:
    """The network with a compiled encoder."""

    def __init__(self, network: Network) -> None:
        self.network, self.encode = network, torch.compile(network.encode)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.network, name)
