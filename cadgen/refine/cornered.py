"""Boxes that corners of a picture ask for: `cornered(fitted, targets)`.

Where lines leave a point along all three axes, away from the eye, a box shows its nearest corner; where all run towards
the eye, a pocket shows its innermost. The lines are as long as the sides; what they end at tells how far away that is.

Shapes: N points on lines, three axes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numba
import numpy as np

from cadgen.picture import SIDE
from cadgen.program import Extrude, Program, rectangle, stands
from cadgen.refine.fit import Fitted, solid_of
from cadgen.refine.view import Look, Target, View, level_of, look_of, owners_of
from cadgen.shape import Solid

_ON = 1.2  # pixels from a line
_SHORTEST, _GAP = 6, 2  # pixels of a line, and those that it may be broken for
_APART = 5.0  # pixels between two corners
_FAR = 4  # pixels; nearer lines are explained
_LACKING = 0.3  # of a corner's lines, that the program has not
_NUM_CORNERS = 6
_BEYOND = 2.5  # pixels behind the end of a line, where it is asked what that ends at
_SAME = 4.0  # grid steps
_LEVEL = 0.1  # of a unit towards the eye, that one along an axis goes


@dataclass(frozen=True)
class _Corner:
    """place_2: column and row; run_3: pixels along the axes; way_32: unit vectors that they run along."""

    place_2: np.ndarray
    run_3: np.ndarray
    way_32: np.ndarray

    def ends(self, beyond: float) -> np.ndarray:
        """(3, 2) columns and rows, so many pixels behind the ends of the lines."""
        ends: np.ndarray = self.place_2 + (self.run_3 + beyond)[:, None] * self.way_32
        return ends


def cornered(fitted: Fitted, targets: Sequence[Target]) -> Iterator[Program]:
    """The program with one box more, put on or cut out, for each corner that it lacks. None twice."""
    solid, found = solid_of(fitted.program), dict[Program, None]()
    if solid is None:
        return
    for view, target in zip(fitted.views, targets, strict=True):
        if np.abs(view.camera.axes[2]).min() < _LEVEL:
            continue
        depth_SS, owner_SS = owners_of(solid, view)
        depth_SS[owner_SS < 0] = np.nan
        look = look_of(solid, view)
        for operation, sign in (("union", -1), ("cut", 1)):
            for corner in _lacking(_corners(target, view, sign), look):
                for box in _boxes(corner, operation, view, depth_SS, solid):
                    found |= {(*fitted.program, box): None}
    yield from found


def _corners(target: Target, view: View, sign: int) -> list[_Corner]:
    """The longest first. sign: 1 for lines that run towards the eye, -1 away from it."""
    right, up, towards = view.camera.axes
    way_32 = sign * np.sign(towards)[:, None] * np.stack([right, -up], 1)
    way_32 /= np.linalg.norm(way_32, axis=1, keepdims=True)
    line_N2 = np.asarray(target.tree.data).reshape(-1, 2)
    run_N3 = _runs(target.distance_SS, line_N2, way_32)
    whole_N = np.flatnonzero(run_N3.min(1) >= _SHORTEST)
    found: list[_Corner] = []
    for number in whole_N[np.argsort(-run_N3[whole_N].sum(1), kind="stable")]:
        if all(np.hypot(*(line_N2[number] - other.place_2)) > _APART for other in found):
            found.append(_Corner(line_N2[number], run_N3[number], way_32))
    return found


@numba.njit(cache=True, nogil=True)
def _runs(distance, place, way) -> np.ndarray:
    """(N, 3) pixels that a line goes on from each place along each way.

    distance: (S, S) float32, pixels to the nearest line; place: (N, 2) columns and rows; way: (3, 2) unit vectors.
    """
    side = len(distance)
    found = np.zeros((len(place), 3))
    for n in range(len(place)):
        for i in range(3):
            step, off = 1, 0
            while off <= _GAP:
                column, row = int(place[n, 0] + step * way[i, 0]), int(place[n, 1] + step * way[i, 1])
                if not (0 <= column < side and 0 <= row < side):
                    break
                if distance[row, column] <= _ON:
                    found[n, i], off = step, 0
                else:
                    off += 1
                step += 1
    return found


def _lacking(corners: Sequence[_Corner], look: Look) -> list[_Corner]:
    """Those whose lines the look has not, the longest of what it lacks first."""
    far_HH = look.near(_FAR) >= 1

    def lacks(corner: _Corner) -> tuple[float, float]:
        missed = total = 0
        for run, way_2 in zip(corner.run_3, corner.way_32, strict=True):
            place_K2 = corner.place_2 + np.arange(1, run + 1)[:, None] * way_2
            column_K, row_K = np.clip(place_K2.astype(int) // 2, 0, SIDE // 2 - 1).T
            missed, total = missed + int(far_HH[row_K, column_K].sum()), total + len(place_K2)
        return missed / total, missed

    told = [(*lacks(corner), corner) for corner in corners]
    asked = sorted((one for one in told if one[0] > _LACKING), key=lambda one: -one[1])
    return [corner for *_, corner in asked[:_NUM_CORNERS]]


def _boxes(corner: _Corner, operation: str, view: View, depth_SS: np.ndarray, solid: Solid) -> Iterator[Extrude]:
    """At each depth that the end of a line tells. depth_SS: nearness of the program, NaN where it is not seen."""
    right, up, towards = view.camera.axes
    sign = -1 if operation == "union" else 1
    length_3 = corner.run_3 / (view.scale * np.hypot(right, up))
    end_32 = corner.ends(_BEYOND)
    column_3, row_3 = np.clip(end_32.astype(int), 0, SIDE - 1).T
    reached_3 = depth_SS[row_3, column_3]
    near_3 = reached_3 - sign * length_3 * np.abs(towards)  # of the corner, if its lines end there
    taken: list[float] = []
    for near in near_3[~np.isnan(near_3)]:
        if any(abs(near - other) < _SAME for other in taken):
            continue
        taken.append(near)
        (start_3,) = _points(corner.place_2[None], np.array([near]), view)
        end_3 = start_3 + sign * np.sign(towards) * length_3
        if operation == "cut":  # the rim hides where the innermost lines end, and shows itself instead
            rim_3 = np.diag(_points(end_32, reached_3, view))
            end_3 = np.where(np.isnan(rim_3), end_3, rim_3)
            open_3 = np.abs(near_3 - near) < _SAME
            end_3 = np.where(open_3, np.where(towards > 0, solid.bounds[1], solid.bounds[0]), end_3)
        box = _box(operation, np.minimum(start_3, end_3), np.maximum(start_3, end_3))
        if stands((box,)):
            yield box


def _points(place_N2: np.ndarray, near_N: np.ndarray, view: View) -> np.ndarray:
    """(N, 3) what lies at these columns and rows, and as near as this."""
    points: np.ndarray = level_of(place_N2, view) + near_N[:, None] * view.camera.axes[2]
    return points


def _box(operation: str, low_3: np.ndarray, high_3: np.ndarray) -> Extrude:
    (left, bottom, low), (right, top, high) = np.rint(low_3).astype(int).tolist(), np.rint(high_3).astype(int).tolist()
    return Extrude(operation, "XY", low, high, (rectangle(left, bottom, right, top),))
