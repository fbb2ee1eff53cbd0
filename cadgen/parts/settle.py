"""Programs of any steps, put around the origin at the extent of others, and whether they are parts."""

from collections.abc import Sequence

from cadgen.kernel import NotCovered, build
from cadgen.parts.attempt import EXTENT
from cadgen.parts.minimal import changes, is_minimal
from cadgen.program import ANGLE, LENGTH, RADIUS, Program, Step, spans_of, stands


def fitted(program: Program) -> Program:
    """The part around the origin, scaled to its extent."""
    spans = around(program)
    size = max(high - low for low, high in spans)

    def scaled(axis: int, value: int) -> int:
        if axis == ANGLE:
            return value
        if axis in (RADIUS, LENGTH):
            return max(1, (2 * value * EXTENT + size) // (2 * size))
        return ((2 * value - sum(spans[axis])) * EXTENT + size) // (2 * size)

    return tuple(step.mapped(scaled) for step in program)


def around(steps: Sequence[Step]) -> list[tuple[int, int]]:
    """The box around all that is united, or around all where nothing is."""
    each = [spans_of(step) for step in steps if step.operation == "union"] or [spans_of(step) for step in steps]
    return [(min(one[axis][0] for one in each), max(one[axis][1] for one in each)) for axis in range(3)]


def is_part(program: Program) -> bool:
    """Whether it stands, is a single part where it was, and every step matters to it."""
    told = changes(program, EXTENT**3) if stands(program) else None
    try:
        return told is not None and is_minimal(program, told, build(program))
    except NotCovered:
        return False
