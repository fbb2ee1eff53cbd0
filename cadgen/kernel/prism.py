"""Extrusions as manifolds whose triangles say by their face id which facet of which surface they are from."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import manifold3d
import numpy as np

from cadgen.kernel.circles import Circles
from cadgen.kernel.error import NotCovered
from cadgen.kernel.ring import Bent, Ring, ring
from cadgen.kernel.sketch import oriented
from cadgen.kernel.surface import AXES, Cylinder, Surface, end_plane, wall_plane
from cadgen.lang.program import Extrusion, Step


@dataclass
class Facets:
    """The flat facets of all extrusions of a program: facet f lies in surfaces[surface[f]].

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


def prism(step: Step, circles: Circles, facets: Facets) -> manifold3d.Manifold:
    """The extrusion of `step`, its facets added to `facets`. Raises `NotCovered`."""
    extrusion, sign = step.extrusion, 1 if step.operation == "union" else -1
    if extrusion.low >= extrusion.high:
        raise NotCovered(f"an extrusion from {extrusion.low} to {extrusion.high}")
    axis = AXES[extrusion.plane][2]
    rings = oriented([ring(loop, axis, circles) for loop in extrusion.loops])
    first = facets.add(*_facets(extrusion, rings, sign))
    vertices, triangles, facet = _mesh(extrusion, rings)
    made = manifold3d.Manifold(
        manifold3d.Mesh64(vertices, triangles.astype(np.uint64), face_id=(facet + first).astype(np.uint64))
    )
    if made.status() != manifold3d.Error.NoError or made.is_empty():
        raise NotCovered(f"an extrusion that is no manifold: {made.status().name}")
    return made


def _facets(extrusion: Extrusion, rings: Sequence[Ring], sign: int) -> tuple[list[Surface], np.ndarray, np.ndarray]:
    """The surfaces, which of them each facet lies in, and its seams: the lower end, the upper end, then the walls."""
    plane = extrusion.plane
    surfaces: list[Surface] = [end_plane(extrusion.low, plane, -sign), end_plane(extrusion.high, plane, sign)]
    which, seam = [np.array([0, 1], np.int32)], [np.zeros((2, 3), np.int8)]
    for each in rings:
        which.append(each.piece + len(surfaces))
        seam.append(each.seam)
        for piece in each.pieces:
            if isinstance(piece, Bent):
                surfaces.append(Cylinder(AXES[plane][2], piece.base, piece.turns * sign > 0))
            else:
                surfaces.append(wall_plane(piece.start, piece.end, plane, sign))
    return surfaces, np.concatenate(which), np.concatenate(seam)


def _mesh(extrusion: Extrusion, rings: Sequence[Ring]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices, outward triangles, and the facet of each, the first being 0."""
    flat = np.concatenate([each.points for each in rings])
    num = len(flat)
    first, second, swept = AXES[extrusion.plane]
    vertices = np.empty((2 * num, 3))
    vertices[:num, first] = vertices[num:, first] = flat[:, 0]
    vertices[:num, second] = vertices[num:, second] = flat[:, 1]
    vertices[:num, swept], vertices[num:, swept] = extrusion.low, extrusion.high
    end = manifold3d.triangulate([each.points for each in rings])
    here = np.arange(num)
    there = here + 1
    starts = np.cumsum([0, *(len(each.points) for each in rings)])
    there[starts[1:] - 1] = starts[:-1]
    walls = np.column_stack([here, there, there + num, here, there + num, here + num]).reshape(-1, 3)
    triangles = np.concatenate([end[:, ::-1], end + num, walls])
    if extrusion.plane == "XZ":  # x, z and y are left-handed
        triangles = triangles[:, ::-1]
    facet = np.concatenate([np.zeros(len(end), int), np.ones(len(end), int), np.repeat(here + 2, 2)])
    return vertices, np.ascontiguousarray(triangles), facet
