"""What the circles of a program share with each other and with its other surfaces.

Walls in one cylinder get the same corners, and where something of another extrusion is about as far out as a circle
where that is widest, the circle gets a corner there, so that the two touch or cross where the real ones do.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from cadgen.kernel.not_covered import NotCovered
from cadgen.program import AXES, Arc, Circle, Extrude, Loop, Point, Program, Round, circle_through

SAME = 1e-6  # radians; corners closer than that are one
_LOOSE = 1e-6
SAG = 4e-4  # of the radius: a little more than how far a chord stays inside its circle
_TURN = 2 * math.pi
_NUM_CHORDS = 126
_QUARTERS = ((0.0, 1, 0), (math.pi / 2, 0, 1), (math.pi, -1, 0), (3 * math.pi / 2, 0, -1))  # angle, cosine, sine

Span = tuple[Point, Point] | None
"""An arc from one point to another, counterclockwise; None is the whole circle."""
Corner = tuple[float, tuple[float, float]]
"""An angle in [0, 2 pi) and the point of the circle there."""
_Place = tuple[int, float]  # an axis and a coordinate along it


@dataclass(frozen=True)
class _Reach:
    """How far an extrusion reaches: its box, the places of its corners and ends, and where its circles are widest.

    widest: circle -> (place, corner) of each quarter that is on one of its spans.
    """

    plane: str
    low: list[float]
    high: list[float]
    flat: frozenset[_Place]
    widest: dict[Round, list[tuple[_Place, Corner]]]

    def distance(self, place: _Place) -> float:
        """How far the nearest corner, end or widest place along the axis of `place` is from it."""
        round_ones = (other for quarters in self.widest.values() for other, _ in quarters)
        return min((abs(at - place[1]) for axis, at in (*self.flat, *round_ones) if axis == place[0]), default=math.inf)

    def meets(self, corner: Corner, other: "_Reach", slack: float) -> bool:
        """Whether the line that the corner is swept along comes as near as `slack` to the other's box."""
        first, second, swept = AXES[self.plane]
        (x, y), low, high = corner[1], other.low, other.high
        return (
            low[first] - slack <= x <= high[first] + slack
            and low[second] - slack <= y <= high[second] + slack
            and self.low[swept] <= high[swept]
            and low[swept] <= self.high[swept]
        )


class Circles:
    """Raises `NotCovered` where a cylinder only touches an extrusion on another plane: CadQuery often fails there."""

    def __init__(self, program: Program) -> None:
        self._spans: dict[tuple[int, Round], list[Span]] = {}
        for step in program:
            for loop in step.loops:
                for base, span in _spans(loop):
                    self._spans.setdefault((AXES[step.plane][2], base), []).append(span)
        self._touched: dict[tuple[int, Round], dict[float, Corner]] = {}
        if self._spans and len(program) > 1:
            reaches = [_reach(step) for step in program]
            for one in reaches:
                for other in reaches:
                    if other is not one:
                        self._note_touches(one, other)

    def corners(self, axis: int, base: Round) -> tuple[np.ndarray, np.ndarray] | None:
        """Angles and points of the whole circle where different spans share it, else None: each is cut for itself."""
        spans = set(self._spans[axis, base])
        if spans != {None} and len(spans) == 1:
            return None
        ends = sorted({point for span in spans if span for point in span})
        angles, unit = _unit()
        points = np.array(base.centre) + base.radius * unit
        for corner in (*self.touched(axis, base), *((angle_of(base, end), end) for end in ends)):
            angles, points = with_corner(angles, points, corner)
        return angles, points

    def touched(self, axis: int, base: Round) -> list[Corner]:
        """Where the circle is widest and something of another extrusion is about as far out."""
        return list(self._touched.get((axis, base), {}).values())

    def has_whole(self, axis: int, base: Round) -> bool:
        """Whether one of the spans is the whole circle."""
        return None in self._spans[axis, base]

    def seam(self, axis: int, base: Round) -> tuple[float, float]:
        """Where OCC puts the seam of the cylinder: right of a circle's centre, else at the start of the first arc."""
        spans = self._spans[axis, base]
        if None in spans:
            return base.centre[0] + base.radius, base.centre[1]
        assert spans[0] is not None
        return spans[0][0]

    def _note_touches(self, one: _Reach, other: _Reach) -> None:
        axis = AXES[one.plane][2]
        for base, quarters in one.widest.items():
            if one.plane == other.plane and base in other.widest:
                continue
            for place, corner in quarters:
                slack = SAG * base.radius + _LOOSE
                if not one.meets(corner, other, slack):
                    continue
                distance = other.distance(place)
                if distance < _LOOSE and one.plane != other.plane:
                    raise NotCovered("a round wall that only touches an extrusion on another plane")
                if distance < slack:
                    self._touched.setdefault((axis, base), {})[corner[0]] = corner


def turns(start: Point, arc: Arc) -> int:
    """1 for a counterclockwise arc, -1 for a clockwise one."""
    (x, y), (u, v) = (arc.mid[0] - start[0], arc.mid[1] - start[1]), (arc.end[0] - start[0], arc.end[1] - start[1])
    return 1 if x * v - y * u > 0 else -1


def round_of(circle: Circle) -> Round:
    return Round(*circle.centre, 1, circle.radius**2)


def angle_of(base: Round, point: Point) -> float:
    """In [0, 2 pi)."""
    angle = math.atan2(point[1] - base.centre[1], point[0] - base.centre[0]) % _TURN
    return 0.0 if angle > _TURN - SAME else angle


def with_corner(angles: np.ndarray, points: np.ndarray, corner: Corner) -> tuple[np.ndarray, np.ndarray]:
    """Ascending angles and their points with one more corner, in the place of one that is there already."""
    angle, point = corner
    at = int(np.searchsorted(angles, angle - SAME))
    if at < len(angles) and angles[at] < angle + SAME:
        return angles, np.concatenate([points[:at], [point], points[at + 1 :]])
    return np.insert(angles, at, angle), np.insert(points, at, point, axis=0)


@cache
def _unit() -> tuple[np.ndarray, np.ndarray]:
    """Angles and points of the unit circle's corners."""
    angles = _TURN / _NUM_CHORDS * np.arange(_NUM_CHORDS)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points[_NUM_CHORDS // 2] = -1, 0
    return angles, points


def _reach(step: Extrude) -> _Reach:
    axes = AXES[step.plane]
    flat: set[_Place] = {(axes[2], step.low), (axes[2], step.high)}
    widest: dict[Round, list[tuple[_Place, Corner]]] = {}
    for loop in step.loops:
        if not isinstance(loop, Circle):
            flat |= {(axes[i], segment.end[i]) for segment in loop.segments for i in (0, 1)}
        for base, span in _spans(loop):
            widest.setdefault(base, []).extend(_quarters(base, span, axes))
    low, high = [math.inf] * 3, [-math.inf] * 3
    for axis, at in (*flat, *(place for quarters in widest.values() for place, _ in quarters)):
        low[axis], high[axis] = min(low[axis], at), max(high[axis], at)
    return _Reach(step.plane, low, high, frozenset(flat), widest)


def _quarters(base: Round, span: Span, axes: tuple[int, int, int]) -> Iterator[tuple[_Place, Corner]]:
    (x, y), radius = base.centre, base.radius
    first, sweep = 0.0, _TURN
    if span:
        first = angle_of(base, span[0])
        sweep = (angle_of(base, span[1]) - first) % _TURN
    for angle, cosine, sine in _QUARTERS:
        if (angle - first + SAME) % _TURN <= sweep + 2 * SAME:
            point = x + radius * cosine, y + radius * sine
            along = 1 if sine else 0
            yield (axes[along], point[along]), (angle, point)


def _spans(loop: Loop) -> Iterator[tuple[Round, Span]]:
    if isinstance(loop, Circle):
        yield round_of(loop), None
        return
    start = loop.start
    for segment in loop.segments:
        base = circle_through(start, segment.mid, segment.end) if isinstance(segment, Arc) else None
        if base is not None and isinstance(segment, Arc):
            yield base, ((start, segment.end) if turns(start, segment) > 0 else (segment.end, start))
        start = segment.end
