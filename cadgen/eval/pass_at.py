"""`pass_at_k`: how likely one of k programs is right, from n that were drawn (Chen et al. 2021)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cadgen.eval.row import Row
from cadgen.eval.summary import Interval, mean_interval

_KS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class Pass:
    """Over `num` parts: the mean of pass@k for programs that leave a valid solid, and for those over a threshold."""

    k: int
    num: int
    valid: Interval
    over: Interval


def pass_at_k(num: int, num_right: int, k: int) -> float:
    """1 - C(num - num_right, k) / C(num, k): unbiased for programs drawn independently, of which k <= num are tried.

    Chen et al. 2021, "Evaluating large language models trained on code", equation 1, as the product that they use.
    Raises `ValueError` for a k that is not in 1 to num.
    """
    if not 1 <= k <= num or not 0 <= num_right <= num:
        raise ValueError(f"pass@{k} of {num} programs, {num_right} of them right, is undefined")
    if num - num_right < k:
        return 1.0
    return float(1 - np.prod(1 - k / np.arange(num - num_right + 1, num + 1)))


def passes(parts: Sequence[Sequence[Row]], threshold: float) -> list[Pass]:
    """For k = 1, 2, 5, 10 ... up to the fewest programs that any part has, and for that number itself.

    parts: the rows of all programs of each part, none where nothing was answered: that counts 0. threshold: of
    iou_aligned, which a right program has more than.
    """
    fewest = min((len(rows) for rows in parts if rows), default=0)
    ks = [k for k in dict.fromkeys((*_KS, fewest)) if 0 < k <= fewest]
    return [
        Pass(
            k,
            len(parts),
            _mean(parts, k, lambda row: row.status == "ok"),
            _mean(parts, k, lambda row: row.status == "ok" and row.primary > threshold),
        )
        for k in sorted(ks)
    ]


def _mean(parts: Sequence[Sequence[Row]], k: int, is_right: Callable[[Row], bool]) -> Interval:
    return mean_interval([pass_at_k(len(rows), sum(map(is_right, rows)), k) if rows else 0.0 for rows in parts])
