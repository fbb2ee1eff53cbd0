"""Means of rows with their intervals: `summarise(runs)` gives a line for each run and decoding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import bootstrap

from cadgen.eval.calibration import Calibration, calibration
from cadgen.eval.metric import TITLES, VSR
from cadgen.eval.row import CONSTANT, REFERENCE, Row

Interval = tuple[float, float, float]  # mean, low, high

_NO_DECODINGS = (CONSTANT, REFERENCE)


@dataclass(frozen=True)
class Line:
    """One row of the table.

    scores: metric -> mean with its 95% bootstrap interval over the pictures that have it, None where none has; rows
    that failed count with 0. difference: of the aligned IoU, against the yardstick, paired by picture; None where the
    pictures differ. calibration: of the confidence, None where rows have none or are too few.
    """

    run: str
    decoding: str
    num: int
    scores: dict[str, Interval | None]
    difference: Interval | None
    seconds: float
    calibration: Calibration | None = None


def mean_scores(rows: Sequence[Row]) -> dict[str, float]:
    """The mean of every metric that the rows have; rows that failed count with 0."""
    return {metric: float(np.mean(values)) for metric in TITLES if (values := _values(rows, metric))}


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


def summary(rows: Sequence[Row]) -> dict[str, float]:
    """Means for a run's summary: vsr, seconds, and every score that the rows have; failures count 0."""
    return {**mean_scores(rows), "seconds": float(np.mean([row.seconds for row in rows]))}


def _line(run: str, decoding: str, rows: list[Row], first: list[Row]) -> Line:
    scores = {metric: mean_interval(values) if (values := _values(rows, metric)) else None for metric in TITLES}
    base = {row.id: row.primary for row in first}
    difference = None
    if rows is not first and set(base) == {row.id for row in rows} and len(base) == len(rows):
        difference = mean_interval([row.primary - base[row.id] for row in rows])
    seconds = float(np.mean([row.seconds for row in rows]))
    return Line(run, decoding, len(rows), scores, difference, seconds, calibration(rows))


def _values(rows: Sequence[Row], metric: str) -> list[float]:
    if metric == VSR:
        return [float(row.status == "ok") for row in rows]
    return [value for row in rows if (value := row.scores.get(metric)) is not None]


def mean_interval(values: list[float]) -> Interval:
    """The mean of at least one value, with its 95% bootstrap interval."""
    mean = float(np.mean(values))
    if np.ptp(values) == 0:  # the bootstrap of a constant is that constant; scipy gives nan
        return mean, mean, mean
    interval = bootstrap((values,), np.mean, n_resamples=2000, method="percentile", rng=0).confidence_interval
    return mean, float(interval.low), float(interval.high)
