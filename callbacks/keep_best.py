"""Keeps the network of the best validation as a checkpoint folder, `<run>/best`, which needs no Lightning to load."""

import json
import math
from pathlib import Path

import lightning as L

from cadgen.model import save_network
from cadgen.paths import write_whole


class KeepBest(L.Callback):
    """monitor: a logged score, larger is better."""

    def __init__(self, run_dir: str, monitor: str):
        self.run_dir, self.monitor = Path(run_dir), monitor
        self.best: float | None = None

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.sanity_checking or not trainer.is_global_zero:
            return
        if self.monitor not in trainer.callback_metrics:
            known = sorted(name for name in trainer.callback_metrics if name.startswith("val/"))
            raise ValueError(f"monitor={self.monitor} was not logged; it must be one of {', '.join(known)}")
        score = float(trainer.callback_metrics[self.monitor])
        if not math.isnan(score) and (self.best is None or score > self.best):
            self.best = score
            save_network(pl_module.whole, self.run_dir / "best")
            told = {"step": trainer.global_step, self.monitor: score}
            write_whole(self.run_dir / "best.json", json.dumps(told) + "\n")

    def state_dict(self) -> dict:
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict) -> None:
        self.best = state_dict["best"]
