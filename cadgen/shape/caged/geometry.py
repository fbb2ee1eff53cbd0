"""In a child that never ran a program: geometry bytes to numbers, triangles, STEP or STL."""

import json
import os
from io import BytesIO
from typing import Literal

import cadquery as cq
import numpy as np
from OCP.BRep import BRep_Tool
from OCP.BRepGProp import BRepGProp
from OCP.BRepMesh import BRepMesh_IncrementalMesh
from OCP.GProp import GProp_GProps
from OCP.TopAbs import TopAbs_EDGE, TopAbs_FACE, TopAbs_Orientation
from OCP.TopExp import TopExp
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS
from OCP.TopTools import TopTools_IndexedDataMapOfShapeListOfShape

# The defaults of cq.exporters.export, which wrote the meshes of the take-home metric: chord relative to the edge,
# radians. The kernel makes no edge piece shorter than a tenth of the chord: parts well under 1 unit come out coarse.
_CHORD, _ANGLE = 0.1, 0.1


class Invalid(Exception):
    status = "invalid"


def measure(brep: bytes) -> bytes:
    """A JSON header, a newline and raw arrays; `cadgen.shape.solid.decode` reads it."""
    shape = _load(brep)
    properties = GProp_GProps()
    BRepGProp.VolumeProperties_s(shape.wrapped, properties)
    volume = properties.Mass()
    if not np.isfinite(volume) or volume <= 0:
        raise Invalid(f"the volume is {volume}")
    centre, inertia = properties.CentreOfMass(), properties.MatrixOfInertia()
    BRepMesh_IncrementalMesh(shape.wrapped, _CHORD, True, _ANGLE, False)
    arrays = _triangulate(shape)
    header = {
        "volume": volume,
        "centre": [centre.X(), centre.Y(), centre.Z()],
        "inertia": [[inertia.Value(i, j) for j in (1, 2, 3)] for i in (1, 2, 3)],
        "valid": shape.isValid(),
        "arrays": {name: [array.dtype.str, array.shape] for name, array in arrays.items()},
    }
    return json.dumps(header).encode() + b"\n" + b"".join(array.tobytes() for array in arrays.values())


def step(brep: bytes) -> bytes:
    return _file(brep, "STEP")


def stl(brep: bytes) -> bytes:
    return _file(brep, "STL")


def _file(brep: bytes, kind: Literal["STEP", "STL"]) -> bytes:
    descriptor = os.memfd_create("export")
    cq.exporters.export(cq.Workplane(_load(brep)), f"/proc/self/fd/{descriptor}", kind)
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


def _load(brep: bytes) -> cq.Shape:
    return cq.Shape.importBin(BytesIO(brep))


def _triangulate(shape: cq.Shape) -> dict[str, np.ndarray]:
    """Triangles face by face, and each B-rep edge as a polyline with the two faces that own it (-1: none)."""
    points, triangles, triangle_face, triangle_body = [], [], [], []
    face_number: dict[cq.Face, int] = {}
    triangulations = {}
    offset = 0
    for body, solid in enumerate(shape.Solids()):
        for face in solid.Faces():
            location = TopLoc_Location()
            mesh = BRep_Tool.Triangulation_s(face.wrapped, location)
            if mesh is None or not mesh.NbTriangles():
                continue
            number = face_number.setdefault(face, len(face_number))
            move = location.Transformation()
            nodes = [mesh.Node(i).Transformed(move) for i in range(1, mesh.NbNodes() + 1)]
            corners = (
                np.array([mesh.Triangle(i).Get() for i in range(1, mesh.NbTriangles() + 1)], np.int32).reshape(-1, 3)
                - 1
            )
            if face.wrapped.Orientation() == TopAbs_Orientation.TopAbs_REVERSED:
                corners = corners[:, [0, 2, 1]]
            points.append(np.array([(p.X(), p.Y(), p.Z()) for p in nodes], np.float64).reshape(-1, 3))
            triangles.append(corners + offset)
            triangle_face.append(np.full(len(corners), number, np.int32))
            triangle_body.append(np.full(len(corners), body, np.int32))
            triangulations[number] = (mesh, location, offset)
            offset += len(nodes)
    if not triangles:
        raise Invalid("the solid has no triangulation")
    edge_points, edge_start, edge_faces = _edges(shape, face_number, triangulations)
    return {
        "vertices": np.concatenate(points),
        "triangles": np.concatenate(triangles),
        "triangle_face": np.concatenate(triangle_face),
        "triangle_body": np.concatenate(triangle_body),
        "edge_points": edge_points,
        "edge_start": edge_start,
        "edge_faces": edge_faces,
    }


def _edges(shape: cq.Shape, face_number: dict, triangulations: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Polylines as indices into the vertices: concatenated (P,), where each starts (E + 1,), owners (E, 2)."""
    owners = TopTools_IndexedDataMapOfShapeListOfShape()
    TopExp.MapShapesAndAncestors_s(shape.wrapped, TopAbs_EDGE, TopAbs_FACE, owners)
    points, start, faces = [], [0], []
    for i in range(1, owners.Extent() + 1):
        edge = TopoDS.Edge_s(owners.FindKey(i))
        numbers = [face_number.get(cq.Face(TopoDS.Face_s(face)), -1) for face in owners.FindFromIndex(i)]
        polygon = None
        for number in numbers:
            if number in triangulations and polygon is None:
                mesh, location, offset = triangulations[number]
                polygon = BRep_Tool.PolygonOnTriangulation_s(edge, mesh, location)
        if polygon is None or BRep_Tool.Degenerated_s(edge):
            continue
        nodes = [polygon.Node(j) - 1 + offset for j in range(1, polygon.NbNodes() + 1)]
        points += nodes
        start.append(len(points))
        faces.append([*numbers, -1, -1][:2])
    return np.array(points, np.int32), np.array(start, np.int32), np.array(faces, np.int32).reshape(-1, 2)
