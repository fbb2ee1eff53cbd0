"""`iou_aligned`: volume IoU after position, size and orientation are taken out; mirror images stay different.

Rotations are told apart in steps, each dearer and closer than the one before: all of them by some points of one solid
that fall inside the other, fewer by more points, the best of these by columns, the best of those exactly.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cadgen.shape.columns import Columns, cut, grid_over, shared_volume
from cadgen.shape.iou import Overlap, best_turned
from cadgen.shape.mesh import Body
from cadgen.shape.rotation import Frames, rotations, search_axes, search_step, turns
from cadgen.shape.solid import Solid

_COLUMNS, _POINTS = 64, 4096  # columns along each side; points of the search about free axes
_SIEVES = ((1024, 0.7, 48), (4096, 0.9, 12))  # points; what falls behind the best by more is not the best; most left
_COLUMN_ERROR, _EXACT = 0.998, 2  # the same after the columns
_SAME = 0.999  # a score this good needs no further search
_LAST_CLIMB, _LAST_STEP = 0.02, 0.001  # radians, of the search about free axes


def iou_aligned(a: Solid, b: Solid) -> float:
    """The best `iou` over `rotations`, both centred and scaled to unit radius of gyration. Symmetric.

    It is a lower bound of the true maximum for solids with neither flat faces nor distinct moments. Raises
    `NotManifold` for a solid whose triangles bound nothing.
    """
    return overlap_aligned(a, b).iou


def overlap_aligned(a: Solid, b: Solid) -> Overlap:
    """`iou_aligned` and how it was found."""
    return aligned(a, b)[0]


def aligned(a: Solid, b: Solid) -> tuple[Overlap, np.ndarray]:
    """`overlap_aligned`, and the rotation (3, 3) that brings b onto a."""
    lower, upper = sorted((a, b), key=_rank)
    found, matrix = _upper_onto_lower(lower, upper)
    return found, matrix if lower is a else matrix.T


def unit(solid: Solid) -> list[Body]:
    """Its bodies with the centre at 0 and the radius of gyration 1."""
    return [body.normalised(solid.centre, solid.radius_of_gyration) for body in solid.bodies]


def _upper_onto_lower(a: Solid, b: Solid) -> tuple[Overlap, np.ndarray]:
    first, second, frames_a, frames_b = unit(a), unit(b), Frames.of(a), Frames.of(b)
    trial = _Trial.of(first, frames_a.snuggest(a.vertices), second, frames_b.snuggest(b.vertices))
    best = trial.best(trial.likeliest(rotations(frames_a, frames_b)))
    axes = search_axes(frames_a, frames_b)
    if len(axes):
        best = np.stack([trial.refined(matrix, axes, search_step(len(axes))) for matrix in best])
    return best_turned(first, second, a.valid and b.valid, best, enough=_SAME)


@dataclass(frozen=True)
class _Trial:
    """What is known of two solids for judging rotations of the second cheaply. `frame` turns world into first's box."""

    frame: np.ndarray  # (3, 3)
    columns: Columns  # of the first, in its frame
    second: list[Body]
    points: np.ndarray  # (N, 3), evenly over the volume of the second, and so are the first few of them
    whole: float  # the larger volume

    @classmethod
    def of(cls, first: list[Body], frame_a: np.ndarray, second: list[Body], frame_b: np.ndarray) -> "_Trial":
        columns, others = _columns(first, frame_a), _columns(second, frame_b)
        points = np.ascontiguousarray(others.points(_POINTS) @ frame_b.T)
        return cls(frame_a.T, columns, second, points, max(columns.volume, others.volume))

    def likeliest(self, matrices: np.ndarray) -> np.ndarray:
        """Those of (K, 3, 3) that bring the most points inside."""
        for num, share, most in _SIEVES:
            matrices = _leading(matrices, self.hits(matrices, num), share, most)
        return matrices

    def hits(self, matrices: np.ndarray, num: int = _POINTS) -> np.ndarray:
        """(K,): how many of the first `num` points each of (K, 3, 3) brings inside."""
        return self.columns.hits(self.points[:num], self.frame @ matrices)

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
        """The rotation turned on about `axes` (N, 3) to where it shares more, or itself.

        Points alone find the best turn about one axis. About three the best is flat and the columns have the last word.
        """
        found = _climb(self.hits, matrix, axes, step)
        if len(axes) > 1:
            found = _climb(lambda both: np.array([self.shared(one) for one in both]), found, axes, _LAST_CLIMB)
        return found if self.shared(found) > self.shared(matrix) else matrix


def _climb(score: Callable[[np.ndarray], np.ndarray], matrix: np.ndarray, axes: np.ndarray, step: float) -> np.ndarray:
    """The rotation turned on about each of `axes`, either way, as long as that scores more; steps are halved."""
    best = score(matrix[None])[0]
    while step > _LAST_STEP:
        for axis in axes:
            both = turns(axis, np.array([-step, step])) @ matrix
            scores = score(both)
            if scores.max() > best:
                best, matrix = scores.max(), both[scores.argmax()]
        step /= 2
    return matrix


def _leading(matrices: np.ndarray, scores: np.ndarray, share: float, num: int) -> np.ndarray:
    """At most `num`, the best first, none with less than `share` of the best score."""
    order = np.argsort(-scores, kind="stable")[:num]
    return matrices[order[scores[order] >= share * scores.max()]]


def _columns(bodies: list[Body], frame: np.ndarray) -> Columns:
    """The columns in the frame."""
    turned = [body.turned(frame.T) for body in bodies]
    return cut(turned, grid_over(np.concatenate([body.vertices for body in turned]), _COLUMNS))


def _rank(solid: Solid) -> tuple:
    """Any order will do as long as it is one: the result must not hang on which solid comes first."""
    return len(solid.triangles), solid.volume, *solid.centre, *solid.inertia.flat, solid.vertices.tobytes()
