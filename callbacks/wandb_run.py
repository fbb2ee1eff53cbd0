"""A run of wandb that is found again: named after its folder, and the same one after the run was resumed."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import WandbLogger

# What wandb makes in `<run>/wandb`: when it began, and its id.
_FOLDER = re.compile(r"(?:offline-)?run-(\d{8}_\d{6})-([\w-]{1,64})")


class WandbRun(WandbLogger):
    """Lightning's, for the run of one folder. resume: the folder of the run that goes on, if one does.

    The others are those of `WandbLogger` and `wandb.init`; tags may be there twice.
    """

    def __init__(self, run_dir: str, resume: str | None = None, tags: Sequence[str] = (), **settings: Any):
        name = "/".join(Path(run_dir).parts[-2:])
        left = _last_id(Path(run_dir)) if resume else None
        super().__init__(name=name, save_dir=run_dir, id=left, tags=list(dict.fromkeys(tags)), **settings)


def _last_id(run_dir: Path) -> str | None:
    """The id of the run that was the last to begin there; None where wandb was told of none."""
    found = [_FOLDER.fullmatch(path.name) for path in (run_dir / "wandb").glob("*run-*")]
    return max((match.groups() for match in found if match), default=(None, None))[1]
