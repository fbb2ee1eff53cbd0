"""What pictures leave open, made plain: `plainer` gives hidden ends of steps to what other steps end at.

How deep a rib goes that a plate hides, and whether a bore goes on in what lies beneath, no likeness tells. Most ends of
parts lie in one plane with others, and most bores of which no bottom is seen go through.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf
from time import monotonic

from cadgen.program import AXES, Extrude, Program
from cadgen.refine.dimension import changed, dimensions
from cadgen.refine.fit import Fitted, Search, solid_of
from cadgen.refine.move import numbers_along
from cadgen.refine.view import Target

_AS_LIKE = 0.0003  # likeness; nothing that is seen has changed
_LESS = 1 - 1e-6  # of a volume; what is left is rounding


def plainer(start: Fitted, targets: Sequence[Target], until: float = inf) -> Fitted:
    """The program with fewer numbers, and with bores that go through, where the pictures show the same."""
    best = start
    for number, axis, value in dimensions(start.program, shared=False):
        for other in _others(best.program, axis, value) if axis in range(3) else ():
            there = _as_like(changed(best.program, {(number, axis, value): other - value}), best, targets)
            if there and there.worth > best.worth:
                best = there
                break
        if monotonic() > until:
            return best
    for program in _bored(best.program):
        if (there := _as_like(program, best, targets)) and _volume(program) < _LESS * _volume(best.program):
            return there
    return best


def _as_like(program: Program | None, other: Fitted, targets: Sequence[Target]) -> Fitted | None:
    """The program in the other's views, if all pictures show the same."""
    if program is None:
        return None
    there = Search(replace(other, program=program), targets, 1, stops=False).best
    return there if there.likeness > other.likeness - _AS_LIKE and there.stray <= other.stray else None


def _others(program: Program, axis: int, value: int) -> list[int]:
    """What else coordinates on the axis are, the nearest first."""
    values = {each for step in program for each in numbers_along(step, axis)} - {value}
    return sorted(values, key=lambda each: (abs(each - value), each))


def _bored(program: Program) -> Iterator[Program]:
    """With the holes of all steps that add some, or of one, cut through the whole part instead."""
    holed = {
        number: step
        for number, step in enumerate(program)
        if isinstance(step, Extrude) and step.operation == "union" and len(step.loops) > 1
    }
    for some in (holed, *({number: step} for number, step in holed.items())):
        solid = [step.with_loops(step.loops[:1]) if number in some else step for number, step in enumerate(program)]
        yield (*solid, *(_through(program, step) for step in some.values()))


def _through(program: Program, holed: Extrude) -> Extrude:
    along = [value for step in program for value in numbers_along(step, AXES[holed.plane][2])]
    return Extrude("cut", holed.plane, min(along), max(along), holed.loops[1:])


def _volume(program: Program) -> float:
    solid = solid_of(program)
    assert solid is not None  # it was looked at
    return solid.volume
