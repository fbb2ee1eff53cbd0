"""Where `conf/` and `callbacks/` are: beside the package in a checkout, in `cadgen/lab/` in a wheel. Whole files.

Files and folders are written beside their place and then take it: a kill or a full disk leaves the former.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def config_folder() -> str:
    """The folder for `@hydra.main(config_path=...)`. Also makes `callbacks` importable under that one name.

    Only the commands that read the configuration call it, so that `import cadgen` leaves `sys.path` alone.
    """
    package = Path(__file__).resolve().parent
    # lab/ first: only a wheel has it, and the folder beside that is site-packages, which may hold anyone's conf/.
    homes = (package / "lab", package.parent)
    for home in homes:
        if (home / "conf" / "train.yaml").is_file():
            if str(home) not in sys.path:
                sys.path.insert(0, str(home))
            return str(home / "conf")
    raise FileNotFoundError(
        f"No conf/train.yaml in {homes[0]} or {homes[1]}: reinstall cadgen, or work in a complete checkout"
    )


def write_whole(path: Path, text: str) -> Path:
    """Replaces the file `path` in one step."""
    with draft_of(path) as draft:
        draft.write_text(text)
    return path


def sha256_of(path: Path) -> str:
    """Of the file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class OutputError(ValueError):
    """A place that cannot be written; the message names it and the remedy."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raises `OutputError` naming `path` for what the system refuses, but for a reader of ours that has gone."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        told = f"{path} cannot be written ({error.strerror or error})"
        raise OutputError(f"{told}; make room there, or give --out another folder, which you may write") from None


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Where to write the file or folder that then takes the place of `path`; gone where writing fails.

    Raises `OSError`, and whatever writing raises.
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
