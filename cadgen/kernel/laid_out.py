"""What is drawn in a plane to be swept: loops of a program, and copies of them where no whole number is."""

from dataclasses import dataclass
from math import cos, gcd, radians, sin, tau
from typing import Protocol

from cadgen.program import Array, Circle, Loop, Place, Round, mapped_loop, points_of

FINE = 1 << 16  # parts of a grid step, to which the places of copies on a wheel are rounded


@dataclass(frozen=True)
class Spun:
    """A whole circle whose seam lies at `angle`, radians in [0, 2 pi)."""

    base: Round
    angle: float


@dataclass(frozen=True)
class Polygon:
    """A closed path of straight sides through the points."""

    points: tuple[tuple[float, float], ...]


Outline = Loop | Spun | Polygon


class Sweep(Protocol):
    """As an `Extrude`."""

    @property
    def operation(self) -> str: ...
    @property
    def plane(self) -> str: ...
    @property
    def low(self) -> int: ...
    @property
    def high(self) -> int: ...
    @property
    def loops(self) -> tuple[Outline, ...]: ...


@dataclass(frozen=True)
class LaidOut:
    """An array with all its copies."""

    operation: str
    plane: str
    low: int
    high: int
    loops: tuple[Outline, ...]


def laid_out(step: Array) -> LaidOut:
    """The outlines of all copies, one after another."""
    copies = tuple(_copy(loop, place) for place in step.places.places() for loop in step.loops)
    return LaidOut(step.operation, step.plane, step.low, step.high, copies)


def _copy(loop: Loop, place: Place) -> Outline:
    x, y, degrees = place
    if isinstance(x, int) and isinstance(y, int):
        left, bottom = x, y
        return mapped_loop(loop, lambda point: (left + point[0], bottom + point[1]))
    if isinstance(loop, Circle):
        return Spun(_round(x, y, loop.radius), radians(degrees) % tau)
    c, s = cos(radians(degrees)), sin(radians(degrees))
    corners = points_of(loop)[:-1]
    return Polygon(tuple((_fine(x + c * u - s * v), _fine(y + s * u + c * v)) for u, v in corners))


def _fine(value: float) -> float:
    return round(value * FINE) / FINE


def _round(x: float, y: float, radius: int) -> Round:
    across, along = round(x * FINE), round(y * FINE)
    shrink = gcd(across, along, FINE)
    divisor = FINE // shrink
    return Round(across // shrink, along // shrink, divisor, (radius * divisor) ** 2)
