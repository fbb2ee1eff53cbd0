"""Meshes whose triangles say which facet of which surface they are pieces of."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import manifold3d
import numpy as np

from cadgen.kernel.not_covered import NotCovered
from cadgen.kernel.surface import Plane, Surface
from cadgen.program import Tilt


@dataclass(frozen=True)
class Frame:
    """Where something lies that was made elsewhere: a point p of it is at matrix @ p + shift."""

    matrix: np.ndarray
    shift: np.ndarray

    def keeps(self, normal: Sequence[int]) -> bool:
        """Whether planes with this normal stay where they are."""
        return bool((self.matrix @ normal == normal).all() and self.shift @ normal == 0)

    @property
    def rows(self) -> np.ndarray:
        """(3, 4): the matrix and the shift."""
        return np.column_stack([self.matrix, self.shift])


def frame_of(tilts: Sequence[Tilt]) -> Frame:
    """Where the turns put what they turn one after another."""
    matrix, shift = np.eye(3), np.zeros(3)
    for tilt in tilts:
        rows, middle = np.array(tilt.rows), np.array(tilt.point())
        matrix, shift = rows @ matrix, rows @ (shift - middle) + middle
    return Frame(matrix, shift)


STILL = Frame(np.eye(3), np.zeros(3))


@dataclass
class Facets:
    """The flat facets of all steps of a program: facet f lies in surfaces[surface[f]].

    Surfaces are keys with the number of the frame that they are told in. seam: (F, 3) int8, as in `Ring`.
    """

    surfaces: dict[tuple[Surface, int], int] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=lambda: [STILL])
    surface: list[np.ndarray] = field(default_factory=list)
    seam: list[np.ndarray] = field(default_factory=list)
    num: int = 0
    _current: int = 0

    def add(self, surfaces: Sequence[Surface], which: np.ndarray, seam: np.ndarray) -> int:
        """The number of the first of len(which) new facets; facet i lies in surfaces[which[i]]."""
        keys = ((surface, self._frame_of(surface)) for surface in surfaces)
        numbers = np.array([self.surfaces.setdefault(key, len(self.surfaces)) for key in keys], np.int32)
        self.surface.append(numbers[which])
        self.seam.append(seam)
        first = self.num
        self.num += len(which)
        return first

    @contextmanager
    def leaning(self, frame: Frame) -> Iterator[None]:
        """What is added meanwhile is told in this frame."""
        self.frames.append(frame)
        self._current = len(self.frames) - 1
        yield
        self._current = 0

    def _frame_of(self, surface: Surface) -> int:
        """That in which surfaces are told now, or the first one for a plane that is the same in both."""
        if not self._current:
            return 0
        frame = self.frames[self._current]
        same = isinstance(surface, Plane) and frame.keeps(surface.normal)
        return 0 if same else self._current


@dataclass(frozen=True)
class Mesh:
    """Closed and outward. vertices: (V, 3) float64; triangles: (T, 3) int32; facet: (T,), a number of `Facets`."""

    vertices: np.ndarray
    triangles: np.ndarray
    facet: np.ndarray

    def manifold(self) -> manifold3d.Manifold:
        """Raises `NotCovered` where manifold3d finds fault with it."""
        ids = self.facet.astype(np.uint64)
        made = manifold3d.Manifold(manifold3d.Mesh64(self.vertices, self.triangles.astype(np.uint64), face_id=ids))
        if made.status() != manifold3d.Error.NoError:
            raise NotCovered(f"a step that is no manifold: {made.status().name}")
        return made


def mesh_of(body: manifold3d.Manifold) -> Mesh:
    """Raises `NotCovered` where a boolean failed or left nothing."""
    if body.status() != manifold3d.Error.NoError:
        raise NotCovered(f"a boolean that gives no manifold: {body.status().name}")
    if body.is_empty():
        raise NotCovered("a program that leaves no solid")
    mesh = body.to_mesh64()
    vertices = np.array(mesh.vert_properties[:, :3], order="C")
    return Mesh(vertices, mesh.tri_verts.astype(np.int32, order="C"), np.array(mesh.face_id, np.int64))
