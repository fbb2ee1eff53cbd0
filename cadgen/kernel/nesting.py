"""How rings lie to each other, and whether those of a sketch are what CadQuery's faces can be made of.

CadQuery hands all loops of a sketch to one face builder. Outlines side by side become faces of their own; what it makes
of loops that cross or touch, or of an outline inside a hole, is not valid or not what was drawn, so it is refused.
"""

from collections.abc import Sequence

import numba
import numpy as np

from cadgen.kernel.not_covered import NotCovered
from cadgen.kernel.ring import Bent, Ring


def check(rings: Sequence[Ring]) -> None:
    """Raises `NotCovered` for the rings of a sketch that are no outlines with holes in them."""
    depth = [0] * len(rings)
    for i, ring in enumerate(rings):
        if len(ring.pieces) > 1 and _meets_itself(ring.points, ring.slack):
            raise NotCovered("a loop that crosses or touches itself")
        for j in range(i):
            told = relation(ring, rings[j])
            if told is None:
                raise NotCovered("two loops that cross or touch")
            depth[i] += told[0]
            depth[j] += told[1]
    if max(depth, default=0) > 1:
        raise NotCovered("an outline inside a hole")


def relation(one: Ring, two: Ring) -> tuple[bool, bool] | None:
    """Whether the first lies in the second, and the second in the first; None where they cross or touch."""
    slack = max(one.slack, two.slack)
    if _apart(one.box, two.box, slack):
        return False, False
    if _cross(one, two, slack):
        return None
    return bool(contains(two.points, *one.points[0])), bool(contains(one.points, *two.points[0]))


def _cross(one: Ring, two: Ring, tolerance: float) -> bool:
    """Whether they cross or touch; a whole circle lies near another ring where that is as far away as its radius."""
    for circle, other in ((one, two), (two, one)):
        piece = circle.pieces[0]
        if len(circle.pieces) == 1 and isinstance(piece, Bent):
            nearest, farthest = _distances(other.points, *piece.base.centre)
            return bool(nearest - tolerance < piece.base.radius < farthest + tolerance)
    return bool(_meet(one.points, two.points, tolerance))


def _apart(one: tuple[float, ...], two: tuple[float, ...], slack: float) -> bool:
    return one[0] > two[2] + slack or two[0] > one[2] + slack or one[1] > two[3] + slack or two[1] > one[3] + slack


@numba.njit(cache=True, nogil=True)
def _meets_itself(points, tolerance):
    """Whether two chords that are not neighbours come nearer than `tolerance`, or neighbours fold back.

    points: (n, 2) of a ring; tolerance: grid steps, of which a tenth of the shorter chord is the most that counts.
    """
    num = len(points)
    for i in range(num):
        a, b, c = points[i], points[(i + 1) % num], points[(i + 2) % num]
        ux, uy, vx, vy = b[0] - a[0], b[1] - a[1], c[0] - b[0], c[1] - b[1]
        if abs(ux * vy - uy * vx) <= 1e-9 * abs(ux * vx + uy * vy) and ux * vx + uy * vy < 0:
            return True
        for j in range(i + 2, num - 1 if i == 0 else num):
            d = points[(j + 1) % num]
            length = np.sqrt(min(ux * ux + uy * uy, (d[0] - points[j][0]) ** 2 + (d[1] - points[j][1]) ** 2))
            if _near(a, b, points[j], d, min(tolerance, 0.1 * length)):
                return True
    return False


@numba.njit(cache=True, nogil=True)
def _meet(one, two, tolerance):
    """Whether chords of two rings, points (n, 2) and (m, 2), come nearer than `tolerance` grid steps."""
    for i in range(len(one)):
        for j in range(len(two)):
            if _near(one[i], one[(i + 1) % len(one)], two[j], two[(j + 1) % len(two)], tolerance):
                return True
    return False


@numba.njit(cache=True, nogil=True)
def _distances(points, x, y):
    """How far the nearest and the farthest point of a ring (n, 2) are from (x, y)."""
    nearest, farthest = np.inf, 0.0
    centre = (x, y)
    for i in range(len(points)):
        nearest = min(nearest, _distance2(centre, points[i - 1], points[i]))
        farthest = max(farthest, (points[i, 0] - x) ** 2 + (points[i, 1] - y) ** 2)
    return np.sqrt(nearest), np.sqrt(farthest)


@numba.njit(cache=True, nogil=True)
def _near(a, b, c, d, tolerance):
    """Whether the chords from a to b and from c to d, (2,) each, cross or come nearer than `tolerance`."""
    if (
        min(a[0], b[0]) > max(c[0], d[0]) + tolerance
        or min(c[0], d[0]) > max(a[0], b[0]) + tolerance
        or min(a[1], b[1]) > max(c[1], d[1]) + tolerance
        or min(c[1], d[1]) > max(a[1], b[1]) + tolerance
    ):
        return False
    if _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0:
        return True
    square = min(min(_distance2(a, c, d), _distance2(b, c, d)), min(_distance2(c, a, b), _distance2(d, a, b)))
    return square < tolerance * tolerance


@numba.njit(cache=True, nogil=True)
def _side(a, b, p):
    """Positive where p is left of the line from a to b, (2,) each: twice the area of the triangle."""
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


@numba.njit(cache=True, nogil=True)
def _distance2(p, a, b):
    """The square of how far p is from the chord from a to b, (2,) each."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    t = ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / (dx * dx + dy * dy)
    t = min(1.0, max(0.0, t))
    return (a[0] + t * dx - p[0]) ** 2 + (a[1] + t * dy - p[1]) ** 2


@numba.njit(cache=True, nogil=True)
def contains(points: np.ndarray, x: float, y: float) -> bool:
    """Whether (x, y), which is not on the ring (n, 2), is inside: even-odd rule."""
    inside = False
    for i in range(len(points)):
        a, b = points[i - 1], points[i]
        if (a[1] > y) != (b[1] > y) and x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]):
            inside = not inside
    return inside
