"""python -m cadgen.compare RUN...: one table of runs and decodings with 95% intervals.

The first row is the yardstick.
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
from cadgen.record import Row, read_rows, write_whole

METRICS = {  # field of a row, but for the first -> head of its column
    "vsr": "VSR",
    "iou_aligned": "IoU aligned",
    "iou_cadcoder": "IoU CAD-Coder",
    "iou_cadcoder_step": "against STEP",
    "iou_takehome": "IoU take-home",
}


@dataclass(frozen=True)
class Line:
    """One row of the table.

    scores: metric -> mean with its 95% bootstrap interval over the pictures that have it, None where none has; rows
    that failed count with 0. difference: of `iou_aligned`, against the table's first line, paired by picture; None
    where the pictures differ.
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


def summarise(runs: Mapping[str, Sequence[Row]]) -> list[Line]:
    """A line for each run and decoding, in the order in which they appear."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for run, rows in runs.items():
        for row in rows:
            groups.setdefault((run, row.decoding), []).append(row)
    first = next(iter(groups.values()), [])
    return [_line(run, decoding, rows, first) for (run, decoding), rows in groups.items()]


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
    parser.add_argument(
        "--out", type=Path, help="folder for table.md, .csv and .json, plot.png, breakdown.md and .json"
    )
    arguments = parser.parse_args()
    try:
        runs = {str(run): read_rows(run) for run in arguments.runs}
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    lines = summarise(runs)
    print(markdown(lines), breakdown_markdown(runs), sep="\n", end="")
    if arguments.out:
        write_table(lines, arguments.out)
        write_breakdown(runs, arguments.out)
        print(f"written to {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
