"""Files of a part to take home, in real millimetres: `made`."""

import math

import numpy as np
import trimesh
from trimesh.exchange.gltf import export_glb

from cadgen.shape import Execution, Sandbox, Solid

KINDS = {"py": "text/x-python", "step": "model/step", "stl": "model/stl", "glb": "model/gltf-binary"}
"""What there is, and its media type."""
LONGEST = 100.0
"""Millimetres of the longest extent, unless it is said otherwise."""
_LEAST, _MOST = 0.01, 100_000.0  # mm
_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # glTF has y up


def extent_of(told: object) -> float:
    """Millimetres of the longest extent. Raises `ValueError`."""
    if isinstance(told, bool) or not isinstance(told, int | float) or not math.isfinite(told):
        raise ValueError("the longest extent is no number; give millimetres")
    if not _LEAST <= told <= _MOST:
        raise ValueError(f"a longest extent of {told:g} mm; give {_LEAST:g} to {_MOST:g} mm")
    return float(told)


def made(kind: str, code: str, extent: float, execution: Execution, box: Sandbox) -> bytes:
    """The file of a program that left a solid, whose longest extent is `extent` mm. Raises `ValueError`."""
    solid = execution.solid
    assert solid is not None
    scale = extent / float(np.ptp(solid.bounds, axis=0).max())
    if kind == "py":
        return f"# Longest extent {extent:g} mm: a unit of this program is {scale:.9g} mm.\n{code}".encode()
    if kind == "glb":
        return _glb(solid, scale)
    try:
        return box.export(solid, "step" if kind == "step" else "stl", scale)
    except RuntimeError as error:
        raise ValueError(f"the kernel cannot write this part: {error}") from None


def _glb(solid: Solid, scale: float) -> bytes:
    """In metres, y up, each face by itself, so that edges look sharp."""
    points = (scale / 1000) * solid.vertices[solid.triangles].reshape(-1, 3) @ _UP.T
    mesh = trimesh.Trimesh(points, np.arange(len(points)).reshape(-1, 3), process=False)
    mesh.visual = trimesh.visual.TextureVisuals(
        material=trimesh.visual.material.PBRMaterial(
            baseColorFactor=[0.36, 0.56, 0.84, 1.0], metallicFactor=0.1, roughnessFactor=0.6
        )
    )
    return export_glb(trimesh.Scene(mesh))
