"""`iou_aligned`: volume IoU after position, size and orientation are taken out; mirror images stay different.

Rotations are told apart in three steps, each dearer and closer than the one before: all of them by points of one solid
that fall inside voxels of the other, the best of these by columns, the best of those exactly.
"""

from dataclasses import dataclass

import numba
import numpy as np

from cadgen.shape.columns import Columns, cut, grid_over, shared_volume
from cadgen.shape.iou import best_turned
from cadgen.shape.mesh import Body
from cadgen.shape.rotation import rotations, search_axes, search_step, snug_frame, turns
from cadgen.shape.solid import Solid

_POINTS, _COLUMNS = 2048, 64  # columns along each side, and voxels
_BY_COLUMNS, _EXACT = 24, 2  # rotations left after each step
_POINT_ERROR, _COLUMN_ERROR = 0.8, 0.998  # what falls behind the best by more is not the best after all
_SAME = 0.999  # a score this good needs no further search
_LAST_STEP = 0.001  # radians, of the search about free axes


def iou_aligned(a: Solid, b: Solid) -> float:
    """The best `iou` over `rotations`, both centred and scaled to unit radius of gyration. Symmetric.

    It is a lower bound of the true maximum for solids with neither flat faces nor distinct moments. Raises
    `NotManifold` for a solid whose triangles bound nothing.
    """
    a, b = sorted((a, b), key=_rank)
    first, second = _unit(a), _unit(b)
    trial = _Trial.of(first, snug_frame(a), second, snug_frame(b))
    best = trial.best(trial.likeliest(rotations(a, b)))
    axes = search_axes(a, b)
    if len(axes):
        best = np.stack([trial.refined(matrix, axes, search_step(len(axes))) for matrix in best])
    return best_turned(first, second, a.valid and b.valid, best, enough=_SAME)


@dataclass(frozen=True)
class _Trial:
    """What is known of two solids for judging rotations of the second cheaply. `frame` turns world into first's box."""

    frame: np.ndarray  # (3, 3)
    columns: Columns  # of the first, in its frame
    voxels: np.ndarray  # (n, n, n) bool, of the first, in its frame
    low: np.ndarray  # (3,), of the voxels
    size: np.ndarray  # (3,), of a voxel
    second: list[Body]
    points: np.ndarray  # (N, 3), evenly over the volume of the second
    whole: float  # the larger volume

    @classmethod
    def of(cls, first: list[Body], frame_a: np.ndarray, second: list[Body], frame_b: np.ndarray) -> "_Trial":
        columns, low, high = _columns(first, frame_a)
        others = _columns(second, frame_b)[0]
        points, voxels = others.points(_POINTS) @ frame_b.T, columns.voxels(low[2], high[2])
        whole = max(columns.volume, others.volume)
        return cls(frame_a.T, columns, voxels, low, (high - low) / _COLUMNS, second, points, whole)

    def likeliest(self, matrices: np.ndarray) -> np.ndarray:
        """Those of (K, 3, 3) that bring the most points inside."""
        linear = self.frame @ matrices / self.size[:, None]
        return _leading(
            matrices, _hits(self.points, linear, -self.low / self.size, self.voxels), _POINT_ERROR, _BY_COLUMNS
        )

    def best(self, matrices: np.ndarray) -> np.ndarray:
        """Those of (K, 3, 3) that share the most volume; the first that shares all of it ends the search."""
        shared: list[float] = []
        for matrix in matrices:
            shared.append(self.shared(matrix))
            if shared[-1] > _SAME * self.whole:
                break
        return _leading(matrices[: len(shared)], np.array(shared), _COLUMN_ERROR, _EXACT)

    def shared(self, matrix: np.ndarray) -> float:
        """The volume that the first and the turned second have in common."""
        turned = [body.turned(self.frame @ matrix) for body in self.second]
        return shared_volume(self.columns, cut(turned, self.columns.grid))

    def refined(self, matrix: np.ndarray, axes: np.ndarray, step: float) -> np.ndarray:
        """The rotation turned on about `axes` (N, 3) as long as that shares more."""
        best = self.shared(matrix)
        while step > _LAST_STEP and best < _SAME * self.whole:
            for axis in axes:
                for turn in turns(axis, np.array([-step, step])):
                    shared = self.shared(turn @ matrix)
                    if shared > best:
                        best, matrix = shared, turn @ matrix
            step /= 2
        return matrix


def _leading(matrices: np.ndarray, scores: np.ndarray, share: float, num: int) -> np.ndarray:
    """At most `num`, the best first, none with less than `share` of the best score."""
    order = np.argsort(-scores, kind="stable")[:num]
    return matrices[order[scores[order] >= share * scores.max()]]


def _columns(bodies: list[Body], frame: np.ndarray) -> tuple[Columns, np.ndarray, np.ndarray]:
    """The columns in the frame, and the corners of the box there."""
    turned = [body.turned(frame.T) for body in bodies]
    points = np.concatenate([body.vertices for body in turned])
    return cut(turned, grid_over(points, _COLUMNS)), points.min(0), points.max(0)


def _rank(solid: Solid) -> tuple:
    """Any order will do as long as it is one: the result must not hang on which solid comes first."""
    return len(solid.triangles), solid.volume, *solid.centre, *solid.inertia.flat


def _unit(solid: Solid) -> list[Body]:
    return [body.normalised(solid.centre, solid.radius_of_gyration) for body in solid.bodies]


@numba.njit(cache=True, nogil=True)
def _hits(points, matrices, shift, voxels):
    counts = np.zeros(len(matrices), np.int64)
    num = len(voxels)
    for k in range(len(matrices)):
        m, count = matrices[k], 0
        for p in range(len(points)):
            x, y, z = points[p]
            i = int(np.floor(m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + shift[0]))
            j = int(np.floor(m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + shift[1]))
            n = int(np.floor(m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + shift[2]))
            if 0 <= i < num and 0 <= j < num and 0 <= n < num:
                count += voxels[i, j, n]
        counts[k] = count
    return counts
