"""The metrics of a run as one table, metrics.csv."""

from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.loggers.logger import rank_zero_experiment


class MetricsCsv(CSVLogger):
    """Lightning's, but a resumed run goes on in the file that it left; Lightning deletes it.

    The steps between the last checkpoint and the kill then stand in it twice, with the same losses.
    resume: the folder of the run that goes on, if one does.
    """

    def __init__(self, run_dir: str, resume: str | None = None):
        super().__init__(run_dir, name="", version="")
        self.resume = resume

    @property
    @rank_zero_experiment
    def experiment(self) -> Any:
        if self._experiment is None:
            file = Path(self.log_dir) / "metrics.csv"
            written = file.read_text() if self.resume and file.is_file() else ""
            writer = super().experiment
            written = written[: written.rfind("\n") + 1]  # a kill may have cut the last line
            if written:
                file.write_text(written)
                writer.metrics_keys = written.splitlines()[0].split(",")
        return self._experiment
