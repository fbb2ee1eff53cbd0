"""How Lightning writes and reads last.ckpt: by `cadgen.training.state_file`, never by pickle."""

import os
from pathlib import Path
from typing import Any

from lightning.fabric.plugins import CheckpointIO

from cadgen.training.state_check import check_parts
from cadgen.training.state_file import read_state, write_state


class StateFiles(CheckpointIO):
    """Plugin of a `Trainer`. Local files only. largest: so many bytes are read, None: any number."""

    def __init__(self) -> None:
        self._written: set[Path] = set()
        self.largest: int | None = None

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike, storage_options: Any | None = None
    ) -> None:
        """See `write_state`."""
        write_state(checkpoint, Path(path))
        self._written.add(Path(path).resolve())

    def load_checkpoint(
        self, path: str | os.PathLike, map_location: Any | None = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """See `read_state`; whatever `map_location`, on the CPU. Raises `CheckpointError`."""
        state = read_state(Path(path), self.largest)
        check_parts(state, str(path))
        return state

    def remove_checkpoint(self, path: str | os.PathLike) -> None:
        """Only what this run has written: a checkpoint names files that Lightning then wants to be removed."""
        if Path(path).resolve() in self._written:
            Path(path).unlink(missing_ok=True)
