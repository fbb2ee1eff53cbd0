"""The same done to many, one after the other or by several processes: `one_by_one` and `Shared`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol, TypeVar

from joblib import Parallel, cpu_count, delayed

_Found = TypeVar("_Found")
_MOST = 8  # processes; more would wait for the slowest


class Each(Protocol):
    """What gives `[function(item, *rest) for item in items]`."""

    def __call__(self, function: Callable[..., _Found], items: Sequence[Any], *rest: Any) -> list[_Found]: ...


def one_by_one(function: Callable[..., _Found], items: Sequence[Any], *rest: Any) -> list[_Found]:
    """All in this process."""
    return [function(item, *rest) for item in items]


@dataclass(frozen=True)
class Shared:
    """All by some processes, one for each core unless `num` says how many; they stay until this one ends.

    They are joblib's, which import no `__main__`, so that a script that calls this needs no guard. What is given and
    found must be such as can be pickled, the function a module's.
    """

    num: int | None = None

    def __call__(self, function: Callable[..., _Found], items: Sequence[Any], *rest: Any) -> list[_Found]:
        num = min(self.num or min(_MOST, cpu_count()), len(items))
        if num < 2:
            return one_by_one(function, items, *rest)
        work = Parallel(num, max_nbytes=None)
        parts = work(delayed(one_by_one)(function, items[first::num], *rest) for first in range(num))
        rows = chain.from_iterable(zip(*(part + [None] * (len(parts[0]) - len(part)) for part in parts), strict=True))
        return list(rows)[: len(items)]
