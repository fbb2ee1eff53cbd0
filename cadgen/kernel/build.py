"""`build(program)`: the solid that CadQuery would make of a canonical program, on meshes, or a `NotCovered`.

Faces, edges and seams are CadQuery's but where bodies are tangent or meet in an edge: there it splits faces and shares
edges, and chords may join by a sliver what it keeps apart. Refused are sketches whose loops touch, cross or lie three
deep, of which CadQuery makes invalid solids, and what `Circles` refuses, of which it makes wrong ones now and then.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, takewhile
from typing import Any

import manifold3d
import numpy as np

from cadgen.kernel.circles import CHORDS, Circles, Reach, reach_of
from cadgen.kernel.facets import Facets, Mesh, frame_of, mesh_of
from cadgen.kernel.laid_out import LaidOut, laid_out
from cadgen.kernel.measure import measure
from cadgen.kernel.not_covered import NotCovered
from cadgen.kernel.revolve import reach_of_turned, turned
from cadgen.kernel.stack import extruded
from cadgen.kernel.topology import faces, opposites, polylines, shells
from cadgen.lang.canonical import NoFold, canonical
from cadgen.program import Array, Extrude, Program, Revolve, Step, Tilted, write
from cadgen.shape import Solid
from cadgen.shape.mesh import signed_volume

_EMPTY = 1e-9  # of the box's volume
_Laid = Step | LaidOut


@dataclass(frozen=True)
class _Builder:
    """How steps of a type are built.

    reach: what others may meet of one; parts: operation and mesh of what is to be united or cut for some that follow
    each other, from these, the circles of the program, its facets, and whether they are its first steps.
    """

    reach: Callable[[Any], Reach]
    parts: Callable[[Any, Circles, Facets, bool], Iterable[tuple[str, Mesh]]]


_SWEPT = _Builder(reach_of, extruded)
_BUILDERS: dict[type, _Builder] = {
    Extrude: _SWEPT,
    LaidOut: _SWEPT,
    Revolve: _Builder(reach_of_turned, turned),
}


def build(program: Program | str, chords: int = CHORDS) -> Solid:
    """The solid of a canonical program or of its text; its `brep` is empty.

    chords: that a circle has, an even number; fewer make a coarser solid in less time, and what is nearer to a circle
    than these are round counts as touching it.
    Raises `NotCovered`, and for a text that is no program `cadgen.lang.DialectError`.
    """
    if isinstance(program, str):
        program = _read(program)
    facets = Facets()
    return _solid(_fold(program, facets, chords), facets)


def volume(program: Program) -> float:
    """That of the mesh of a canonical program, for less than `build` takes. Raises `NotCovered`."""
    mesh = _fold(program, Facets(), CHORDS)
    return signed_volume(mesh.vertices, mesh.triangles)


def _read(code: str) -> Program:
    try:
        program = canonical(code, grid=1)
    except NoFold as reason:
        raise NotCovered(str(reason)) from reason
    if write(program) != code:
        raise NotCovered("a text that is not the canonical one of its program; normalise() it")
    return program


def _fold(program: Program, facets: Facets, chords: int) -> Mesh:
    if not program or program[0].operation != "union":
        raise NotCovered("a program that does not start with a union")
    parts = list(_parts(program, facets, chords, are_first=True))
    if len(parts) == 1:
        return parts[0][1]
    body = manifold3d.Manifold()
    for operation, mesh in parts:
        body = body - mesh.manifold() if operation == "cut" else body + mesh.manifold()
    return mesh_of(body)


def _parts(program: Program, facets: Facets, chords: int, are_first: bool) -> Iterator[tuple[str, Mesh]]:
    """Operation and mesh of what is to be united or cut, in this order. are_first: nothing is before them."""
    laid = [laid_out(step) if isinstance(step, Array) else step for step in program]
    upright = [step for step in laid if not isinstance(step, Tilted)]
    circles = Circles([_builder(step).reach(step) for step in upright], chords)
    for steps in _runs(laid, are_first):
        if isinstance(steps[0], Tilted):
            yield from _leaning(steps, facets, chords)
        else:
            yield from _builder(steps[0]).parts(steps, circles, facets, are_first)
        are_first = False


def _runs(steps: Sequence[_Laid], are_first: bool) -> Iterator[tuple[_Laid, ...]]:
    """Steps that follow each other and are built together: upright ones of a type, or tilted ones that lean alike.

    These are all united or all cut, but where nothing is before them.
    """
    first, start = steps[0], 0
    if are_first and isinstance(first, Tilted):
        head = tuple(takewhile(lambda step: isinstance(step, Tilted) and step.tilts == first.tilts, steps))
        yield head
        start = len(head)
    for _, run in groupby(steps[start:], lambda step: _lean(step) or _builder(step)):
        yield tuple(run)


def _lean(step: _Laid) -> tuple | None:
    return (step.tilts, step.operation) if isinstance(step, Tilted) else None


def _leaning(steps: Sequence[_Laid], facets: Facets, chords: int) -> Iterator[tuple[str, Mesh]]:
    """The parts of steps that are tilted alike, built upright."""
    tilted = [step for step in steps if isinstance(step, Tilted)]
    frame, bodies = frame_of(tilted[0].tilts), tuple(step.body for step in tilted)
    with facets.leaning(frame):
        if bodies[0].operation == "union":
            parts = [("union", _fold(bodies, facets, chords))]
        else:
            parts = list(_parts(bodies, facets, chords, are_first=False))
    for operation, mesh in parts:
        yield operation, replace(mesh, vertices=mesh.vertices @ frame.matrix.T + frame.shift)


def _builder(step: _Laid) -> _Builder:
    builder = _BUILDERS.get(type(step))
    if builder is None:
        raise NotCovered(f"a step of type {type(step).__name__}")
    return builder


def _solid(mesh: Mesh, facets: Facets) -> Solid:
    vertices, triangles, facet = mesh.vertices, mesh.triangles, mesh.facet
    surface, seam = np.concatenate(facets.surface)[facet], np.concatenate(facets.seam)[facet]
    opposite = opposites(triangles, len(vertices))
    if opposite.min() < 0:
        raise NotCovered("a mesh that came out open")
    face, kind = faces(opposite, surface, seam)
    edge_points, edge_start, edge_faces = polylines(triangles, opposite, face, kind, len(vertices))
    bent = np.array([(*each.row(), frame) for each, frame in facets.surfaces])
    measured = measure(vertices, triangles, surface, bent, np.array([frame.rows for frame in facets.frames]))
    size = vertices.max(0) - vertices.min(0)
    if measured.volume < _EMPTY * size[0] * size[1] * size[2]:
        raise NotCovered("a program that leaves no solid")
    return Solid(
        vertices=vertices,
        triangles=triangles,
        triangle_face=face,
        triangle_body=_bodies(vertices, triangles, shells(opposite)),
        edge_points=edge_points,
        edge_start=edge_start,
        edge_faces=edge_faces,
        volume=measured.volume,
        centre=measured.centre,
        inertia=measured.inertia,
        valid=True,
        brep=b"",
    )


def _bodies(vertices: np.ndarray, triangles: np.ndarray, shell: np.ndarray) -> np.ndarray:
    """The body of each triangle; a shell that is inside out is a cavity of the body around it."""
    if not shell.any():
        return shell
    volumes = np.array([signed_volume(vertices, triangles[shell == i]) for i in range(shell.max() + 1)])
    outer = np.flatnonzero(volumes > 0)
    body = np.searchsorted(outer, np.arange(len(volumes))).astype(np.int32)
    for cavity in np.flatnonzero(volumes <= 0):
        point = vertices[triangles[np.argmax(shell == cavity), 0]]
        around = [o for o in outer if _winds(vertices[triangles[shell == o]] - point)]
        body[cavity] = np.searchsorted(outer, min(around or outer, key=lambda o: volumes[o]))
    return body[shell]


def _winds(corners: np.ndarray) -> bool:
    """Whether (T, 3, 3) closed triangles go around the origin, by the solid angles of van Oosterom and Strackee."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    x, y, z = (np.linalg.norm(each, axis=1) for each in (a, b, c))
    above = np.einsum("ij,ij->i", a, np.cross(b, c))
    ab, bc, ca = (np.einsum("ij,ij->i", *pair) for pair in ((a, b), (b, c), (c, a)))
    return bool(abs(np.arctan2(above, x * y * z + ab * z + bc * x + ca * y).sum()) > np.pi)
