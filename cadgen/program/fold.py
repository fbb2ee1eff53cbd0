"""What a canonical program says, as values, and its one way of being written.

Every number is an integer of the grid (see `GRID`). A program is a left fold: the first step is the body, each further
one is united with it or cut from it. In-plane coordinates are global, so a plane needs one number, its height.

Every type of step has `write`, `mapped`, `stands` and `reach`; `cadgen.lang.canonical` reads it. What else can be told
of it (`cadgen.kernel`: its mesh; `cadgen.refine`: its neighbours) is told there, and done without where it is not.
"""

from cadgen.program.loop import nearest
from cadgen.program.numbers import ANGLE
from cadgen.program.text import decimal
from cadgen.program.tilt import Body, Tilted

GRID = 256
"""Grid steps per unit of a GenCAD-Code program: its largest extent, 1.5, is 384 steps, about one a pixel at 448 px."""

Span = tuple[int, int]
_DIGITS = 6  # behind the point, that do not depend on how a machine computes sines

Step = Body | Tilted
Program = tuple[Step, ...]


def spans_of(step: Step) -> list[Span]:
    """The lowest and the highest coordinate of the step's body along x, y and z, to the nearest."""
    units = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    return [
        nearest(-round(step.reach((-x, -y, -z)), _DIGITS), round(step.reach((x, y, z)), _DIGITS)) for x, y, z in units
    ]


def stands(program: Program) -> bool:
    """Whether no step has vanished, nor a circle of one."""
    return all(step.stands() for step in program)


def scaled(program: Program, factor: float) -> Program:
    """The program with every coordinate and length times `factor`, rounded to whole numbers; angles stay.

    Coordinates are rounded, not what lies between them: what touches still does. `stands` tells whether all is there.
    """

    def change(axis: int, value: int) -> int:
        return value if axis == ANGLE else round(value * factor)

    return tuple(step.mapped(change) for step in program)


def write(program: Program, digits: int = 0) -> str:
    """The canonical text of `program`: plain CadQuery, one statement a step, `result` bound last.

    digits: the whole numbers are of 10^-digits of a unit, and are written as decimals.
    """
    lines, say = ["import cadquery as cq"], decimal(digits)
    for number, step in enumerate(program):
        body = step.write(say)
        lines.append(f"result=result.{step.operation}({body})" if number else f"result={body}")
    return "\n".join(lines) + "\n"
