"""Files and folders that are written beside their place and then take it: a kill or a full disk leaves the former."""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class CheckpointError(ValueError):
    """A checkpoint that is absent, damaged, hostile or not to be written; the message names it and the remedy."""


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Where to write the file or folder that then takes the place of `path`; gone where writing fails.

    Raises `CheckpointError` where the disk is full, and any other error as it is.
    """
    draft = path.with_name(f".{path.name}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(draft)  # of a writer that was killed
        yield draft
        for written in (draft, *draft.glob("*")):
            _sync(written)
        _take_place(draft, path)
        _sync(path.parent)
    except Exception as error:
        if _errno(error) in _FULL:
            raise CheckpointError(
                f"no space left on the disk of {path.parent} for {path.name}; free some, then resume={path.parent} "
                "goes on (what was there before is whole)"
            ) from error
        raise
    finally:
        _remove(draft)


def standing(folder: Path) -> Path:
    """`folder`, or its former where a writer was killed after that was moved away and before the new one came."""
    former = _former(folder)
    return former if former.is_dir() and not folder.exists() else folder


def _take_place(draft: Path, path: Path) -> None:
    former = _former(path)
    if draft.is_dir() and path.exists():  # only a file, or an empty folder, is replaced in one step
        _remove(former)
        path.replace(former)
    draft.replace(path)
    _remove(former)


def _former(path: Path) -> Path:
    return path.with_name(f".{path.name}.former")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _errno(error: Exception) -> int | None:
    """Libraries in Rust tell the number in the text only."""
    if isinstance(error, OSError):
        return error.errno
    told = re.search(r"\(os error (\d+)\)", str(error))
    return int(told[1]) if told else None
