"""Changes of a canonical program's measures: `moves(program)` lists what can be moved, `moved` moves it.

A measure is seldom alone: the corners of a side, the bottoms of two bodies, the holes of a pattern share a number. A
move changes all coordinates that share a number at once, or those of one step, or one loop.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cadgen.program import ANGLE, LENGTH, RADIUS, Circle, Program, Step, stands


@dataclass(frozen=True)
class Move:
    """Numbers on `axis` that equal one of `values` go by `sign` times the distance, in the steps and loops named.

    values: pairs (value, sign), None for every value and a sign of 1; step, loop: None for all; radius: instead of
    these, the radii of this size grow.
    """

    axis: int | None = None
    values: tuple[tuple[int, int], ...] | None = None
    step: int | None = None
    loop: int | None = None
    radius: int | None = None


def moves(program: Program) -> list[Move]:
    """Those that may change the part's look, the widest first, none twice."""
    found: dict[Move, None] = {}
    for axis in (0, 1, 2, ANGLE, LENGTH):
        for value in sorted({v for step in program for v in numbers_along(step, axis)}):
            found[Move(axis, ((value, 1),))] = None
    for number, step in enumerate(program):
        found |= dict.fromkeys(_of_step(number, step, len(program) > 1))
    return list(found)


def _of_step(number: int, step: Step, several: bool) -> Iterator[Move]:
    for axis in range(3):
        values = sorted(set(numbers_along(step, axis)))
        if several:
            yield Move(axis, None, number)
            yield from (Move(axis, ((value, 1),), number) for value in values)
        low, high = values[0], values[-1]
        for a, b in zip(values, reversed(values), strict=True):
            if a < b and a + b == low + high:
                yield Move(axis, ((a, -1), (b, 1)), number)  # wider on both sides
    radii = [loop.radius for loop in step.loops if isinstance(loop, Circle)]
    yield from (Move(None, None, number, None, radius) for radius in sorted(set(radii)))
    if len(step.loops) > 1:
        for index, loop in enumerate(step.loops):
            for axis in range(3):
                if numbers_along(step, axis, index):
                    yield Move(axis, None, number, index)
            if isinstance(loop, Circle) and radii.count(loop.radius) > 1:
                yield Move(None, None, number, index, loop.radius)


def moved(program: Program, move: Move, distance: int) -> Program | None:
    """The program after the move; None where a step or a circle would vanish."""

    def change(axis: int, value: int) -> int:
        if axis == RADIUS:
            return value + distance * (value == move.radius)
        if axis != move.axis:
            return value
        return value + distance * (1 if move.values is None else dict(move.values).get(value, 0))

    steps = tuple(
        step.mapped(change, move.loop) if move.step in (None, number) else step for number, step in enumerate(program)
    )
    return steps if stands(steps) else None


def follow(move: Move, distance: int) -> Move:
    """The move of the same corners once they have gone by `distance`."""
    values = move.values and tuple((value + sign * distance, sign) for value, sign in move.values)
    return replace(move, values=values, radius=move.radius and move.radius + distance)


def numbers_along(step: Step, axis: int, only_loop: int | None = None) -> list[int]:
    """Every number of the step, or of one loop of it, on the axis: corners, middles of arcs, centres, heights."""
    found: list[int] = []

    def note(along: int, value: int) -> int:
        if along == axis:
            found.append(value)
        return value

    step.mapped(note, only_loop)
    return found
