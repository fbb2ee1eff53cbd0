"""Volume, centre and inertia of a meshed solid whose chords are rounded back to the circles they stand for."""

from dataclasses import dataclass

import numba
import numpy as np


@dataclass(frozen=True)
class Measure:
    """inertia: (3, 3), about the centre, density 1."""

    volume: float
    centre: np.ndarray
    inertia: np.ndarray


def measure(vertices: np.ndarray, triangles: np.ndarray, bent: np.ndarray) -> Measure:
    """Of what the triangles enclose, and what lies between them and their cylinders.

    bent: (T, 5), for a piece of a cylinder its axis, its centre in the other two coordinates in their order, its radius
    and 1 where the material is inside, -1 where it is outside; a radius of 0 elsewhere. Where a cylinder meets another
    curved face the error is of the second order in the chord's angle, elsewhere that of rounding.
    """
    origin = (vertices.min(0) + vertices.max(0)) / 2
    moments = _moments(vertices, triangles, bent, origin)
    volume, first, second = moments[0], moments[1:4], moments[4:].reshape(3, 3)
    shift = first / volume
    about = second - volume * np.outer(shift, shift)
    return Measure(float(volume), origin + shift, np.trace(about) * np.eye(3) - about)


@numba.njit(cache=True, nogil=True)
def mesh_volume(vertices: np.ndarray, triangles: np.ndarray) -> float:
    """The signed volume that the triangles enclose."""
    six, o = 0.0, vertices[0]
    for t in range(len(triangles)):
        a, b, c = vertices[triangles[t, 0]], vertices[triangles[t, 1]], vertices[triangles[t, 2]]
        x, y, z = a[0] - o[0], a[1] - o[1], a[2] - o[2]
        six += x * ((b[1] - o[1]) * (c[2] - o[2]) - (b[2] - o[2]) * (c[1] - o[1]))
        six += y * ((b[2] - o[2]) * (c[0] - o[0]) - (b[0] - o[0]) * (c[2] - o[2]))
        six += z * ((b[0] - o[0]) * (c[1] - o[1]) - (b[1] - o[1]) * (c[0] - o[0]))
    return six / 6


@numba.njit(cache=True, nogil=True)
def _moments(vertices, triangles, bent, origin):
    """Integrals of 1, of the position and of its outer product, about `origin`."""
    total = np.zeros(13)
    corner, double, point = np.empty((3, 3)), np.empty(3), np.empty(3)
    for t in range(len(triangles)):
        for k in range(3):
            for i in range(3):
                corner[k, i] = vertices[triangles[t, k], i] - origin[i]
        a, b, c = corner[0], corner[1], corner[2]
        double[0] = (b[1] - a[1]) * (c[2] - a[2]) - (b[2] - a[2]) * (c[1] - a[1])
        double[1] = (b[2] - a[2]) * (c[0] - a[0]) - (b[0] - a[0]) * (c[2] - a[2])
        double[2] = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        volume = (a[0] * double[0] + a[1] * double[1] + a[2] * double[2]) / 6
        total[0] += volume
        for i in range(3):
            total[1 + i] += volume * (a[i] + b[i] + c[i]) / 4
            for j in range(3):
                s = (a[i] + b[i] + c[i]) * (a[j] + b[j] + c[j]) + a[i] * a[j] + b[i] * b[j] + c[i] * c[j]
                total[4 + 3 * i + j] += volume * s / 20
        if bent[t, 3] > 0:
            _add_bulge(total, corner, double, bent[t], origin, point)
    return total


@numba.njit(cache=True, nogil=True)
def _add_bulge(total, corner, double, bent, origin, point):
    """What lies between a triangle and its cylinder, from six points of it (Dunavant's rule of degree 4).

    point: room for one.
    """
    axis, radius = int(bent[0]), bent[3]
    first, second = (0 if axis else 1), (1 if axis == 2 else 2)
    area = np.sqrt(double[0] ** 2 + double[1] ** 2 + double[2] ** 2) / 2 * bent[4]
    for near, weight in ((0.10810301816807, 0.22338158967801), (0.81684757298046, 0.10995174365532)):
        for k in range(3):
            for i in range(3):
                point[i] = near * corner[k, i] + (1 - near) / 2 * (corner[(k + 1) % 3, i] + corner[(k + 2) % 3, i])
            x, y = point[first] + origin[first] - bent[1], point[second] + origin[second] - bent[2]
            distance = np.sqrt(x * x + y * y)
            mass = area * weight * (radius * radius - distance * distance) / (2 * radius)
            shift = 1 + (radius - distance) / (2 * radius)
            point[first] = x * shift + bent[1] - origin[first]
            point[second] = y * shift + bent[2] - origin[second]
            total[0] += mass
            for i in range(3):
                total[1 + i] += mass * point[i]
                for j in range(3):
                    total[4 + 3 * i + j] += mass * point[i] * point[j]
