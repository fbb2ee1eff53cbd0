"""In a child that never ran a program: geometry bytes to numbers and triangles."""

import json
from io import BytesIO

import cadquery as cq
import numpy as np
from OCP.Bnd import Bnd_Box
from OCP.BRep import BRep_Tool
from OCP.BRepBndLib import BRepBndLib
from OCP.BRepGProp import BRepGProp
from OCP.BRepMesh import BRepMesh_IncrementalMesh
from OCP.BRepTools import BRepTools
from OCP.GProp import GProp_GProps
from OCP.IMeshTools import IMeshTools_Parameters
from OCP.Poly import Poly_Triangulation
from OCP.TopAbs import TopAbs_EDGE, TopAbs_FACE, TopAbs_Orientation
from OCP.TopExp import TopExp
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS, TopoDS_Shape
from OCP.TopTools import TopTools_IndexedDataMapOfShapeListOfShape, TopTools_ListOfShape

# The defaults of cq.exporters.export, which wrote the meshes of the take-home metric: chord relative to the edge,
# radians. With them the kernel makes no edge piece shorter than 0.01 units: parts well under 1 unit come out coarse.
_CHORD, _ANGLE = 0.1, 0.1
_SHORTEST = 0.1 * _CHORD  # as the kernel computes it, to the last bit
_COARSE = 0.005  # relative error of volume over which a part is triangulated once more
_FINE = 0.001  # of the diagonal: the shortest edge piece then
# The mesher takes the longer the larger the numbers are, for the same triangles: 24 times as long for 200,000 units.
_LARGEST = 2048  # longest side, in units, of a part that is triangulated as it is
_CONFUSION = 2e-7  # units; what the kernel takes for no length at all is half of it


_NO_STL: dict[str, np.ndarray] = {"stl_vertices": np.zeros((0, 3)), "stl_triangles": np.zeros((0, 3), np.int32)}


class Invalid(Exception):
    status = "invalid"


def measure(brep: bytes) -> bytes:
    """A JSON header, a newline and raw arrays; `cadgen.shape.solid.decode` reads it."""
    shape = _load(brep)
    BRepTools.Clean_s(shape.wrapped)  # a program may leave triangles of another shape than its surfaces
    properties = GProp_GProps()
    BRepGProp.VolumeProperties_s(shape.wrapped, properties)
    volume = properties.Mass()
    if not np.isfinite(volume) or volume <= 0:
        raise Invalid(f"the volume is {volume}")
    centre, inertia = properties.CentreOfMass(), properties.MatrixOfInertia()
    factor = _factor(shape)
    meshed = shape if factor == 1 else shape.scale(factor)
    _mesh(meshed, max(_SHORTEST * factor, _CONFUSION))
    # Now, because it judges the triangulation as well; its tolerances are lengths and have no scale.
    valid = meshed.isValid() and shape.isValid()
    arrays = _triangulations(meshed, volume) if factor == 1 else _in_units(_triangulate(meshed), factor)
    header = {
        "volume": volume,
        "centre": [centre.X(), centre.Y(), centre.Z()],
        "inertia": [[inertia.Value(i, j) for j in (1, 2, 3)] for i in (1, 2, 3)],
        "valid": valid,
        "arrays": {name: [array.dtype.str, array.shape] for name, array in arrays.items()},
    }
    return json.dumps(header).encode() + b"\n" + b"".join(array.tobytes() for array in arrays.values())


def extents(brep: bytes) -> bytes:
    """The lengths along x, y and z of the smallest box along the axes, as a JSON list; of the surfaces, not a mesh."""
    box = Bnd_Box()
    BRepBndLib.AddOptimal_s(_load(brep).wrapped, box, False, False)
    low, high = box.CornerMin(), box.CornerMax()
    return json.dumps([high.X() - low.X(), high.Y() - low.Y(), high.Z() - low.Z()]).encode()


def _load(brep: bytes) -> cq.Shape:
    return cq.Shape.importBin(BytesIO(brep))


def _factor(shape: cq.Shape) -> float:
    """By what a part is scaled before it is triangulated: a power of two, which changes no digit of any number."""
    box = Bnd_Box()
    BRepBndLib.Add_s(shape.wrapped, box)
    low, high = box.CornerMin(), box.CornerMax()
    longest = max(high.X() - low.X(), high.Y() - low.Y(), high.Z() - low.Z())
    return 1.0 if longest <= _LARGEST else 2.0 ** -round(np.log2(longest))


def _mesh(shape: cq.Shape, shortest: float) -> None:
    """shortest: edge piece, in units."""
    BRepTools.Clean_s(shape.wrapped)
    parameters = IMeshTools_Parameters()
    parameters.Deflection, parameters.Relative, parameters.Angle = _CHORD, True, _ANGLE
    parameters.MinSize = shortest
    BRepMesh_IncrementalMesh(shape.wrapped, parameters)


def _in_units(arrays: dict[str, np.ndarray], factor: float) -> dict[str, np.ndarray]:
    """The arrays of the part before it was scaled; an STL export would hold the same mesh."""
    return arrays | {"vertices": arrays["vertices"] / factor} | _NO_STL


def _triangulations(shape: cq.Shape, volume: float) -> dict[str, np.ndarray]:
    """The arrays of the mesh, and of the mesh that an STL export holds where that is another and a coarse one."""
    arrays, stl = _triangulate(shape), _NO_STL
    shortest = _FINE * float(np.linalg.norm(np.ptp(arrays["vertices"], axis=0)))
    if shortest < _SHORTEST and _volume_off(arrays, volume) > _COARSE * volume:
        _mesh(shape, shortest)
        fine = _triangulate(shape)
        if _volume_off(fine, volume) < _volume_off(arrays, volume):
            stl = {"stl_vertices": arrays["vertices"], "stl_triangles": arrays["triangles"]}
            arrays = fine
    return arrays | stl


def _volume_off(arrays: dict[str, np.ndarray], volume: float) -> float:
    corners = arrays["vertices"][arrays["triangles"]] - arrays["vertices"].mean(0)
    return abs(float(np.linalg.det(corners).sum()) / 6 - volume)


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
            nodes, corners = _nodes(mesh, location), _corners(mesh)
            if face.wrapped.Orientation() == TopAbs_Orientation.TopAbs_REVERSED:
                corners = corners[:, [0, 2, 1]]
            points.append(nodes)
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


def _nodes(mesh: Poly_Triangulation, location: TopLoc_Location) -> np.ndarray:
    """(N, 3) float64."""
    nodes = [mesh.Node(i) for i in range(1, mesh.NbNodes() + 1)]
    if not location.IsIdentity():
        move = location.Transformation()
        nodes = [node.Transformed(move) for node in nodes]
    return np.array([node.Coord() for node in nodes], np.float64).reshape(-1, 3)


def _corners(mesh: Poly_Triangulation) -> np.ndarray:
    """(T, 3) int32, from 0."""
    triangles = [mesh.Triangle(i).Get() for i in range(1, mesh.NbTriangles() + 1)]
    return np.array(triangles, np.int32).reshape(-1, 3) - 1


def _edges(shape: cq.Shape, face_number: dict, triangulations: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Polylines as indices into the vertices: concatenated (P,), where each starts (E + 1,), owners (E, 2)."""
    owners = TopTools_IndexedDataMapOfShapeListOfShape()
    TopExp.MapShapesAndAncestors_s(shape.wrapped, TopAbs_EDGE, TopAbs_FACE, owners)
    points, start, faces = [], [0], []
    for i in range(1, owners.Extent() + 1):
        edge = TopoDS.Edge_s(owners.FindKey(i))
        numbers = [face_number.get(cq.Face(TopoDS.Face_s(face)), -1) for face in _listed(owners.FindFromIndex(i))]
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


def _listed(shapes: TopTools_ListOfShape) -> list[TopoDS_Shape]:
    """The list; iterating over one costs more than triangulating a face, and nearly all edges have two faces."""
    return [shapes.First(), shapes.Last()][: shapes.Size()] if shapes.Size() < 3 else list(shapes)
