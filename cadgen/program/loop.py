"""Closed loops in a plane, in whole numbers: what they consist of, their one order and direction, area and box."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import gcd, hypot, pi

Point = tuple[int, int]


@dataclass(frozen=True)
class Line:
    end: Point


@dataclass(frozen=True)
class Arc:
    """A circular arc through `mid`."""

    mid: Point
    end: Point


@dataclass(frozen=True)
class Path:
    """A closed loop of segments from `start` back to `start`; the last segment ends at `start`."""

    start: Point
    segments: tuple[Line | Arc, ...]


@dataclass(frozen=True)
class Circle:
    centre: Point
    radius: int


@dataclass(frozen=True)
class Round:
    """A circle whose centre is (x, y) / divisor, the square of its radius square / divisor^2."""

    x: int
    y: int
    divisor: int
    square: int

    @property
    def centre(self) -> tuple[float, float]:
        return self.x / self.divisor, self.y / self.divisor

    @property
    def radius(self) -> float:
        return self.square**0.5 / self.divisor


Loop = Path | Circle
Box = tuple[int, int, int, int]  # left, bottom, right, top


class LoopsCoincide(ValueError):
    """Two loops of one sketch that are the same."""


def ordered(loops: Iterable[Loop]) -> tuple[Loop, ...]:
    """The loops that enclose something, each tidied, the largest first. Raises `LoopsCoincide`."""
    tidied = (loop if isinstance(loop, Circle) else tidy(loop) for loop in loops)
    found = tuple(sorted((loop for loop in tidied if loop), key=lambda loop: (-abs(area(loop)), _place_of(loop))))
    if len(set(found)) < len(found):
        raise LoopsCoincide("two loops coincide")
    return found


def tidy(path: Path) -> Path | None:
    """The same loop, counterclockwise from its smallest vertex, without needless vertices; None if nothing is left."""
    segments = _merge(_straighten(path.start, path.segments))
    if len(segments) < 2 or area(Path(path.start, _tail(segments))) == 0:
        return None
    if area(Path(segments[0][0], _tail(segments))) < 0:
        segments = [(s.end, _reverse(start, s)) for start, s in reversed(segments)]
    first = min(range(len(segments)), key=lambda i: segments[i][0])
    segments = segments[first:] + segments[:first]
    return Path(segments[0][0], _tail(segments))


def area(loop: Loop) -> float:
    """Signed area, counterclockwise positive; arcs count as two chords, which is enough to orient and to order."""
    if isinstance(loop, Circle):
        return float(pi * loop.radius**2)
    return 0.5 * sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(points_of(loop)))


def points_of(loop: Loop) -> list[Point]:
    """What defines the loop, in its order: a path's vertices and the middles of its arcs, a circle's centre."""
    if isinstance(loop, Circle):
        return [loop.centre]
    points = [loop.start]
    for segment in loop.segments:
        points += [segment.mid, segment.end] if isinstance(segment, Arc) else [segment.end]
    return points


def mapped_loop(loop: Loop, place: Callable[[Point], Point], length: Callable[[int], int] = int) -> Loop:
    """The loop with every point at `place(point)` and every radius `length(radius)`."""
    if isinstance(loop, Circle):
        return Circle(place(loop.centre), length(loop.radius))
    segments = tuple(
        Line(place(s.end)) if isinstance(s, Line) else Arc(place(s.mid), place(s.end)) for s in loop.segments
    )
    return Path(place(loop.start), segments)


def moved(loops: Iterable[Loop], x: int, y: int) -> list[Loop]:
    return [mapped_loop(loop, lambda point: (point[0] + x, point[1] + y)) for loop in loops]


def swapped(loops: Iterable[Loop]) -> list[Loop]:
    """The loops with their two axes exchanged."""
    return [mapped_loop(loop, lambda point: (point[1], point[0])) for loop in loops]


def polygon(points: Sequence[Point]) -> Path:
    """The closed path through the points; one that comes twice in a row counts once."""
    points = [point for i, point in enumerate(points) if point != points[i - 1]]
    return Path(points[0], (*map(Line, points[1:]), Line(points[0])))


def rectangle(left: int, bottom: int, right: int, top: int) -> Path:
    return polygon([(left, bottom), (right, bottom), (right, top), (left, top)])


def box_of(loops: Sequence[Loop]) -> Box:
    """The box around the loops in whole numbers, to the nearest; arcs taken as they run."""
    left, bottom, right, top = bounds_of(loops)
    return (*nearest(left, bottom), *nearest(right, top))


def bounds_of(loops: Sequence[Loop]) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of the smallest box around the loops, arcs taken as they run."""
    if len(loops) == 1:
        return _bounds(loops[0])
    left, bottom, right, top = zip(*map(_bounds, loops), strict=True)
    return min(left), min(bottom), max(right), max(top)


def reach(loops: Iterable[Loop], x: float, y: float) -> float:
    """The largest x * u + y * v of the points (u, v) of the loops, arcs taken as they run."""
    return max(_reach(loop, x, y) for loop in loops)


def are_round(loops: Sequence[Loop]) -> bool:
    """Whether no circle has vanished."""
    return all(loop.radius > 0 for loop in loops if isinstance(loop, Circle))


def circle_through(a: Point, b: Point, c: Point) -> Round | None:
    """The circle through three points, exactly; None where they lie in line."""
    (bx, by), (cx, cy) = (b[0] - a[0], b[1] - a[1]), (c[0] - a[0], c[1] - a[1])
    divisor = 2 * (bx * cy - by * cx)
    if divisor == 0:
        return None
    b2, c2 = bx * bx + by * by, cx * cx + cy * cy
    x, y = cy * b2 - by * c2, bx * c2 - cx * b2
    shrink = gcd(x, y, divisor) * (1 if divisor > 0 else -1)
    x, y, divisor = x // shrink, y // shrink, divisor // shrink
    return Round(x + a[0] * divisor, y + a[1] * divisor, divisor, x * x + y * y)


def nearest(x: float, y: float) -> Point:
    """The point of whole numbers there; halves go up."""
    return int((x + 0.5) // 1), int((y + 0.5) // 1)


def _place_of(loop: Loop) -> tuple:
    """Orders loops of equal area by where they are."""
    return (loop.centre, loop.radius) if isinstance(loop, Circle) else (loop.start, len(loop.segments))


_Placed = list[tuple[Point, Line | Arc]]  # each segment with the point where it starts


def _straighten(start: Point, segments: tuple) -> _Placed:
    """Drops segments of no length and turns flat arcs into lines."""
    placed: _Placed = []
    for segment in segments:
        if isinstance(segment, Arc) and _cross(start, segment.mid, segment.end) == 0:
            segment = Line(segment.end)
        if segment.end != start:
            placed.append((start, segment))
            start = segment.end
    return placed


def _merge(segments: _Placed) -> _Placed:
    """Joins neighbouring lines that go on in one direction (or back), around the loop, until none is left."""
    changed = True
    while changed and len(segments) > 1:
        changed = False
        for i in range(len(segments)):
            (start, one), (_, two) = segments[i - 1], segments[i]
            if isinstance(one, Line) and isinstance(two, Line) and _cross(start, one.end, two.end) == 0:
                joined = [(start, Line(two.end))] if start != two.end else []
                rest = [s for j, s in enumerate(segments) if j not in (i, (i - 1) % len(segments))]
                at = i - 1 if i else len(rest)
                segments = rest[:at] + joined + rest[at:]
                changed = True
                break
    return segments


def _cross(a: Point, b: Point, c: Point) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _reverse(start: Point, segment: Line | Arc) -> Line | Arc:
    return Line(start) if isinstance(segment, Line) else Arc(segment.mid, start)


def _tail(segments: _Placed) -> tuple[Line | Arc, ...]:
    return tuple(segment for _, segment in segments)


def _bounds(loop: Loop) -> tuple[float, float, float, float]:
    if isinstance(loop, Circle):
        (x, y), r = loop.centre, loop.radius
        return x - r, y - r, x + r, y + r
    points: list[tuple[float, float]] = [loop.start]
    start = loop.start
    for segment in loop.segments:
        points.append(segment.end)
        if isinstance(segment, Arc):
            points += _extremes(start, segment)
        start = segment.end
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _reach(loop: Loop, x: float, y: float) -> float:
    length = hypot(x, y)
    if isinstance(loop, Circle):
        return loop.centre[0] * x + loop.centre[1] * y + loop.radius * length
    points: list[tuple[float, float]] = [loop.start]
    start = loop.start
    for segment in loop.segments:
        points.append(segment.end)
        if isinstance(segment, Arc) and length:
            points += _extremes(start, segment, [(x / length, y / length)])
        start = segment.end
    return max(x * u + y * v for u, v in points)


_SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))


def _extremes(start: Point, arc: Arc, directions: Iterable[tuple[float, float]] = _SIDES) -> list[tuple[float, float]]:
    """The points of the arc's circle that are farthest along unit directions, where the arc runs through them."""
    circle = circle_through(start, arc.mid, arc.end)
    if circle is None:
        return [arc.mid]
    (x, y), r = circle.centre, circle.radius
    chord = arc.end[0] - start[0], arc.end[1] - start[1]

    def side(px: float, py: float) -> float:
        return chord[0] * (py - start[1]) - chord[1] * (px - start[0])

    middle = side(*arc.mid)
    return [
        (px, py)
        for px, py in ((x + r * along, y + r * up) for along, up in directions)
        if side(px, py) * middle > 0 or chord == (0, 0)
    ]
