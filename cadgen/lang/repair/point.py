"""Where a lost point was, by its neighbours: in line with them, in their mirror image, on the arc between them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product

Point = tuple[float, float]
Slots = tuple[int, ...]  # which coordinates are lost

_MOST_VALUES = 24  # tried for a coordinate


@dataclass(frozen=True)
class Near:
    """What is around a lost point: the points before and after it, those of its path, and all others.

    on_arc: it lies on the way of an arc from `before` to `after`. A neighbour that is on an arc itself is left out.
    """

    before: Point | None
    after: Point | None
    path: frozenset[Point]
    others: frozenset[Point]
    on_arc: bool


def likely_point(known: list[float], near: Near, is_possible: Callable[[Slots], bool]) -> tuple[Point, Slots]:
    """The likeliest point with the coordinates `known`, one or none, and which of its coordinates are the lost ones."""
    if known and near.on_arc and near.before and near.after:
        middles = [(m, (k,)) for m in _middles(near.before, near.after) for k in (1, 0) if is_possible((k,))]
        return min(middles, key=lambda option: abs(option[0][1 - option[1][0]] - known[0]))
    xs = _values(point[0] for point in (*near.path, *near.others))
    ys = _values(point[1] for point in (*near.path, *near.others))
    options: list[tuple[Point, Slots]] = []
    if not known:
        options = [((x, y), (0, 1)) for x, y in product(xs, ys)]
    if known and is_possible((1,)):
        options += [((known[0], y), (1,)) for y in ys]
    if known and is_possible((0,)):
        options += [((x, known[0]), (0,)) for x in xs]
    return max(options, key=lambda option: _likeliness(option[0], near))


def _middles(start: Point, end: Point) -> Iterator[Point]:
    """The middles of the quarter circles and half circles between two points, on whole numbers."""
    corners = (start[0], end[1]), (end[0], start[1])
    share = 2**-0.5  # of the way from one corner, the centre, to the other
    for centre, other in (corners, corners[::-1]):
        x, y = (c + share * (o - c) for c, o in zip(centre, other, strict=True))
        yield float(round(x)), float(round(y))
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    for sign in (0.5, -0.5):
        x, y = middle[0] + sign * (end[1] - start[1]), middle[1] + sign * (start[0] - end[0])
        yield float(round(x)), float(round(y))


def _values(numbers: Iterable[float]) -> list[float]:
    common = [value for value, _ in Counter(numbers).most_common(_MOST_VALUES)]
    return list(dict.fromkeys([*common, *(-value for value in common), 0.0]))


def _likeliness(point: Point, near: Near) -> float:
    x, y = point
    score = -10.0 * (point in near.path)  # a path does not meet itself
    score += sum(2.0 * (x == other[0] or y == other[1]) for other in (near.before, near.after) if other)
    if near.before and near.after:
        score += point in ((near.before[0], near.after[1]), (near.after[0], near.before[1]))
    return score + _fit(point, near.path) + 0.5 * _fit(point, near.others)


def _fit(point: Point, points: frozenset[Point]) -> float:
    """How many mirror images of `point` are among `points`, and half for each coordinate that is one of theirs."""
    if not points:
        return 0.0
    xs, ys = {p[0] for p in points}, {p[1] for p in points}
    x, y = point
    mirrored = (min(xs) + max(xs) - x, y), (x, min(ys) + max(ys) - y)
    return sum(image in points for image in mirrored) + 0.5 * ((x in xs) + (y in ys))
