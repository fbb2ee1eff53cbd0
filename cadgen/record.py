"""Rows are the truth: one JSON line per picture and decoding. Means, intervals, tables and plots come from them."""

import json
import platform
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cadgen.shape import Structure

ROWS, RUN = "rows.jsonl", "run.json"
# Judged beside the decodings, in every run the same over the same pictures: one answer to all, and the truth itself.
CONSTANT, REFERENCE = "constant", "reference"


@dataclass(frozen=True)
class Row:
    """One judged program.

    status: the sandbox's word, `ok` counts into the valid-syntax rate; iou_*: against the executed reference program, 0
    unless ok; iou_cadcoder_step: against the reference STEP file, None where the data have none; seconds: decoding time
    of the picture; run_seconds: execution time of the program; overlap: how volumes were found for iou_aligned, `mesh`
    (booleans) or `columns`, None without a solid; profile, isolation: how the sandbox read and caged the program.
    structure, structure_truth: of the program's and the reference's solid, None without a solid that bounds something;
    num_extrusions: calls of extrude in the text of the reference; family: of the part, where the data tell it. Fields
    with a default are None in rows older than them.
    """

    id: str
    decoding: str
    code: str
    status: str
    error: str
    iou_aligned: float
    iou_takehome: float
    log_probability: float | None
    seconds: float
    run_seconds: float
    profile: str
    overlap: str | None = None
    isolation: str | None = None
    iou_cadcoder: float | None = None
    iou_cadcoder_step: float | None = None
    structure: Structure | None = None
    structure_truth: Structure | None = None
    num_extrusions: int | None = None
    family: str | None = None


def write_rows(rows: Iterable[Row], folder: Path) -> Path:
    """Writes `folder`/rows.jsonl, whole or not at all."""
    return write_whole(folder / ROWS, "".join(json.dumps(asdict(row)) + "\n" for row in rows))


def read_rows(run: Path) -> list[Row]:
    """The rows of a run folder or of a rows.jsonl file. Raises `ValueError` naming what is missing."""
    path = run / ROWS if run.is_dir() else run
    if not path.is_file():
        raise ValueError(f"{path} does not exist; give a run folder of cadgen.train or cadgen.evaluate")
    names = {field.name for field in fields(Row)}
    needed = {field.name for field in fields(Row) if field.default is MISSING}
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    if any(not needed <= set(row) <= names for row in rows):
        raise ValueError(f"{path} has rows of another version: expected the fields {sorted(names)}")
    return [_row(row) for row in rows]


def _row(told: dict) -> Row:
    structures = {name: Structure(*told[name]) for name in ("structure", "structure_truth") if told.get(name)}
    return Row(**told | structures)


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


def write_whole(path: Path, text: str) -> Path:
    """Replaces `path` in one step, so that a kill leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text)
    return draft.replace(path)


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
