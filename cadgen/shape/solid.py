"""`Solid`: what is known of a body after it was measured in the cage. Arrays only; the B-rep stays opaque bytes."""

import json
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Solid:
    """Lengths in the program's unit.

    vertices: (V, 3) float64; triangles: (T, 3) int32, outward; triangle_face, triangle_body: (T,) int32, which B-rep
    face and which solid of a compound each triangle belongs to.
    edge_points: (P,) int32, B-rep edges as polylines of vertex indices, edge i is edge_points[edge_start[i]:edge_start[i+1]];
    edge_faces: (E, 2) int32, the faces that meet there, -1 for none.
    volume, centre (3,) and inertia (3, 3, about the centre, density 1) are the kernel's exact ones; valid is BRepCheck's verdict.
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

    @property
    def radius_of_gyration(self) -> float:
        """sqrt(trace(inertia) / (2 volume)), as the take-home metric defines it."""
        return float(np.sqrt(np.trace(self.inertia) / (2 * self.volume)))

    @property
    def bounds(self) -> np.ndarray:
        """(2, 3): the smallest and the largest corner."""
        return np.array([self.vertices.min(0), self.vertices.max(0)])


_LAYOUT = {  # array -> (dtype, trailing shape); anything else from the cage is refused
    "vertices": ("<f8", (3,)),
    "triangles": ("<i4", (3,)),
    "triangle_face": ("<i4", ()),
    "triangle_body": ("<i4", ()),
    "edge_points": ("<i4", ()),
    "edge_start": ("<i4", ()),
    "edge_faces": ("<i4", (2,)),
}


def decode(answer: bytes, brep: bytes) -> Solid:
    """The solid that `caged/geometry.py: measure` described. Raises `ValueError` when sizes, ranges or numbers are off."""
    text, _, raw = answer.partition(b"\n")
    header = json.loads(text)
    arrays, at = {}, 0
    for name, (dtype, trailing) in _LAYOUT.items():
        told_dtype, shape = header["arrays"][name]
        if told_dtype != dtype or tuple(shape[1:]) != trailing or shape[0] < 0:
            raise ValueError(f"array {name} came back as {told_dtype} {shape}")
        count = int(np.prod(shape))
        arrays[name] = np.frombuffer(raw, dtype, count, at).reshape(shape)
        at += count * np.dtype(dtype).itemsize
    centre, inertia = np.array(header["centre"], float).reshape(3), np.array(header["inertia"], float).reshape(3, 3)
    _check(arrays, header["volume"], centre, inertia)
    return Solid(**arrays, volume=header["volume"], centre=centre, inertia=inertia, valid=header["valid"] is True, brep=brep)


def _check(arrays: dict[str, np.ndarray], volume: float, centre: np.ndarray, inertia: np.ndarray) -> None:
    num_vertices, num_edge_points = len(arrays["vertices"]), len(arrays["edge_points"])
    sound = (
        np.isfinite(arrays["vertices"]).all()
        and np.isfinite([volume, *centre, *inertia.flat]).all()
        and volume > 0
        and np.trace(inertia) > 0
        and _within(arrays["triangles"], num_vertices)
        and _within(arrays["edge_points"], num_vertices)
        and _within(arrays["edge_start"], num_edge_points + 1)
        and len(arrays["edge_start"]) == len(arrays["edge_faces"]) + 1
        and len(arrays["triangle_face"]) == len(arrays["triangle_body"]) == len(arrays["triangles"]) > 0
    )
    if not sound:
        raise ValueError("the measured solid is not consistent: an index out of range or a number that is not finite")


def _within(indices: np.ndarray, limit: int) -> bool:
    return bool(((indices >= 0) & (indices < limit)).all())
