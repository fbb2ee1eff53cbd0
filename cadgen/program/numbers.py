"""The whole numbers of a program, each with what it is: a coordinate along an axis, a radius, or an angle.

Rounding, placing, moves and dimensions all change numbers in this one way: a step's `mapped(change)`.
"""

from collections.abc import Callable

from cadgen.program.loop import Loop, Point, mapped_loop
from cadgen.program.plane import AXES

RADIUS, ANGLE, LENGTH = 3, 4, 5
"""Stand for an axis where a number is no coordinate: an angle is in degrees, a length is from one thing to another."""

Change = Callable[[int, int], int]
"""(axis, `RADIUS`, `ANGLE` or `LENGTH`, value) -> value."""


def mapped_in_plane(loop: Loop, plane: str, change: Change) -> Loop:
    """The loop of a sketch in `plane` with every number changed."""
    first, second, _ = AXES[plane]

    def place(point: Point) -> Point:
        return change(first, point[0]), change(second, point[1])

    return mapped_loop(loop, place, lambda radius: change(RADIUS, radius))


def mapped_loops(loops: tuple[Loop, ...], plane: str, change: Change, only_loop: int | None) -> tuple[Loop, ...]:
    """The loops with every number changed, or those of one of them."""
    return tuple(
        mapped_in_plane(loop, plane, change) if only_loop in (None, number) else loop
        for number, loop in enumerate(loops)
    )
