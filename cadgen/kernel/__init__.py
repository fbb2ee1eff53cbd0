"""Canonical programs to solids on meshes: no Python is executed, no CAD kernel is asked."""

from cadgen.kernel.build import build, volume
from cadgen.kernel.error import NotCovered
from cadgen.kernel.measure import mesh_volume

__all__ = ["NotCovered", "build", "mesh_volume", "volume"]
