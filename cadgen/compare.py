"""python -m cadgen.compare RUN...: one table of runs and decodings with 95% intervals, and where programs go wrong.

The first row, or the first of the decoding that --against names, is the yardstick.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import bootstrap

from cadgen.breakdown import breakdown_markdown, write_breakdown
from cadgen.markdown import table
from cadgen.plot import Interval, write_plot
from cadgen.record import CONSTANT, REFERENCE, Row, read_rows, write_whole

_NO_DECODINGS = (CONSTANT, REFERENCE)

METRICS = {  # field of a row, but for the first -> head of its column
    "vsr": "VSR",
    "iou_aligned": "IoU aligned",
    "iou_cadcoder": "IoU CAD-Coder",
    "iou_cadcoder_step": "IoU CAD-Coder, STEP",
    "iou_takehome": "IoU take-home",
}


@dataclass(frozen=True)
class Line:
    """One row of the table.

    scores: metric -> mean with its 95% bootstrap interval over the pictures that have it, None where none has; rows
    that failed count with 0. difference: of `iou_aligned`, against the yardstick, paired by picture; None where the
    pictures differ.
    """

    run: str
    decoding: str
    num: int
    scores: dict[str, Interval | None]
    difference: Interval | None
    seconds: float


def mean_scores(rows: Sequence[Row]) -> dict[str, float]:
    """The mean of every metric that the rows have; rows that failed count with 0."""
    return {metric: float(np.mean(values)) for metric in METRICS if (values := _values(rows, metric))}


def without_repeats(runs: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    """The runs, what is no decoding (the constant answer, the references) only once over the same pictures."""
    seen: set[tuple] = set()
    kept: dict[str, list[Row]] = {}
    for run, rows in runs.items():
        told = {name: (name, *((row.id, row.code) for row in rows if row.decoding == name)) for name in _NO_DECODINGS}
        repeated = {name for name, key in told.items() if key in seen}
        kept[run] = [row for row in rows if row.decoding not in repeated]
        seen.update(told.values())
    return kept


def summarise(runs: Mapping[str, Sequence[Row]], against: str | None = None) -> list[Line]:
    """A line for each run and decoding, in the order in which they appear.

    against: the decoding whose first line is the yardstick; None: the first line of all. Raises `ValueError`.
    """
    groups: dict[tuple[str, str], list[Row]] = {}
    for run, rows in runs.items():
        for row in rows:
            groups.setdefault((run, row.decoding), []).append(row)
    yardsticks = [rows for (_, decoding), rows in groups.items() if against in (None, decoding)]
    if groups and not yardsticks:
        raise ValueError(f"no run has the decoding {against}; choose one of {', '.join({name for _, name in groups})}")
    return [_line(run, decoding, rows, yardsticks[0]) for (run, decoding), rows in groups.items()]


def markdown(lines: Sequence[Line]) -> str:
    """The table as Markdown: mean [low, high]."""
    metrics = [metric for metric in METRICS if any(line.scores[metric] for line in lines)]
    head = ["run", "decoding", "n", *(METRICS[metric] for metric in metrics), "difference of IoU aligned", "s/image"]
    body = [
        [
            line.run,
            line.decoding,
            str(line.num),
            *(_interval(line.scores[metric]) for metric in metrics),
            _interval(line.difference, sign="+"),
            f"{line.seconds:.2f}",
        ]
        for line in lines
    ]
    return table(head, body)


def write_table(lines: Sequence[Line], folder: Path) -> None:
    """table.md, table.csv and table.json, and plot.png of the IoUs, in `folder`."""
    records = [_flat(line) for line in lines]
    write_whole(folder / "table.md", markdown(lines))
    write_whole(folder / "table.json", json.dumps(records, indent=1) + "\n")
    text = [",".join(records[0]), *(",".join(_cell(value) for value in record.values()) for record in records)]
    write_whole(folder / "table.csv", "\n".join(text) + "\n")
    several = len({line.run for line in lines}) > 1
    shown = {f"{line.run} {line.decoding}" if several else line.decoding: _ious(line) for line in lines}
    write_plot(folder / "plot.png", shown)


def _line(run: str, decoding: str, rows: list[Row], first: list[Row]) -> Line:
    scores = {metric: _mean_interval(values) if (values := _values(rows, metric)) else None for metric in METRICS}
    base = {row.id: row.iou_aligned for row in first}
    difference = None
    if rows is not first and set(base) == {row.id for row in rows} and len(base) == len(rows):
        difference = _mean_interval([row.iou_aligned - base[row.id] for row in rows])
    return Line(run, decoding, len(rows), scores, difference, float(np.mean([row.seconds for row in rows])))


def _values(rows: Sequence[Row], metric: str) -> list[float]:
    if metric == "vsr":
        return [float(row.status == "ok") for row in rows]
    return [value for row in rows if (value := getattr(row, metric)) is not None]


def _mean_interval(values: list[float]) -> Interval:
    mean = float(np.mean(values))
    if np.ptp(values) == 0:  # the bootstrap of a constant is that constant; scipy gives nan
        return mean, mean, mean
    interval = bootstrap((values,), np.mean, n_resamples=2000, method="percentile", rng=0).confidence_interval
    return mean, float(interval.low), float(interval.high)


def _interval(value: Interval | None, sign: str = "") -> str:
    return f"{value[0]:{sign}.3f} [{value[1]:{sign}.3f}, {value[2]:{sign}.3f}]" if value else ""


def _flat(line: Line) -> dict[str, object]:
    flat: dict[str, object] = {"run": line.run, "decoding": line.decoding, "num": line.num}
    for name, interval in (*line.scores.items(), ("difference", line.difference)):
        flat |= dict(zip((name, f"{name}_low", f"{name}_high"), interval or (None, None, None), strict=True))
    return flat | {"seconds": line.seconds}


def _ious(line: Line) -> dict[str, Interval | None]:
    return {METRICS[metric]: interval for metric, interval in line.scores.items() if metric != "vsr"}


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m cadgen.compare", description=__doc__)
    parser.add_argument(
        "runs", nargs="+", type=Path, help="run folders (or rows.jsonl files); the first is the yardstick"
    )
    parser.add_argument("--against", help="the decoding that differences are taken against; default: the first line")
    parser.add_argument(
        "--out", type=Path, help="folder for table.md, .csv and .json, plot.png, breakdown.md and .json"
    )
    arguments = parser.parse_args()
    try:
        runs = without_repeats({str(run): read_rows(run) for run in arguments.runs})
        lines = summarise(runs, arguments.against)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(markdown(lines), breakdown_markdown(runs), sep="\n", end="")
    if arguments.out:
        write_table(lines, arguments.out)
        write_breakdown(runs, arguments.out)
        print(f"written to {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
