"""`principal_axes`, `mesh_inertia`: moments of inertia and their axes, the same bits on any processor.

Signs of eigenvectors decide what `iou_takehome` answers, and LAPACK leaves them to the last bits of products of inertia
that ought to be 0, as those of parts with planes of symmetry. Here such products are 0, the axes of equal moments are
chosen by a rule, and every sum has a fixed order. All other signs are those of LAPACK's `dsyevd` of the lower triangle:
a Householder reflection, implicit QL steps from the smaller end, the last two rows directly (Golub and Van Loan, Matrix
Computations, 8.3; LAPACK 3.10 and later, whose plane rotations have no negative cosine).
"""

import math

import numba
import numpy as np

# Of the largest entry. What ought to be equal or 0 differs by up to 3e-7 in meshes with float32 corners, moments that
# ought to differ do by 6e-6 and more (`experiments/shape/README.md`).
_EQUAL = 1e-6
_NEAREST = 1e-6  # cosines that differ by less are the same, and the first of them counts
_MAX_STEPS = 90
_EPSILON = 2.0**-53
_TINY = 1e-40  # so that no `root` is 0


@numba.njit(cache=True, nogil=True, error_model="numpy")
def mesh_inertia(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(3, 3): about the centre of volume, density 1, of a closed mesh (V, 3), (T, 3). Not finite without a volume.

    The integrals are those of Eberly, Polyhedral Mass Properties (2002), as trimesh has them: open meshes tell.
    """
    volume, first, second, mixed = 0.0, np.zeros(3), np.zeros(3), np.zeros(3)
    for t in range(len(triangles)):
        a, b, c = vertices[triangles[t, 0]], vertices[triangles[t, 1]], vertices[triangles[t, 2]]
        for i in range(3):
            j, k = (i + 1) % 3, (i + 2) % 3
            normal = (b[j] - a[j]) * (c[k] - b[k]) - (b[k] - a[k]) * (c[j] - b[j])
            f1 = a[i] + b[i] + c[i]
            f2 = a[i] * a[i] + b[i] * b[i] + a[i] * b[i] + c[i] * f1
            f3 = a[i] * a[i] * a[i] + a[i] * a[i] * b[i] + a[i] * b[i] * b[i] + b[i] * b[i] * b[i] + c[i] * f2
            volume += normal * f1 if i == 0 else 0.0
            first[i] += normal * f2
            second[i] += normal * f3
            mixed[i] += normal * (
                a[j] * (f2 + (a[i] + f1) * a[i]) + b[j] * (f2 + (b[i] + f1) * b[i]) + c[j] * (f2 + (c[i] + f1) * c[i])
            )
    volume, centre = volume / 6, first / 24 / (volume / 6)
    inertia = np.empty((3, 3))
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        inertia[i, i] = (second[j] + second[k]) / 60 - volume * (centre[j] * centre[j] + centre[k] * centre[k])
        inertia[i, j] = inertia[j, i] = volume * centre[i] * centre[j] - mixed[i] / 120
    return inertia


@numba.njit(cache=True, nogil=True)
def principal_axes(inertia: np.ndarray) -> np.ndarray:
    """(3, 3): eigenvectors as columns, by ascending moment, of a finite symmetric (3, 3).

    Products of inertia below 1e-6 of the largest entry count as 0 (where a sign hangs on one, as just below 0), moments
    that differ by less as equal. Axes of two equal moments are those nearest to the world's axes, in their order and
    pointing their way, and the third points along the world's axis nearest to it; of three they are the world's.
    """
    largest = np.abs(inertia).max()
    if largest == 0:
        return np.eye(3)
    moments, axes = _eigen(inertia / largest)
    low, high = moments[1] - moments[0] < _EQUAL, moments[2] - moments[1] < _EQUAL
    if low and high:
        return np.eye(3)
    if low:
        return _around(axes[:, 2], 2)
    if high:
        return _around(axes[:, 0], 0)
    return axes


@numba.njit(cache=True, nogil=True)
def _eigen(matrix):
    """Ascending eigenvalues and eigenvectors (columns) of a symmetric (3, 3) whose largest entry is 1."""
    xy, xz, yz = _tidy(matrix[1, 0]), _tidy(matrix[2, 0]), _tidy(matrix[2, 1])
    yy, zz = matrix[1, 1], matrix[2, 2]
    values, sides, vectors = np.array((matrix[0, 0], yy, zz)), np.array((xy, yz)), np.eye(3)
    if xy != 0 or xz != 0:  # a reflection of y and z brings (xy, xz) to (head, 0)
        root = math.sqrt(xy * xy + xz * xz)
        head = -root if xy > 0 else root  # a 0 counts as negative: more recorded values of the original agree
        c, s = xy / head, xz / head
        values[1], values[2] = c * c * yy + 2 * c * s * yz + s * s * zz, s * s * yy - 2 * c * s * yz + c * c * zz
        sides[0], sides[1] = head, _tidy(c * s * (yy - zz) - (c * c - s * s) * yz)
        vectors[1, 1], vectors[1, 2], vectors[2, 1], vectors[2, 2] = c, s, s, -c
    if sides[0] == 0 or sides[1] == 0:
        left = 0 if sides[0] != 0 else 1
    elif _tidy(abs(values[2]) - abs(values[0])) < 0:
        left = 1 - _iterate(values[::-1], sides[::-1], vectors[:, ::-1])
    else:
        left = _iterate(values, sides, vectors)
    if sides[left] != 0:
        _finish(values, sides, vectors, left)
    order = np.argsort(values, kind="mergesort")
    return values[order], vectors[:, order]


@numba.njit(cache=True, nogil=True)
def _tidy(entry):
    return 0.0 if abs(entry) < _EQUAL else entry


@numba.njit(cache=True, nogil=True)
def _gone(side, above, below):
    return side * side <= _EPSILON * abs(above) * (_EPSILON * abs(below)) + _TINY


@numba.njit(cache=True, nogil=True)
def _iterate(values, sides, vectors):
    """Implicit QL steps with Wilkinson's shift on a tridiagonal (3, 3), in place, until one of its `sides` is 0.

    Says which is left. It may be as good as 0 too, but `_finish` turns by quarters whatever is left of it.
    """
    for _ in range(_MAX_STEPS):
        if _gone(sides[0], values[0], values[1]):
            return 1
        if _gone(sides[1], values[1], values[2]):
            return 0
        g = _tidy(values[1] - values[0]) / (2 * sides[0])
        g = values[2] - values[0] + sides[0] / (g + math.copysign(math.sqrt(g * g + 1), g))
        s, c, p = 1.0, 1.0, 0.0
        for i in (1, 0):
            f, b = s * sides[i], c * sides[i]
            root = math.sqrt(g * g + f * f)
            length = -root if g < -_EQUAL * root else root
            c, s = g / length, f / length
            if i == 0:
                sides[1] = length
            g = values[i + 1] - p
            r = (values[i] - g) * s + 2 * c * b
            p = s * r
            values[i + 1] = g + p
            g = c * r - b
            _turn(vectors, i, c, -s)
        values[0] -= p
        sides[0] = g
    return 1


@numba.njit(cache=True, nogil=True)
def _finish(values, sides, vectors, i):
    """Diagonalises rows i and i + 1, which no others are tied to, in place."""
    total, difference, double = values[i] + values[i + 1], _tidy(values[i] - values[i + 1]), 2 * sides[i]
    root = math.sqrt(difference * difference + double * double)
    sign = -1.0 if difference < 0 else 1.0
    c, s = difference + sign * root, double  # along the eigenvector, of the larger root if sign is 1
    if abs(c) > abs(double):
        ratio = -double / c
        s = 1 / math.sqrt(1 + ratio * ratio)
        c = ratio * s
    else:
        ratio = -c / double
        c = 1 / math.sqrt(1 + ratio * ratio)
        s = ratio * c
    large = 1.0 if total >= 0 else -1.0
    if sign == large:
        c, s = -s, c
    first, second = (total + large * root) / 2, (total - large * root) / 2
    values[i], values[i + 1], sides[i] = first, second, 0.0
    _turn(vectors, i, c, s)


@numba.njit(cache=True, nogil=True)
def _turn(vectors, i, c, s):
    """Columns i and i + 1 by the rotation of cosine c and sine s, in place."""
    for row in range(3):
        left, right = vectors[row, i], vectors[row, i + 1]
        vectors[row, i], vectors[row, i + 1] = c * left + s * right, c * right - s * left


@numba.njit(cache=True, nogil=True)
def _around(axis, column):
    """The axes where the moments across one axis, which becomes the column, are equal."""
    axis, _ = _pointing(axis)
    nearest = 0
    for i in (1, 2):
        if abs(axis[i]) < abs(axis[nearest]) - _NEAREST:
            nearest = i
    one = -axis[nearest] * axis
    one[nearest] += 1
    one /= math.sqrt(one[0] * one[0] + one[1] * one[1] + one[2] * one[2])
    other, second = _pointing(
        np.array(
            (
                axis[1] * one[2] - axis[2] * one[1],
                axis[2] * one[0] - axis[0] * one[2],
                axis[0] * one[1] - axis[1] * one[0],
            )
        )
    )
    axes = np.empty((3, 3))
    axes[:, column] = axis
    axes[:, 1 if column == 0 else 0] = one if nearest < second else other
    axes[:, 1 if column == 2 else 2] = other if nearest < second else one
    return axes


@numba.njit(cache=True, nogil=True)
def _pointing(axis):
    """The vector turned to point along the world's axis that it is nearest to, and which that is."""
    nearest = 0
    for i in (1, 2):
        if abs(axis[i]) > abs(axis[nearest]) + _NEAREST:
            nearest = i
    return math.copysign(1.0, axis[nearest]) * axis, nearest
