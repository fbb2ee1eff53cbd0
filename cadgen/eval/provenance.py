"""Where a number is from: a run's command, commit, versions and configuration, in run.json."""

import hashlib
import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cadgen.json_lines import read_object
from cadgen.paths import write_whole

RUN = "run.json"
RUNNING, FINISHED, FAILED, INTERRUPTED = "running", "finished", "failed", "interrupted"
"""What run.json says of a job. One that was killed is still "running" to it."""


def write_run(folder: Path, config: dict, **facts: object) -> Path:
    """Writes `folder`/run.json: the command, the commit, versions and `facts`.

    They answer "where is this number from".
    """
    record = {
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "commit": commit(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "versions": {
            name: _version(name) for name in ("cadquery", "torch", "transformers", "timm", "peft", "lightning")
        },
        "config": config,
        **facts,
    }
    return write_whole(folder / RUN, json.dumps(record, indent=1) + "\n")


def record_of(folder: Path) -> dict:
    """What stands in run.json; empty where there is none, or no record: nobody vouches for the folder."""
    try:
        return read_object(folder / RUN)
    except ValueError:
        return {}


@cache
def commit() -> str:
    """The commit of the source tree, "+changes" when the tree differs from it, "unknown" outside a git checkout.

    As it was when first asked: the code of a long run is that of its start.
    """
    root = Path(__file__).resolve().parent
    told = _git(root, "rev-parse", "--short=12", "HEAD")
    return (
        told + ("+changes" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
        if told
        else "unknown"
    )


def state_of_code() -> str:
    """Differs where the code does: also between two trees with changes, and between installed versions."""
    root = Path(__file__).resolve().parent
    changes = _git(root, "diff", "HEAD")
    return f"{commit()} {_version('cadgen')} {hashlib.sha256(changes.encode()).hexdigest()[:12]}"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:  # a machine that only trains needs no CAD kernel
        return None


def _git(root: Path, *arguments: str) -> str:
    try:
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
