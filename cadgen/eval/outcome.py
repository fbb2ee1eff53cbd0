"""Where programs go wrong: what became of them, and their scores by the kind of part."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from cadgen.eval.metric import PRIMARY
from cadgen.eval.row import Row

# Each but the first is one step further from the part: its size, what it consists of, a solid at all, Python at all.
OUTCOMES = ("right", "dimensional", "structural", "semantic", "syntax")
UNKNOWN = "unknown"  # it runs, but what it or the reference consists of is not recorded
_RIGHT = 0.95  # of iou_aligned; the integer grid alone costs real parts 0.02
_MANY = 4  # extrusions that count as one group, with all above
_PARTS = ("bodies", "holes", "faces")

Runs = Mapping[str, Sequence[Row]]


def outcome(row: Row) -> str:
    """One of `OUTCOMES`, or `UNKNOWN`.

    structural: it executes to other numbers of bodies, holes or faces than the reference; semantic: it is Python and
    leaves no valid solid, whatever the reason.
    """
    if row.status != "ok":
        return "syntax" if row.status == "syntax" else "semantic"
    if row.structure is None or row.structure_truth is None:
        return UNKNOWN
    if row.structure != row.structure_truth:
        return "structural"
    return "right" if row.primary >= _RIGHT else "dimensional"


def outcomes(runs: Runs) -> list[dict[str, object]]:
    """A record for each run and decoding: shares of the outcomes, and of other bodies, holes and faces, among all."""
    records = []
    for run, decoding, rows in _lines(runs):
        found = [outcome(row) for row in rows]
        shares: dict[str, float] = {name: found.count(name) / len(rows) for name in (*OUTCOMES, UNKNOWN)}
        for part in _PARTS:
            shares[f"other {part}"] = float(np.mean([_differs(row, part) for row in rows]))
        records.append({"run": run, "decoding": decoding, "num": len(rows), **shares})
    return records


def groups(runs: Runs, group: Callable[[Row], str | None]) -> list[dict[str, object]]:
    """A record for each run, decoding and group of parts: how many they are, and their mean aligned IoU."""
    records = []
    for run, decoding, rows in _lines(runs):
        for name in sorted({name for row in rows if (name := group(row)) is not None}):
            scores = [row.primary for row in rows if group(row) == name]
            told = {"num": len(scores), PRIMARY.name: float(np.mean(scores))}
            records.append({"run": run, "decoding": decoding, "group": name, **told})
    return records


def by_extrusions(row: Row) -> str | None:
    if row.num_extrusions is None:
        return None
    return f"{_MANY}+" if row.num_extrusions >= _MANY else str(row.num_extrusions)


def by_family(row: Row) -> str | None:
    return row.family


def _lines(runs: Runs) -> Iterator[tuple[str, str, list[Row]]]:
    for run, rows in runs.items():
        for decoding in dict.fromkeys(row.decoding for row in rows):
            yield run, decoding, [row for row in rows if row.decoding == decoding]


def _differs(row: Row, part: str) -> bool:
    both = row.structure, row.structure_truth
    return None not in both and getattr(both[0], part) != getattr(both[1], part)
