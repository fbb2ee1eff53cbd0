"""One small sketch at several places of a plane, swept as one step: holes in rows, legs, spokes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cos, radians, sin
from typing import Self

from cadgen.program.loop import Circle, Loop, Point, are_round, box_of, ordered, reach, rectangle
from cadgen.program.numbers import ANGLE, LENGTH, RADIUS, Change
from cadgen.program.plane import AXES
from cadgen.program.step import Vector
from cadgen.program.text import Say

Place = tuple[float, float, float]
"""Where a copy is in the plane, and by how many degrees it is turned counterclockwise there."""


@dataclass(frozen=True)
class Grid:
    """Rows along both coordinates of a plane: `first` is the copy where both are least, `spacing` is above 0."""

    first: Point
    spacing: Point
    count: Point

    @property
    def origin(self) -> Point:
        return self.first

    def write(self, say: Say = str) -> str:
        dx, dy = map(say, self.spacing)
        return f".rarray({dx},{dy},{self.count[0]},{self.count[1]},center=False)"

    def places(self) -> list[Place]:
        """Of each copy."""
        (x, y), (dx, dy) = self.first, self.spacing
        cells = map(self.cell, range(self.count[0] * self.count[1]))
        return [(x + i * dx, y + j * dy, 0.0) for i, j in cells]

    def cell(self, number: int) -> Point:
        """How many spacings a copy is from the first one."""
        return divmod(number, self.count[1])

    def mapped(self, axes: tuple[int, int], change: Change) -> Self:
        """The grid with every number changed. A spacing without a second copy stays 1."""
        x, y = (change(axis, value) for axis, value in zip(axes, self.first, strict=True))
        dx, dy = (change(LENGTH, d) if n > 1 else d for d, n in zip(self.spacing, self.count, strict=True))
        return replace(self, first=(x, y), spacing=(dx, dy))

    def stands(self) -> bool:
        return min(self.spacing) > 0


@dataclass(frozen=True)
class Wheel:
    """Copies all around a circle, each turned with it; the first is `start` degrees from the first coordinate on."""

    centre: Point
    radius: int
    start: int
    count: int

    @property
    def origin(self) -> Point:
        return self.centre

    def write(self, say: Say = str) -> str:
        return f".polarArray({say(self.radius)},{self.start},360,{self.count})"

    def places(self) -> list[Place]:
        """Of each copy."""
        (x, y), radius = self.centre, self.radius
        angles = map(self.degrees, range(self.count))
        return [(x + radius * cos(radians(a)), y + radius * sin(radians(a)), a) for a in angles]

    def degrees(self, number: int) -> float:
        """Where a copy is on the circle."""
        return self.start + 360 * number / self.count

    def mapped(self, axes: tuple[int, int], change: Change) -> Self:
        """The wheel with every number changed."""
        x, y = (change(axis, value) for axis, value in zip(axes, self.centre, strict=True))
        return replace(self, centre=(x, y), radius=change(LENGTH, self.radius), start=change(ANGLE, self.start))

    def stands(self) -> bool:
        return self.radius > 0


Places = Grid | Wheel


@dataclass(frozen=True)
class Array:
    """Copies of `loops`, circles and rectangles around (0, 0), in a plane, swept as an `Extrude` is.

    Copies keep apart. A rectangle has an even number of grid steps in each direction.
    """

    operation: str
    plane: str
    low: int
    high: int
    places: Places
    loops: tuple[Loop, ...]

    def write(self, say: Say = str) -> str:
        """The body as a CadQuery expression."""
        first, second, across = AXES[self.plane]
        origin = {across: self.high if self.plane == "XZ" else self.low}
        origin[first], origin[second] = self.places.origin
        x, y, z = (say(origin[axis]) for axis in range(3))
        cell = "".join(_write_cell(loop, say) for loop in self.loops)
        where = f"cq.Workplane('{self.plane}',origin=({x},{y},{z})){self.places.write(say)}"
        return f"{where}{cell}.extrude({say(self.high - self.low)})"

    def mapped(self, change: Change, only_loop: int | None = None) -> Self:
        """The step with every number changed, or those of one loop."""
        loops = tuple(
            _mapped_cell(loop, change) if only_loop in (None, number) else loop
            for number, loop in enumerate(self.loops)
        )
        if only_loop is not None:
            return replace(self, loops=loops)
        first, second, across = AXES[self.plane]
        places = self.places.mapped((first, second), change)
        low, high = change(across, self.low), change(across, self.high)
        return replace(self, low=low, high=high, places=places, loops=loops)

    def stands(self) -> bool:
        """Whether nothing has vanished."""
        fits = all(loop == _centred(loop) for loop in self.loops)
        return self.low < self.high and self.places.stands() and are_round(self.loops) and fits

    def reach(self, direction: Vector) -> float:
        """How far the body goes along a direction."""
        x, y, across = (direction[axis] for axis in AXES[self.plane])
        farthest = max(u * x + v * y + reach(self.loops, *_turned(x, y, -turn)) for u, v, turn in self.places.places())
        return farthest + max(across * self.low, across * self.high)

    def with_loops(self, loops: tuple[Loop, ...]) -> Self:
        """The step with these loops."""
        return replace(self, loops=loops)


def array(operation: str, plane: str, low: int, high: int, places: Places, loops: Sequence[Loop]) -> Array | None:
    """The step with its loops in their one order; None where one of them is nothing that an array can repeat.

    Raises `LoopsCoincide`.
    """
    kept = ordered(loops)
    fits = all(loop == _centred(loop) for loop in kept)
    return Array(operation, plane, low, high, places, kept) if kept and fits else None


def _centred(loop: Loop) -> Loop | None:
    """The circle or rectangle around (0, 0) that is as large, None where there is none."""
    if isinstance(loop, Circle):
        return Circle((0, 0), loop.radius)
    right, top = -loop.start[0], -loop.start[1]
    return rectangle(-right, -top, right, top) if min(right, top) > 0 else None


def _write_cell(loop: Loop, say: Say) -> str:
    if isinstance(loop, Circle):
        return f".circle({say(loop.radius)})"
    _, _, right, top = box_of([loop])
    return f".rect({say(2 * right)},{say(2 * top)})"


def _mapped_cell(loop: Loop, change: Change) -> Loop:
    if isinstance(loop, Circle):
        return Circle((0, 0), change(RADIUS, loop.radius))
    _, _, right, top = box_of([loop])
    right, top = change(LENGTH, right), change(LENGTH, top)
    return rectangle(-right, -top, right, top)


def _turned(x: float, y: float, degrees: float) -> tuple[float, float]:
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return c * x - s * y, s * x + c * y
