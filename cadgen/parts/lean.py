"""Parts that lean: one body of a part, or all of it, turned out of the axes by whole degrees.

What leans is turned around its own middle, as far as that is on the grid, by 45 degrees at most: what is turned
further is another sketch turned less. So a solid has one program.
"""

from collections.abc import Sequence
from random import Random

from cadgen.parts.attempt import built
from cadgen.parts.draw import chance, whole
from cadgen.parts.settle import around, draw_base, fitted
from cadgen.program import AXES, IN_PLANE, RADIUS, Circle, Extrude, Program, Tilt, Tilted

_NUMS = {1: 25, 2: 40, 3: 20, 4: 10, 5: 5}  # of extrusions
_USUAL = (10, 15, 20, 25, 30, 30, 30, 45, 45, 45)
_LEAST = 3  # degrees


def draw_leaning(rng: Random) -> Program:
    """A part of which every step changes the volume, its largest extent as that of others."""
    while True:
        program = fitted(_leaned(rng, draw_base(rng, _NUMS)))
        if built(program) is not None:
            return program


def _leaned(rng: Random, steps: Sequence[Extrude]) -> Program:
    """All steps at once, or a later one, around its middle or one of its ends."""
    if len(steps) == 1 or chance(rng, 20):
        return _turned(steps, _turns(rng, steps[0]), 0)
    number = rng.randrange(1, len(steps))
    end = rng.choice((0, 0, -1, 1))
    turned = _turned(steps[number : number + 1], _turns(rng, steps[number]), end)
    return (*steps[:number], *turned, *steps[number + 1 :])


def _turns(rng: Random, step: Extrude) -> list[tuple[int, int]]:
    """Axis and degrees, at first seldom around the axis that the step is swept along, and never a round one."""
    across = AXES[step.plane][2]
    is_round = all(isinstance(loop, Circle) for loop in step.loops)
    axes = [rng.choice(IN_PLANE[across]) if is_round or chance(rng, 70) else across]
    if chance(rng, 12):
        axes.append(rng.choice(IN_PLANE[axes[0]]))
    return [(axis, _degrees(rng) * rng.choice((1, -1))) for axis in axes]


def _degrees(rng: Random) -> int:
    return rng.choice(_USUAL) if chance(rng, 60) else rng.randint(_LEAST, 45)


def _turned(steps: Sequence[Extrude], turns: Sequence[tuple[int, int]], end: int) -> tuple[Tilted, ...]:
    """The steps turned around their middle, or the lower (-1) or upper (1) end of the first, one turn after another."""
    spans = around(steps)
    across = AXES[steps[0].plane][2]
    middle = [(low + high) / 2 for low, high in spans]
    off = [end * (high - low) / 2 if axis == across else 0.0 for axis, (low, high) in enumerate(spans)]
    there = [a + b for a, b in zip(middle, off, strict=True)]
    for axis, degrees in turns:
        off = [sum(a * b for a, b in zip(row, off, strict=True)) for row in Tilt(axis, (0, 0), degrees).rows]
    # The last bits of sines differ from one C library to the next.
    goal = [whole(round(a - b, 6)) for a, b in zip(there, off, strict=True)]
    shift = [a - whole(b) for a, b in zip(goal, middle, strict=True)]
    tilts = []
    for axis, degrees in turns:
        first, second = IN_PLANE[axis]
        tilts.append(Tilt(axis, (goal[first], goal[second]), degrees))
    moved = [step.mapped(lambda axis, value: value + shift[axis] if axis < RADIUS else value) for step in steps]
    return tuple(Tilted(body, tuple(tilts)) for body in moved)
