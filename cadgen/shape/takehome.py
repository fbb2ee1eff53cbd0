"""`iou_takehome`: the `best_iou` number of the take-home evaluation, faults included.

Both meshes are centred and divided by the radius of gyration, the principal axes of inertia are matched under four sign
choices, the *surfaces* are voxelised at pitch 0.05, and the best Jaccard index counts.

Known faults, which is why `iou_aligned` stands beside it: it compares shells and not volumes (a part stretched by 5%
along one axis scores about 0.7 against itself); among the four sign rows are reflections, so mirror images pass and
true rotations are missed; equal principal moments do not tell the axes (a rotated copy may score 0.06).

The same solids have the same number on any processor. In the original the last bits of the moments, which differ by
processor, choose the axes of equal moments, and of parts with planes of symmetry the signs of axes; here
`principal_axes` says by what rules they are chosen. All else is in the order of the original.
"""

from dataclasses import dataclass

import numba
import numpy as np

from cadgen.shape.principal import mesh_inertia, principal_axes
from cadgen.shape.solid import Solid

_PITCH = 0.05
_MAX_EDGE = _PITCH / 2
_MAX_SPLITS = 10
_NO_TURN = 1e-8  # as near to the identity trimesh leaves the mesh as it is
_MAX_VOXELS = 2**28  # a part is some 70 voxels long; only one whose volumes cancel comes near
_SIGNS = ((1, 1, 1), (1, 1, -1), (1, -1, 1), (-1, 1, 1))


def iou_takehome(truth: Solid, prediction: Solid) -> float:
    """Best surface-voxel IoU over four axis matchings, in [0, 1]. Not symmetric.

    Raises `ValueError` for a solid of such proportions or numbers that voxels cannot hold it.
    """
    vertices, axes = _normalised(truth)
    others, other_axes = _normalised(prediction)
    voxels = _Voxels.hit(vertices, truth.stl[1])
    best = 0.0
    for signs in _SIGNS:
        turned = _turned(others, _product(axes, other_axes * signs))
        best = max(best, voxels.jaccard(_Voxels.hit(turned, prediction.stl[1])))
    return best


def _normalised(solid: Solid) -> tuple[np.ndarray, np.ndarray]:
    """The vertices as an STL file would hold them (float32), centred and scaled, and the principal axes of the mesh."""
    vertices, triangles = solid.stl
    with np.errstate(all="ignore"):  # what is no number comes out as no number and is refused below
        vertices = (vertices.astype(np.float32).astype(np.float64) - solid.centre) * (1.0 / solid.radius_of_gyration)
        inertia = mesh_inertia(vertices, triangles)
    if not np.isfinite(inertia).all():
        raise ValueError(f"the mesh of {len(triangles)} triangles has no moments of inertia; is the solid degenerate?")
    return vertices, principal_axes(inertia)


def _turned(vertices: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    return vertices if np.abs(rotation - np.eye(3)).max() < _NO_TURN else _product(vertices, rotation)


@numba.njit(cache=True, nogil=True)
def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a @ b.T of (N, 3) and (3, 3), each sum from left to right; how BLAS rounds differs by processor."""
    out = np.empty_like(a)
    for i in range(len(a)):
        for j in range(3):
            out[i, j] = a[i, 0] * b[j, 0] + a[i, 1] * b[j, 1] + a[i, 2] * b[j, 2]
    return out


@dataclass(frozen=True)
class _Voxels:
    """The voxels that a surface hits: grid[0, 0, 0] is the one at `low` in units of the pitch."""

    low: np.ndarray
    grid: np.ndarray

    @classmethod
    def hit(cls, vertices: np.ndarray, triangles: np.ndarray) -> "_Voxels":
        low, high = (np.round(corner / _PITCH) for corner in (vertices.min(0), vertices.max(0)))
        if not np.prod(high - low + 1) <= _MAX_VOXELS:  # also when one is not a number
            raise ValueError(
                f"the mesh spans {high - low + 1} voxels, over {_MAX_VOXELS} in all; is the solid degenerate?"
            )
        low, high = low.astype(np.int64), high.astype(np.int64)
        grid = np.zeros(high - low + 1, np.bool_)
        if not _hit(vertices, triangles, low, grid):
            raise ValueError(
                f"a triangle edge is still over {_MAX_EDGE} after {_MAX_SPLITS} splits; is the solid degenerate?"
            )
        return cls(low, grid)

    def jaccard(self, other: "_Voxels") -> float:
        low = np.maximum(self.low, other.low)
        high = np.maximum(low, np.minimum(self.low + self.grid.shape, other.low + other.grid.shape))
        mine, theirs = (each.grid[tuple(map(slice, low - each.low, high - each.low))] for each in (self, other))
        shared = np.count_nonzero(mine & theirs)
        return shared / (np.count_nonzero(self.grid) + np.count_nonzero(other.grid) - shared)


@numba.njit(cache=True, nogil=True)
def _hit(vertices, triangles, low, grid):
    """Marks the voxels of all corners once every edge is at most half a voxel long; False when splits do not suffice.

    A triangle with a long edge is split into four, as `subdivide_to_size` of trimesh 4 did; trimesh 5 splits only the
    long edges, which hits other voxels. All four have edges half as long, so the corners of all quarters of quarters
    are a lattice, and each of its points is computed once, by the same halvings.
    """
    lattice = np.empty((3, 2, 2))
    for t in range(len(triangles)):
        num, first = _splits(vertices, triangles[t])
        if num > 2**_MAX_SPLITS:
            return False
        if num >= lattice.shape[1]:
            lattice = np.empty((3, num + 1, num + 1))
        for axis in range(3):
            points = lattice[axis]
            points[0, 0] = vertices[triangles[t, first], axis]
            points[num, 0] = vertices[triangles[t, (first + 1) % 3], axis]
            points[0, num] = vertices[triangles[t, (first + 2) % 3], axis]
            _halve(points, num)
        _mark(lattice, num, low, grid)
    return True


@numba.njit(cache=True, nogil=True)
def _splits(vertices, triangle):
    """Pieces that each edge is split into, and the corner at the end of the shortest edge."""
    longest, shortest, first = 0.0, np.inf, 0
    for i in range(3):
        a, b = triangle[i], triangle[(i + 1) % 3]
        x, y, z = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        squared = x * x + y * y + z * z
        longest = max(longest, squared)
        if squared < shortest:
            shortest, first = squared, (i + 1) % 3
    num = 1
    while longest > _MAX_EDGE * _MAX_EDGE and num <= 2**_MAX_SPLITS:
        longest, num = longest / 4, num * 2
    return num, first


@numba.njit(cache=True, nogil=True)
def _halve(points, num):
    """Fills points[i, j], i + j <= num, from its three corners: each is the middle of the edge that it halves."""
    half = num // 2
    while half > 0:
        step = 2 * half
        for i in range(0, num + 1, step):
            for j in range(half, num - i + 1, step):
                points[i, j] = (points[i, j - half] + points[i, j + half]) / 2
        for i in range(half, num + 1, step):
            for j in range(0, num - i + 1, step):
                points[i, j] = (points[i - half, j] + points[i + half, j]) / 2
            for j in range(half, num - i + 1, step):
                points[i, j] = (points[i - half, j + half] + points[i + half, j - half]) / 2
        half //= 2


@numba.njit(cache=True, nogil=True)
def _mark(lattice, num, low, grid):
    xs, ys, zs = lattice[0], lattice[1], lattice[2]
    for i in range(num + 1):
        x, y, z = int(np.rint(xs[i, 0] / _PITCH)), int(np.rint(ys[i, 0] / _PITCH)), int(np.rint(zs[i, 0] / _PITCH))
        grid[x - low[0], y - low[1], z - low[2]] = True
        end = num - i
        # Rows run along the shortest edge: those of a sliver begin and end in one voxel, as all their points do then.
        if (
            x == np.rint(xs[i, end] / _PITCH)
            and y == np.rint(ys[i, end] / _PITCH)
            and z == np.rint(zs[i, end] / _PITCH)
        ):
            continue
        for j in range(1, end + 1):
            x, y, z = int(np.rint(xs[i, j] / _PITCH)), int(np.rint(ys[i, j] / _PITCH)), int(np.rint(zs[i, j] / _PITCH))
            grid[x - low[0], y - low[1], z - low[2]] = True
