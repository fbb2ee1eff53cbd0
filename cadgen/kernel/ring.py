"""Loops as closed polylines whose pieces remember what they are parts of.

A circle becomes as many chords as its `Circles` say, an arc the share that its angle is of that.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numba
import numpy as np

from cadgen.kernel.circles import CHORDS, SAME, Circles, Corner, angle_of, round_of, turns, with_corner
from cadgen.kernel.laid_out import Outline, Polygon, Spun
from cadgen.kernel.not_covered import NotCovered
from cadgen.program import Arc, Circle, Path, Point, Round, circle_through

WHOLE, BEFORE = 1, 2
_TOUCH = 1e-6
_CHORD = 0.05  # radians, where a circle has as many as OCC makes: it cuts whole ones a little finer


@dataclass(frozen=True)
class Straight:
    start: tuple[float, float]
    end: tuple[float, float]

    def reversed(self) -> "Straight":
        return Straight(self.end, self.start)


@dataclass(frozen=True)
class Bent:
    """turns: 1 counterclockwise, -1 clockwise."""

    base: Round
    turns: int

    def reversed(self) -> "Bent":
        return Bent(self.base, -self.turns)


@dataclass(frozen=True)
class Ring:
    """points: (n, 2) float64; chord i runs from point i to the next, belongs to pieces[piece[i]].

    seam: (n, 3) int8, whether chord i starts (ends) where the seam of its cylinder is, and `WHOLE` for a chord of a
    whole circle, `BEFORE` for one of an arc that lies before the seam of such a circle; sag: as in `Circles`.
    """

    points: np.ndarray
    piece: np.ndarray
    pieces: tuple[Straight | Bent, ...]
    seam: np.ndarray
    sag: float

    def reversed(self) -> "Ring":
        """The same ring, run the other way."""
        chords = np.roll(np.arange(len(self.points))[::-1], -1)
        pieces = tuple(piece.reversed() for piece in self.pieces)
        return Ring(self.points[::-1], self.piece[chords], pieces, self.seam[chords][:, [1, 0, 2]], self.sag)

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """The smallest and the largest x and y, as left, bottom, right, top."""
        return _box(self.points)

    @cached_property
    def slack(self) -> float:
        """How near something may be to the ring and still touch what the ring stands for."""
        return max([_TOUCH, *(self.sag * piece.base.radius for piece in self.pieces if isinstance(piece, Bent))])


def ring(loop: Outline, axis: int, circles: Circles) -> Ring:
    """The loop, counterclockwise. Raises `NotCovered` for one that encloses nothing."""
    if isinstance(loop, Circle):
        if loop.radius <= 0:
            raise NotCovered(f"a circle of radius {loop.radius}")
        found = _circle(round_of(loop), axis, circles)
    elif isinstance(loop, Spun):
        found = _circle(loop.base, axis, circles, loop.angle)
    elif isinstance(loop, Polygon):
        found = _polygon(loop, circles)
    else:
        found = _path(loop, axis, circles)
    area = _area(found.points)
    if len(found.points) < 3 or area == 0:
        raise NotCovered(f"a loop that encloses nothing, from {found.points[0].tolist()}")
    return found if area > 0 else found.reversed()


@numba.njit(cache=True, nogil=True)
def _box(points):
    """Left, bottom, right and top of points (n, 2)."""
    left, bottom = right, top = points[0, 0], points[0, 1]
    for p in points:
        left, bottom, right, top = min(left, p[0]), min(bottom, p[1]), max(right, p[0]), max(top, p[1])
    return left, bottom, right, top


@numba.njit(cache=True, nogil=True)
def _area(points):
    """The area inside a ring (n, 2), in grid steps squared; negative where it runs clockwise."""
    double, x, y = 0.0, points[0, 0], points[0, 1]
    for i in range(len(points)):
        a, b = points[i - 1], points[i]
        double += (a[0] - x) * (b[1] - y) - (a[1] - y) * (b[0] - x)
    return double / 2


def _polygon(polygon: Polygon, circles: Circles) -> Ring:
    points, num = polygon.points, len(polygon.points)
    sides = tuple(Straight(start, end) for start, end in zip(points, points[1:] + points[:1], strict=True))
    return Ring(np.array(points), np.arange(num, dtype=np.int32), sides, np.zeros((num, 3), np.int8), circles.sag)


def _circle(base: Round, axis: int, circles: Circles, seam_at: float = 0.0) -> Ring:
    corners = circles.corners(axis, base)
    assert corners is not None
    if seam_at:
        there = base.centre[0] + base.radius * math.cos(seam_at), base.centre[1] + base.radius * math.sin(seam_at)
        angles, points = with_corner(*corners, (seam_at, there))
        points = np.roll(points, -int(np.argmin(np.abs(angles - seam_at))), axis=0)
    else:
        points = corners[1]
    num = len(points)
    seam = np.zeros((num, 3), np.int8)
    seam[0, 0] = seam[-1, 1] = 1
    seam[:, 2] = WHOLE
    return Ring(points, np.zeros(num, np.int32), (Bent(base, 1),), seam, circles.sag)


def _path(path: Path, axis: int, circles: Circles) -> Ring:
    if path.segments[-1].end != path.start:
        raise NotCovered("a path that does not end where it starts")
    points: list[Sequence[float]] = []
    lengths: list[int] = []
    seams: list[tuple[int, np.ndarray]] = []
    pieces: list[Straight | Bent] = []
    start = path.start
    for segment in path.segments:
        if segment.end == start:
            raise NotCovered(f"a segment of no length at {start}")
        if isinstance(segment, Arc):
            base = circle_through(start, segment.mid, segment.end)
            if base is None:
                raise NotCovered(f"an arc of points in line, from {start}")
            way = turns(start, segment)
            chord = _CHORD * CHORDS / circles.chords
            drawn = _arc(
                base, (start, segment.end), way, chord, circles.corners(axis, base), circles.touched(axis, base)
            )
            seams.append((len(points), _seam(np.vstack([drawn, segment.end]), way, circles, axis, base)))
            pieces.append(Bent(base, way))
            points += drawn.tolist()
            lengths.append(len(drawn))
        else:
            pieces.append(Straight(start, segment.end))
            points.append(start)
            lengths.append(1)
        start = segment.end
    seam = np.zeros((len(points), 3), np.int8)
    for first, of_arc in seams:
        seam[first : first + len(of_arc)] = of_arc
    piece = np.repeat(np.arange(len(pieces), dtype=np.int32), lengths)
    return Ring(np.array(points, float), piece, tuple(pieces), seam, circles.sag)


def _arc(
    base: Round,
    ends: tuple[Point, Point],
    way: int,
    chord: float,
    shared: tuple[np.ndarray, np.ndarray] | None,
    extra: list[Corner],
) -> np.ndarray:
    """(n, 2): the corners from the first end to the second, which is left out; those of `shared` where it is given.

    chord: radians of one at most, where they are not shared.
    """
    if way < 0:
        return np.vstack([_arc(base, ends[::-1], 1, chord, shared, extra), ends[0]])[:0:-1]
    first, last = (angle_of(base, end) for end in ends)
    sweep = (last - first) % (2 * math.pi)
    if shared is not None:
        at = (shared[0] - first) % (2 * math.pi)
        inner = np.flatnonzero((at > SAME) & (at < sweep - SAME))
        return np.vstack([ends[0], shared[1][inner[np.argsort(at[inner])]]])
    num = max(1, math.ceil(sweep / chord - 1e-9))
    steps = sweep / num * np.arange(num)
    points = np.array(base.centre) + base.radius * np.stack([np.cos(first + steps), np.sin(first + steps)], axis=1)
    points[0] = ends[0]
    for angle, point in extra:
        step = (angle - first) % (2 * math.pi)
        if SAME < step < sweep - SAME:
            steps, points = with_corner(steps, points, (step, point))
    return points


def _seam(corners: np.ndarray, way: int, circles: Circles, axis: int, base: Round) -> np.ndarray:
    there = np.abs(corners - circles.seam(axis, base)).max(axis=1) < SAME
    if not circles.has_whole(axis, base):
        return np.stack([there[:-1], there[1:], np.zeros(len(corners) - 1)], axis=1).astype(np.int8)
    seam = np.zeros((len(corners) - 1, 3), np.int8)
    for at in np.flatnonzero(there[1:-1]) + 1:
        seam[slice(0, at) if way > 0 else slice(at, None), 2] = BEFORE
    return seam
