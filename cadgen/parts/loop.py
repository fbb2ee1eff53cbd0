"""Closed loops in a plane: built from corners, moved, mapped, and their boxes."""

from collections.abc import Callable, Iterable, Sequence
from math import sqrt

from cadgen.lang.program import Arc, Circle, Line, Loop, Path
from cadgen.parts.draw import Point, nearest

Box = tuple[int, int, int, int]  # left, bottom, right, top


def polygon(points: Sequence[Point]) -> Path:
    """The closed path through the points; one that comes twice in a row counts once."""
    points = [point for i, point in enumerate(points) if point != points[i - 1]]
    return Path(points[0], (*map(Line, points[1:]), Line(points[0])))


def rectangle(left: int, bottom: int, right: int, top: int) -> Path:
    return polygon([(left, bottom), (right, bottom), (right, top), (left, top)])


def rounded(points: Sequence[Point], radii: Sequence[int]) -> Path:
    """The polygon with an arc of the given radius at each corner; 0, or a corner without room, leaves it sharp."""
    corners = [_corner(points[i - 1], point, points[(i + 1) % len(points)], radii[i]) for i, point in enumerate(points)]
    segments: list[Line | Arc] = []
    for first, *rest in [*corners[1:], corners[0]]:
        segments.append(Line(first))
        if rest:
            segments.append(Arc(*rest))
    return Path(corners[0][-1], tuple(segments))


def _corner(before: Point, at: Point, after: Point, radius: int) -> tuple[Point, ...]:
    """(corner,) or (where the arc starts, its middle, its end)."""
    (ux, uy), (vx, vy) = (before[0] - at[0], before[1] - at[1]), (after[0] - at[0], after[1] - at[1])
    one, two = sqrt(ux * ux + uy * uy), sqrt(vx * vx + vy * vy)
    cosine = (ux * vx + uy * vy) / (one * two)
    if radius <= 0 or abs(cosine) > 0.98:
        return (at,)
    reach = radius / sqrt((1 - cosine) / (1 + cosine))
    if reach > 0.48 * min(one, two):
        return (at,)
    bx, by = ux / one + vx / two, uy / one + vy / two
    length = sqrt(bx * bx + by * by)
    to_middle = radius / sqrt((1 - cosine) / 2) - radius
    return (
        nearest(at[0] + ux / one * reach, at[1] + uy / one * reach),
        nearest(at[0] + bx / length * to_middle, at[1] + by / length * to_middle),
        nearest(at[0] + vx / two * reach, at[1] + vy / two * reach),
    )


def mapped(loop: Loop, place: Callable[[Point], Point], length: Callable[[int], int] = int) -> Loop:
    """The loop with every point at `place(point)` and every radius `length(radius)`."""
    if isinstance(loop, Circle):
        return Circle(place(loop.centre), length(loop.radius))
    segments = tuple(
        Line(place(s.end)) if isinstance(s, Line) else Arc(place(s.mid), place(s.end)) for s in loop.segments
    )
    return Path(place(loop.start), segments)


def moved(loops: Iterable[Loop], x: int, y: int) -> list[Loop]:
    return [mapped(loop, lambda point: (point[0] + x, point[1] + y)) for loop in loops]


def swapped(loops: Iterable[Loop]) -> list[Loop]:
    """The loops with their two axes exchanged."""
    return [mapped(loop, lambda point: (point[1], point[0])) for loop in loops]


def box_of(loops: Sequence[Loop]) -> Box:
    """The smallest box of whole numbers around the loops, arcs taken as they run."""
    if len(loops) == 1:
        return _box(loops[0])
    left, bottom, right, top = zip(*map(_box, loops), strict=True)
    return min(left), min(bottom), max(right), max(top)


def _box(loop: Loop) -> Box:
    if isinstance(loop, Circle):
        (x, y), r = loop.centre, loop.radius
        return x - r, y - r, x + r, y + r
    points, start = [loop.start], loop.start
    for segment in loop.segments:
        points.append(segment.end)
        if isinstance(segment, Arc):
            points += _extremes(start, segment)
        start = segment.end
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _extremes(start: Point, arc: Arc) -> list[Point]:
    """The leftmost, rightmost, lowest and highest points of the arc's circle that the arc runs through."""
    circle = circle_through(start, arc.mid, arc.end)
    if circle is None:
        return [arc.mid]
    x, y, r = circle
    chord = arc.end[0] - start[0], arc.end[1] - start[1]

    def side(px: float, py: float) -> float:
        return chord[0] * (py - start[1]) - chord[1] * (px - start[0])

    middle = side(*arc.mid)
    return [
        nearest(px, py)
        for px, py in ((x - r, y), (x + r, y), (x, y - r), (x, y + r))
        if side(px, py) * middle > 0 or chord == (0, 0)
    ]


def circle_through(a: Point, b: Point, c: Point) -> tuple[float, float, float] | None:
    """Centre and radius of the circle through three points; None if they are in line."""
    bx, by, cx, cy = b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]
    double = 2 * (bx * cy - by * cx)
    if double == 0:
        return None
    ux = (cy * (bx * bx + by * by) - by * (cx * cx + cy * cy)) / double
    uy = (bx * (cx * cx + cy * cy) - cx * (bx * bx + by * by)) / double
    return a[0] + ux, a[1] + uy, sqrt(ux * ux + uy * uy)
