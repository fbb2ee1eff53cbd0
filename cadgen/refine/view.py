"""How alike a part and what is seen on a picture are: outlines and lines, not shades.

Shapes: S pixels a side of the frame; V, T, P vertices, triangles and pieces of edges of a solid; N pixels on lines.
"""

from dataclasses import dataclass

import numba
import numpy as np

from cadgen.picture import ROOM, SIDE, Seen
from cadgen.shape import Camera, Solid
from cadgen.shape.camera import project
from cadgen.shape.raster import draw, fill, segments

_FAR = 48  # pixels; lines farther apart are as good as unrelated
_NEAR = 0.75  # pixels; lines as near are the same
_UNSEEN = 12  # pixels; where lines are not drawn, one that is not seen may all the same be there, and counts no more
_OUTLINE = 0.4  # the share of the silhouettes in the likeness; lines have the rest


@dataclass(frozen=True)
class Target:
    """What is seen, as it is compared.

    part_SS: bool; distance_SS: float32, pixels to the nearest line; most: pixels that a line of the part is taken to be
    apart at most; line_N: the places of lines, as indices into a flat frame.
    """

    part_SS: np.ndarray
    distance_SS: np.ndarray
    most: float
    line_N: np.ndarray


@dataclass(frozen=True)
class Look:
    """A part in the frame, from some camera.

    part_SS, line_SS: bool, whether a pixel shows the part, or one of its lines, the outline among them; distance_SS:
    int16, thirds of a pixel to the nearest line, at most `_FAR` pixels.
    """

    part_SS: np.ndarray
    line_SS: np.ndarray
    distance_SS: np.ndarray


def target_of(seen: Seen) -> Target:
    """A picture as it is compared."""
    column_N, row_N = np.clip(np.floor(seen.line_N2).astype(np.int64), 0, SIDE - 1).T
    line_N = np.unique(row_N * SIDE + column_N)
    return Target(seen.part_SS, seen.distance_SS, float(_FAR if seen.drawn else _UNSEEN), line_N)


def look_of(solid: Solid, camera: Camera) -> Look:
    """The look of a solid: the box around its silhouette is centred and fills `ROOM` of the frame, as `Seen` has it."""
    screen = project(solid.vertices, camera.axes, camera.perspective)
    scale = _fit(screen, ROOM * SIDE)
    depth, owner = np.full((SIDE, SIDE), -np.inf), np.full((SIDE, SIDE), -1, np.int32)
    fill(screen, solid.triangles, depth, owner)
    pieces, line_SS = segments(solid), np.zeros((SIDE, SIDE), np.bool_)
    pieces = pieces[pieces[:, 2] != pieces[:, 3]]  # a seam is no edge, and few renderers draw it
    draw(screen[pieces[:, :2]], pieces[:, 2:], solid.triangle_face, depth, owner, 0.5 / scale, line_SS)
    part_SS = owner >= 0
    return Look(part_SS, line_SS, _distances(part_SS, line_SS, 3 * _FAR))


def likeness(target: Target, look: Look) -> float:
    """From 0 to 1, the same: IoU of the silhouettes and nearness of the lines, both ways."""
    both, either, out, lines = _compared(target.part_SS, target.distance_SS, target.most, look.part_SS, look.line_SS)
    outline = both / either if either else 0.0
    back = _nearest(look.distance_SS.ravel(), target.line_N, 3 * _NEAR, 3 * _FAR)
    apart = (out / (_FAR * lines) + back) / 2 if lines else 1.0
    return _OUTLINE * outline + (1 - _OUTLINE) * (1 - apart)


@numba.njit(cache=True, nogil=True)
def _fit(screen, room) -> float:
    """Moves and scales (V, 3) points on the screen into the frame, in place; pixels a unit."""
    left, right, low, high = screen[0, 0], screen[0, 0], screen[0, 1], screen[0, 1]
    for v in range(len(screen)):
        left, right = min(left, screen[v, 0]), max(right, screen[v, 0])
        low, high = min(low, screen[v, 1]), max(high, screen[v, 1])
    scale = room / max(right - left, high - low, 1e-300)
    for v in range(len(screen)):
        screen[v, 0] = SIDE / 2 + scale * (screen[v, 0] - (left + right) / 2)
        screen[v, 1] = SIDE / 2 - scale * (screen[v, 1] - (low + high) / 2)
    return scale


@numba.njit(cache=True, nogil=True)
def _compared(part, distance, most, part_of_look, line_of_look) -> tuple:
    """Pixels of both silhouettes, of either, and the sum and number of how far lines of the look are from the target's.

    part, part_of_look, line_of_look: (S, S) bool; distance: (S, S) float32; most: each line pixel counts no more.
    """
    both, either, out, lines = 0, 0, 0.0, 0
    for r in range(part.shape[0]):
        for c in range(part.shape[1]):
            a, b = part[r, c], part_of_look[r, c]
            both += a and b
            either += a or b
            if line_of_look[r, c]:
                out += min(most, max(0.0, distance[r, c] - _NEAR))
                lines += 1
    return both, either, out, lines


@numba.njit(cache=True, nogil=True)
def _nearest(distance, at, near, far) -> float:
    """The mean, over the places `at` (N,), of `distance` (S * S,) less `near`, as a share of `far`."""
    total = 0.0
    for i in at:
        total += max(0.0, distance[i] - near)
    return total / (far * len(at)) if len(at) else 1.0


@numba.njit(cache=True, nogil=True)
def _distances(part, line, limit) -> np.ndarray:
    """(S, S) int16: from each pixel to the nearest that is True in `line` (S, S), in thirds of one, at most `limit`.

    Also makes the rim of `part` (S, S) lines, in place. Chamfer distances with steps of 3 and 4 (Borgefors 1986): near
    the Euclidean ones, and all integers. SciPy has Euclidean ones, slower, and without a limit; a search spends much of
    its time here.
    """
    height, width = line.shape
    far = np.full((height + 1, width + 2), limit, np.int16)  # a border on three sides, which both passes share
    for r in range(height):
        for c in range(1, width + 1):
            if part[r, c - 1] and not line[r, c - 1]:
                inside = 0 < r < height - 1 and 1 < c < width
                if not (inside and part[r - 1, c - 1] and part[r + 1, c - 1] and part[r, c - 2] and part[r, c]):
                    line[r, c - 1] = True
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
