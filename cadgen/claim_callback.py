"""What Hydra calls to claim the folder of a run or of a sweep."""

import sys
from pathlib import Path

from hydra.experimental.callback import Callback
from lightning.fabric.utilities.rank_zero import rank_zero_only
from omegaconf import DictConfig

from cadgen.claim import claim


class Claim(Callback):
    """Claims the run's or the sweep's folder before Hydra writes into it; ends the process where another one has it.

    Processes that Lightning starts for the first one work in the folder that this has claimed.
    """

    def on_run_start(self, config: DictConfig, **kwargs) -> None:
        _claim_or_end(config.hydra.run.dir)

    def on_multirun_start(self, config: DictConfig, **kwargs) -> None:
        _claim_or_end(config.hydra.sweep.dir)


@rank_zero_only
def _claim_or_end(folder: str) -> None:
    try:
        claim(Path(folder))
    except (OSError, ValueError) as error:
        told = f"{error}; choose another folder (hydra.run.dir=FOLDER)" if isinstance(error, OSError) else error
        print(f"error: {told}", file=sys.stderr)
        sys.exit(1)  # Hydra makes a warning of any other exception
