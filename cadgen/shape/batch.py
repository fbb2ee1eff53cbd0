"""`score`: one metric over many pairs, spread over processes; whatever fails is a value and costs its own pair."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import get_context

from rich.console import Console
from rich.progress import track

from cadgen.shape.iou import Method, Overlap
from cadgen.shape.solid import Solid

Pair = tuple[Solid, Solid]
Metric = Callable[[Solid, Solid], float] | Callable[[Solid, Solid], Overlap]


@dataclass(frozen=True)
class Score:
    """value: 0 where the two cannot be compared, and `error` says why; method: of a metric that gives an `Overlap`."""

    value: float
    error: str = ""
    method: Method | None = None


def score(metric: Metric, pairs: Sequence[Pair], workers: int = 1, title: str = "") -> list[Score]:
    """The metric of each pair, in their order.

    workers: processes; more than one take some seconds to start, need a metric that is a module's own function and a
    main module that may be imported again (`if __name__ == "__main__"`), and survive the death of a process.
    title: of a progress bar on stderr; none where it is empty.
    """
    if workers < 1:
        raise ValueError(f"workers={workers}: at least 1 is needed")
    one_by_one = workers == 1 or len(pairs) < 2
    found = (
        ((i, _score(metric, pair)) for i, pair in enumerate(pairs)) if one_by_one else _spread(metric, pairs, workers)
    )
    scores = dict(_shown(found, len(pairs), title))
    return [scores[i] for i in range(len(pairs))]


def _shown(found: Iterable, num: int, title: str) -> Iterable:
    return track(found, title, num, console=Console(stderr=True), transient=True) if title else found


def _spread(metric: Metric, pairs: Sequence[Pair], workers: int) -> Iterator[tuple[int, Score]]:
    """(index, Score) as they come. A process that dies takes the pool along; who is to blame is found one by one."""
    light = {id(solid): replace(solid, brep=b"") for pair in pairs for solid in pair}  # no metric reads the B-rep
    left = {i: (light[id(a)], light[id(b)]) for i, (a, b) in enumerate(pairs)}
    while left:
        for i, one in _pool(metric, left, min(workers, len(left))):
            del left[i]
            yield i, one
        if left:
            if workers == 1:  # worked through in order: the first without an answer is the one
                first = next(iter(left))
                del left[first]
                yield first, Score(0.0, "not comparable: the process that compared the two died")
            workers = 1


def _pool(metric: Metric, left: dict[int, Pair], workers: int) -> Iterator[tuple[int, Score]]:
    """(index, Score) as they come, up to the death of a process."""
    # Spawned, not forked: the caller may hold threads or a GPU.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            index = {pool.submit(_score, metric, pair): i for i, pair in left.items()}
            for future in as_completed(index):
                yield index[future], future.result()
        except BrokenProcessPool:
            return


def _score(metric: Metric, pair: Pair) -> Score:
    try:
        value = metric(*pair)
    except (ValueError, MemoryError) as reason:  # NotManifold is a ValueError
        return Score(0.0, f"not comparable: {reason}")
    return Score(value.iou, method=value.method) if isinstance(value, Overlap) else Score(value)
