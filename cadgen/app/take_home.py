"""Files of a part to take home, in millimetres: `made`."""

import numpy as np
import trimesh
from trimesh.exchange.gltf import export_glb

from cadgen.app.slider import Fixed, program_of
from cadgen.program import Program
from cadgen.shape import Execution, Sandbox, Solid
from cadgen.size import SizeError, checked, sized

KINDS = {"py": "text/x-python", "step": "model/step", "stl": "model/stl", "glb": "model/gltf-binary"}
"""What there is, and its media type."""
_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # glTF has y up


def extent_of(told: object) -> float:
    """Millimetres of the longest extent. Raises `ValueError`."""
    if isinstance(told, bool) or not isinstance(told, int | float):
        raise ValueError("the longest extent is no number; give millimetres")
    try:
        return checked(float(told))
    except OverflowError:
        raise ValueError("the longest extent is too large a number; give millimetres") from None


def made(kind: str, code: str, extent: float, execution: Execution, box: Sandbox) -> bytes:
    """The file of a program that left a solid, whose longest extent is to be `extent` mm. Raises `ValueError`."""
    assert execution.solid is not None
    try:
        found = sized(code, _fold_of(code), execution.solid, extent, box)
        solid = found.execution.solid
        assert solid is not None
        if kind == "py":
            return f"# {found.note}\n{found.code}".encode()
        return _glb(solid) if kind == "glb" else box.export(solid, "step" if kind == "step" else "stl")
    except SizeError as error:
        raise ValueError(f"{error}; bind the part to the name result, or write it in another way") from None
    except RuntimeError as error:
        raise ValueError(f"the kernel cannot write this part: {error}") from None


def _fold_of(code: str) -> Program:
    """The program, where it is read in no more than seconds; () otherwise, so that its last line scales it."""
    try:
        return program_of(code)
    except Fixed:
        return ()


def _glb(solid: Solid) -> bytes:
    """In metres, y up, each face by itself, so that edges look sharp."""
    points = solid.vertices[solid.triangles].reshape(-1, 3) @ _UP.T / 1000
    mesh = trimesh.Trimesh(points, np.arange(len(points)).reshape(-1, 3), process=False)
    mesh.visual = trimesh.visual.TextureVisuals(
        material=trimesh.visual.material.PBRMaterial(
            baseColorFactor=[0.36, 0.56, 0.84, 1.0], metallicFactor=0.1, roughnessFactor=0.6
        )
    )
    return export_glb(trimesh.Scene(mesh))
