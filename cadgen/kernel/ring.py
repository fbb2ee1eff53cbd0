"""Loops as closed polylines whose pieces remember what they are parts of.

A circle becomes 126 chords, an arc the share that its angle is of that: what OCC makes of the 0.1 rad that
`cadgen.shape` asks for. Where a circle is widest it also gets a corner, so that it touches what it is tangent to.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from cadgen.kernel.error import NotCovered
from cadgen.kernel.surface import AXES, Round, circle_through
from cadgen.lang.program import Arc, Circle, Loop, Path, Point, Program

_NUM_CHORDS = 126
_CHORD = 0.05  # radians; OCC makes chords of half the angle it is asked for
_SAME = 1e-6  # radians; corners closer than that are one
_QUARTERS = ((0.0, 1, 0), (math.pi / 2, 0, 1), (math.pi, -1, 0), (-math.pi / 2, 0, -1))  # angle, its cosine and sine

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
    """All spans of each circle of a program, so that walls in one cylinder get the same corners."""

    def __init__(self, program: Program) -> None:
        self._spans: dict[tuple[int, Round], list[_Span]] = {}
        for step in program:
            axis = AXES[step.extrusion.plane][2]
            for loop in step.extrusion.loops:
                for base, span in _spans(loop):
                    self._spans.setdefault((axis, base), []).append(span)

    def corners(self, axis: int, base: Round) -> tuple[np.ndarray, np.ndarray] | None:
        """Angles and points of the whole circle where different spans share it, else None: each is cut for itself."""
        spans = set(self._spans[axis, base])
        if spans == {None} or len(spans) > 1:
            return _corners(base, tuple(sorted({point for span in spans if span for point in span})))
        return None

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
    points, lengths, pieces, seams = [], [], [], []
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
            drawn = _arc(base, start, segment.end, turns, circles.corners(axis, base))
            seam = _seam(np.vstack([drawn, segment.end]), circles.seam(axis, base))
            pieces.append(Bent(base, turns))
        points.append(drawn)
        seams.append(seam)
        lengths.append(len(drawn))
        start = segment.end
    piece = np.repeat(np.arange(len(pieces), dtype=np.int32), lengths)
    return Ring(np.concatenate(points), piece, tuple(pieces), np.concatenate(seams))


def _arc(
    base: Round, start: Point, end: Point, turns: int, corners: tuple[np.ndarray, np.ndarray] | None
) -> np.ndarray:
    """(n, 2): the corners from `start` to `end`, the last left out."""
    if turns < 0:
        whole = np.vstack([_arc(base, end, start, 1, corners), start])
        return whole[:0:-1]
    (x, y), radius = base.centre, base.radius
    first = math.atan2(start[1] - y, start[0] - x)
    sweep = (math.atan2(end[1] - y, end[0] - x) - first) % (2 * math.pi)
    if corners is not None:
        angles, points = corners
        at = (angles - first) % (2 * math.pi)
        inner = np.flatnonzero((at > _SAME) & (at < sweep - _SAME))
        return np.vstack([start, points[inner[np.argsort(at[inner])]]])
    num = max(1, math.ceil(sweep / _CHORD - 1e-9))
    steps = sweep / num * np.arange(num)
    drawn = np.stack([x + radius * np.cos(first + steps), y + radius * np.sin(first + steps)], axis=1)
    drawn[0] = start
    for angle, cosine, sine in _QUARTERS:
        at = (angle - first) % (2 * math.pi)
        if _SAME < at < sweep - _SAME:
            widest = (x + radius * cosine, y + radius * sine)
            before = int(np.searchsorted(steps, at - _SAME))
            if before < num and steps[before] < at + _SAME:
                drawn[before] = widest
            else:
                drawn, steps = np.insert(drawn, before, widest, axis=0), np.insert(steps, before, at)
                num += 1
    return drawn


@cache
def _unit() -> tuple[np.ndarray, np.ndarray]:
    """Angles from 0 and points of the unit circle, the widest places exact."""
    angles = 2 * math.pi / _NUM_CHORDS * np.arange(_NUM_CHORDS)
    quarters = np.array([angle % (2 * math.pi) for angle, _, _ in _QUARTERS])
    angles = np.sort(np.concatenate([[a for a in angles if np.abs(a - quarters).min() > _SAME], quarters]))
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for angle, cosine, sine in _QUARTERS:
        points[np.searchsorted(angles, angle % (2 * math.pi) - _SAME)] = cosine, sine
    return angles, points


def _corners(base: Round, ends: Sequence[Point]) -> tuple[np.ndarray, np.ndarray]:
    """Angles, ascending from 0, and points of a circle that has corners at `ends`, too."""
    angles, unit = _unit()
    points = np.array(base.centre) + base.radius * unit
    for end in ends:
        angle = math.atan2(end[1] - base.centre[1], end[0] - base.centre[0]) % (2 * math.pi)
        near = int(np.argmin(np.abs((angles - angle + math.pi) % (2 * math.pi) - math.pi)))
        if abs((angles[near] - angle + math.pi) % (2 * math.pi) - math.pi) < _SAME:
            points[near] = end
        else:
            at = int(np.searchsorted(angles, angle))
            angles, points = np.insert(angles, at, angle), np.insert(points, at, end, axis=0)
    return angles, points


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
