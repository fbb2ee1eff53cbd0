"""`rotations`: the proper rotations that may bring one solid onto another, from the `Frames` of both."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from scipy.spatial.transform import Rotation

from cadgen.shape.principal import principal_axes
from cadgen.shape.solid import Solid

_EQUAL_MOMENTS = 0.01  # relative gap under which two principal moments count as one
_TURNS = 120  # tried about an axis of symmetric inertia
_ANY = 600  # tried where all moments are equal
_FLIPS = ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))


@dataclass(frozen=True)
class Frames:
    """Axes that a solid has of itself, as columns of right-handed (3, 3).

    principal: of inertia, by ascending moment; gaps (2,): relative differences of neighbouring moments; faces: of the
    largest sets of parallel flat faces, each with a set across to it.
    """

    principal: np.ndarray
    gaps: np.ndarray
    faces: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, solid: Solid) -> "Frames":
        axes = principal_axes(solid.inertia)
        moments = np.diag(axes.T @ solid.inertia @ axes)
        right_handed = axes * (1, 1, np.sign(np.linalg.det(axes)))
        return cls(right_handed, np.diff(moments) / moments[-1], tuple(_face_frames(solid)))

    def snuggest(self, vertices: np.ndarray) -> np.ndarray:
        """Of the world's axes and these the frame in which the box around (V, 3) is smallest."""
        frames = [np.eye(3), self.principal, *self.faces]
        return min(frames, key=lambda frame: np.prod(np.ptp(vertices @ frame, axis=0)))


def rotations(a: Frames, b: Frames) -> np.ndarray:
    """(K, 3, 3): matrices that may bring b onto a when both stand with their centres at the origin.

    The 24 rotations of the cube; the frames that match the principal axes; the frames that match the largest flat
    faces; and where moments are equal, so that principal axes say nothing, turns about the axis that is left or, where
    none is, turns all over.
    """
    found = [_cube(), np.stack([a.principal @ (b.principal * flip).T for flip in _FLIPS])]
    for frame_a, frame_b in product(a.faces, b.faces):
        found.append(frame_a @ _cube() @ frame_b.T)
    free = _free_axes(a, b)
    if len(free) == 3:
        found.append(_all_over())
    for axis in free if len(free) == 1 else ():
        about = a.principal[:, axis]
        onto = [_frame(about) @ _frame(sign * b.principal[:, axis]).T for sign in (1, -1)]
        found += [turns(about, np.arange(_TURNS) * (2 * np.pi / _TURNS)) @ matrix for matrix in onto]
    every = np.concatenate(found)
    # Axis-aligned parts name the same rotations over and over.
    _, first = np.unique(np.round(every, 3).reshape(-1, 9) + 0.0, axis=0, return_index=True)
    return every[np.sort(first)]


def search_axes(a: Frames, b: Frames) -> np.ndarray:
    """(0, 1 or 3, 3): unit vectors about which inertia does not say how to turn b onto a."""
    return a.principal[:, _free_axes(a, b)].T


def search_step(num_axes: int) -> float:
    """Radians from one of `rotations` to half-way to its neighbour."""
    return np.pi / _TURNS if num_axes == 1 else 0.15


def _free_axes(a: Frames, b: Frames) -> list[int]:
    """Principal axes of a: all three when the moments of either solid are equal, the odd one out when two are."""
    equal = np.stack([a.gaps, b.gaps]) < _EQUAL_MOMENTS
    if equal.all(1).any():
        return [0, 1, 2]
    return [2 if equal[:, 0].any() else 0] if equal.any() else []


def turns(axis: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """(N, 3, 3): rotations about the unit vector `axis` by (N,) radians."""
    return Rotation.from_rotvec(angles[:, None] * axis).as_matrix()


@lru_cache
def _cube() -> np.ndarray:
    return Rotation.create_group("O").as_matrix().round()


@lru_cache
def _all_over() -> np.ndarray:
    return Rotation.random(_ANY, rng=np.random.default_rng(0)).as_matrix()


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
