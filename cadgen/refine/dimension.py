"""The dimensions of a canonical program as unknowns: numbers that coordinates share, and radii.

A dimension is (step, axis, value): the coordinates on the axis that have this value, in one step or, with None, in all;
on the axis `RADIUS` the radii, on `ANGLE` the angles.
"""

from collections.abc import Mapping

from cadgen.program import Change, Program, stands

Dimension = tuple[int | None, int, int]


def dimensions(program: Program, shared: bool) -> list[Dimension]:
    """All of the program's, none twice. shared: what several steps have in common is one dimension."""
    found: dict[Dimension, None] = {}
    for number, step in enumerate(program):

        def note(axis: int, value: int, of: int | None = None if shared else number) -> int:
            found[(of, axis, value)] = None
            return value

        step.mapped(note)
    return list(found)


def changed(program: Program, by: Mapping[Dimension, int]) -> Program | None:
    """The program whose dimensions have grown `by` so many grid steps; None where a step or a circle vanishes."""
    steps = tuple(step.mapped(_change(number, by)) for number, step in enumerate(program))
    return steps if stands(steps) else None


def _change(number: int, by: Mapping[Dimension, int]) -> Change:
    return lambda axis, value: value + by.get((None, axis, value), 0) + by.get((number, axis, value), 0)
