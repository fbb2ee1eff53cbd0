"""Loops as closed polylines whose pieces remember what they are parts of.

A circle becomes 126 chords, an arc the share that its angle is of that: what OCC makes of the 0.1 rad that
`cadgen.shape` asks for. Where something else of the program is as high as a circle is where it is widest, it gets a
corner there, so that the two touch where the real ones do.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from cadgen.kernel.error import NotCovered
from cadgen.kernel.surface import AXES, Round, circle_through
from cadgen.lang.program import Arc, Circle, Loop, Path, Point, Program

_NUM_CHORDS = 126
_CHORD = 0.05  # radians; OCC makes chords of half the angle it is asked for
_SAME = 1e-6  # radians; corners closer than that are one
_QUARTERS = ((0.0, 1, 0), (math.pi / 2, 0, 1), (math.pi, -1, 0), (3 * math.pi / 2, 0, -1))  # angle, its cosine and sine

# An arc from one point to another, counterclockwise; a whole circle is None.
_Span = tuple[Point, Point] | None


@dataclass(frozen=True)
class Straight:
    start: Point
    end: Point

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

    seam: (n, 2) int8, whether chord i starts (ends) where the seam of its cylinder is.
    """

    points: np.ndarray
    piece: np.ndarray
    pieces: tuple[Straight | Bent, ...]
    seam: np.ndarray

    def reversed(self) -> "Ring":
        """The same ring, run the other way."""
        chords = np.roll(np.arange(len(self.points))[::-1], -1)
        pieces = tuple(piece.reversed() for piece in self.pieces)
        return Ring(self.points[::-1], self.piece[chords], pieces, self.seam[chords][:, ::-1])

    @property
    def area(self) -> float:
        x, y = (self.points - self.points[0]).T
        return float(0.5 * (np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))


class Circles:
    """What the circles of a program share with each other and with its other surfaces.

    Walls in one cylinder get the same corners, and so do walls that touch.
    """

    def __init__(self, program: Program) -> None:
        self._spans: dict[tuple[int, Round], list[_Span]] = {}
        self._places: set[tuple[int, float]] = set()  # (axis, coordinate) of corners and ends
        for step in program:
            axes = AXES[step.extrusion.plane]
            self._places |= {(axes[2], step.extrusion.low), (axes[2], step.extrusion.high)}
            for loop in step.extrusion.loops:
                self._places |= {(axes[i], point[i]) for point in _points(loop) for i in (0, 1)}
                for base, span in _spans(loop):
                    self._spans.setdefault((axes[2], base), []).append(span)
        self._widest = Counter(place for axis, base in self._spans for place in _widest(axis, base).values())

    def corners(self, axis: int, base: Round) -> tuple[np.ndarray, np.ndarray] | None:
        """Angles and points of the whole circle where different spans share it, else None: each is cut for itself."""
        spans = set(self._spans[axis, base])
        if spans == {None} or len(spans) > 1:
            ends = sorted({point for span in spans if span for point in span})
            return _corners(base, [*self.touched(axis, base), *((_angle(base, end), end) for end in ends)])
        return None

    def touched(self, axis: int, base: Round) -> list[tuple[float, tuple[float, float]]]:
        """Angles and points where the circle is widest and something else of the program reaches as far."""
        (x, y), radius = base.centre, base.radius
        return [
            (angle, (x + radius * cosine, y + radius * sine))
            for (angle, cosine, sine), place in _widest(axis, base).items()
            if place in self._places or self._widest[place] > 1
        ]

    def seam(self, axis: int, base: Round) -> tuple[float, float]:
        """Where OCC puts the seam of the cylinder: right of a circle's centre, else at the start of the first arc."""
        spans = self._spans[axis, base]
        if None in spans:
            return base.centre[0] + base.radius, base.centre[1]
        assert spans[0] is not None
        return spans[0][0]


def ring(loop: Loop, axis: int, circles: Circles) -> Ring:
    """The loop, counterclockwise. Raises `NotCovered` for one that encloses nothing."""
    if isinstance(loop, Circle):
        if loop.radius <= 0:
            raise NotCovered(f"a circle of radius {loop.radius}")
        found = _circle(_round(loop), axis, circles)
    else:
        found = _path(loop, axis, circles)
    area = found.area
    if len(found.points) < 3 or area == 0:
        raise NotCovered(f"a loop that encloses nothing, from {found.points[0].tolist()}")
    return found if area > 0 else found.reversed()


def _circle(base: Round, axis: int, circles: Circles) -> Ring:
    corners = circles.corners(axis, base)
    assert corners is not None
    points = corners[1]
    num = len(points)
    seam = np.zeros((num, 2), np.int8)
    seam[0, 0] = seam[-1, 1] = 1
    return Ring(points, np.zeros(num, np.int32), (Bent(base, 1),), seam)


def _path(path: Path, axis: int, circles: Circles) -> Ring:
    if path.segments[-1].end != path.start:
        raise NotCovered("a path that does not end where it starts")
    points, lengths, seams = [], [], []
    pieces: list[Straight | Bent] = []
    start = path.start
    for segment in path.segments:
        if segment.end == start:
            raise NotCovered(f"a segment of no length at {start}")
        base = circle_through(start, segment.mid, segment.end) if isinstance(segment, Arc) else None
        if base is None:
            drawn = np.array([start], float)
            seam = np.zeros((1, 2), np.int8)
            pieces.append(Straight(start, segment.end))
        else:
            assert isinstance(segment, Arc)
            turns = _turns(start, segment)
            drawn = _arc(base, (start, segment.end), turns, circles.corners(axis, base), circles.touched(axis, base))
            seam = _seam(np.vstack([drawn, segment.end]), circles.seam(axis, base))
            pieces.append(Bent(base, turns))
        points.append(drawn)
        seams.append(seam)
        lengths.append(len(drawn))
        start = segment.end
    piece = np.repeat(np.arange(len(pieces), dtype=np.int32), lengths)
    return Ring(np.concatenate(points), piece, tuple(pieces), np.concatenate(seams))


_Corners = list[tuple[float, tuple[float, float]]]  # angle in [0, 2 pi) and point


def _arc(
    base: Round, ends: tuple[Point, Point], turns: int, shared: tuple[np.ndarray, np.ndarray] | None, extra: _Corners
) -> np.ndarray:
    """(n, 2): the corners from the first end to the second, which is left out; those of `shared` where it is given."""
    if turns < 0:
        return np.vstack([_arc(base, ends[::-1], 1, shared, extra), ends[0]])[:0:-1]
    first, last = (_angle(base, end) for end in ends)
    sweep = (last - first) % (2 * math.pi)
    if shared is not None:
        at = (shared[0] - first) % (2 * math.pi)
        inner = np.flatnonzero((at > _SAME) & (at < sweep - _SAME))
        return np.vstack([ends[0], shared[1][inner[np.argsort(at[inner])]]])
    num = max(1, math.ceil(sweep / _CHORD - 1e-9))
    steps = sweep / num * np.arange(num)
    points = np.array(base.centre) + base.radius * np.stack([np.cos(first + steps), np.sin(first + steps)], axis=1)
    points[0] = ends[0]
    for angle, point in extra:
        step = (angle - first) % (2 * math.pi)
        if _SAME < step < sweep - _SAME:
            steps, points = _with_corner(steps, points, step, point)
    return points


@cache
def _unit() -> tuple[np.ndarray, np.ndarray]:
    """Angles and points of the unit circle's corners."""
    angles = 2 * math.pi / _NUM_CHORDS * np.arange(_NUM_CHORDS)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points[_NUM_CHORDS // 2] = -1, 0
    return angles, points


def _corners(base: Round, extra: _Corners) -> tuple[np.ndarray, np.ndarray]:
    """Angles, ascending from 0, and points of a whole circle that has corners in `extra`, too."""
    angles, unit = _unit()
    points = np.array(base.centre) + base.radius * unit
    for angle, point in extra:
        angles, points = _with_corner(angles, points, angle, point)
    return angles, points


def _with_corner(angles: np.ndarray, points: np.ndarray, angle: float, point: tuple) -> tuple[np.ndarray, np.ndarray]:
    at = int(np.searchsorted(angles, angle - _SAME))
    if at < len(angles) and angles[at] < angle + _SAME:
        return angles, np.concatenate([points[:at], [point], points[at + 1 :]])
    return np.insert(angles, at, angle), np.insert(points, at, point, axis=0)


def _angle(base: Round, point: Point) -> float:
    """In [0, 2 pi)."""
    angle = math.atan2(point[1] - base.centre[1], point[0] - base.centre[0]) % (2 * math.pi)
    return 0.0 if angle > 2 * math.pi - _SAME else angle


def _widest(axis: int, base: Round) -> dict[tuple[float, int, int], tuple[int, float]]:
    """Quarter -> (axis, coordinate) that the circle reaches there."""
    axes = [other for other in range(3) if other != axis]
    centre, radius = base.centre, base.radius
    return {
        quarter: (axes[i], centre[i] + (quarter[1] + quarter[2]) * radius)
        for quarter in _QUARTERS
        for i in (abs(quarter[2]),)
    }


def _points(loop: Loop) -> list[Point]:
    return [] if isinstance(loop, Circle) else [segment.end for segment in loop.segments]


def _seam(corners: np.ndarray, seam: tuple[float, float]) -> np.ndarray:
    there = np.abs(corners - seam).max(axis=1) < _SAME
    return np.stack([there[:-1], there[1:]], axis=1).astype(np.int8)


def _spans(loop: Loop) -> Iterator[tuple[Round, _Span]]:
    if isinstance(loop, Circle):
        yield _round(loop), None
        return
    start = loop.start
    for segment in loop.segments:
        base = circle_through(start, segment.mid, segment.end) if isinstance(segment, Arc) else None
        if base is not None and isinstance(segment, Arc):
            yield base, ((start, segment.end) if _turns(start, segment) > 0 else (segment.end, start))
        start = segment.end


def _round(circle: Circle) -> Round:
    return Round(*circle.centre, 1, circle.radius**2)


def _turns(start: Point, arc: Arc) -> int:
    (x, y), (u, v) = np.subtract(arc.mid, start), np.subtract(arc.end, start)
    return 1 if x * v - y * u > 0 else -1
