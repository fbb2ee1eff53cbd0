"""How far along its normal each flat face of a picture lies: `relief_of(faces, ...)`.

Where two faces share an edge, how far one lies tells how far the other does: a linear equation. So does a wall between
two that face the same way. Edges that only seem to be shared do not agree with the rest, and least absolute deviations
leave them.

Lengths are in pixels, from the corner of the frame; along the sight, where nothing tells how far away it is, from any.
Shapes: F faces; E equations; N places along a contour; L pixels along a trail.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cadgen.refine.flat_face import Face
from cadgen.refine.region import OUTSIDE, values_at, ways

_ROUNDS, _LOOSE = 40, 0.5  # of reweighted least squares; pixels within which all equations weigh the same
_TIE = 1e-3  # by which a height that no equation tells is held to 0
_HOLDS = 3.0  # pixels by which an equation that holds may be missed
_SHORTEST, _LONGEST = 4.0, 80.0  # pixels of an edge that tells something, and of those that tell as much as longer ones
_DEEPEST, _AROUND = 300, 300  # pixels that a wall is followed down, and places along a contour where that is done
_FEWEST = 6  # places where a wall is as deep
_EVEN, _SHARE = 2.0, 60  # pixels by which so many in a hundred may differ from the middle one
_FLAT = 0.05  # of a unit, that one along an axis takes on the picture


@dataclass(frozen=True)
class Relief:
    """faces, seen by a camera with `axes_33`, and how far along its normal each lies.

    group_F: faces of the same number are linked by equations; others may lie elsewhere along the sight. falls: how far
    walls go down from a face to where the part ends. rises: whether a wall that borders a face, by its number and the
    label of the wall, goes up from it, and not down.
    """

    faces: Sequence[Face]
    axes_33: np.ndarray
    height_F: np.ndarray
    group_F: np.ndarray
    falls: dict[int, float]
    rises: dict[tuple[int, int], bool]

    def point(self, place_2: np.ndarray, number: int) -> np.ndarray:
        """(3,) the point of the plane of a face that a place shows."""
        right, up, towards = self.axes_33
        point: np.ndarray = place_2[0] * right - place_2[1] * up + self.nearness(place_2, number) * towards
        return point

    def nearness(self, place_2: np.ndarray, number: int) -> float:
        """How far towards the eye that point is."""
        axis = self.faces[number].normal
        right, up, towards = self.axes_33[:, axis]
        return float((self.height_F[number] - (place_2[0] * right - place_2[1] * up)) / towards)

    def down(self, number: int) -> int:
        """1 or -1: which way along its normal a face falls away from the eye."""
        return -int(np.sign(self.axes_33[2, self.faces[number].normal]))


@dataclass(frozen=True)
class _Equation:
    """The height of `other` is `slope` times that of `one`, and `rest` more."""

    one: int
    other: int
    slope: float
    rest: float
    weight: float


@dataclass(frozen=True)
class _Wall:
    """What goes down from a face: the label of it, that of where it ends, how deep it is, and along how many places."""

    label: int
    end: int
    depth: float
    count: int


def relief_of(
    faces: Sequence[Face], label_SS: np.ndarray, part_SS: np.ndarray, axes_33: np.ndarray, least: float
) -> Relief:
    """The heights that most of all edges agree with.

    label_SS: as `labelled` gives it, and part_SS: as it takes it; least: pixels, as which lower walls are taken.
    """
    number_of = {face.label: number for number, face in enumerate(faces)}
    equations = [*_edges(faces, number_of, axes_33)]
    falls, rises = dict[int, float](), dict[tuple[int, int], bool]()
    for number, face in enumerate(faces):
        down = -float(np.sign(axes_33[2, face.normal]))
        walls = [*_walls(face, number_of, label_SS, part_SS, down * ways(axes_33)[face.normal], least)]
        ends = [wall for wall in walls if wall.end == OUTSIDE]
        if ends:
            falls[number] = max(ends, key=lambda wall: wall.count).depth
        for wall in walls:
            rises.setdefault((number, wall.label), False)
            other = number_of.get(wall.end)
            if other is not None and other != number and faces[other].normal == face.normal:
                equations.append(_Equation(number, other, 1.0, down * wall.depth, min(3.0 * wall.count, _LONGEST)))
                rises[other, wall.label] = True
    height_F, group_F = _solved(equations, len(faces))
    return Relief(faces, axes_33, height_F, group_F, falls, rises)


def _edges(faces: Sequence[Face], number_of: dict[int, int], axes_33: np.ndarray) -> Iterator[_Equation]:
    """For each edge along the axis in which the planes of the faces on its sides meet."""
    right, up, towards = axes_33
    for number, face in enumerate(faces):
        for edge in face.edges():
            for label, share in edge.beyond.items():
                other, length = number_of.get(label), share * edge.length
                if other is None or length < _SHORTEST:
                    continue
                normal = faces[other].normal
                if {normal, face.normal, edge.axis} == {0, 1, 2}:
                    level_3 = edge.middle_2[0] * right - edge.middle_2[1] * up
                    slope = float(towards[normal] / towards[face.normal])
                    rest = float(level_3[normal] - slope * level_3[face.normal])
                    yield _Equation(number, other, slope, rest, min(length, _LONGEST))


def _walls(
    face: Face, number_of: dict[int, int], label_SS: np.ndarray, part_SS: np.ndarray, down_2: np.ndarray, least: float
) -> Iterator[_Wall]:
    """What is no flat face and goes down from the contour of one, as deep in many places.

    down_2: by how much a place moves for a unit away from the eye along the normal.
    """
    unit = float(np.hypot(*down_2))
    if unit < _FLAT:
        return
    place_N2 = face.contour_N2[:: 1 + len(face.contour_N2) // _AROUND]
    step_L2 = np.arange(2, _DEEPEST)[:, None] * down_2 / unit
    trail_NL = np.stack([values_at(label_SS, place_N2 + step_2) for step_2 in step_L2], 1)
    off_NL = np.stack([~values_at(part_SS, place_N2 + step_2) for step_2 in step_L2], 1)
    trail_NL[off_NL] = OUTSIDE
    leaves_N = trail_NL[:, 2] != face.label
    trail_NL, off_NL = trail_NL[leaves_N], off_NL[leaves_N]
    first_N = np.take_along_axis(trail_NL, (trail_NL > 0).argmax(1)[:, None], 1)[:, 0]
    for label in np.unique(first_N[first_N > 0]).tolist():
        if label == face.label or label in number_of:
            continue
        mine_N = first_N == label
        trail_ML = trail_NL[mine_N]
        left_ML = off_NL[mine_N] if label == OUTSIDE else (trail_ML != label) & (trail_ML > 0)
        ends_M = left_ML.any(1)
        depth_M = left_ML.argmax(1) + 1.5  # the trail begins two pixels down
        end_M = np.take_along_axis(trail_ML, left_ML.argmax(1)[:, None], 1)[:, 0]
        for end in np.unique(end_M[ends_M]).tolist():
            depth_K = depth_M[ends_M & (end_M == end)]
            middle = float(np.median(depth_K))
            if len(depth_K) >= _FEWEST and np.percentile(np.abs(depth_K - middle), _SHARE) < _EVEN:
                yield _Wall(label, end, max(least, middle) / unit, len(depth_K))


def _solved(equations: Sequence[_Equation], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Heights and groups: least absolute deviations, by least squares that are weighed anew."""
    group_F = np.arange(count)
    if not equations:
        return np.zeros(count), group_F
    matrix_EF = np.zeros((len(equations), count))
    for number, one in enumerate(equations):
        matrix_EF[number, one.other], matrix_EF[number, one.one] = 1, -one.slope
    rest_E, weight_E = np.array([one.rest for one in equations]), np.array([one.weight for one in equations])
    off_E = np.full(len(equations), _LOOSE)
    for _ in range(_ROUNDS):
        root_E = np.sqrt(weight_E / np.maximum(off_E, _LOOSE))
        tied = np.vstack([matrix_EF * root_E[:, None], _TIE * np.eye(count)])
        height_F, *_ = np.linalg.lstsq(tied, np.concatenate([rest_E * root_E, np.zeros(count)]), rcond=None)
        off_E = np.abs(matrix_EF @ height_F - rest_E)
    for one, off in zip(equations, off_E, strict=True):
        if off < _HOLDS:
            group_F[group_F == group_F[one.one]] = group_F[one.other]
    return height_F, group_F
