"""Polygons with round corners."""

from collections.abc import Sequence
from math import sqrt

from cadgen.program import Arc, Line, Path, Point, nearest


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
