"""The picture of a solid as the GenCAD-Code pictures show it: isometric, orthographic, grey, B-rep edges in black.

Camera, fit, shade and lines were fitted to the published pictures (Doris et al. 2025, GenCAD-Code test set): the eye is
at (1, -1, 1), the box around the part is centred and scaled into 8/9 of the width and 2/3 of the height, faces are lit
from the eye, every B-rep edge that is not hidden is one black pixel wide, and the ground is white.
"""

import numba
import numpy as np

from cadgen.shape.camera import PUBLISHED, Camera, project
from cadgen.shape.raster import draw, fill, segments
from cadgen.shape.solid import Solid

_FIT_WIDTH, _FIT_HEIGHT = 8 / 9, 2 / 3
# Linear light: base + gain * |normal . eye|, for red, green, blue.
_BASE = np.array([0.0609, 0.0609, 0.042])
_GAIN = np.array([0.356, 0.356, 0.367])


def render(solid: Solid, size: int = 448, camera: Camera = PUBLISHED, room: float = 1.0) -> np.ndarray:
    """(size, size, 3) uint8. The picture shows proportions, not absolute size.

    room: the part's share of the room that the published pictures give it.
    """
    axes = camera.axes
    screen, scale = _fitted(solid.vertices, axes, camera.perspective, size, room)
    depth = np.full((size, size), -np.inf)
    owner = np.full((size, size), -1, np.int32)
    fill(screen, solid.triangles, depth, owner)
    pieces, line = segments(solid), np.zeros((size, size), bool)
    draw(screen[pieces[:, :2]], pieces[:, 2:], solid.triangle_face, depth, owner, 0.5 / scale, line)
    image = np.full((size, size, 3), 255, np.uint8)
    _paint(owner, _colours(solid.vertices, solid.triangles, axes[2], _BASE, _GAIN), line, image)
    return image


def _fitted(vertices: np.ndarray, axes: np.ndarray, perspective: float, size: int, room: float) -> tuple:
    """(V, 3) on the screen, and pixels a unit; the middle of the part's box lands in the middle."""
    screen = project(vertices, axes, perspective)
    scale = room * scale_of(vertices, axes, size)
    screen *= scale, -scale, 1.0
    screen[:, :2] += size / 2
    return screen, scale


def scale_of(vertices: np.ndarray, axes: np.ndarray, size: int) -> float:
    """Pixels a unit, of a picture of `size` pixels a side: by the box around the part, as far as it reaches across."""
    across, along = np.abs(axes[:2]) @ (vertices.max(0) - vertices.min(0))
    return float(size * min(_FIT_WIDTH / across, _FIT_HEIGHT / along))


@numba.njit(cache=True, nogil=True)
def _colours(vertices, triangles, eye, base, gain):
    """(T, 3) uint8: flat shade of each triangle, sRGB.

    vertices: (V, 3); triangles: (T, 3) int32; eye: (3,) unit vector; base, gain: (3,) linear light, as `_BASE`,
    `_GAIN`.
    """
    colours, before = np.empty((len(triangles), 3), np.uint8), -1.0
    for t in range(len(triangles)):
        a, b, c = vertices[triangles[t, 0]], vertices[triangles[t, 1]], vertices[triangles[t, 2]]
        ux, uy, uz, vx, vy, vz = b[0] - a[0], b[1] - a[1], b[2] - a[2], c[0] - a[0], c[1] - a[1], c[2] - a[2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        facing = abs(x * eye[0] + y * eye[1] + z * eye[2]) / max(np.sqrt(x * x + y * y + z * z), 1e-300)
        if facing == before:
            colours[t] = colours[t - 1]
            continue
        for i in range(3):
            colours[t, i] = round(255 * (1.055 * (base[i] + gain[i] * facing) ** (1 / 2.4) - 0.055))
        before = facing
    return colours


@numba.njit(cache=True, nogil=True)
def _paint(owner, colour, line, image):
    """Gives each pixel its triangle's colour, and black where a line is, in place.

    owner: (S, S) int32 triangles, -1 for none; colour: (T, 3) uint8; line: (S, S) bool; image: (S, S, 3) uint8.
    """
    for row in range(len(image)):
        for column in range(len(image)):
            seen = owner[row, column]
            if seen < 0 and not line[row, column]:
                continue
            for k in range(3):
                image[row, column, k] = 0 if line[row, column] else colour[seen, k]
