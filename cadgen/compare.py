"""python -m cadgen.compare RUN...: one table of runs and decodings with 95% intervals.

The first row is the yardstick.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.stats import bootstrap

from cadgen.record import Row, read_rows, write_whole

_METRICS = ("vsr", "iou_aligned", "iou_takehome")


@dataclass(frozen=True)
class Line:
    """One row of the table. Each metric is (mean, low, high), a 95% bootstrap interval over pictures.

    difference: of `iou_aligned`, against the table's first line, paired by picture; None where the pictures differ.
    """

    run: str
    decoding: str
    num: int
    vsr: tuple[float, float, float]
    iou_aligned: tuple[float, float, float]
    iou_takehome: tuple[float, float, float]
    difference: tuple[float, float, float] | None
    seconds: float


def mean_scores(rows: Sequence[Row]) -> tuple[float, float, float]:
    """(valid-syntax rate, mean iou_aligned, mean iou_takehome); rows that failed count with 0."""
    vsr, aligned, takehome = (float(np.mean([_score(row, metric) for row in rows])) for metric in _METRICS)
    return vsr, aligned, takehome


def summarise(runs: dict[str, Sequence[Row]]) -> list[Line]:
    """A line for each run and decoding, in the order in which they appear."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for run, rows in runs.items():
        for row in rows:
            groups.setdefault((run, row.decoding), []).append(row)
    first = next(iter(groups.values()), [])
    return [_line(run, decoding, rows, first) for (run, decoding), rows in groups.items()]


def markdown(lines: Sequence[Line]) -> str:
    """The table as Markdown: mean [low, high]."""
    head = ["run", "decoding", "n", "VSR", "IoU aligned", "IoU take-home", "difference of IoU aligned", "s/image"]
    body = [
        [
            line.run,
            line.decoding,
            str(line.num),
            *(_interval(getattr(line, metric)) for metric in _METRICS),
            _interval(line.difference, sign="+") if line.difference else "",
            f"{line.seconds:.2f}",
        ]
        for line in lines
    ]
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    rule = ["-" * width for width in widths]
    table = [head, rule, *body]
    return "\n".join("| " + " | ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) + " |" for r in table) + "\n"


def write_table(lines: Sequence[Line], folder: Path) -> None:
    """table.md, table.csv and table.json in `folder`."""
    records = [_flat(line) for line in lines]
    write_whole(folder / "table.md", markdown(lines))
    write_whole(folder / "table.json", json.dumps(records, indent=1) + "\n")
    text = [",".join(records[0]), *(",".join(str(value) for value in record.values()) for record in records)]
    write_whole(folder / "table.csv", "\n".join(text) + "\n")


def _line(run: str, decoding: str, rows: list[Row], first: list[Row]) -> Line:
    scores = {metric: _mean_interval([_score(row, metric) for row in rows]) for metric in _METRICS}
    base = {row.id: row.iou_aligned for row in first}
    difference = None
    if rows is not first and set(base) == {row.id for row in rows} and len(base) == len(rows):
        difference = _mean_interval([row.iou_aligned - base[row.id] for row in rows])
    return Line(
        run, decoding, len(rows), **scores, difference=difference, seconds=float(np.mean([r.seconds for r in rows]))
    )


def _score(row: Row, metric: str) -> float:
    return float(row.status == "ok") if metric == "vsr" else getattr(row, metric)


def _mean_interval(values: list[float]) -> tuple[float, float, float]:
    mean = float(np.mean(values))
    if np.ptp(values) == 0:  # the bootstrap of a constant is that constant; scipy gives nan
        return mean, mean, mean
    interval = bootstrap((values,), np.mean, n_resamples=2000, method="percentile", rng=0).confidence_interval
    return mean, float(interval.low), float(interval.high)


def _interval(value: tuple[float, float, float], sign: str = "") -> str:
    return f"{value[0]:{sign}.3f} [{value[1]:{sign}.3f}, {value[2]:{sign}.3f}]"


def _flat(line: Line) -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in asdict(line).items():
        if name in (*_METRICS, "difference"):
            low_high = value or (None, None, None)
            flat |= dict(zip((name, f"{name}_low", f"{name}_high"), low_high, strict=True))
        else:
            flat[name] = value
    return flat


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m cadgen.compare", description=__doc__)
    parser.add_argument(
        "runs", nargs="+", type=Path, help="run folders (or rows.jsonl files); the first is the yardstick"
    )
    parser.add_argument("--out", type=Path, help="folder for table.md, table.csv and table.json")
    arguments = parser.parse_args()
    try:
        lines = summarise({str(run): read_rows(run) for run in arguments.runs})
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(markdown(lines), end="")
    if arguments.out:
        write_table(lines, arguments.out)
        print(f"written to {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
