"""Metrics done the straightforward way, as yardsticks of speed and of value."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import trimesh
from trimesh.voxel import VoxelGrid

from cadgen.shape import Solid
from cadgen.shape.iou import best_turned
from cadgen.shape.rotation import Frames, rotations

_PITCH, _SIGNS = 0.05, ((1, 1, 1), (1, 1, -1), (1, -1, 1), (-1, 1, 1))

Voxelise = Callable[[trimesh.Trimesh], VoxelGrid]


def voxelised(mesh: trimesh.Trimesh) -> VoxelGrid:
    """By the trimesh that is installed."""
    return mesh.voxelized(_PITCH)


def voxelised_4(mesh: trimesh.Trimesh) -> VoxelGrid:
    """As trimesh 4 did: whole triangles are split, where trimesh 5 splits long edges and hits other voxels."""
    vertices, faces, done = np.array(mesh.vertices), np.array(mesh.faces), []
    for _ in range(11):
        corners = vertices[faces]
        long = (np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2) > _PITCH / 2).any(1)
        done.append(corners[~long].reshape(-1, 3))
        if not long.any():
            break
        vertices, faces = trimesh.remesh.subdivide(vertices, faces[long])
    hit = np.round(np.concatenate(done) / _PITCH).astype(int)
    occupied = hit[trimesh.grouping.unique_rows(hit)[0]]
    low = occupied.min(0)
    transform = trimesh.transformations.scale_and_translate(scale=_PITCH, translate=low * _PITCH)
    return VoxelGrid(trimesh.voxel.encoding.SparseBinaryEncoding(occupied - low), transform=transform)


def iou_takehome(truth: Solid, prediction: Solid, voxelise: Voxelise = voxelised) -> float:
    """The steps of the take-home evaluation on trimesh: an STL file each, copies, eight voxel grids."""
    meshes = [_through_stl(solid) for solid in (truth, prediction)]
    axes = [np.linalg.eigh(mesh.moment_inertia)[1] for mesh in meshes]
    best = 0.0
    for signs in _SIGNS:
        transform = np.eye(4)
        transform[:3, :3] = axes[0] @ (axes[1] @ np.diag(signs)).T
        turned = meshes[1].copy()
        turned.apply_transform(transform)
        best = max(best, _jaccard(voxelise(meshes[0].copy()), voxelise(turned)))
    return best


def _through_stl(solid: Solid) -> trimesh.Trimesh:
    written = trimesh.Trimesh(*solid.stl, process=False).export(file_type="stl")
    mesh = trimesh.load(BytesIO(written), file_type="stl")
    mesh.apply_translation(-solid.centre)
    mesh.apply_scale(1.0 / solid.radius_of_gyration)
    return mesh


def _jaccard(a: VoxelGrid, b: VoxelGrid) -> float:
    low, high = np.minimum(a.bounds[0], b.bounds[0]), np.maximum(a.bounds[1], b.bounds[1])
    size = np.ceil((high - low) / _PITCH).astype(int)
    grids = []
    for voxels in (a, b):
        grid, at = np.zeros(size, bool), np.round((voxels.bounds[0] - low) / _PITCH).astype(int)
        x, y, z = at + voxels.shape
        if (at + voxels.shape <= size).all():
            grid[at[0] : x, at[1] : y, at[2] : z] = voxels.matrix
        grids.append(grid)
    return float((grids[0] & grids[1]).sum() / (grids[0] | grids[1]).sum())


def iou_aligned(a: Solid, b: Solid) -> float:
    """The best over all `rotations` by mesh booleans, none left out."""
    first, second = (
        [body.normalised(solid.centre, solid.radius_of_gyration) for body in solid.bodies] for solid in (a, b)
    )
    return best_turned(first, second, a.valid and b.valid, rotations(Frames.of(a), Frames.of(b)))[0].iou
