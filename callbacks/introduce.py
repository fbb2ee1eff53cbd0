"""Introduces a run to its loggers: what it is, and to wandb, which of its values are the best."""

import lightning as L
from lightning.pytorch.loggers import WandbLogger

from cadgen.eval.metric import PRIMARY, TITLES
from cadgen.model import count_parameters


class Introduce(L.Callback):
    """config: of the whole run; every logger gets it, with the numbers of parameters.

    In the summary of a run of wandb stands the best of each score of a validation, not the last.
    """

    def __init__(self, config: dict):
        self.config = config

    def on_fit_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        total, trained = count_parameters(pl_module.network)
        told = {**self.config, "parameters": {"total": total, "trained": trained}}
        scores = {"val/loss": "min", "val/token_accuracy": "max"}
        for decoding in self.config["decodings"]:
            for metric in TITLES:
                name = "iou" if metric == PRIMARY.name else metric  # as DecodingEval logs them
                scores[f"val/{decoding}/{name}"] = "max"
        for logger in trainer.loggers:
            logger.log_hyperparams(told)
            if isinstance(logger, WandbLogger) and trainer.is_global_zero:
                for score, best in scores.items():
                    logger.experiment.define_metric(score, step_metric="trainer/global_step", summary=best)
