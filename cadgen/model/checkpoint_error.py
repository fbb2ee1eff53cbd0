"""What everything about checkpoints raises."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class CheckpointError(ValueError):
    """A checkpoint that is absent, damaged, hostile or not to be written; the message names it and the remedy."""


@contextmanager
def telling_full_disk(path: Path, remedy: str) -> Iterator[None]:
    """Raises `CheckpointError` for what says that the disk is full, and anything else as it is."""
    try:
        yield
    except Exception as error:
        if _errno(error) in _FULL:
            raise CheckpointError(
                f"no space left on the disk of {path.parent} for {path.name}; free some, then {remedy} (what was there "
                "before is whole)"
            ) from error
        raise


def _errno(error: Exception) -> int | None:
    """Libraries in Rust tell the number in the text only."""
    if isinstance(error, OSError):
        return error.errno
    told = re.search(r"(?:os error|code:) (\d+)\b", str(error))
    return int(told[1]) if told else None
