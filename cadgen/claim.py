"""A run folder belongs to one process at a time: a second command into it is refused before it writes anything."""

import fcntl
import os
import stat
import sys
from pathlib import Path
from typing import IO

LOCK = ".lock"
_held: list[IO[str]] = []  # until the process ends


def claim(folder: Path) -> None:
    """Makes `folder` this process's until it ends.

    Raises `ValueError` naming the process that has it, or what in it would lead what is written elsewhere.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _refuse_links(folder)
    file = (folder / LOCK).open("a+")
    try:
        # POSIX locks: the kernel lifts them with the process, also after kill -9, and no fork inherits them.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read(300).strip() or "that has just begun"
        raise ValueError(
            f"{folder} is in use by process {holder}; wait for it, or choose another folder "
            "(--out FOLDER; of a training or evaluation hydra.run.dir=FOLDER, in a sweep hydra.sweep.dir=FOLDER)"
        ) from None
    file.truncate(0)
    print(os.getpid(), " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]), file=file, flush=True)
    _held.append(file)


def _refuse_links(folder: Path) -> None:
    """Nobody vouches for a folder that a run goes on in: a link in it would have us write outside of it."""
    for parent, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = Path(parent) / name
            if not stat.S_ISREG(mode := path.lstat().st_mode) and not stat.S_ISDIR(mode):
                raise ValueError(f"{path} is a link, a pipe or a device; take it away, or choose another folder")
        if "wandb" in folders:
            folders.remove("wandb")  # it links its latest run, and writes under names of its own
