"""Whether confidence holds what it says: `auroc` and `calibration_error`, of rows `calibration`.

Shapes: N answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from cadgen.eval.row import Row

RIGHT = 0.9  # of iou_aligned; confidence is the probability that an answer has more
BINS = 10
FEWEST = 30  # answers; of fewer the numbers are noise


@dataclass(frozen=True)
class Bin:
    """Answers of about the same confidence: how many, their mean confidence, and the share of them that is right."""

    num: int
    confidence: float
    right: float


@dataclass(frozen=True)
class Calibration:
    """Of so many answers: the probability that a right one is surer than a wrong one, and the calibration error."""

    num: int
    auroc: float
    error: float


def auroc(confidence_N: np.ndarray, right_N: np.ndarray) -> float:
    """The probability, 0 to 1, that a right answer has more confidence than a wrong one, ties counting half.

    right_N: bool. Raises `ValueError` where all are right, or none is.
    """
    num_right = int(np.count_nonzero(right_N))
    num_wrong = len(right_N) - num_right
    if not num_right or not num_wrong:
        raise ValueError("all answers are right, or none is: nothing is to be told apart")
    ranks = float(rankdata(confidence_N)[right_N].sum())
    return (ranks - num_right * (num_right + 1) / 2) / (num_right * num_wrong)


def reliability(confidence_N: np.ndarray, right_N: np.ndarray, num: int = BINS) -> list[Bin]:
    """The bins that have answers, of `num` equally wide ones from 0 to 1, the least sure first."""
    number_N = np.clip((confidence_N * num).astype(int), 0, num - 1)
    groups = [number_N == number for number in range(num)]
    return [
        Bin(int(group_N.sum()), float(confidence_N[group_N].mean()), float(right_N[group_N].mean()))
        for group_N in groups
        if group_N.any()
    ]


def calibration_error(confidence_N: np.ndarray, right_N: np.ndarray, num: int = BINS) -> float:
    """Expected calibration error: how far, 0 to 1, confidence and share of right answers are apart in a bin's mean."""
    return sum(one.num * abs(one.confidence - one.right) for one in reliability(confidence_N, right_N, num)) / max(
        len(confidence_N), 1
    )


def judged(rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray]:
    """(N,) float, bool: confidence of the rows that have it, and whether they are right."""
    sure = [(row.confidence, row.primary > RIGHT) for row in rows if row.confidence is not None]
    confidence_N, right_N = zip(*sure, strict=True) if sure else ((), ())
    return np.array(confidence_N, float), np.array(right_N, bool)


def calibration(rows: Sequence[Row]) -> Calibration | None:
    """Of the rows that have a confidence; None where they are fewer than `FEWEST`, or all right, or all wrong."""
    confidence_N, right_N = judged(rows)
    if len(right_N) < FEWEST or right_N.all() or not right_N.any():
        return None
    return Calibration(len(right_N), auroc(confidence_N, right_N), calibration_error(confidence_N, right_N))
