"""`score`: one metric over many pairs, spread over processes, failures as values."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context

from cadgen.shape.solid import Solid

Metric = Callable[[Solid, Solid], float]


@dataclass(frozen=True)
class Score:
    """value: 0 where the two cannot be compared, and `error` says why."""

    value: float
    error: str = ""


def score(metric: Metric, pairs: Sequence[tuple[Solid, Solid]], workers: int = 1) -> list[Score]:
    """The metric of each pair, in their order.

    workers: processes; more than one take about two seconds to start, need a metric that is a module's own function
    and a main module that may be imported again (`if __name__ == "__main__"`).
    """
    if workers < 1:
        raise ValueError(f"workers={workers}: at least 1 is needed")
    if workers == 1 or len(pairs) < 2:
        return [_score(metric, pair) for pair in pairs]
    light = {id(solid): replace(solid, brep=b"") for pair in pairs for solid in pair}  # no metric reads the B-rep
    lighter = [(light[id(a)], light[id(b)]) for a, b in pairs]
    # Spawned, not forked: the caller may hold threads or a GPU.
    with ProcessPoolExecutor(min(workers, len(pairs)), mp_context=get_context("spawn")) as pool:
        return list(pool.map(partial(_score, metric), lighter, chunksize=max(1, len(pairs) // (8 * workers))))


def _score(metric: Metric, pair: tuple[Solid, Solid]) -> Score:
    try:
        return Score(metric(*pair))
    except ValueError as reason:  # NotManifold is one
        return Score(0.0, f"not comparable: {reason}")
