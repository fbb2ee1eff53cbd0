"""The picture of a solid as the GenCAD-Code pictures show it: isometric, orthographic, grey, B-rep edges in black.

Camera, fit, shade and lines were fitted to the published pictures (Doris et al. 2025, GenCAD-Code test set): the eye is
at (1, -1, 1), the box around the part is centred and scaled into 8/9 of the width and 2/3 of the height, faces are lit
from the eye, every B-rep edge that is not hidden is one black pixel wide, and the ground is white.

Shapes: V vertices, T triangles, S pieces of edges, H W rows and columns of the picture. On the screen are float64
columns and rows, pixel centres at halves, and nearness: how far towards the eye, in units of the solid.
"""

from functools import lru_cache

import numba
import numpy as np

from cadgen.shape.solid import Solid

_EYE = (1.0, -1.0, 1.0)
_FIT_WIDTH, _FIT_HEIGHT = 8 / 9, 2 / 3
# Linear light: base + gain * |normal . eye|, for red, green, blue.
_BASE = np.array([0.0609, 0.0609, 0.042])
_GAIN = np.array([0.356, 0.356, 0.367])
_TIE = 1e-6  # pixels
_RIM = 1e-9  # of a triangle: a point as little outside is taken to be in it
_LEVEL = 1e-3  # pixels


def render(solid: Solid, size: int = 448, eye: tuple[float, float, float] = _EYE, fill: float = 1.0) -> np.ndarray:
    """(size, size, 3) uint8. The picture shows proportions, not absolute size.

    eye: the direction it is seen from; fill: the part's share of the room that the published pictures give it.
    """
    axes = _axes(eye)
    screen, scale = _project(solid.vertices, axes, fill * size * _FIT_WIDTH, fill * size * _FIT_HEIGHT, size / 2)
    image = np.full((size, size, 3), 255, np.uint8)
    depth = np.full((size, size), -np.inf)
    owner = np.full((size, size), -1, np.int32)
    colours = _colours(solid.vertices, solid.triangles, axes[2], _BASE, _GAIN)
    _fill(screen, solid.triangles, solid.triangle_face, colours, image, depth, owner)
    segments = _segments(solid)
    _draw(screen[segments[:, :2]], segments[:, 2:], image, depth, owner, 0.5 / scale)
    return image


@lru_cache(maxsize=8)
def _axes(eye: tuple[float, float, float]) -> np.ndarray:
    """(3, 3): where right, up and the way to the eye point."""
    towards = np.array(eye) / np.linalg.norm(eye)
    right = np.array([-towards[1], towards[0], 0.0]) / np.hypot(towards[0], towards[1])
    return np.array([right, np.cross(towards, right), towards])


@numba.njit(cache=True, nogil=True)
def _project(vertices, axes, width, height, middle):
    """(V, 3) column, row and nearness of each vertex, and pixels per unit; the part's box lands in the middle.

    vertices: (V, 3); axes: (3, 3), of `_axes`; width, height: room for the box, in pixels; middle: of a side, in
    pixels.
    """
    low, high = vertices[0].copy(), vertices[0].copy()
    for point in vertices:
        for i in range(3):
            low[i], high[i] = min(low[i], point[i]), max(high[i], point[i])
    # As far as the box reaches along an axis of the screen.
    scale = min(width / np.dot(high - low, np.abs(axes[0])), height / np.dot(high - low, np.abs(axes[1])))
    centre, screen = (low + high) / 2, np.empty(vertices.shape)
    for v in range(len(vertices)):
        x, y, z = vertices[v, 0] - centre[0], vertices[v, 1] - centre[1], vertices[v, 2] - centre[2]
        screen[v, 0] = middle + scale * (x * axes[0, 0] + y * axes[0, 1] + z * axes[0, 2])
        screen[v, 1] = middle - scale * (x * axes[1, 0] + y * axes[1, 1] + z * axes[1, 2])
        screen[v, 2] = x * axes[2, 0] + y * axes[2, 1] + z * axes[2, 2]
    return screen, scale


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


def _segments(solid: Solid) -> np.ndarray:
    """(S, 4) int32: two vertices of each piece of a B-rep edge, then the two faces that own the edge."""
    inner = np.ones(len(solid.edge_points), bool)
    inner[solid.edge_start[1:] - 1] = False
    at = np.flatnonzero(inner)
    edge = np.searchsorted(solid.edge_start, at, side="right") - 1
    return np.column_stack([solid.edge_points[at], solid.edge_points[at + 1], solid.edge_faces[edge]])


@numba.njit(cache=True, nogil=True)
def _fill(screen, triangles, face, colour, image, depth, owner):
    """Z-buffer: each pixel centre takes the nearest triangle's colour, nearness and face, in place.

    screen: (V, 3); triangles: (T, 3) int32; face: (T,) int32; colour: (T, 3) uint8; image: (H, W, 3) uint8; depth: (H,
    W) nearness, -inf where nothing is; owner: (H, W) int32 faces.
    """
    size = len(image)
    bounds = np.empty((3, 3))
    for t in range(len(triangles)):
        a, b, c = screen[triangles[t, 0]], screen[triangles[t, 1]], screen[triangles[t, 2]]
        double = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if abs(double) < 1e-12:
            continue
        left = max(0, int(np.ceil(min(a[0], b[0], c[0]) - 0.5)))
        right = min(size - 1, int(np.floor(max(a[0], b[0], c[0]) - 0.5)))
        top = max(0, int(np.ceil(min(a[1], b[1], c[1]) - 0.5)))
        bottom = min(size - 1, int(np.floor(max(a[1], b[1], c[1]) - 0.5)))
        if left > right or top > bottom:
            continue
        _bound(a, b, c, double, bounds)
        for row in range(top, bottom + 1):
            y = row + 0.5
            low, high = left - 0.25, right + 0.25
            for i in range(3):
                at = bounds[i, 0] + bounds[i, 1] * y - 0.5
                if bounds[i, 2] > 0:
                    low = max(low, at - bounds[i, 2])
                elif bounds[i, 2] < 0:
                    high = min(high, at - bounds[i, 2])
            for column in range(int(np.ceil(low)), int(np.floor(high)) + 1):
                x = column + 0.5
                u = ((b[0] - x) * (c[1] - y) - (b[1] - y) * (c[0] - x)) / double
                v = ((c[0] - x) * (a[1] - y) - (c[1] - y) * (a[0] - x)) / double
                w = 1.0 - u - v
                if u >= -_RIM and v >= -_RIM and w >= -_RIM:
                    near = u * a[2] + v * b[2] + w * c[2]
                    if near > depth[row, column]:
                        depth[row, column] = near
                        owner[row, column] = face[t]
                        for k in range(3):
                            image[row, column, k] = colour[t, k]


@numba.njit(cache=True, nogil=True)
def _bound(a, b, c, double, bounds):
    """Writes a row of `bounds` (3, 3) for each side: at height y, the triangle is right or left of row[0] + row[1] * y.

    Give or take row[2], which is positive for right of it, negative for left, and 0 where a side is too level to tell.
    a, b, c: corners on the screen; double: twice the area, with the sign that `_fill` gives it.
    """
    for i in range(3):
        p, q = ((b, c), (c, a), (a, b))[i]
        rise = q[1] - p[1]
        bounds[i] = 0.0
        if abs(rise) > _LEVEL:
            slope = (q[0] - p[0]) / rise
            bounds[i, 0], bounds[i, 1] = p[0] - slope * p[1], slope
            # How much further a point may be whose share of the triangle is -_RIM, and what rounding adds.
            slack = 1e-6 + 2 * _RIM * abs(double / rise)
            bounds[i, 2] = slack if rise * double < 0 else -slack


@numba.njit(cache=True, nogil=True)
def _draw(ends, owners, image, depth, owner, tolerance):
    """One-pixel lines as a graphics card draws them: one pixel at each pixel centre along the longer direction.

    A line between two pixels takes the left one: half of a symmetric part's vertical edges fall there. ends: (S, 2, 3)
    on the screen; owners: (S, 2) int32 faces; image, depth, owner: as for `_fill`, the first drawn on; tolerance:
    nearness, of half a pixel.
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

    At a silhouette the pixel itself may show what lies behind or in front, so its neighbours are asked as well. near:
    of the edge at the pixel; owners: (2,) int32 faces; depth, owner, tolerance: as for `_draw`.
    """
    if depth[row, column] <= near + tolerance:
        return True
    for r in range(max(0, row - 1), min(len(depth), row + 2)):
        for c in range(max(0, column - 1), min(len(depth), column + 2)):
            mine = owner[r, c] == owners[0] or owner[r, c] == owners[1]
            if mine and depth[r, c] <= near + 4 * tolerance:
                return True
    return False
