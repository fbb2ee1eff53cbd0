"""Profiles turned once around a line in their plane, as meshes; the surfaces that only they have.

The profile's chords, turned from corner to corner of the circles around the line, are flat facets. Seams are where
CadQuery draws the profile.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from cadgen.kernel.circles import Circles, Fan, Reach, Turned, box_of_places, quarters_of, reach_of, round_of, turns
from cadgen.kernel.facets import Facets, Mesh
from cadgen.kernel.nesting import check, contains
from cadgen.kernel.not_covered import NotCovered
from cadgen.kernel.ring import WHOLE, Bent, Ring, Straight, ring
from cadgen.kernel.surface import Cylinder, Plane, Row, Surface, end_plane
from cadgen.program import (
    AXES,
    IN_PLANE,
    PLANE_ACROSS,
    Arc,
    Circle,
    Extrude,
    Loop,
    Point,
    Revolve,
    Round,
    bounds_of,
    box_of,
    circle_through,
)

_TOUCH = 1e-6
_MERIDIAN, _PARALLEL = 1, 2  # bits of a facet's seam: along the profile, and around the line


@dataclass(frozen=True)
class Cone:
    """Around a line along `axis`, through `centre` of the plane across it; its radius is slope * (height - apex).

    outward: the material is inside.
    """

    axis: int
    centre: Point
    slope: Fraction
    apex: Fraction
    outward: bool

    def row(self) -> Row:
        outward, slope = (1 if self.outward else -1), float(self.slope)
        return outward, self.axis, *self.centre, float(-self.slope * self.apex), slope, 0.0, 0.0


@dataclass(frozen=True)
class Torus:
    """A circle turned around a line; a sphere where the line goes through its middle. The rest is as for a cone.

    height: of the circle's centre; reach: how far that is from the line, below 0 beyond it; square: of its radius.
    """

    axis: int
    centre: Point
    height: Fraction
    reach: Fraction
    square: Fraction
    outward: bool

    def row(self) -> Row:
        outward, tube = (1 if self.outward else -1), float(self.square) ** 0.5
        return outward, self.axis, *self.centre, float(self.reach), 0.0, float(self.height), tube


@dataclass(frozen=True)
class _Line:
    """The line that a profile is turned around, and the profile's place beside it.

    axis, centre, quarter: as for the surfaces and `Turned`; along, at: the step's `axis` and `at`; side: 1 where the
    profile's coordinate across the line grows away from it, else -1.
    """

    axis: int
    centre: Point
    quarter: int
    side: int
    along: int
    at: int

    def place(self, x: Any, y: Any) -> tuple[Any, Any]:
        """(height along the line, distance from it) of a point of the sketch, of the type that its coordinates have."""
        height, beside = (y, x) if self.along else (x, y)
        return height, self.side * (beside - self.at)

    @property
    def mirrors(self) -> bool:
        """Whether what runs counterclockwise in the sketch runs clockwise in (height, distance)."""
        return (self.along == 1) == (self.side == 1)


def reach_of_turned(step: Revolve) -> Reach:
    """What others may meet of a turned profile: the circles that its corners run on."""
    line = _line(step)
    corners = [line.place(*point) for loop in step.loops for point in _vertices(loop)]
    low, high = bounds_of(step.loops)[step.axis :: 2]
    flat = {(line.axis, low), (line.axis, high), *((line.axis, height) for height, _ in corners)}
    rims = tuple(_circle(line, distance) for distance in dict.fromkeys(d for _, d in corners) if distance)
    sides = (abs(box_of([loop])[1 - step.axis + i] - step.at) for loop in step.loops for i in (0, 2))
    around = dict.fromkeys([*rims, *(_circle(line, distance) for distance in sides if distance)])
    widest = {base: list(quarters_of(base, IN_PLANE[line.axis])) for base in around}
    walls = {_surface(piece, line, sign=1) for loop in step.loops for piece in _pieces(loop)}
    facing = frozenset(replace(wall, outward=True) for wall in walls if isinstance(wall, Cylinder | Cone | Torus))
    tubes = frozenset(line.place(*loop.centre)[0] for loop in step.loops if isinstance(loop, Circle))
    told = Turned(line.centre, line.quarter, rims, facing, tubes)
    return Reach(line.axis, *box_of_places(flat, widest), frozenset(flat), widest, (), told)


def _circle(line: _Line, distance: int) -> Round:
    return Round(*line.centre, 1, distance**2)


def _vertices(loop: Loop) -> list[Point]:
    return [] if isinstance(loop, Circle) else [segment.end for segment in loop.segments]


def _pieces(loop: Loop) -> Iterator[Straight | Bent]:
    if isinstance(loop, Circle):
        yield Bent(round_of(loop), 1)
        return
    start = loop.start
    for segment in loop.segments:
        base = circle_through(start, segment.mid, segment.end) if isinstance(segment, Arc) else None
        yield Bent(base, turns(start, segment)) if base and isinstance(segment, Arc) else Straight(start, segment.end)
        start = segment.end


def turned(steps: Sequence[Revolve], circles: Circles, facets: Facets, are_first: bool) -> Iterator[tuple[str, Mesh]]:
    """Operation and mesh of each step, in this order."""
    for step in steps:
        yield step.operation, _mesh(step, circles, facets)


def _line(step: Revolve) -> _Line:
    """Raises `NotCovered` for a profile that lies across its axis."""
    if not step.stands():
        raise NotCovered("a profile across its axis, or a circle in it of no radius")
    axis, beside, _ = step.axes
    bounds = bounds_of(step.loops)
    side = 1 if bounds[1 - step.axis] + bounds[3 - step.axis] > 2 * step.at else -1
    is_first = beside == IN_PLANE[axis][0]
    centre = (step.at, step.height) if is_first else (step.height, step.at)
    quarter = (0 if is_first else 1) + (0 if side > 0 else 2)
    return _Line(axis, centre, quarter, side, step.axis, step.at)


def _mesh(step: Revolve, circles: Circles, facets: Facets) -> Mesh:
    """The surfaces of what is to be cut face inwards."""
    line = _line(step)
    maker = _Maker(line, circles.fan(line.axis, line.centre), -1 if step.operation == "cut" else 1, facets)
    for each in _profile(step, line, circles.chords):
        maker.turn(each)
    return maker.mesh()


def _profile(step: Revolve, line: _Line, chords: int) -> list[Ring]:
    """The loops, in (height, distance) counterclockwise outside and clockwise inside: material is on their left."""
    sketch = Extrude("union", step.plane, 0, 1, step.loops)
    alone = Circles([reach_of(sketch)], chords)
    rings = [ring(loop, AXES[step.plane][2], alone) for loop in step.loops]
    check(rings)
    for each in rings:
        _check_arcs(each, line)
    holes = [any(contains(other.points, *each.points[0]) for other in rings if other is not each) for each in rings]
    return [each.reversed() if is_hole != line.mirrors else each for each, is_hole in zip(rings, holes, strict=True)]


def _check_arcs(each: Ring, line: _Line) -> None:
    """Raises `NotCovered` for what CadQuery has a coarse mesh of, arcs whose circle meets the line, or none at all."""
    bent = [piece for piece in each.pieces if isinstance(piece, Bent)]
    for piece in bent:
        _, reach, square = _tube(piece, line)
        if reach and reach * reach <= square:
            raise NotCovered("an arc of a circle that meets the axis that it is turned around")
    if 1 < len(bent) == len(each.pieces) and len({piece.base for piece in bent}) == 1:
        raise NotCovered("a circle of arcs that is turned")


def _tube(piece: Bent, line: _Line) -> tuple[Fraction, Fraction, Fraction]:
    """Height and distance of the arc's centre, and the square of its radius."""
    base = piece.base
    height, reach = line.place(Fraction(base.x, base.divisor), Fraction(base.y, base.divisor))
    return height, reach, Fraction(base.square, base.divisor**2)


def _surface(piece: Straight | Bent, line: _Line, sign: int) -> Surface | None:
    """What a piece of the profile becomes, None for one of the line itself; sign: -1 where it is to be cut."""
    common = line.axis, line.centre
    if isinstance(piece, Bent):
        around = piece.turns * (-1 if line.mirrors else 1) * sign
        return Torus(*common, *_tube(piece, line), around > 0)
    (height, distance), (to_height, to_distance) = line.place(*piece.start), line.place(*piece.end)
    if distance == to_distance == 0:
        return None
    if height == to_height:
        return end_plane(height, PLANE_ACROSS[line.axis], sign if to_distance > distance else -sign)
    outward = (to_height < height) == (sign > 0)
    if distance == to_distance:
        return Cylinder(line.axis, _circle(line, distance), outward)
    slope = Fraction(to_distance - distance, to_height - height)
    return Cone(*common, slope, height - distance / slope, outward)


class _Maker:
    """Collects turned rings. Corner k of profile point p is vertex p * num + k."""

    def __init__(self, line: _Line, fan: Fan, sign: int, facets: Facets) -> None:
        self.line, self.fan, self.sign, self.facets = line, fan, sign, facets
        self.num = len(fan.angles)
        self.seam = fan.number(line.quarter * np.pi / 2)
        self.vertices: list[np.ndarray] = []
        self.triangles: list[np.ndarray] = []
        self.facet: list[np.ndarray] = []

    def turn(self, each: Ring) -> None:
        places = np.stack(self.line.place(*each.points.T), axis=1)
        places[:, 1] = np.where(places[:, 1] < _TOUCH, 0.0, places[:, 1])
        first = sum(map(len, self.vertices))
        self.vertices += [self._corners(height, distance) for height, distance in places.tolist()]
        surfaces = [_surface(piece, self.line, self.sign) for piece in each.pieces]
        on_line = places[:, 1] == 0
        for i in range(len(places)):
            surface, following = surfaces[each.piece[i]], (i + 1) % len(places)
            if surface is not None:
                self._strip(first + i * self.num, first + following * self.num, on_line[i], on_line[following])
                self.facet.append(self._facets(surface, each.seam[i]))

    def _corners(self, height: float, distance: float) -> np.ndarray:
        vertices = np.empty((self.num, 3))
        vertices[:, self.line.axis] = height
        vertices[:, IN_PLANE[self.line.axis]] = self.fan.points(distance)
        return vertices

    def _strip(self, one: int, other: int, from_line: bool, to_line: bool) -> None:
        """What a chord sweeps, by the vertices at its ends: a fan where one is on the line, at a vertex of its own."""
        k, following = np.arange(self.num), (np.arange(self.num) + 1) % self.num
        if from_line:
            strip = np.stack([np.full(self.num, one), other + k, other + following], axis=1)
        elif to_line:
            strip = np.stack([one + k, np.full(self.num, other + 1), one + following], axis=1)
        else:
            corners = [one + k, other + k, other + following, one + k, other + following, one + following]
            strip = np.stack(corners, axis=1).reshape(-1, 3)
        self.triangles.append(strip)

    def _facets(self, surface: Surface, seam: np.ndarray) -> np.ndarray:
        """For each triangle of the last strip its facet. seam: (3,), of the profile's chord, as in `Ring`."""
        num = len(self.triangles[-1])
        if isinstance(surface, Plane):
            return np.full(num, self.facets.add([surface], np.zeros(1, int), np.zeros((1, 3), np.int8)))
        told = np.zeros((self.num, 3), np.int8)
        told[:, :2] = _PARALLEL * seam[:2]
        told[self.seam, 0] |= _MERIDIAN
        told[self.seam - 1, 1] |= _MERIDIAN
        told[:, 2] = WHOLE
        first = self.facets.add([surface], np.zeros(self.num, int), told)
        return first + np.arange(num) // (num // self.num)

    def mesh(self) -> Mesh:
        triangles = np.concatenate(self.triangles)
        if self.line.axis == 1:  # x, z and y are left-handed
            triangles = triangles[:, ::-1]
        used, numbers = np.unique(triangles, return_inverse=True)
        vertices = np.concatenate(self.vertices)[used]
        return Mesh(vertices, numbers.reshape(-1, 3).astype(np.int32), np.concatenate(self.facet))
