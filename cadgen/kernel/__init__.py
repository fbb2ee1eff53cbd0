"""Canonical programs to solids on meshes: no Python is executed, no CAD kernel is asked."""

from cadgen.kernel.build import build, volume
from cadgen.kernel.circles import CHORDS
from cadgen.kernel.not_covered import NotCovered

__all__ = ["CHORDS", "NotCovered", "build", "volume"]
