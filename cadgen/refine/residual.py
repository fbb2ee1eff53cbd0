"""Steps that lines of a picture ask for which a program does not explain: `asked(fitted, targets)`.

Each bunch of unexplained lines is laid onto the flat faces that it runs over; what it encloses there, a circle or a
rectangle, is cut through, cut in or put on. Measures are guesses, to be fitted.

Shapes: K points of a bunch of lines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from cadgen.picture import SIDE
from cadgen.program import IN_PLANE, PLANE_ACROSS, Circle, Extrude, Loop, Program, rectangle, stands
from cadgen.refine.fit import Fitted, solid_of
from cadgen.refine.view import Look, Target, View, level_of, look_of, owners_of
from cadgen.shape import Solid

_FAR = 5  # pixels; nearer lines are explained
_BRIDGED = 7  # pixels between lines of one bunch
_FEWEST = 14  # pixels of lines in a bunch
_NUM_BUNCHES, _NUM_FACES = 6, 2
_FLAT = 0.999  # of a face's normal along an axis
_TRIM = 3  # percent of the points that may lie farther out
_ROUND = 2.5  # a circle is asked for where neither side of the box is longer by more
_BLIND = 0.3  # of the part, how deep a pocket is and how high a boss


@dataclass(frozen=True)
class _Face:
    """A flat face: the axis across it, where on that it lies, and whether outwards is the axis' way."""

    axis: int
    height: float
    up: bool


def asked(fitted: Fitted, targets: Sequence[Target]) -> Iterator[Program]:
    """The program with one step more, for each bunch of unexplained lines and what it may be. None twice."""
    solid, found = solid_of(fitted.program), dict[Program, None]()
    if solid is None:
        return
    for view, target in zip(fitted.views, targets, strict=True):
        _, owner_SS = owners_of(solid, view)
        for line_K2 in _bunches(target, look_of(solid, view)):
            for face in _faces(solid, owner_SS, line_K2):
                for loop in _enclosed(_laid(line_K2, face, view)):
                    found |= dict.fromkeys(
                        (*fitted.program, step) for step in _steps(loop, face, solid) if stands((step,))
                    )
    yield from found


def _bunches(target: Target, look: Look) -> Iterator[np.ndarray]:
    """(K, 2) columns and rows of the lines that the look does not have, the largest bunch first."""
    line_K2 = target.lacking(look, _FAR)
    if not len(line_K2):
        return
    column_K, row_K = np.clip(line_K2.astype(int), 0, SIDE - 1).T
    missed_SS = np.zeros((SIDE, SIDE), np.uint8)
    missed_SS[row_K, column_K] = 1
    _, label_SS = cv2.connectedComponents(cv2.dilate(missed_SS, np.ones((_BRIDGED, _BRIDGED), np.uint8)))
    label_K = label_SS[row_K, column_K]
    counts = np.bincount(label_K)
    counts[0] = 0
    for label in np.argsort(-counts, kind="stable")[:_NUM_BUNCHES]:
        if counts[label] >= _FEWEST:
            yield line_K2[label_K == label]


def _faces(solid: Solid, owner_SS: np.ndarray, line_K2: np.ndarray) -> Iterator[_Face]:
    """The flat faces that most of the lines run over."""
    column_K, row_K = np.clip(line_K2.astype(int), 0, SIDE - 1).T
    triangles = owner_SS[row_K, column_K]
    triangles = triangles[triangles >= 0]
    _, first, count = np.unique(solid.triangle_face[triangles], return_index=True, return_counts=True)
    for number in np.argsort(-count, kind="stable")[:_NUM_FACES]:
        corner_33 = solid.vertices[solid.triangles[triangles[first[number]]]]
        normal = np.cross(corner_33[1] - corner_33[0], corner_33[2] - corner_33[0])
        normal /= max(float(np.linalg.norm(normal)), 1e-12)
        axis = int(np.abs(normal).argmax())
        if abs(normal[axis]) > _FLAT:
            yield _Face(axis, float(corner_33[0, axis]), bool(normal[axis] > 0))


def _laid(line_K2: np.ndarray, face: _Face, view: View) -> np.ndarray:
    """(K, 2) where in the plane of the face the lines lie that are seen there."""
    start_K3 = level_of(line_K2, view)
    off_K3 = start_K3 - view.centre
    ray_K3 = view.camera.axes[2] - view.camera.perspective / view.diagonal * off_K3
    along_K = (face.height - start_K3[:, face.axis]) / ray_K3[:, face.axis]
    point_K3 = start_K3 + along_K[:, None] * ray_K3
    return point_K3[:, list(IN_PLANE[face.axis])]


def _enclosed(place_K2: np.ndarray) -> Iterator[Loop]:
    (left, bottom), (right, top) = np.rint(np.percentile(place_K2, (_TRIM, 100 - _TRIM), axis=0)).astype(int).tolist()
    width, height = right - left, top - bottom
    if min(width, height) < 1:
        return
    if max(width, height) < _ROUND * min(width, height):
        yield Circle(((left + right) // 2, (bottom + top) // 2), max(1, (width + height) // 4))
    yield rectangle(left, bottom, right, top)


def _steps(loop: Loop, face: _Face, solid: Solid) -> Iterator[Extrude]:
    """Cut through, cut in and put on."""
    low, high = (round(bound[face.axis]) for bound in solid.bounds)
    height, blind = round(face.height), max(2, round(_BLIND * (high - low)))
    inner = height - blind if face.up else height + blind
    outer = height + blind if face.up else height - blind
    plane = PLANE_ACROSS[face.axis]
    for operation, end in (("cut", low if face.up else high), ("cut", inner), ("union", outer)):
        yield Extrude(operation, plane, min(height, end), max(height, end), (loop,))
