"""`iou_takehome`: the `best_iou` number of the take-home evaluation, faults included.

Both meshes are centred and divided by the radius of gyration, the principal axes of inertia are matched under four sign
choices, the *surfaces* are voxelised at pitch 0.05, and the best Jaccard index counts.

Known faults, which is why `iou_aligned` stands beside it: it compares shells and not volumes (a part stretched by 5%
along one axis scores about 0.7 against itself); among the four sign rows are reflections, so mirror images pass and
true rotations are missed; equal principal moments make the axes arbitrary (a rotated copy may score 0.06).
"""

import numba
import numpy as np
import trimesh

from cadgen.shape.solid import Solid

_PITCH = 0.05
_MAX_EDGE = _PITCH / 2
_MAX_SPLITS = 10
_SIGNS = ((1, 1, 1), (1, 1, -1), (1, -1, 1), (-1, 1, 1))


def iou_takehome(truth: Solid, prediction: Solid) -> float:
    """Best surface-voxel IoU over four axis matchings, in [0, 1]. Not symmetric."""
    mesh_truth, mesh_prediction = _normalised(truth), _normalised(prediction)
    axes_truth = np.linalg.eigh(mesh_truth.moment_inertia)[1]
    axes_prediction = np.linalg.eigh(mesh_prediction.moment_inertia)[1]
    voxels_truth = _surface_voxels(mesh_truth)
    best = 0.0
    for signs in _SIGNS:
        turned = mesh_prediction.copy()
        transform = np.eye(4)
        transform[:3, :3] = axes_truth @ (axes_prediction @ np.diag(signs)).T
        turned.apply_transform(transform)  # as upstream turns it: a voxel boundary is a tie that the last bit decides
        voxels = _surface_voxels(turned)
        shared = len(np.intersect1d(voxels_truth, voxels, assume_unique=True))
        best = max(best, shared / (len(voxels_truth) + len(voxels) - shared))
    return best


def _normalised(solid: Solid) -> trimesh.Trimesh:
    """The mesh as an STL file would hold it (float32 corners), centred and scaled."""
    vertices = solid.vertices.astype(np.float32).astype(np.float64)
    mesh = trimesh.Trimesh(vertices, solid.triangles, process=False)
    mesh.apply_translation(-solid.centre)
    mesh.apply_scale(1.0 / solid.radius_of_gyration)
    return mesh


def _surface_voxels(mesh: trimesh.Trimesh) -> np.ndarray:
    """The voxels that the surface hits, each packed into one sorted int64."""
    low = np.round(mesh.vertices.min(0) / _PITCH).astype(np.int64)
    grid = np.zeros(np.round(mesh.vertices.max(0) / _PITCH).astype(np.int64) - low + 1, np.bool_)
    if not _hit(np.ascontiguousarray(mesh.vertices[mesh.faces]), low, grid):
        raise ValueError(
            f"a triangle edge is still over {_MAX_EDGE} after {_MAX_SPLITS} splits; is the solid degenerate?"
        )
    return (np.argwhere(grid) + low + 2**20) @ np.array([2**42, 2**21, 1])


@numba.njit(cache=True)
def _hit(corners, low, grid):
    """Marks the voxels of all corners once every edge is at most half a voxel long; False when splits do not suffice.

    A triangle with a long edge is split into four, as `subdivide_to_size` of trimesh 4 did; trimesh 5 splits only the
    long edges, which hits other voxels.
    """
    stack = np.empty((3 * _MAX_SPLITS + 4, 3, 3))
    depth = np.empty(len(stack), np.int64)
    for triangle in corners:
        stack[0], depth[0], top = triangle, 0, 0
        while top >= 0:
            t, d = stack[top], depth[top]
            top -= 1
            longest = 0.0
            for i in range(3):
                j = (i + 1) % 3
                x, y, z = t[j, 0] - t[i, 0], t[j, 1] - t[i, 1], t[j, 2] - t[i, 2]
                longest = max(longest, x * x + y * y + z * z)
            if longest <= _MAX_EDGE * _MAX_EDGE:
                for i in range(3):
                    x, y, z = np.rint(t[i, 0] / _PITCH), np.rint(t[i, 1] / _PITCH), np.rint(t[i, 2] / _PITCH)
                    grid[int(x) - low[0], int(y) - low[1], int(z) - low[2]] = True
                continue
            if d == _MAX_SPLITS:
                return False
            _split(t, stack, top + 1)
            depth[top + 1 : top + 5] = d + 1
            top += 4
    return True


@numba.njit(cache=True)
def _split(t, stack, at):
    """Writes the four quarters of `t`, which is stack[at], to stack[at:at + 4]."""
    for k in range(3):
        a, b, c = t[0, k], t[1, k], t[2, k]
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        stack[at, 0, k], stack[at, 1, k], stack[at, 2, k] = a, ab, ca
        stack[at + 1, 0, k], stack[at + 1, 1, k], stack[at + 1, 2, k] = ab, b, bc
        stack[at + 2, 0, k], stack[at + 2, 1, k], stack[at + 2, 2, k] = ca, bc, c
        stack[at + 3, 0, k], stack[at + 3, 1, k], stack[at + 3, 2, k] = ab, bc, ca
