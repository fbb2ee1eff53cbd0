"""How alike two pictures of parts are: outlines and lines, not shades. Shapes: S pixels a side."""

from dataclasses import dataclass

import numba
import numpy as np

from cadgen.shape import Solid, render

SIDE = 448  # pixels, of the published pictures
_GROUND, _LINE = 250, 56  # lighter is ground, darker is a line: the faces of a rendered part lie between 71 and 163
_FAR = 48  # pixels; lines farther apart are as good as unrelated
_OUTLINE = 0.4  # the share of the silhouettes in the likeness; lines have the rest


@dataclass(frozen=True)
class Look:
    """What is compared of a picture.

    part_SS, line_SS: bool, whether a pixel shows the part, or one of its lines; distance_SS: int16, thirds of a pixel
    to the nearest line, at most `_FAR` pixels.
    """

    part_SS: np.ndarray
    line_SS: np.ndarray
    distance_SS: np.ndarray


def look_at(grey_SS: np.ndarray) -> Look:
    """The look of a uint8 picture, 0 black."""
    line_SS = grey_SS < _LINE
    return Look(grey_SS < _GROUND, line_SS, _distances(line_SS, 3 * _FAR))


def look_of(solid: Solid) -> Look:
    """The look of a solid, drawn as the published pictures are."""
    return look_at(render(solid, SIDE)[..., 0])


def likeness(a: Look, b: Look) -> float:
    """From 0 to 1, the same picture: IoU of the silhouettes and nearness of the lines, both ways. Symmetric."""
    union = np.count_nonzero(a.part_SS | b.part_SS)
    outline = np.count_nonzero(a.part_SS & b.part_SS) / union if union else 0.0
    apart = (_apart(a, b) + _apart(b, a)) / 2
    return _OUTLINE * outline + (1 - _OUTLINE) * (1 - apart)


def _apart(a: Look, b: Look) -> float:
    """How far it is from the lines of `a` to the nearest of `b`, in the mean; 0 to 1."""
    return float(b.distance_SS[a.line_SS].mean()) / (3 * _FAR) if a.line_SS.any() else 1.0


@numba.njit(cache=True, nogil=True)
def _distances(line, limit):
    """(S, S) int16: from each pixel to the nearest that is True in `line` (S, S), in thirds of one, at most `limit`.

    Chamfer distances with steps of 3 and 4 (Borgefors 1986): near the Euclidean ones, and all integers. SciPy has
    Euclidean ones, slower, and without a limit; a search spends much of its time here.
    """
    height, width = line.shape
    far = np.full((height + 1, width + 2), limit, np.int16)  # a border on three sides, which both passes share
    for r in range(height):
        for c in range(1, width + 1):
            if line[r, c - 1]:
                far[r, c] = 0
            elif r:
                above = min(far[r - 1, c] + 3, far[r - 1, c - 1] + 4, far[r - 1, c + 1] + 4)
                far[r, c] = min(limit, above, far[r, c - 1] + 3)
            else:
                far[r, c] = min(limit, far[r, c - 1] + 3)
    for r in range(height - 1, -1, -1):
        for c in range(width, 0, -1):
            below = min(far[r + 1, c] + 3, far[r + 1, c - 1] + 4, far[r + 1, c + 1] + 4)
            far[r, c] = min(far[r, c], below, far[r, c + 1] + 3)
    return far[:height, 1 : width + 1]
