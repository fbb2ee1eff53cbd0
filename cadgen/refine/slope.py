"""How the points of a solid go with the dimensions of its program, told by the surfaces that they lie on.

Every surface of a step says how far a point on it is pushed along its normal when a number grows. A point on several
surfaces goes where all of them push it; along a single one it may slide, which no picture shows.

Shapes: P points, K of them on a surface, M dimensions.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from cadgen.program import (
    ANGLE,
    AXES,
    IN_PLANE,
    LENGTH,
    RADIUS,
    Arc,
    Array,
    Circle,
    Extrude,
    Grid,
    Line,
    Loop,
    Places,
    Point,
    Program,
    Revolve,
    Step,
    Tilted,
)
from cadgen.refine.dimension import Dimension
from cadgen.refine.flat import ON, add_flat, segments_of

_ROUND = 2e-3  # of the radius, from a circle, whose chords lie within it
_LITTLE = 1e-4  # grid steps, for differences
_OWN = (0, 1)  # stand for the axes of a copy's own sketch
_FLAT = 1e-3  # of the largest: pushes along directions that are told less are rounding

_Push = tuple[int, int, np.ndarray]  # axis, value, and how far a point goes when what has this value does


@dataclass(frozen=True)
class _Surface:
    """on_K: numbers of the points on it; normal_K3; pushes: along the normal, with (K,) each."""

    on_K: np.ndarray
    normal_K3: np.ndarray
    pushes: list[_Push]


def slopes(program: Program, point_P3: np.ndarray, known: Sequence[Dimension]) -> np.ndarray:
    """(P, 3, M): by how much each point of the program's solid goes along x, y and z a grid step of each dimension."""
    told_P33, push_P3M = _told(program, point_P3, known)
    found: np.ndarray = np.linalg.pinv(told_P33, rcond=_FLAT, hermitian=True) @ push_P3M
    return found


def _told(program: Program, point_P3: np.ndarray, known: Sequence[Dimension]) -> tuple[np.ndarray, np.ndarray]:
    """(P, 3, 3) normals by normals, (P, 3, M) normals by pushes, summed over the surfaces of each point."""
    column = {dimension: number for number, dimension in enumerate(known)}
    told_P33 = np.zeros((len(point_P3), 3, 3))
    push_P3M = np.zeros((len(point_P3), 3, len(known) + 1))  # the last for what is not known
    for number, step in enumerate(program):
        if isinstance(step, Extrude):
            add_flat(step, number, column, point_P3, told_P33, push_P3M)
        for surface in _sides(step, point_P3, _bent) if isinstance(step, Extrude) else _surfaces(step, point_P3):
            by_KM = _by(surface, number, column)
            told_P33[surface.on_K] += surface.normal_K3[:, :, None] * surface.normal_K3[:, None, :]
            push_P3M[surface.on_K, :, :-1] += surface.normal_K3[:, :, None] * by_KM[:, None, :]
    return told_P33, push_P3M[:, :, :-1]


def _by(surface: _Surface, number: int, column: Mapping[Dimension, int]) -> np.ndarray:
    by_KM = np.zeros((len(surface.on_K), len(column)))
    for axis, value, push_K in surface.pushes:
        at = column.get((None, axis, value), column.get((number, axis, value)))
        if at is not None:
            by_KM[:, at] += push_K
    return by_KM


def _surfaces(step: Step, point_P3: np.ndarray) -> Iterator[_Surface]:
    if isinstance(step, Extrude):
        yield from _of_extrude(step, point_P3)
    elif isinstance(step, Revolve):
        yield from _of_revolve(step, point_P3)
    elif isinstance(step, Array):
        yield from _of_array(step, point_P3)
    else:
        yield from _of_tilted(step, point_P3)


def _of_extrude(step: Extrude, point_P3: np.ndarray) -> Iterator[_Surface]:
    yield from _ends(step, point_P3)
    yield from _sides(step, point_P3, _walls)


def _sides(step: Extrude, point_P3: np.ndarray, walls: "_Walls") -> Iterator[_Surface]:
    first, second, across = AXES[step.plane]
    height_P = point_P3[:, across]
    within_P = (height_P > step.low - ON) & (height_P < step.high + ON)
    for on_K, normal_K2, pushes in walls(step.loops, point_P3[:, [first, second]], within_P, (first, second)):
        normal_K3 = np.zeros((len(on_K), 3))
        normal_K3[:, [first, second]] = normal_K2
        yield _Surface(on_K, normal_K3, pushes)


def _ends(step: Extrude | Array, point_P3: np.ndarray) -> Iterator[_Surface]:
    across = AXES[step.plane][2]
    for value in (step.low, step.high):
        on_K = np.flatnonzero(np.abs(point_P3[:, across] - value) < ON)
        normal_K3 = np.zeros((len(on_K), 3))
        normal_K3[:, across] = 1
        yield _Surface(on_K, normal_K3, [(across, value, np.ones(len(on_K)))])


def _of_array(step: Array, point_P3: np.ndarray) -> Iterator[_Surface]:
    """A point goes with the copy that it is on, and with the place of that."""
    first, second, across = AXES[step.plane]
    yield from _ends(step, point_P3)
    height_P = point_P3[:, across]
    within_P = (height_P > step.low - ON) & (height_P < step.high + ON)
    for number, (x, y, degrees) in enumerate(step.places.places()):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        turn_22 = np.array([[c, -s], [s, c]])
        place_P2 = (point_P3[:, [first, second]] - (x, y)) @ turn_22
        for on_K, normal_K2, pushes in _walls(step.loops, place_P2, within_P, _OWN):
            out_K2 = normal_K2 @ turn_22.T
            normal_K3 = np.zeros((len(on_K), 3))
            normal_K3[:, [first, second]] = out_K2
            by_place = _by_place(step.places, number, out_K2, place_P2[on_K] @ turn_22.T, (first, second))
            yield _Surface(on_K, normal_K3, [*map(_of_copy, pushes), *by_place])


def _of_copy(push: _Push) -> _Push:
    """A coordinate of a copy's own sketch is a length to either side."""
    axis, value, by_K = push
    return push if axis == RADIUS else (LENGTH, abs(value), by_K * np.sign(value))


def _by_place(
    places: Places, number: int, out_K2: np.ndarray, off_K2: np.ndarray, axes: tuple[int, int]
) -> list[_Push]:
    """out_K2: normals; off_K2: points, from the middle of the copy."""
    found: list[_Push] = [(axes[k], places.origin[k], out_K2[:, k]) for k in (0, 1)]
    if isinstance(places, Grid):
        return found + [(LENGTH, places.spacing[k], at * out_K2[:, k]) for k, at in enumerate(places.cell(number))]
    angle = np.radians(places.degrees(number))
    way_2 = np.array([np.cos(angle), np.sin(angle)])
    arm_K2 = off_K2 + places.radius * way_2
    by_degree_K = (out_K2[:, 1] * arm_K2[:, 0] - out_K2[:, 0] * arm_K2[:, 1]) * np.pi / 180
    return [*found, (LENGTH, places.radius, out_K2 @ way_2), (ANGLE, places.start, by_degree_K)]


def _of_revolve(step: Revolve, point_P3: np.ndarray) -> Iterator[_Surface]:
    """A point goes with that of the profile from which it was turned, and with the axis."""
    along, beside, across = step.axes
    first, second, _ = AXES[step.plane]
    off_P2 = point_P3[:, [beside, across]] - (step.at, step.height)
    far_P = np.hypot(*off_P2.T)
    side = 1.0 if any(point[1 - step.axis] > step.at for loop in step.loops for point in _corners(loop)) else -1.0
    place_P2 = np.empty((len(point_P3), 2))
    place_P2[:, step.axis] = point_P3[:, along]
    place_P2[:, 1 - step.axis] = step.at + side * far_P
    way_P2 = side * off_P2 / np.maximum(far_P, 1e-9)[:, None]  # of the profile's second coordinate, once turned
    everywhere_P = np.ones(len(point_P3), bool)
    for on_K, normal_K2, pushes in _walls(step.loops, place_P2, everywhere_P, (first, second)):
        outward_K, way_K2 = normal_K2[:, 1 - step.axis], way_P2[on_K]
        normal_K3 = np.zeros((len(on_K), 3))
        normal_K3[:, along] = normal_K2[:, step.axis]
        normal_K3[:, [beside, across]] = outward_K[:, None] * way_K2
        axis_pushes: list[_Push] = [
            (beside, step.at, outward_K * (way_K2[:, 0] - 1)),
            (across, step.height, outward_K * way_K2[:, 1]),
        ]
        yield _Surface(on_K, normal_K3, pushes + axis_pushes)


def _of_tilted(step: Tilted, point_P3: np.ndarray) -> Iterator[_Surface]:
    """A point goes with that of the body from which it was turned, and with each turn."""
    if not step.tilts:
        yield from _surfaces(step.body, point_P3)
        return
    *before, last = step.tilts
    matrix_33, middle_3, axis_3 = np.array(last.rows), np.array(last.point()), np.eye(3)[last.axis]
    off_P3 = point_P3 - middle_3
    for body in _of_tilted(replace(step, tilts=tuple(before)), off_P3 @ matrix_33 + middle_3):
        normal_K3 = body.normal_K3 @ matrix_33.T
        by_centre_K3 = normal_K3 - body.normal_K3
        by_degree_K = (normal_K3 * np.cross(axis_3, off_P3[body.on_K])).sum(1) * np.pi / 180
        pushes: list[_Push] = [(ANGLE, last.degrees, by_degree_K)]
        pushes += [(axis, last.point()[axis], by_centre_K3[:, axis]) for axis in IN_PLANE[last.axis]]
        yield _Surface(body.on_K, normal_K3, body.pushes + pushes)


_Wall = tuple[np.ndarray, np.ndarray, list[_Push]]  # on_K, normal_K2, pushes


_Walls = Callable[[Sequence[Loop], np.ndarray, np.ndarray, tuple[int, int]], Iterator[_Wall]]


def _walls(loops: Sequence[Loop], place_P2: np.ndarray, within_P: np.ndarray, axes: tuple[int, int]) -> Iterator[_Wall]:
    """The points within that lie over each segment of the loops, in the plane of the sketch."""
    yield from _bent(loops, place_P2, within_P, axes)
    for start, segment in segments_of(loops):
        if isinstance(segment, Line):
            yield _over_line(start, segment.end, place_P2, within_P, axes)


def _bent(loops: Sequence[Loop], place_P2: np.ndarray, within_P: np.ndarray, axes: tuple[int, int]) -> Iterator[_Wall]:
    """Those over circles and arcs."""
    for loop in loops:
        if isinstance(loop, Circle):
            yield _over_circle(loop, place_P2, within_P, axes)
    for start, segment in segments_of(loops):
        if isinstance(segment, Arc):
            yield from _over_arc(start, segment, place_P2, within_P, axes)


def _over_circle(circle: Circle, place_P2: np.ndarray, within_P: np.ndarray, axes: tuple[int, int]) -> _Wall:
    off_P2 = place_P2 - circle.centre
    far_P = np.hypot(*off_P2.T)
    on_K = np.flatnonzero(within_P & (np.abs(far_P - circle.radius) < _ROUND * circle.radius + ON))
    normal_K2 = off_P2[on_K] / far_P[on_K, None]
    pushes: list[_Push] = [(axes[k], circle.centre[k], normal_K2[:, k]) for k in (0, 1)]
    return on_K, normal_K2, [*pushes, (RADIUS, circle.radius, np.ones(len(on_K)))]


def _over_line(a: Point, b: Point, place_P2: np.ndarray, within_P: np.ndarray, axes: tuple[int, int]) -> _Wall:
    way = np.subtract(b, a)
    length = max(float(np.hypot(*way)), ON)
    normal = np.array([-way[1], way[0]]) / length
    off_P2 = place_P2 - a
    share_P = off_P2 @ way / length**2
    near_P = np.abs(off_P2 @ normal) < ON
    on_K = np.flatnonzero(within_P & near_P & (share_P * length > -ON) & ((share_P - 1) * length < ON))
    share_K = share_P[on_K]
    pushes = [
        (axes[k], point[k], normal[k] * weight_K)
        for point, weight_K in ((a, 1 - share_K), (b, share_K))
        for k in (0, 1)
    ]
    return on_K, np.tile(normal, (len(on_K), 1)), pushes


def _over_arc(a: Point, arc: Arc, place_P2: np.ndarray, within_P: np.ndarray, axes: tuple[int, int]) -> Iterator[_Wall]:
    """The circle through three points goes with each of their numbers, by differences."""
    three_32 = np.array([a, arc.mid, arc.end], float)
    circle = _circle(three_32)
    if circle is None:
        return
    off_P2 = place_P2 - circle[:2]
    far_P = np.hypot(*off_P2.T)
    chord = three_32[2] - three_32[0]
    beside_P = chord[0] * (place_P2[:, 1] - a[1]) - chord[1] * (place_P2[:, 0] - a[0])
    side = chord[0] * (arc.mid[1] - a[1]) - chord[1] * (arc.mid[0] - a[0])
    on_arc_P = beside_P * np.sign(side) > -ON * np.hypot(*chord)
    on_K = np.flatnonzero(within_P & on_arc_P & (np.abs(far_P - circle[2]) < _ROUND * circle[2] + ON))
    normal_K2 = off_P2[on_K] / far_P[on_K, None]
    pushes: list[_Push] = []
    for point_2, k in product(three_32, (0, 1)):
        value = point_2[k]
        point_2[k] = value + _LITTLE
        there = _circle(three_32)
        point_2[k] = value
        by = (there if there is not None else circle) - circle
        pushes.append((axes[k], round(value), (normal_K2 @ by[:2] + by[2]) / _LITTLE))
    yield on_K, normal_K2, pushes


def _circle(three_32: np.ndarray) -> np.ndarray | None:
    """(3,) centre and radius of the circle through three points; None where they lie in line."""
    (bx, by), (cx, cy) = three_32[1:] - three_32[0]
    twice = 2 * (bx * cy - by * cx)
    if abs(twice) < ON:
        return None
    b2, c2 = bx * bx + by * by, cx * cx + cy * cy
    x, y = (cy * b2 - by * c2) / twice, (bx * c2 - cx * b2) / twice
    return np.array([x + three_32[0, 0], y + three_32[0, 1], np.hypot(x, y)])


def _corners(loop: Loop) -> list[Point]:
    if isinstance(loop, Circle):
        return [loop.centre]
    return [loop.start, *(segment.end for segment in loop.segments)]
