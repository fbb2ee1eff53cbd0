"""`score`: one metric over many pairs, spread over processes; whatever fails is a value and costs its own pair."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import get_context
from typing import TypeVar

from rich.console import Console
from rich.progress import track

from cadgen.shape.iou import Method, Overlap
from cadgen.shape.solid import Solid

Pair = tuple[Solid, Solid]
K = TypeVar("K")
T = TypeVar("T")
Metric = Callable[[Solid, Solid], float] | Callable[[Solid, Solid], Overlap]

DIED = "not comparable: the process that compared the two died"
_AHEAD = 16  # jobs a process that are asked for before they can be done: the asking may take long, too


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
    light = {id(solid): replace(solid, brep=b"") for pair in pairs for solid in pair}  # no metric reads the B-rep
    jobs = ((i, (metric, (light[id(a)], light[id(b)]))) for i, (a, b) in enumerate(pairs))
    found = spread(_score, jobs, workers if len(pairs) > 1 else 1)
    scores = dict(_shown(found, len(pairs), title))
    return [scores[i] or Score(0.0, DIED) for i in range(len(pairs))]


def _shown(found: Iterable, num: int, title: str) -> Iterable:
    console = Console(stderr=True)
    return track(found, title, num, console=console, transient=True) if title and console.is_terminal else found


def spread(function: Callable[..., T], jobs: Iterable[tuple[K, tuple]], workers: int) -> Iterator[tuple[K, T | None]]:
    """(key, function(*arguments)) of every (key, arguments), as they come; None where the process that was at it died.

    Jobs are asked for as there is room, `_AHEAD` a process. One worker is this process, which dies of its own faults.
    """
    rest = iter(jobs)
    if workers == 1:
        yield from ((key, function(*arguments)) for key, arguments in rest)
        return
    left: dict[K, tuple] = {}
    while True:
        yield from _pool(function, left, rest, workers)
        if not left:
            return
        # A process that dies takes the pool along; who is to blame is found one by one.
        for key in list(left):
            alone = {key: left.pop(key)}
            yield next(_pool(function, alone, iter(()), 1), (key, None))


def _pool(
    function: Callable[..., T], left: dict[K, tuple], rest: Iterator[tuple[K, tuple]], workers: int
) -> Iterator[tuple[K, T]]:
    """(key, result) as they come, up to the death of a process. left: what is asked for and not answered yet."""
    # Spawned, not forked: the caller may hold threads or a GPU.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            futures = {pool.submit(function, *arguments): key for key, arguments in left.items()}
            while True:
                for key, arguments in islice(rest, workers * _AHEAD - len(futures)):
                    left[key] = arguments
                    futures[pool.submit(function, *arguments)] = key
                if not futures:
                    return
                for future in wait(futures, return_when=FIRST_COMPLETED).done:
                    result = future.result()
                    key = futures.pop(future)
                    del left[key]
                    yield key, result
        except BrokenProcessPool:
            return


def _score(metric: Metric, pair: Pair) -> Score:
    try:
        value = metric(*pair)
    except (ValueError, MemoryError) as reason:  # NotManifold is a ValueError
        return Score(0.0, f"not comparable: {reason}")
    return Score(value.iou, method=value.method) if isinstance(value, Overlap) else Score(value)
