"""Faces lit by lamps: flat by triangle, or smooth within each face.

Shapes: V vertices, T triangles, L lamps, H rows and W columns of the picture.
"""

from dataclasses import dataclass

import numba
import numpy as np

from cadgen.shape import Camera, Solid

Colour = tuple[float, float, float]
"""Red, green and blue, from 0 to 1, as a screen shows them."""


@dataclass(frozen=True)
class Surface:
    """What the faces are made of and how they are lit.

    ambient: light from everywhere; lamps: right, up, towards the eye, and strength of each; specular: strength of the
    highlight; gloss: its exponent; smooth: round faces show no facets.
    """

    colour: Colour
    ambient: float = 1.0
    lamps: tuple[tuple[float, float, float, float], ...] = ()
    specular: float = 0.0
    gloss: float = 20.0
    smooth: bool = True


def paint(
    solid: Solid, surface: Surface, camera: Camera, screen: np.ndarray, owner: np.ndarray, image: np.ndarray
) -> None:
    """Gives each pixel of the part the colour of the face it shows, in place.

    screen: (V, 3); owner: (H, W) int32 triangles, -1 for none; image: (H, W, 3) uint8.
    """
    lamps = np.array(surface.lamps, float).reshape(-1, 4)
    directions = lamps[:, :3] @ camera.axes
    directions *= lamps[:, 3:] / np.maximum(np.sqrt((directions**2).sum(1, keepdims=True)), 1e-12)
    if surface.smooth:
        order = np.argsort(solid.triangle_face, kind="stable")
        normals = _smooth(solid.vertices, solid.triangles, solid.triangle_face, order)
    else:
        normals = _flat(solid.vertices, solid.triangles)
    light = np.array([surface.ambient, surface.specular, surface.gloss])
    _paint(
        owner, screen, solid.triangles, normals, directions, light, camera.axes[2], np.array(surface.colour), image
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _flat(vertices, triangles):
    """(T, 3, 3) unit normal of each triangle, at each of its corners. vertices: (V, 3); triangles: (T, 3) int32."""
    normals = np.empty((len(triangles), 3, 3))
    for t in range(len(triangles)):
        normal = _normal(vertices[triangles[t, 0]], vertices[triangles[t, 1]], vertices[triangles[t, 2]])
        for i in range(3):
            for k in range(3):
                normals[t, i, k] = normal[k]
    return normals


@numba.njit(cache=True, nogil=True)
def _smooth(vertices, triangles, face, order):
    """(T, 3, 3) unit normals at corners: the mean over the triangles of the same face there, by their angles.

    vertices: (V, 3); triangles: (T, 3) int32; face: (T,) int32; order: (T,) triangles, face by face.
    """
    normals, sums = _flat(vertices, triangles), np.zeros((len(vertices), 3))
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and face[order[end]] == face[order[start]]:
            for i in range(3):
                sums[triangles[order[end], i]] = 0.0
            end += 1
        for t in order[start:end]:
            for i in range(3):
                at, share = triangles[t, i], _angle(vertices, triangles[t], i)
                for k in range(3):
                    sums[at, k] += share * normals[t, i, k]
        for t in order[start:end]:
            for i in range(3):
                x, y, z = sums[triangles[t, i]]
                length = np.sqrt(x * x + y * y + z * z)
                if length > 1e-9:
                    normals[t, i, 0], normals[t, i, 1], normals[t, i, 2] = x / length, y / length, z / length
        start = end
    return normals


@numba.njit(cache=True, nogil=True)
def _normal(a, b, c):
    """Unit normal of a triangle, as three numbers; a, b, c: (3,) corners."""
    ux, uy, uz, vx, vy, vz = b[0] - a[0], b[1] - a[1], b[2] - a[2], c[0] - a[0], c[1] - a[1], c[2] - a[2]
    x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    length = max(np.sqrt(x * x + y * y + z * z), 1e-300)
    return x / length, y / length, z / length


@numba.njit(cache=True, nogil=True)
def _angle(vertices, corners, i):
    """Radians of a triangle at its corner i. vertices: (V, 3); corners: (3,) int32."""
    a, b, c = vertices[corners[i]], vertices[corners[(i + 1) % 3]], vertices[corners[(i + 2) % 3]]
    ux, uy, uz, vx, vy, vz = b[0] - a[0], b[1] - a[1], b[2] - a[2], c[0] - a[0], c[1] - a[1], c[2] - a[2]
    lengths = np.sqrt((ux * ux + uy * uy + uz * uz) * (vx * vx + vy * vy + vz * vz))
    return np.arccos(max(-1.0, min(1.0, (ux * vx + uy * vy + uz * vz) / max(lengths, 1e-300))))


@numba.njit(cache=True, nogil=True)
def _lit(x, y, z, lamps, light, eye):
    """What share of its colour a surface shows, and how much white on top.

    x, y, z: unit normal; lamps: (L, 3) directions times strengths; light: ambient, specular, gloss; eye: (3,).
    """
    facing = x * eye[0] + y * eye[1] + z * eye[2]
    if facing < 0:  # at a contour a smooth normal may already point away
        x, y, z = x - facing * eye[0], y - facing * eye[1], z - facing * eye[2]
        facing = 0.0
    share, shine = light[0], 0.0
    for lamp in lamps:
        falls = x * lamp[0] + y * lamp[1] + z * lamp[2]
        if falls > 0:
            share += falls
        if falls > 0 and light[1] > 0:
            strength = np.sqrt(lamp[0] ** 2 + lamp[1] ** 2 + lamp[2] ** 2)
            towards = (lamp[0] * eye[0] + lamp[1] * eye[1] + lamp[2] * eye[2]) / strength
            mirrored = 2 * falls / strength * facing - towards
            if mirrored > 0:
                shine += light[1] * strength * mirrored ** light[2]
    return share, shine


@numba.njit(cache=True, nogil=True)
def _paint(owner, screen, triangles, normals, lamps, light, eye, colour, image):
    """Writes the colours of `paint`. normals: (T, 3, 3) at corners; lamps, light, eye: as for `_lit`; colour: (3,)."""
    round_ = np.empty(len(triangles), np.bool_)
    flat = np.empty((len(triangles), 2))
    for t in range(len(triangles)):
        difference = np.abs(normals[t, 0] - normals[t, 1]).max() + np.abs(normals[t, 0] - normals[t, 2]).max()
        round_[t] = difference > 1e-3
        flat[t, 0], flat[t, 1] = _lit(normals[t, 0, 0], normals[t, 0, 1], normals[t, 0, 2], lamps, light, eye)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            t = owner[row, column]
            if t < 0:
                continue
            share, shine = flat[t]
            if round_[t]:
                x, y, z = _between(row + 0.5, column + 0.5, screen, triangles[t], normals[t])
                share, shine = _lit(x, y, z, lamps, light, eye)
            for k in range(3):
                image[row, column, k] = np.uint8(255 * max(0.0, min(1.0, colour[k] * share + shine)) + 0.5)


@numba.njit(cache=True, nogil=True)
def _between(y, x, screen, corners, normals):
    """Unit normal at a point of a triangle on the screen, as three numbers. corners: (3,) int32; normals: (3, 3)."""
    a, b, c = screen[corners[0]], screen[corners[1]], screen[corners[2]]
    double = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    u = ((b[0] - x) * (c[1] - y) - (b[1] - y) * (c[0] - x)) / double
    v = ((c[0] - x) * (a[1] - y) - (c[1] - y) * (a[0] - x)) / double
    w = 1.0 - u - v
    nx = u * normals[0, 0] + v * normals[1, 0] + w * normals[2, 0]
    ny = u * normals[0, 1] + v * normals[1, 1] + w * normals[2, 1]
    nz = u * normals[0, 2] + v * normals[1, 2] + w * normals[2, 2]
    length = max(np.sqrt(nx * nx + ny * ny + nz * nz), 1e-12)
    return nx / length, ny / length, nz / length
