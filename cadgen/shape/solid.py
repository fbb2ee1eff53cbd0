"""`Solid`: what is known of a body after it was measured in the cage. Arrays only; the B-rep stays opaque bytes."""

import json
import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from cadgen.shape.mesh import Body, close


@dataclass(frozen=True)
class Solid:
    """Lengths in the program's unit.

    vertices: (V, 3) float64; triangles: (T, 3) int32, outward; triangle_face, triangle_body: (T,) int32, which B-rep
    face and which solid of a compound each triangle belongs to.
    edge_points: (P,) int32, B-rep edges as polylines of vertex indices, edge i is
    edge_points[edge_start[i]:edge_start[i+1]]; edge_faces: (E, 2) int32, the faces that meet there, -1 for none.
    stl_vertices, stl_triangles: the mesh that the kernel exports by default, where that is another: it is coarse for
    parts far below 1 unit. Empty where it is the same.
    volume, centre (3,) and inertia (3, 3, about the centre, density 1) are the kernel's exact ones; valid is what its
    BRepCheck says. brep: the kernel's own bytes; b"" where no CAD kernel was asked (`cadgen.kernel`), then `valid` says
    that the mesh is closed.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    triangle_face: np.ndarray
    triangle_body: np.ndarray
    edge_points: np.ndarray
    edge_start: np.ndarray
    edge_faces: np.ndarray
    volume: float
    centre: np.ndarray
    inertia: np.ndarray
    valid: bool
    brep: bytes
    stl_vertices: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    stl_triangles: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.int32))

    @property
    def radius_of_gyration(self) -> float:
        """sqrt(trace(inertia) / (2 volume)), as the take-home metric has it. Raises `ValueError` if it is not real."""
        squared = float(np.trace(self.inertia)) / (2 * self.volume)
        if not 0 < squared < np.inf:
            raise ValueError(f"a squared radius of gyration of {squared:g}; is the solid degenerate?")
        return float(np.sqrt(squared))

    @property
    def bounds(self) -> np.ndarray:
        """(2, 3): the smallest and the largest corner."""
        return np.array([self.vertices.min(0), self.vertices.max(0)])

    @property
    def stl(self) -> tuple[np.ndarray, np.ndarray]:
        """The vertices and triangles of the mesh that the kernel exports by default."""
        return (self.stl_vertices, self.stl_triangles) if len(self.stl_triangles) else (self.vertices, self.triangles)

    @property
    def nbytes(self) -> int:
        """Of its arrays and its B-rep."""
        return sum(getattr(self, name).nbytes for name in _LAYOUT) + len(self.brep)

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """The closed meshes of the bodies, points merged and holes filled. Raises `NotManifold`."""
        return close(self.vertices, self.triangles, self.triangle_body, self.volume)


_LAYOUT = {  # array -> (dtype, trailing shape); anything else from the cage is refused
    "vertices": ("<f8", (3,)),
    "triangles": ("<i4", (3,)),
    "triangle_face": ("<i4", ()),
    "triangle_body": ("<i4", ()),
    "edge_points": ("<i4", ()),
    "edge_start": ("<i4", ()),
    "edge_faces": ("<i4", (2,)),
    "stl_vertices": ("<f8", (3,)),
    "stl_triangles": ("<i4", (3,)),
}


def decode(answer: bytes, brep: bytes) -> Solid:
    """The solid that `caged/geometry.py: measure` described. Raises `ValueError` when a size or number is off."""
    try:
        return _decode(answer, brep)
    except (LookupError, TypeError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"the measured solid is malformed: {error!r}") from error


def _decode(answer: bytes, brep: bytes) -> Solid:
    text, _, raw = answer.partition(b"\n")
    header = json.loads(text)
    arrays, at = {}, 0
    for name, (dtype, trailing) in _LAYOUT.items():
        told_dtype, (length, *rest) = header["arrays"][name]
        size = length * math.prod(trailing) * np.dtype(dtype).itemsize
        if told_dtype != dtype or tuple(rest) != trailing or not 0 <= size <= len(raw) - at:
            raise ValueError(f"array {name} came back as {told_dtype} {(length, *rest)} in {len(raw) - at} bytes")
        arrays[name] = np.frombuffer(raw[at : at + size], dtype).reshape(length, *trailing)
        at += size
    if at != len(raw):
        raise ValueError(f"{len(raw) - at} bytes follow the arrays")
    solid = Solid(
        **arrays,
        volume=float(header["volume"]),
        centre=np.array(header["centre"], float).reshape(3),
        inertia=np.array(header["inertia"], float).reshape(3, 3),
        valid=header["valid"] is True,
        brep=brep,
    )
    if not _consistent(solid):
        raise ValueError("the measured solid is not consistent: an index out of range or a number that is not finite")
    return solid


def _consistent(solid: Solid) -> bool:
    num_triangles, num_edges = len(solid.triangles), len(solid.edge_faces)
    return bool(
        np.isfinite(solid.vertices).all()
        and np.isfinite(solid.stl_vertices).all()
        and np.isfinite([solid.volume, *solid.centre, *solid.inertia.flat]).all()
        and solid.volume > 0
        and np.trace(solid.inertia) > 0
        and _within(solid.triangles, 0, len(solid.vertices))
        and _within(solid.stl_triangles, 0, len(solid.stl_vertices))
        and _within(solid.edge_points, 0, len(solid.vertices))
        and len(solid.triangle_face) == len(solid.triangle_body) == num_triangles > 0
        and _within(solid.triangle_face, 0, num_triangles)
        and _within(solid.triangle_body, 0, num_triangles)
        and _within(solid.edge_faces, -1, num_triangles)
        and len(solid.edge_start) == num_edges + 1
        and solid.edge_start[0] == 0
        and solid.edge_start[-1] == len(solid.edge_points)
        and (np.diff(solid.edge_start) > 0).all()
    )


def _within(indices: np.ndarray, low: int, limit: int) -> bool:
    return bool(((indices >= low) & (indices < limit)).all())
