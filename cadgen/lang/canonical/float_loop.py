"""Loops with float coordinates as polygons: their boxes and centroids, what lies inside, whether they keep apart."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np

from cadgen.lang.canonical.float_frame import FloatCircle, FloatLoop, Pair

_TURN = 256  # points of a full circle: chords stay within 8e-5 radii of it
_MARGIN = 1e-3  # of the larger size: loops that come closer may touch once they are on a grid


@lru_cache(maxsize=1024)
def outline(loop: FloatLoop) -> np.ndarray:
    """(N, 2) points along the loop, in its order, with the extremes of its arcs. Not to be written to."""
    if isinstance(loop, FloatCircle):
        return _along_circle(np.array(loop.centre), loop.radius, 0.0, 2 * np.pi)[:-1]
    points, start = [np.array([loop.start])], loop.start
    for segment in loop.segments:
        points.append(_along_arc(start, *segment) if len(segment) == 2 else np.array(segment))
        start = segment[-1]
    return np.concatenate(points)[:-1]


def box_of(loops: Sequence[FloatLoop]) -> np.ndarray:
    """(2, 2): the smallest and the largest coordinates."""
    points = np.concatenate([outline(loop) for loop in loops])
    return np.array([points.min(0), points.max(0)])


def centroid_of(loops: Sequence[FloatLoop]) -> np.ndarray:
    """(2,): the centre of the area that loops which keep apart enclose, holes left out."""
    total, moment = 0.0, np.zeros(2)
    for loop in loops:
        area, centre = _area_and_centre(loop)
        sign = (-1) ** depth_in(loops, loop)
        total, moment = total + sign * area, moment + sign * area * centre
    return moment / total


def outer_of(loops: Sequence[FloatLoop]) -> list[FloatLoop]:
    """Those that lie in no other, of loops that keep apart."""
    return [loop for loop in loops if not depth_in(loops, loop)]


def depth_in(loops: Sequence[FloatLoop], loop: FloatLoop) -> int:
    """How many of the loops, which keep apart, hold this one of them."""
    point = outline(loop)[:1]
    return sum(bool(_encloses(other, point)[0]) for other in loops if other is not loop)


def contains(loops: Sequence[FloatLoop], points: np.ndarray) -> np.ndarray:
    """(N,) bool: which of (N, 2) points an odd number of the loops encloses."""
    inside = np.zeros(len(points), bool)
    for loop in loops:
        inside ^= _encloses(loop, points)
    return inside


def keep_apart(loops: Sequence[FloatLoop]) -> bool:
    """Whether no two loops touch or cross and none lies within a hole: what the kernel makes a face of."""
    if not all(_apart(one, other) for one, other in combinations(loops, 2)):
        return False
    return all(depth_in(loops, loop) < 2 for loop in loops)


def groups_apart(circles: Sequence[FloatCircle]) -> list[tuple[FloatCircle, ...]]:
    """The circles in groups, as few as comes easily, within each of which none touches, crosses or holds another."""
    groups: list[list[FloatCircle]] = []
    for circle in circles:
        free = [group for group in groups if all(_gap(circle, other) > 0 for other in group)]
        if free:
            free[0].append(circle)
        else:
            groups.append([circle])
    return [tuple(group) for group in groups]


def _along_arc(start: Pair, mid: Pair, end: Pair) -> np.ndarray:
    """(N, 2) points after `start` up to `end`; of a flat arc its end."""
    centre = _centre_of(*map(np.array, (start, mid, end)))
    if centre is None:
        return np.array([end])
    first, middle, last = (np.arctan2(*(np.array(point) - centre)[::-1]) for point in (start, mid, end))
    sweep = (last - first) % (2 * np.pi) or 2 * np.pi
    if (middle - first) % (2 * np.pi) > sweep:
        sweep -= 2 * np.pi
    points = _along_circle(centre, float(np.hypot(*(np.array(start) - centre))), first, sweep)
    points[-1] = end
    return points[1:]


def _along_circle(centre: np.ndarray, radius: float, first: float, sweep: float) -> np.ndarray:
    angles = first + np.linspace(0, sweep, max(3, int(np.ceil(_TURN * abs(sweep) / (2 * np.pi)))) + 1)
    low, high = sorted((first, first + sweep))
    quarters = np.arange(np.ceil(low / (np.pi / 2)), np.floor(high / (np.pi / 2)) + 1) * (np.pi / 2)
    angles = np.union1d(angles, quarters)[:: 1 if sweep > 0 else -1]
    return centre + radius * np.stack([np.cos(angles), np.sin(angles)], 1)


def _centre_of(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray | None:
    b, c = b - a, c - a
    divisor = 2 * (b[0] * c[1] - b[1] * c[0])
    if abs(divisor) <= 1e-12 * (b @ b + c @ c):
        return None
    return a + np.array([c[1] * (b @ b) - b[1] * (c @ c), b[0] * (c @ c) - c[0] * (b @ b)]) / divisor


def _area_and_centre(loop: FloatLoop) -> tuple[float, np.ndarray]:
    if isinstance(loop, FloatCircle):
        return float(np.pi * loop.radius**2), np.array(loop.centre)
    points = outline(loop)
    origin, following = points[0], np.roll(points, -1, 0) - points[0]
    points = points - origin
    cross = points[:, 0] * following[:, 1] - points[:, 1] * following[:, 0]
    area = cross.sum() / 2
    return abs(area), origin + ((points + following) * cross[:, None]).sum(0) / (6 * area)


def _encloses(loop: FloatLoop, points: np.ndarray) -> np.ndarray:
    if isinstance(loop, FloatCircle):
        return np.hypot(*(points - loop.centre).T) < loop.radius
    corners = outline(loop)
    (x0, y0), (x1, y1) = corners.T[:, None], np.roll(corners, -1, 0).T[:, None]
    x, y = points[:, :1], points[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        crossed = ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return crossed.sum(1) % 2 == 1


def _apart(one: FloatLoop, other: FloatLoop) -> bool:
    if isinstance(one, FloatCircle) and isinstance(other, FloatCircle):
        within = abs(one.radius - other.radius) - float(np.hypot(*np.subtract(one.centre, other.centre)))
        return _gap(one, other) > 0 or within > _MARGIN * max(one.radius, other.radius)
    first, second = outline(one), outline(other)
    boxes = [(points.min(0), points.max(0)) for points in (first, second)]
    margin = _MARGIN * max(float((high - low).max()) for low, high in boxes)
    if ((boxes[0][0] > boxes[1][1] + margin) | (boxes[1][0] > boxes[0][1] + margin)).any():
        return True
    return not _cross(first, second) and min(_distance(first, second), _distance(second, first)) > margin


def _gap(one: FloatCircle, other: FloatCircle) -> float:
    apart = float(np.hypot(*np.subtract(one.centre, other.centre))) - one.radius - other.radius
    return apart - _MARGIN * max(one.radius, other.radius)


def _cross(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether a side of one polygon crosses one of the other."""
    a, b = one[:, None], np.roll(one, -1, 0)[:, None]
    c, d = other[None], np.roll(other, -1, 0)[None]
    return bool(((_side(a, b, c) != _side(a, b, d)) & (_side(c, d, a) != _side(c, d, b))).any())


def _side(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    u, v = b - a, c - a
    return u[..., 0] * v[..., 1] > u[..., 1] * v[..., 0]


def _distance(points: np.ndarray, polygon: np.ndarray) -> float:
    """From the nearest of the points to the nearest side of the polygon."""
    start, along = polygon[None], (np.roll(polygon, -1, 0) - polygon)[None]
    off = points[:, None] - start
    share = np.clip((off * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-300), 0, 1)
    return float(np.linalg.norm(off - share[..., None] * along, axis=-1).min())
