"""Rows are the truth: one JSON line per picture and decoding. Means, intervals, tables and plots come from them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from typing import TypeGuard

from cadgen.eval.metric import METRICS, PRIMARY
from cadgen.json_lines import read_objects
from cadgen.label import is_label
from cadgen.paths import write_whole
from cadgen.shape import Structure

ROWS, CANDIDATES = "rows.jsonl", "candidates.jsonl"
# Judged beside the decodings, in every run the same over the same pictures: one answer to all, and the truth itself.
CONSTANT, REFERENCE = "constant", "reference"


@dataclass(frozen=True)
class Row:
    """One judged program.

    status: the sandbox's word, `ok` counts into the valid-syntax rate; scores: by the names of `METRICS`, against the
    executed reference program (or its STEP file), 0 unless ok, None where the data have nothing to compare with;
    seconds: decoding time of the picture; run_seconds: execution time of the program; overlap: how volumes were found
    for iou_aligned, `mesh` (booleans) or `columns`, None without a solid; profile, isolation: how the sandbox read and
    caged the program. structure, structure_truth: of the program's and the reference's solid, None without a solid that
    bounds something; num_extrusions: calls of extrude in the text of the reference; family: of the part, where the data
    tell it; rank: the program's place among the decoding's candidates, 0 the best; confidence: the probability that the
    decoding gives its best candidate of being right; chamfer_cadrille: a distance, 0 the best, None without a solid.
    Fields with a default are None in rows older than them, and so are scores. In a file the scores stand beside the
    other fields.
    """

    id: str
    decoding: str
    code: str
    status: str
    error: str
    scores: Mapping[str, float | None]
    log_probability: float | None
    seconds: float
    run_seconds: float
    profile: str
    overlap: str | None = None
    isolation: str | None = None
    structure: Structure | None = None
    structure_truth: Structure | None = None
    num_extrusions: int | None = None
    family: str | None = None
    rank: int | None = None
    confidence: float | None = None
    chamfer_cadrille: float | None = None

    @property
    def primary(self) -> float:
        """Its aligned IoU."""
        return self.scores[PRIMARY.name] or 0.0


MOST_NAMES = 200  # decodings, and families, of a run: tables have a line for each, and as many intervals to find
_LONGEST_S, _LARGEST_COUNT = 1e9, 10**6
_LARGEST_CHAMFER = 6000 * (1 + 1e-6)  # thousand times two squared diagonals
_ROUNDING = 1e-6  # two volumes that are the same may differ by it

_SCORES = tuple(metric.name for metric in METRICS)
_FIELDS = {field.name for field in fields(Row)} - {"scores"}
_NEEDED = {field.name for field in fields(Row) if field.default is MISSING} - {"scores"} | {PRIMARY.name}


def write_rows(rows: Iterable[Row], folder: Path, name: str = ROWS) -> Path:
    """Writes `folder`/rows.jsonl, whole or not at all."""
    return write_whole(folder / name, "".join(json.dumps(to_json(row)) + "\n" for row in rows))


def read_rows(run: Path) -> list[Row]:
    """The rows of a run folder or of a rows.jsonl file. Raises `ValueError` naming file and line.

    Also for one of more than `MOST_NAMES` decodings or families.
    """
    path = run / ROWS if run.is_dir() else run
    if not path.is_file():
        raise ValueError(f"{path} does not exist; give a run folder of cadgen.train or cadgen.evaluate")
    rows: list[Row] = []
    names: dict[str, set[str | None]] = {"decodings": set(), "families": set()}
    try:
        for number, told in read_objects(path):
            row = of_json(told, f"{path}, line {number}")
            rows.append(row)
            for (kind, known), name in zip(names.items(), (row.decoding, row.family), strict=True):
                known.add(name)
                if len(known) > MOST_NAMES:
                    raise ValueError(f"{path}, line {number}: there are more than {MOST_NAMES} {kind}")
        return rows
    except ValueError as error:
        raise ValueError(f"{error}; judge the run again, or copy its folder anew") from None


def to_json(row: Row) -> dict:
    """The row as it stands in a file: the scores beside the other fields."""
    told = asdict(row)
    return told | told.pop("scores")


def of_json(told: dict, place: str) -> Row:
    """The row that `to_json` wrote. Raises `ValueError` naming the place where it does not fit."""
    known = _FIELDS.union(_SCORES)
    if not _NEEDED <= told.keys() <= known:
        raise ValueError(f"{place}: a row of another version: expected the fields {sorted(known)}")
    for name, value in told.items():
        if not _fits(name, value):
            raise ValueError(f"{place}: {name} is {json.dumps(value)[:40]}")
    structures = {name: Structure(*told[name]) for name in ("structure", "structure_truth") if told.get(name)}
    scores = {name: told.get(name) for name in _SCORES}
    return Row(**{name: value for name, value in told.items() if name not in scores} | structures, scores=scores)


def _fits(name: str, value: object) -> bool:
    """Whether a field can have this value: Python's JSON knows NaN and numbers without end, and strangers any name."""
    if value is None:
        return name not in _NEEDED or name in (*_SCORES, "log_probability")
    if name in _SCORES:
        return _is_number(value) and -_ROUNDING <= value <= 1 + _ROUNDING
    if name == "log_probability":
        return _is_number(value)
    if name == "confidence":
        return _is_number(value) and 0 <= value <= 1
    if name == "chamfer_cadrille":  # no two points of a unit cube are farther from each other than its diagonal
        return _is_number(value) and 0 <= value <= _LARGEST_CHAMFER
    if name in ("seconds", "run_seconds"):
        return _is_number(value) and 0 <= value <= _LONGEST_S
    if name in ("structure", "structure_truth"):  # there may be fewer holes than none: cavities count against them
        return isinstance(value, list) and len(value) == len(Structure._fields) and all(map(_is_count, value))
    if name in ("num_extrusions", "rank"):
        return _is_count(value) and value >= 0
    if name in ("code", "error"):
        return isinstance(value, str)
    return isinstance(value, str) and (is_label(value) or (not value and name not in ("id", "decoding")))


def _is_count(value: object) -> TypeGuard[int]:
    return _is_whole(value) and abs(value) <= _LARGEST_COUNT


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, float) or _is_whole(value)
