"""The picture of a solid as the GenCAD-Code pictures show it: isometric, orthographic, grey, B-rep edges in black.

Camera, fit, shade and lines were fitted to the published pictures (Doris et al. 2025, GenCAD-Code test set): the eye is
at (1, -1, 1), the box around the part is centred and scaled into 8/9 of the width and 2/3 of the height, faces are lit
from the eye, every B-rep edge that is not hidden is one black pixel wide, and the ground is white.
"""

import numba
import numpy as np

from cadgen.shape.solid import Solid

_EYE = (1.0, -1.0, 1.0)
_FIT_WIDTH, _FIT_HEIGHT = 8 / 9, 2 / 3
# Linear light: base + gain * |normal . eye|, for red, green, blue.
_BASE = np.array([0.0609, 0.0609, 0.042])
_GAIN = np.array([0.356, 0.356, 0.367])
_TIE = 1e-6  # pixels


def render(solid: Solid, size: int = 448, eye: tuple[float, float, float] = _EYE, fill: float = 1.0) -> np.ndarray:
    """(size, size, 3) uint8. The picture shows proportions, not absolute size.

    eye: the direction it is seen from; fill: the part's share of the room that the published pictures give it.
    """
    towards = np.array(eye) / np.linalg.norm(eye)
    screen, scale = _project(solid, size, towards, fill)
    corners = np.ascontiguousarray(screen[solid.triangles])
    image = np.full((size, size, 3), 255, np.uint8)
    depth = np.full((size, size), -np.inf)
    owner = np.full((size, size), -1, np.int32)
    _fill(corners, solid.triangle_face, _colours(solid, towards), image, depth, owner)
    segments = _segments(solid)
    _draw(screen[segments[:, :2]], segments[:, 2:], image, depth, owner, 0.5 / scale)
    return image


def _project(solid: Solid, size: int, eye: np.ndarray, fill: float) -> tuple[np.ndarray, float]:
    """(V, 3) column, row and nearness of each vertex, and pixels per unit; the part's box lands in the middle."""
    right = np.array([-eye[1], eye[0], 0.0]) / np.hypot(eye[0], eye[1])
    up = np.cross(eye, right)
    low, high = solid.bounds
    box = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    width, height = np.ptp(box @ right), np.ptp(box @ up)
    scale = fill * min(size * _FIT_WIDTH / width, size * _FIT_HEIGHT / height)
    centred = solid.vertices - (low + high) / 2
    screen = [size / 2 + scale * centred @ right, size / 2 - scale * centred @ up, centred @ eye]
    return np.stack(screen, axis=1), float(scale)


def _colours(solid: Solid, eye: np.ndarray) -> np.ndarray:
    """(T, 3) uint8: flat shade of each triangle, sRGB."""
    corners = solid.vertices[solid.triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    facing = np.abs(normal @ eye) / np.maximum(np.linalg.norm(normal, axis=1), 1e-300)
    linear = _BASE + _GAIN * facing[:, None]
    return np.round(255 * (1.055 * linear ** (1 / 2.4) - 0.055)).astype(np.uint8)


def _segments(solid: Solid) -> np.ndarray:
    """(S, 4) int32: two vertices of each piece of a B-rep edge, then the two faces that own the edge."""
    inner = np.ones(len(solid.edge_points), bool)
    inner[solid.edge_start[1:] - 1] = False
    at = np.flatnonzero(inner)
    edge = np.searchsorted(solid.edge_start, at, side="right") - 1
    return np.column_stack([solid.edge_points[at], solid.edge_points[at + 1], solid.edge_faces[edge]])


@numba.njit(cache=True, nogil=True)
def _fill(corners, face, colour, image, depth, owner):
    """Z-buffer: each pixel centre takes the nearest triangle's colour, nearness and face."""
    size = len(image)
    for t in range(len(corners)):
        a, b, c = corners[t]
        double = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if abs(double) < 1e-12:
            continue
        left = max(0, int(np.ceil(min(a[0], b[0], c[0]) - 0.5)))
        right = min(size - 1, int(np.floor(max(a[0], b[0], c[0]) - 0.5)))
        top = max(0, int(np.ceil(min(a[1], b[1], c[1]) - 0.5)))
        bottom = min(size - 1, int(np.floor(max(a[1], b[1], c[1]) - 0.5)))
        for row in range(top, bottom + 1):
            y = row + 0.5
            first, last = _inside(a, b, c, double, y, left, right)
            for column in range(first, last + 1):
                x = column + 0.5
                u = ((b[0] - x) * (c[1] - y) - (b[1] - y) * (c[0] - x)) / double
                v = ((c[0] - x) * (a[1] - y) - (c[1] - y) * (a[0] - x)) / double
                w = 1.0 - u - v
                if u >= -1e-9 and v >= -1e-9 and w >= -1e-9:
                    near = u * a[2] + v * b[2] + w * c[2]
                    if near > depth[row, column]:
                        depth[row, column] = near
                        owner[row, column] = face[t]
                        image[row, column] = colour[t]


@numba.njit(cache=True, nogil=True)
def _inside(a, b, c, double, y, left, right):
    """The columns between `left` and `right` that the triangle can reach in the row at y, and one more on each side."""
    low, high = left + 0.5, right + 0.5
    for p, q in ((b, c), (c, a), (a, b)):
        # The share of the third corner is (at + slope * x) / double.
        slope = (q[1] - p[1]) * -np.sign(double)
        at = (p[0] * (q[1] - y) - (p[1] - y) * q[0]) * np.sign(double)
        if slope > 0:
            low = max(low, -at / slope)
        elif slope < 0:
            high = min(high, -at / slope)
    return max(left, int(np.floor(max(low, left - 1.0) - 0.5)) - 1), min(
        right, int(np.ceil(min(high, right + 2.0) - 0.5)) + 1
    )


@numba.njit(cache=True, nogil=True)
def _draw(ends, owners, image, depth, owner, tolerance):
    """One-pixel lines as a graphics card draws them: one pixel at each pixel centre along the longer direction.

    A line between two pixels takes the left one: half of a symmetric part's vertical edges fall there.
    """
    for s in range(len(ends)):
        a, b = ends[s]
        steep = abs(b[1] - a[1]) > abs(b[0] - a[0])
        start, length = (a[1], b[1] - a[1]) if steep else (a[0], b[0] - a[0])
        low, high = min(start, start + length), max(start, start + length)
        for step in range(int(np.ceil(low - 0.5)), int(np.floor(high - 0.5)) + 1):
            f = (step + 0.5 - start) / length if length != 0 else 0.0
            column = int(np.floor(a[0] + f * (b[0] - a[0]) - _TIE)) if steep else step
            row = step if steep else int(np.floor(a[1] + f * (b[1] - a[1])))
            if not (0 <= row < len(image) and 0 <= column < len(image)):
                continue
            if _seen(row, column, a[2] + f * (b[2] - a[2]), owners[s], depth, owner, tolerance):
                image[row, column] = 0


@numba.njit(cache=True, nogil=True)
def _seen(row, column, near, owners, depth, owner, tolerance):
    """False when all around the pixel is nearer and belongs to other faces than the two that own the edge.

    At a silhouette the pixel itself may show what lies behind or in front, so its neighbours are asked as well.
    """
    if depth[row, column] <= near + tolerance:
        return True
    for r in range(max(0, row - 1), min(len(depth), row + 2)):
        for c in range(max(0, column - 1), min(len(depth), column + 2)):
            mine = owner[r, c] == owners[0] or owner[r, c] == owners[1]
            if mine and depth[r, c] <= near + 4 * tolerance:
                return True
    return False
