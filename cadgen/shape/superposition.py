"""`superpose`: two solids laid on each other as `iou_aligned` lays them, and what each has that the other lacks."""

from dataclasses import dataclass

import manifold3d
import numpy as np

from cadgen.shape.aligned import aligned, unit
from cadgen.shape.iou import Overlap, as_manifold, overlap_of
from cadgen.shape.solid import Solid

_FINE = 1e-3  # radii of gyration; what booleans leave of curved faces has many times the triangles of either
_FILM = 0.015  # radii of gyration, about 0.5% of a part's length: thinner than rounding a program's numbers makes it
_AS_GOOD = 1e-6  # of an IoU: turns of a part onto itself differ by less

Mesh = tuple[np.ndarray, np.ndarray]
"""(V, 3) float64 vertices, (T, 3) int32 triangles, outward."""


@dataclass(frozen=True)
class Superposition:
    """Of a second solid on a first; both have their centre at 0 and a radius of gyration of 1.

    turn: (3, 3), brings the second onto the first, none where that is as good; missing, extra: what only the first and
    only the second has, each with its exact share of the first's volume, None where booleans of the meshes are refused.
    Their meshes are within `_FINE`, and without pieces that are mere films, which would hide all the rest.
    """

    overlap: Overlap
    turn: np.ndarray
    missing: tuple[Mesh, float] | None = None
    extra: tuple[Mesh, float] | None = None


def superpose(first: Solid, second: Solid) -> Superposition:
    """The second laid on the first. Raises `ValueError` for a solid whose triangles bound nothing."""
    overlap, turn = aligned(first, second)
    valid = first.valid and second.valid
    if overlap_of(unit(first), unit(second), valid).iou >= overlap.iou - _AS_GOOD:
        turn = np.eye(3)
    a, b = as_manifold(unit(first), valid), as_manifold([body.turned(turn) for body in unit(second)], valid)
    if a is None or b is None:
        return Superposition(overlap, turn)
    return Superposition(overlap, turn, _rest(a - b, a.volume()), _rest(b - a, a.volume()))


def placed(solid: Solid, turn: np.ndarray | None = None) -> np.ndarray:
    """(V, 3): its vertices as they lie in a superposition. Raises `ValueError` where it has no size."""
    vertices = (solid.vertices - solid.centre) / solid.radius_of_gyration
    return vertices if turn is None else vertices @ turn.T


def _rest(body: manifold3d.Manifold, whole: float) -> tuple[Mesh, float] | None:
    if body.status() != manifold3d.Error.NoError:
        return None
    pieces = [piece for piece in body.decompose() if 2 * piece.volume() > _FILM * piece.surface_area()]
    mesh = manifold3d.Manifold.compose(pieces).simplify(_FINE).to_mesh64()
    vertices = np.array(mesh.vert_properties[:, :3], order="C")
    return (vertices, mesh.tri_verts.astype(np.int32, order="C")), body.volume() / whole
