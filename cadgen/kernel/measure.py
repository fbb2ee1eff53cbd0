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


def measure(
    vertices: np.ndarray, triangles: np.ndarray, surface: np.ndarray, bent: np.ndarray, frames: np.ndarray
) -> Measure:
    """Of what the triangles enclose, and what lies between them and the round surfaces that they stand for.

    surface: (T,) rows of bent; bent: (S, 9), for each surface 1 where the material is inside it, -1 where it is
    outside, 0 where it is flat; its axis and its centre in the other two coordinates in their order; the radius at
    height 0 along the axis and its slope, of a cylinder or cone; of a torus or sphere, which has a tube, how far that
    is from the axis, 0, its height and its radius, which is 0 for the others; last the frame that it is told in.
    frames: (F, 3, 4), rotation and shift of each, the first none. Where a cylinder meets another curved
    face the error is of second order in the chord's angle, as it is for a tube, elsewhere that of rounding.
    """
    return Measure(*_about_centre(*_moments(vertices, triangles, surface, bent, frames)))


@numba.njit(cache=True, nogil=True)
def _about_centre(total, origin):
    """Volume, (3,) centre and (3, 3) inertia about it, from the (13,) integrals about `origin` (3,) of `_moments`."""
    volume, shift = total[0], total[1:4] / total[0]
    inertia = np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            inertia[i, j] = volume * shift[i] * shift[j] - total[4 + 3 * min(i, j) + max(i, j)]
    trace = inertia[0, 0] + inertia[1, 1] + inertia[2, 2]
    for i in range(3):
        inertia[i, i] -= trace
    return volume, origin + shift, inertia


@numba.njit(cache=True, nogil=True)
def _moments(vertices, triangles, surface, bent, frames):
    """(13,) integrals of 1, of the position and of its outer product; (3,) the middle that they are about.

    Of the outer product, the last nine row by row, only the upper half is filled. vertices: (V, 3); triangles: (T, 3)
    int32; surface: (T,) int32; bent: (S, 9), frames: (F, 3, 4), as for `measure`.
    """
    low, high = vertices[0].copy(), vertices[0].copy()
    for point in vertices:
        for i in range(3):
            low[i], high[i] = min(low[i], point[i]), max(high[i], point[i])
    origin = (low + high) / 2
    total, leaning = np.zeros(13), np.zeros((len(frames), 13))
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
            for j in range(i, 3):
                s = (a[i] + b[i] + c[i]) * (a[j] + b[j] + c[j]) + a[i] * a[j] + b[i] * b[j] + c[i] * c[j]
                total[4 + 3 * i + j] += volume * s / 20
        row = bent[surface[t]]
        if row[0] == 0:
            continue
        frame = int(row[8])
        if frame == 0:
            _add_bulge(total, corner, double, row, origin, point)
        else:
            upright = np.ascontiguousarray(frames[frame, :, :3].T)
            for k in range(3):
                corner[k] = upright @ (corner[k] + origin - frames[frame, :, 3])
            _add_bulge(leaning[frame], corner, upright @ double, row, np.zeros(3), point)
    for frame in range(1, len(frames)):
        _add_leaning(total, leaning[frame], frames[frame], origin)
    return total, origin


@numba.njit(cache=True, nogil=True)
def _add_leaning(total, found, frame, origin):
    """Adds to `total` (13,), about `origin` (3,), what was found (13,) about the origin of a frame (3, 4)."""
    first, second = np.empty(3), np.empty((3, 3))
    for i in range(3):
        first[i] = found[1 + i]
        for j in range(3):
            second[i, j] = found[4 + 3 * min(i, j) + max(i, j)]
    matrix = np.ascontiguousarray(frame[:, :3])
    shift = frame[:, 3] - origin
    first, second = matrix @ first, matrix @ second @ matrix.T
    total[0] += found[0]
    for i in range(3):
        total[1 + i] += first[i] + found[0] * shift[i]
        for j in range(i, 3):
            moved = first[i] * shift[j] + shift[i] * first[j] + found[0] * shift[i] * shift[j]
            total[4 + 3 * i + j] += second[i, j] + moved


@numba.njit(cache=True, nogil=True)
def _add_bulge(total, corner, double, bent, origin, point):
    """Adds to `total` (13,), as in `_moments`, what lies between a triangle and its surface.

    From six points of it (Dunavant's rule of degree 4). corner: (3, 3), less `origin` (3,); double: (3,) normal, as
    long as twice the area; bent: (5,), a row as for `measure`; point: (3,) room for one.
    """
    axis = int(bent[1])
    first, second = (0 if axis else 1), (1 if axis == 2 else 2)
    area = np.sqrt(double[0] ** 2 + double[1] ** 2 + double[2] ** 2) / 2 * bent[0] / np.sqrt(1 + bent[5] ** 2)
    for near, weight in ((0.10810301816807, 0.22338158967801), (0.81684757298046, 0.10995174365532)):
        for k in range(3):
            for i in range(3):
                point[i] = near * corner[k, i] + (1 - near) / 2 * (corner[(k + 1) % 3, i] + corner[(k + 2) % 3, i])
            x, y = point[first] + origin[first] - bent[2], point[second] + origin[second] - bent[3]
            distance = np.sqrt(x * x + y * y)
            height = point[axis] + origin[axis]
            if bent[7] > 0:
                across = (double[first] * x + double[second] * y) / distance
                mass, shift, rise = _to_tube(weight, distance, height, across, double[axis], bent)
            else:
                mass, shift, rise = _to_cone(area * weight, distance, height, bent)
            point[first] = x * shift + bent[2] - origin[first]
            point[second] = y * shift + bent[3] - origin[second]
            point[axis] += rise
            total[0] += mass
            for i in range(3):
                total[1 + i] += mass * point[i]
                for j in range(i, 3):
                    total[4 + 3 * i + j] += mass * point[i] * point[j]


@numba.njit(cache=True, nogil=True)
def _to_cone(area, distance, height, bent):
    """What lies between a point's share of the area and the cone, and how the point comes to its middle.

    That is by a factor for the distance from the axis, and a rise along it.
    """
    radius = max(bent[4] + bent[5] * height, 1e-300)
    return area * (radius * radius - distance * distance) / (2 * radius), 1 + (radius - distance) / (2 * radius), 0.0


@numba.njit(cache=True, nogil=True)
def _to_tube(weight, distance, height, across, along, bent):
    """The same for the circle that is turned, seen from its centre.

    weight: of the point in its triangle; across, along: of the triangle's normal, twice as long as its area, away from
    the axis and along it.
    """
    reach, radius, out, up = bent[4], bent[7], distance - bent[4], height - bent[6]
    away = np.sqrt(out * out + up * up)
    half = (radius - away) / (2 * away)
    # The integral of t (reach + t out / away) dt from the triangle to the surface.
    swept = reach * (radius**2 - away**2) / 2 + out / away * (radius**3 - away**3) / 3
    mass = weight * (across * out + along * up) * swept / (2 * away * away * distance)
    return mass, 1 + half * out / distance, half * up
