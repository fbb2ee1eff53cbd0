"""The surfaces that walls and ends lie in, as exact keys: equal keys, one surface.

All numbers of a program are integers, so planes are integers and the circle through three points is a fraction; what
lies between the integers is a multiple of 1 / `FINE`.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import gcd
from typing import Protocol

from cadgen.kernel.laid_out import FINE
from cadgen.program import AXES, Round

Pair = tuple[float, float]
Row = tuple[int, int, float, float, float, float, float, float]
"""What `measure` asks of a surface: a row of its `bent`."""

FLAT: Row = (0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Surface(Protocol):
    """A key that can be hashed, and what its triangles stand for."""

    def row(self) -> Row: ...


@dataclass(frozen=True)
class Plane:
    """Where normal . p = offset; the material lies on the side that the normal leaves. The normal is reduced."""

    normal: tuple[int, int, int]
    offset: float

    def row(self) -> Row:
        return FLAT


@dataclass(frozen=True)
class Cylinder:
    """A circle swept along an axis (0, 1, 2 for x, y, z); outward: the material is inside."""

    axis: int
    base: Round
    outward: bool

    def row(self) -> Row:
        return (1 if self.outward else -1), self.axis, *self.base.centre, self.base.radius, 0.0, 0.0, 0.0


@lru_cache(1 << 16)  # parts that are alike have most of their walls in common
def wall_plane(start: Pair, end: Pair, plane: str, outward: int) -> Plane:
    """The plane of a straight wall; outward: 1 where the material is on the left of start -> end, else -1."""
    dx, dy = (_whole(b) - _whole(a) for a, b in zip(start, end, strict=True))
    shrink = gcd(dx, dy) * outward
    across, along = dy // shrink, -dx // shrink
    normal = [0, 0, 0]
    normal[AXES[plane][0]], normal[AXES[plane][1]] = across, along
    return Plane((normal[0], normal[1], normal[2]), (across * _whole(start[0]) + along * _whole(start[1])) / FINE)


def _whole(value: float) -> int:
    return round(value * FINE)


def end_plane(height: int, plane: str, outward: int) -> Plane:
    """The plane of an end of an extrusion; outward: 1 where the material lies below it along the sweep, else -1."""
    normal = [0, 0, 0]
    normal[AXES[plane][2]] = outward
    return Plane((normal[0], normal[1], normal[2]), outward * height)
