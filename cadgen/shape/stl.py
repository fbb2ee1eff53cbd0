"""`read_stl`: the bytes of an STL file as a solid. Numbers only; nothing in such a file is followed or executed."""

import re

import numpy as np
from trimesh.triangles import mass_properties

from cadgen.shape.execution import Execution
from cadgen.shape.mesh import Body, NotManifold, watertight
from cadgen.shape.solid import Solid

STL_LIMIT = 16 * 2**20  # bytes of an STL file: 335,000 triangles of a binary one
_HEAD, _FARTHEST = 84, 1e30
_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_VERTEX = re.compile(rb"\bvertex\s+(\S+)\s+(\S+)\s+(\S+)", re.IGNORECASE)


def read_stl(file: bytes) -> Execution:
    """What an STL file, binary or ASCII, holds, as `Sandbox.read_steps` tells it of a STEP file.

    `error` for what is no STL, `invalid` for a mesh that is not watertight or encloses nothing: no hole is filled. All
    of its shells are one body; a shell that is inside out is a cavity. Each triangle is a face, and there are no edges:
    a mesh does not tell where a face of the part ends.
    """
    if len(file) > STL_LIMIT:
        return Execution("too_large", f"the STL file has {len(file)} bytes, over the limit of {STL_LIMIT}")
    try:
        corners = _corners(file)
    except ValueError as error:
        return Execution("error", f"this is no STL file: {error}")
    try:
        return Execution("ok", solid=_solid(watertight(corners.reshape(-1, 3))))
    except NotManifold as error:
        return Execution("invalid", str(error))


def _corners(file: bytes) -> np.ndarray:
    """(T, 3, 3) float64. A file is binary if it is as long as its head says, whatever word it begins with."""
    if len(file) >= _HEAD and len(file) == _HEAD + _FACET.itemsize * int.from_bytes(file[80:_HEAD], "little"):
        corners = np.frombuffer(file, _FACET, offset=_HEAD)["corners"].astype(float)
    else:
        try:
            corners = np.array(_VERTEX.findall(file)).astype(float)
        except ValueError:
            raise ValueError("a coordinate is no number") from None
        if file.lstrip()[:5].lower() != b"solid" or len(corners) % 3:
            raise ValueError("it is neither as long as a binary one says it is, nor triangles in ASCII")
        corners = corners.reshape(-1, 3, 3)
    if not len(corners):
        raise ValueError("it has no triangles")
    if not (np.abs(corners) < _FARTHEST).all():
        raise ValueError(f"a coordinate is not finite, or over {_FARTHEST:g}")
    return corners


def _solid(body: Body) -> Solid:
    measured = mass_properties(body.vertices[body.triangles])
    num = len(body.triangles)
    return Solid(
        vertices=body.vertices,
        triangles=body.triangles.astype(np.int32),
        triangle_face=np.arange(num, dtype=np.int32),
        triangle_body=np.zeros(num, np.int32),
        edge_points=np.zeros(0, np.int32),
        edge_start=np.zeros(1, np.int32),
        edge_faces=np.zeros((0, 2), np.int32),
        volume=float(measured.volume),
        centre=np.asarray(measured.center_mass),
        inertia=np.asarray(measured.inertia),
        valid=True,
        brep=b"",
    )
