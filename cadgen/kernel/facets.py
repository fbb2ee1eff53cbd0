"""Meshes whose triangles say which facet of which surface they are pieces of."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import manifold3d
import numpy as np

from cadgen.kernel.not_covered import NotCovered
from cadgen.kernel.surface import Surface


@dataclass
class Facets:
    """The flat facets of all steps of a program: facet f lies in surfaces[surface[f]].

    seam: (F, 3) int8, as in `Ring`.
    """

    surfaces: dict[Surface, int] = field(default_factory=dict)
    surface: list[np.ndarray] = field(default_factory=list)
    seam: list[np.ndarray] = field(default_factory=list)
    num: int = 0

    def add(self, surfaces: Sequence[Surface], which: np.ndarray, seam: np.ndarray) -> int:
        """The number of the first of len(which) new facets; facet i lies in surfaces[which[i]]."""
        numbers = np.array([self.surfaces.setdefault(surface, len(self.surfaces)) for surface in surfaces], np.int32)
        self.surface.append(numbers[which])
        self.seam.append(seam)
        first = self.num
        self.num += len(which)
        return first


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
