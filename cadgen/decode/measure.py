"""The measures of a canonical program as unknowns: numbers that coordinates share, and radii.

A measure is (step, axis, value): the coordinates on the axis that have this value, in one step or, with None, in all;
on the axis `RADIUS` the radii.
"""

from collections.abc import Mapping
from dataclasses import replace

from cadgen.decode.move import Change, mapped, stands
from cadgen.lang import Program

Measure = tuple[int | None, int, int]


def measures(program: Program, shared: bool) -> list[Measure]:
    """All of the program's, none twice. shared: what several steps have in common is one measure."""
    found: dict[Measure, None] = {}
    for number, step in enumerate(program):

        def note(axis: int, value: int, of: int | None = None if shared else number) -> int:
            found[(of, axis, value)] = None
            return value

        mapped(step.extrusion, note)
    return list(found)


def changed(program: Program, by: Mapping[Measure, int]) -> Program | None:
    """The program whose measures have grown `by` so many grid steps; None where an extrusion or a circle vanishes."""
    steps = tuple(
        replace(step, extrusion=mapped(step.extrusion, _change(number, by))) for number, step in enumerate(program)
    )
    return steps if stands(steps) else None


def _change(number: int, by: Mapping[Measure, int]) -> Change:
    return lambda axis, value: value + by.get((None, axis, value), 0) + by.get((number, axis, value), 0)
