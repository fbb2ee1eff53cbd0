"""Volume IoU of two solids: `iou` in place, `iou_aligned` after position, size and orientation are taken out.

Volumes are those of the triangulated solids, cut and joined by manifold3d; a curved face costs up to about 0.3% of
volume, more where its radius is far below 1 unit (see `caged/geometry.py`).
"""

from functools import lru_cache
from itertools import permutations, product

import manifold3d
import numpy as np

from cadgen.shape.solid import Solid

_EQUAL_MOMENTS = 0.01  # relative gap under which two principal moments count as one
_SWEEP = 48  # rotations tried about an axis of symmetric inertia
_GOOD_ENOUGH = 0.9995


class NotManifold(ValueError):
    """The triangulation does not bound a volume, even after welding."""


def iou(a: Solid, b: Solid) -> float:
    """|a and b| / |a or b| by volume, where the two stand, in [0, 1]. Raises `NotManifold`."""
    return _overlap(_manifold(a), _manifold(b))


def iou_aligned(a: Solid, b: Solid) -> float:
    """The best `iou` over proper rotations, both centred and scaled to unit radius of gyration; mirror images differ.

    Tried are: the 24 rotations of the cube, the frames that match the principal axes of inertia, the frames that match
    the largest flat faces, and, where two principal moments are equal, turns about the third axis. It is a lower bound
    of the true maximum for solids with neither flat faces nor distinct moments.
    """
    first, second = _unit(a), _unit(b)
    best, best_rotation = 0.0, np.eye(3)
    tried = set()
    for rotation in _rotations(a, b):
        key = tuple(np.round(rotation, 3).ravel() + 0.0)  # axis-aligned parts name the same rotations over and over
        if key in tried:
            continue
        tried.add(key)
        value = _overlap(first, _turned(second, rotation))
        if value > best:
            best, best_rotation = value, rotation
        if best > _GOOD_ENOUGH:
            return best
    if min(_gaps(a)) < _EQUAL_MOMENTS:
        best = _refine(first, second, best_rotation, best, _axis_of_symmetry(a))
    return best


def _overlap(a: manifold3d.Manifold, b: manifold3d.Manifold) -> float:
    shared = (a ^ b).volume()
    union = a.volume() + b.volume() - shared
    return float(np.clip(shared / union, 0.0, 1.0)) if union > 0 else 0.0


def _manifold(solid: Solid) -> manifold3d.Manifold:
    """The union of the bodies, each welded on its own: bodies of a compound may overlap."""
    bodies = [_weld(solid, solid.triangle_body == body) for body in np.unique(solid.triangle_body)]
    return bodies[0] if len(bodies) == 1 else manifold3d.Manifold.batch_boolean(bodies, manifold3d.OpType.Add)


def _weld(solid: Solid, chosen: np.ndarray) -> manifold3d.Manifold:
    used, corners = np.unique(solid.triangles[chosen], return_inverse=True)
    points = solid.vertices[used]
    # Faces were triangulated one by one: their shared edges carry the same points up to the kernel's tolerance.
    size = np.ptp(solid.vertices, axis=0).max()
    for tolerance in (1e-9, 1e-7, 1e-5):
        cell = np.round((points - points.min(0)) / (tolerance * size)).astype(np.int64)
        _, first, same = np.unique(cell, axis=0, return_index=True, return_inverse=True)
        triangles = same.reshape(-1)[corners.reshape(-1, 3)]
        flat = (triangles == np.roll(triangles, 1, axis=1)).any(1)
        mesh = manifold3d.Mesh64(points[first], triangles[~flat].astype(np.uint64))
        manifold = manifold3d.Manifold(mesh)
        if manifold.status() == manifold3d.Error.NoError and manifold.volume() > 0:
            return manifold
    raise NotManifold(f"{len(points)} points, {chosen.sum()} triangles: {manifold.status()}")


def _unit(solid: Solid) -> manifold3d.Manifold:
    return _manifold(solid).translate(-solid.centre).scale([1.0 / solid.radius_of_gyration] * 3)


def _turned(manifold: manifold3d.Manifold, rotation: np.ndarray) -> manifold3d.Manifold:
    return manifold.transform(np.hstack([rotation, np.zeros((3, 1))]))


def _rotations(a: Solid, b: Solid):
    """Proper rotations that may bring b onto a, the likeliest first."""
    yield from _cube_rotations()
    axes_a, axes_b = _principal_axes(a), _principal_axes(b)
    for flip in ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)):
        yield axes_a @ (axes_b * flip).T
    for frame_a, frame_b in product(_face_frames(a)[:1], _face_frames(b)):
        for turn in _cube_rotations():
            yield frame_a @ turn @ frame_b.T
    if min(_gaps(a)) < _EQUAL_MOMENTS and max(_gaps(a)) >= _EQUAL_MOMENTS:
        axis_a, axis_b = _axis_of_symmetry(a), _axis_of_symmetry(b)
        for sign in (1, -1):
            onto = _frame(axis_a) @ _frame(sign * axis_b).T
            for angle in np.linspace(0, 2 * np.pi, _SWEEP, endpoint=False):
                yield _about(axis_a, angle) @ onto


def _refine(first, second, rotation: np.ndarray, best: float, axis: np.ndarray) -> float:
    """Halves the step of the sweep about `axis` as long as that finds a better turn."""
    step = np.pi / _SWEEP
    while step > 1e-3 and best < _GOOD_ENOUGH:
        for angle in (-step, step):
            turned = _about(axis, angle) @ rotation
            value = _overlap(first, _turned(second, turned))
            if value > best:
                best, rotation = value, turned
        step /= 2
    return best


@lru_cache
def _cube_rotations() -> tuple[np.ndarray, ...]:
    signed = (
        np.eye(3)[list(order)] * np.array(signs)[:, None]
        for order in permutations(range(3))
        for signs in product((1, -1), repeat=3)
    )
    proper = [matrix for matrix in signed if np.linalg.det(matrix) > 0]
    return tuple(sorted(proper, key=lambda matrix: -np.trace(matrix)))  # the identity first


def _principal_axes(solid: Solid) -> np.ndarray:
    """Columns, by ascending moment, right-handed."""
    axes = np.linalg.eigh(solid.inertia)[1]
    return axes * (1, 1, np.sign(np.linalg.det(axes)))


def _gaps(solid: Solid) -> np.ndarray:
    """(2,) relative differences of neighbouring principal moments."""
    moments = np.linalg.eigvalsh(solid.inertia)
    return np.diff(moments) / moments[-1]


def _axis_of_symmetry(solid: Solid) -> np.ndarray:
    """The principal axis whose moment stands apart from the other two."""
    return _principal_axes(solid)[:, 2 if np.argmin(_gaps(solid)) == 0 else 0]


def _face_frames(solid: Solid, count: int = 2) -> list[np.ndarray]:
    """Right-handed frames (columns) spanned by the largest sets of parallel flat faces and a set across to each."""
    normals, areas = flat_faces(solid)
    frames = []
    for normal in normals[np.argsort(-areas)][:count]:
        across = np.abs(normals @ normal) < 1e-3
        if across.any():
            side = normals[across][np.argmax(areas[across])]
            side = side - normal * (side @ normal)
            side /= np.linalg.norm(side)
            frames.append(np.column_stack([normal, side, np.cross(normal, side)]))
    return frames


def flat_faces(solid: Solid) -> tuple[np.ndarray, np.ndarray]:
    """Directions (N, 3) and areas (N,) of the flat faces, opposite and parallel ones summed."""
    corners = solid.vertices[solid.triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2
    num_faces = solid.triangle_face.max() + 1
    total = np.stack([np.bincount(solid.triangle_face, cross[:, axis], num_faces) for axis in range(3)], 1)
    area = np.bincount(solid.triangle_face, np.linalg.norm(cross, axis=1), num_faces)
    length = np.linalg.norm(total, axis=1)
    flat = (area > 0) & (length > 0.9999 * area)
    normals = total[flat] / length[flat, None]
    leading = np.argmax(np.abs(normals) > 1e-6, axis=1)
    normals *= np.sign(normals[np.arange(len(normals)), leading])[:, None]
    unique, which = np.unique(np.round(normals, 4), axis=0, return_inverse=True)
    return unique.reshape(-1, 3), np.bincount(which.reshape(-1), area[flat], len(unique))


def _frame(axis: np.ndarray) -> np.ndarray:
    """A right-handed frame whose first column is `axis`."""
    side = np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))])
    side /= np.linalg.norm(side)
    return np.column_stack([axis, side, np.cross(axis, side)])


def _about(axis: np.ndarray, angle: float) -> np.ndarray:
    """Rotation by `angle` radians about the unit vector `axis` (Rodrigues)."""
    k = np.cross(np.eye(3), -axis)
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k
