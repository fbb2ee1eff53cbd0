"""The surfaces that the walls and ends of extrusions lie in, as exact keys: equal keys, one surface.

All numbers of a program are integers, so planes are integers and the circle through three points is a fraction.
"""

from dataclasses import dataclass
from math import gcd

from cadgen.lang.program import Point

AXES = {"XY": (0, 1, 2), "XZ": (0, 2, 1), "YZ": (1, 2, 0)}
"""The axes that a plane's two coordinates and its sweep run along."""


@dataclass(frozen=True)
class Plane:
    """Where normal . p = offset; the material lies on the side that the normal leaves. The normal is reduced."""

    normal: tuple[int, int, int]
    offset: int


@dataclass(frozen=True)
class Round:
    """A circle in its plane: its centre is (x, y) / divisor, the square of its radius square / divisor^2."""

    x: int
    y: int
    divisor: int
    square: int

    @property
    def centre(self) -> tuple[float, float]:
        return self.x / self.divisor, self.y / self.divisor

    @property
    def radius(self) -> float:
        return self.square**0.5 / self.divisor


@dataclass(frozen=True)
class Cylinder:
    """A circle swept along an axis (0, 1, 2 for x, y, z); outward: the material is inside."""

    axis: int
    base: Round
    outward: bool


Surface = Plane | Cylinder


def wall_plane(start: Point, end: Point, plane: str, outward: int) -> Plane:
    """The plane of a straight wall; outward: 1 where the material is on the left of start -> end, else -1."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    shrink = gcd(dx, dy) * outward
    across, along = dy // shrink, -dx // shrink
    normal = [0, 0, 0]
    normal[AXES[plane][0]], normal[AXES[plane][1]] = across, along
    return Plane((normal[0], normal[1], normal[2]), across * start[0] + along * start[1])


def end_plane(height: int, plane: str, outward: int) -> Plane:
    """The plane of an end of an extrusion; outward: 1 where the material lies below it along the sweep, else -1."""
    normal = [0, 0, 0]
    normal[AXES[plane][2]] = outward
    return Plane((normal[0], normal[1], normal[2]), outward * height)


def circle_through(a: Point, b: Point, c: Point) -> Round | None:
    """The circle through three points, None where they lie in line."""
    (bx, by), (cx, cy) = (b[0] - a[0], b[1] - a[1]), (c[0] - a[0], c[1] - a[1])
    divisor = 2 * (bx * cy - by * cx)
    if divisor == 0:
        return None
    b2, c2 = bx * bx + by * by, cx * cx + cy * cy
    x, y = cy * b2 - by * c2, bx * c2 - cx * b2
    shrink = gcd(x, y, divisor) * (1 if divisor > 0 else -1)
    x, y, divisor = x // shrink, y // shrink, divisor // shrink
    return Round(x + a[0] * divisor, y + a[1] * divisor, divisor, x * x + y * y)
