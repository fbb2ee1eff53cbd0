"""Keeps <run>/run.json true while training: command, commit, configuration, and how far it came."""

from pathlib import Path

import lightning as L
from lightning.pytorch.utilities.exceptions import SIGTERMException

from cadgen.eval.provenance import FAILED, FINISHED, INTERRUPTED, RUNNING, write_run
from cadgen.interrupt import was_asked_to_end


class RunRecord(L.Callback):
    """status: "running", then "finished", "interrupted" or "failed" with the error; step: when that was.

    A run that was killed is still "running" to the record. config: of the whole run.
    """

    def __init__(self, config: dict, run_dir: str):
        self.config, self.run_dir = config, Path(run_dir)

    def on_fit_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._write(trainer, status=RUNNING)

    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._write(trainer, status=FINISHED)

    def on_exception(self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException) -> None:
        if was_asked_to_end(exception) or isinstance(exception, SIGTERMException):
            self._write(trainer, status=INTERRUPTED)
        else:
            self._write(trainer, status=FAILED, error=repr(exception))

    def _write(self, trainer: L.Trainer, **facts: object) -> None:
        if trainer.is_global_zero:
            write_run(self.run_dir, self.config, step=trainer.global_step, **facts)
