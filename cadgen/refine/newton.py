"""Which way measures must go for two pictures to become one: least squares (Gauss-Newton, damped by Marquardt 1963).

Shapes: R numbers of a blurred look, M measures.
"""

from collections.abc import Iterator

import numpy as np

from cadgen.picture import SIDE
from cadgen.refine.view import Look, Target

_POOL = 4  # pixels a side that become one number
_DAMPINGS = (0.01, 0.1, 1.0)
_STIFF = 1e-4  # of the mean curvature: holds what the picture does not show, such as the part's size
_FARTHEST = 40.0  # grid steps; the slopes tell nothing of more


def blurred(look: Look | Target, reach: int) -> np.ndarray:
    """(R,) float32: nearness of lines within `reach` pixels, and silhouette, in squares of pixels."""
    near = look.near(reach)
    return np.concatenate([_pooled(near), _pooled(look.part_SS)])


def _pooled(image: np.ndarray) -> np.ndarray:
    """(R / 2,) means of squares of `_POOL` pixels of the frame, which `image` shows in its own resolution."""
    side = SIDE // _POOL
    each = len(image) // side
    pooled: np.ndarray = image.reshape(side, each, side, each).mean((1, 3), dtype=np.float32)
    return pooled.ravel()


def strides(slope_RM: np.ndarray, missing_R: np.ndarray) -> Iterator[np.ndarray]:
    """(M,) grid steps that should make up for what is missing, from the boldest to the most careful."""
    curvature_MM = slope_RM.T @ slope_RM
    pull_M = slope_RM.T @ missing_R
    diagonal_M = np.diag(curvature_MM)
    for damping in _DAMPINGS:
        held_M = damping * diagonal_M + _STIFF * diagonal_M.mean()
        stride_M = np.linalg.solve(curvature_MM + np.diag(held_M), pull_M).clip(-_FARTHEST, _FARTHEST)
        yield from (stride_M, stride_M / 2)
