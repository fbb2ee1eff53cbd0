"""What the circles of a program share with each other and with its other surfaces.

Walls in one cylinder get the same corners, and where something of another extrusion is about as far out as a circle
where that is widest, the circle gets a corner there, so that the two touch or cross where the real ones do.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from cadgen.kernel.laid_out import Outline, Polygon, Spun, Sweep
from cadgen.kernel.not_covered import NotCovered
from cadgen.kernel.surface import Cylinder, Surface
from cadgen.program import AXES, IN_PLANE, Arc, Circle, Path, Point, Round, circle_through

SAME = 1e-6  # radians; corners closer than that are one
_LOOSE = 1e-6
_TURN, _QUARTER = 2 * math.pi, math.pi / 2
CHORDS = 126  # of a circle: what OCC makes of the 0.1 rad that `cadgen.shape` asks for, and of half that for chords
_SAG = 4e-4  # of the radius: a little more than how far one of so many stays inside its circle
_QUARTERS = ((0.0, 1, 0), (math.pi / 2, 0, 1), (math.pi, -1, 0), (3 * math.pi / 2, 0, -1))  # angle, cosine, sine

Span = tuple[Point, Point] | None
"""An arc from one point to another, counterclockwise; None is the whole circle."""
Corner = tuple[float, tuple[float, float]]
"""An angle in [0, 2 pi) and the point of the circle there."""
_Place = tuple[int, float]  # an axis and a coordinate along it


@dataclass(frozen=True)
class Turned:
    """Of what is turned: where its line crosses the plane across it, and where its seams are, in quarter turns.

    rims: the circles that the corners of its profile run on; walls: its round surfaces, facing outwards or not; tubes:
    how high along the line the middles of its whole circles are.
    """

    centre: Point
    quarter: int
    rims: tuple[Round, ...]
    walls: frozenset[Surface]
    tubes: frozenset[int]


@dataclass(frozen=True)
class Reach:
    """What others may meet of a step: its circles, its box, the places of its corners and ends.

    axis: that the circles are around; spans: the circle under each wall that is swept, with the wall's part of it;
    widest: circle -> (place, corner) of each quarter that is on one of its spans.
    """

    axis: int
    low: list[float]
    high: list[float]
    flat: frozenset[_Place]
    widest: dict[Round, list[tuple[_Place, Corner]]]
    spans: tuple[tuple[Round, Span], ...]
    turned: Turned | None = None

    def distance(self, place: _Place) -> float:
        """How far the nearest corner, end or widest place along the axis of `place` is from it."""
        round_ones = (other for quarters in self.widest.values() for other, _ in quarters)
        return min((abs(at - place[1]) for axis, at in (*self.flat, *round_ones) if axis == place[0]), default=math.inf)

    def is_level(self, place: _Place) -> bool:
        """Whether a corner, an end, a widest place or the middle of a circle is there."""
        axis, at = place
        middles = {
            (along, c) for base in self.widest for along, c in zip(IN_PLANE[self.axis], base.centre, strict=True)
        }
        return self.distance(place) < _LOOSE or any(axis == along and abs(c - at) < _LOOSE for along, c in middles)

    def overlaps(self, other: "Reach") -> bool:
        """Whether the boxes meet."""
        return all(self.low[i] <= other.high[i] and other.low[i] <= self.high[i] for i in range(3))

    def meets(self, corner: Corner, other: "Reach", slack: float) -> bool:
        """Whether the line that the corner is swept along comes as near as `slack` to the other's box."""
        first, second = IN_PLANE[self.axis]
        (x, y), low, high = corner[1], other.low, other.high
        return (
            low[first] - slack <= x <= high[first] + slack
            and low[second] - slack <= y <= high[second] + slack
            and self.low[self.axis] <= high[self.axis]
            and low[self.axis] <= self.high[self.axis]
        )


@dataclass(frozen=True)
class Fan:
    """The corners that circles around one point share. angles: (n,) ascending; directions: (n, 2) from the centre."""

    centre: Point
    angles: np.ndarray
    directions: np.ndarray

    def points(self, radius: float) -> np.ndarray:
        """(n, 2): the corners of the circle of this radius."""
        points: np.ndarray = np.array(self.centre, float) + radius * self.directions
        return points

    def number(self, angle: float) -> int:
        """That of the corner at the angle."""
        return int(np.argmin(np.abs(self.angles - angle)))


class Circles:
    """Raises `NotCovered` for what CadQuery often makes wrong or invalid solids of.

    That is a cylinder that only touches a step on another plane, walls in one surface with different seams, and a
    turned circle whose middle is level with something of another step. Also where an arc is turned that only touches
    another step: none of its corners need be there.

    chords: of a circle, an even number; sag: of the radius, a little more than how far one stays inside its circle.
    """

    def __init__(self, reaches: Sequence[Reach], chords: int = CHORDS) -> None:
        self.chords, self.sag = chords, _SAG * (CHORDS / chords) ** 2
        self._spans: dict[tuple[int, Round], list[Span]] = {}
        for reach in reaches:
            for base, span in reach.spans:
                self._spans.setdefault((reach.axis, base), []).append(span)
        _check_seams(reaches)
        self._touched: dict[tuple[int, Round], dict[float, Corner]] = {}
        if any(reach.widest for reach in reaches) and len(reaches) > 1:
            for one in reaches:
                for other in reaches:
                    if other is not one:
                        self._note_touches(one, other)
                        _check_tubes(one, other)
        self._fans: dict[tuple[int, Point], Fan] = {}
        self._shared: dict[tuple[int, Round], Fan] = {}
        for reach in reaches:
            if reach.turned and (reach.axis, reach.turned.centre) not in self._fans:
                self._fan(reach.axis, reach.turned.centre, reaches)

    def corners(self, axis: int, base: Round) -> tuple[np.ndarray, np.ndarray] | None:
        """Angles and points of the whole circle where different spans share it, else None: each is cut for itself."""
        if fan := self._shared.get((axis, base)):
            return fan.angles, fan.points(base.radius)
        spans = set(self._spans[axis, base])
        if spans != {None} and len(spans) == 1:
            return None
        ends = sorted({point for span in spans if span for point in span})
        angles, unit = _unit(self.chords)
        points = np.array(base.centre) + base.radius * unit
        for corner in (*self.touched(axis, base), *((angle_of(base, end), end) for end in ends)):
            angles, points = with_corner(angles, points, corner)
        return angles, points

    def fan(self, axis: int, centre: Point) -> Fan:
        """The corners of all that is turned around the line along `axis` through this point of the plane across."""
        return self._fans[axis, centre]

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

    def _note_touches(self, one: Reach, other: Reach) -> None:
        for base, quarters in one.widest.items():
            if one.axis == other.axis and base in other.widest:
                continue
            for place, corner in quarters:
                slack = self.sag * base.radius + _LOOSE
                if not one.meets(corner, other, slack):
                    continue
                distance = other.distance(place)
                if distance < _LOOSE and one.axis != other.axis:
                    raise NotCovered("a round wall that only touches a step on another plane")
                if distance < _LOOSE and one.turned and base not in one.turned.rims:
                    raise NotCovered("a turned arc that only touches another step")
                if distance < slack:
                    self._touched.setdefault((one.axis, base), {})[corner[0]] = corner

    def _fan(self, axis: int, centre: Point, reaches: Sequence[Reach]) -> None:
        """Corners for all that is turned around one line: those of circles that others draw too, else from a seam."""
        around = [reach for reach in reaches if reach.axis == axis]
        turned = [reach.turned for reach in around if reach.turned and reach.turned.centre == centre]
        quarters = [each.quarter for each in turned]
        bases = dict.fromkeys(base for each in turned for base in each.rims)
        drawn = [(base, span) for reach in around for base, span in reach.spans if base in bases]
        angles, directions = _unit_from(0 if drawn else quarters[0], self.chords)
        touched = [round(angle / _QUARTER) for base in bases for angle in self._touched.get((axis, base), ())]
        for angle, *direction in (_QUARTERS[quarter] for quarter in (*quarters, *touched)):
            angles, directions = with_corner(angles, directions, (angle, (direction[0], direction[1])))
        for angle in sorted({angle_of(base, end) for base, span in drawn for end in span or ()}):
            angles, directions = with_corner(angles, directions, (angle, (math.cos(angle), math.sin(angle))))
        fan = self._fans[axis, centre] = Fan(centre, angles, directions)
        self._shared |= dict.fromkeys(((axis, base) for base, _ in drawn), fan)


def _check_seams(reaches: Sequence[Reach]) -> None:
    seams: dict[Surface, int] = {}
    for reach in reaches:
        if reach.turned:
            for wall in reach.turned.walls:
                if seams.setdefault(wall, reach.turned.quarter) != reach.turned.quarter:
                    raise NotCovered("turned walls in one surface with different seams")
    for reach in reaches if seams else ():
        for base, span in reach.spans:
            seam = seams.get(Cylinder(reach.axis, base, True))
            if seam is not None and (seam or span):
                raise NotCovered("a turned and a swept wall in one cylinder with different seams")


def _check_tubes(one: Reach, other: Reach) -> None:
    tubes = one.turned.tubes if one.turned else ()
    if any(other.is_level((one.axis, height)) for height in tubes) and one.overlaps(other):
        raise NotCovered("a turned circle whose middle is level with something of another step")


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
def _unit(chords: int) -> tuple[np.ndarray, np.ndarray]:
    """Angles and points of the unit circle's corners."""
    angles = _TURN / chords * np.arange(chords)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points[chords // 2] = -1, 0
    return angles, points


def _unit_from(quarter: int, chords: int) -> tuple[np.ndarray, np.ndarray]:
    """The same with the first corner so many quarter turns further on."""
    angles, points = _unit(chords)
    for _ in range(quarter % 2):  # half a turn leads to the same corners
        angles, points = angles + _QUARTER, points @ np.array([[0.0, 1.0], [-1.0, 0.0]])
    angles = np.where(angles > _TURN - SAME, angles - _TURN, angles)
    order = np.argsort(angles)
    return angles[order], points[order]


@lru_cache(1 << 12)  # programs that are alike have most of their steps in common
def reach_of(step: Sweep) -> Reach:
    """What others may meet of an extrusion."""
    axes = AXES[step.plane]
    flat: set[_Place] = {(axes[2], step.low), (axes[2], step.high)}
    widest: dict[Round, list[tuple[_Place, Corner]]] = {}
    spans = tuple(span for loop in step.loops for span in _spans(loop))
    for loop in step.loops:
        flat |= {(axes[i], point[i]) for point in _corners(loop) for i in (0, 1)}
    for base, span in spans:
        widest.setdefault(base, []).extend(quarters_of(base, axes, span))
    return Reach(axes[2], *box_of_places(flat, widest), frozenset(flat), widest, spans)


def box_of_places(
    flat: Iterable[_Place], widest: dict[Round, list[tuple[_Place, Corner]]]
) -> tuple[list[float], list[float]]:
    """The lowest and the highest place along each axis."""
    low, high = [math.inf] * 3, [-math.inf] * 3
    for axis, at in (*flat, *(place for quarters in widest.values() for place, _ in quarters)):
        low[axis], high[axis] = min(low[axis], at), max(high[axis], at)
    return low, high


def quarters_of(base: Round, axes: Sequence[int], span: Span = None) -> Iterator[tuple[_Place, Corner]]:
    """Where a circle in the plane of two axes is widest, as far as that is on the span."""
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


def _corners(loop: Outline) -> Iterable[tuple[float, float]]:
    if isinstance(loop, Path):
        return (segment.end for segment in loop.segments)
    return loop.points if isinstance(loop, Polygon) else ()


def _spans(loop: Outline) -> Iterator[tuple[Round, Span]]:
    if isinstance(loop, Circle | Spun):
        yield round_of(loop) if isinstance(loop, Circle) else loop.base, None
    if not isinstance(loop, Path):
        return
    start = loop.start
    for segment in loop.segments:
        base = circle_through(start, segment.mid, segment.end) if isinstance(segment, Arc) else None
        if base is not None and isinstance(segment, Arc):
            yield base, ((start, segment.end) if turns(start, segment) > 0 else (segment.end, start))
        start = segment.end
