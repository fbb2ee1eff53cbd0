"""Parts that are made from drawn ones: what they begin with, and how the outcome is put in its place."""

from collections.abc import Mapping, Sequence
from random import Random

from cadgen.parts.attempt import draw_part
from cadgen.parts.block import to_extent
from cadgen.parts.draw import pick
from cadgen.parts.family import FAMILIES
from cadgen.program import Extrude, Program, Step, spans_of


def draw_base(rng: Random, nums: Mapping[int, float]) -> list[Extrude]:
    """A part of any family. nums: weights by how many extrusions it has."""
    num = pick(rng, nums)
    family = pick(rng, {name: family.weight for name, family in FAMILIES.items() if num in family.num})
    program, _ = draw_part(f"{rng.getrandbits(64)}", family, num)
    return [step for step in program if isinstance(step, Extrude)]


def fitted(program: Program) -> Program:
    """The part around the origin, scaled to its extent."""
    change = to_extent(around(program))
    return tuple(step.mapped(change) for step in program)


def around(steps: Sequence[Step]) -> list[tuple[int, int]]:
    """The box around all that is united, or around all where nothing is."""
    each = [spans_of(step) for step in steps if step.operation == "union"] or [spans_of(step) for step in steps]
    return [(min(one[axis][0] for one in each), max(one[axis][1] for one in each)) for axis in range(3)]
