"""Canonical programs of drawn parts: turned, scaled, on the grid, and tried on the mesh kernel.

Centred, the largest extent 384 grid steps (1.5 units); every step changes the volume.
"""

from collections.abc import Sequence
from random import Random

import numpy as np

from cadgen.kernel import NotCovered, build
from cadgen.parts.block import EXTENT, Block, permuted, placed, spans_of, to_extent
from cadgen.parts.clearance import is_clear
from cadgen.parts.draw import chance, pick
from cadgen.parts.family import FAMILIES
from cadgen.parts.minimal import changes, is_minimal
from cadgen.program import PLANE_ACROSS, RADIUS, LoopsCoincide, Path, Program, Step, extrude, mapped_loop
from cadgen.shape import Solid

_LOOSE = 2  # steps by which a part may miss its place
_SWEPT = {2: 64, 1: 29, 0: 7}  # axis of the first extrusion, as in published programs
_VISIBLE = (1, -1, 1)  # the side along x, y and z that the pictures show
_RECORDED = 95  # steps to which the published sketches were recorded, from their first point to the farthest
_ATTEMPTS = 500
_MOST_SEGMENTS = 64  # of a program: longer ones are of no use to a decoder, and rare among published parts


def draw_part(seed: str, family: str, num: int) -> tuple[Program, Solid]:
    """The program of `num` extrusions that this seed gives in a family, and the mesh kernel's solid."""
    for attempt in range(_ATTEMPTS):
        program = draw_program(Random(f"{seed}/{attempt}"), family, num)
        solid = built(program) if program else None
        if program and solid:
            return program, solid
    raise RuntimeError(f"seed {seed}: none of {_ATTEMPTS} drafts of family {family} with {num} extrusions is a part")


def built(program: Program) -> Solid | None:
    """The solid, if there is one, it stands where it should, and every step matters to it."""
    told = changes(program, (EXTENT + _LOOSE) ** 3)
    if told is None:
        return None
    try:
        solid = build(program)
        low, high = solid.bounds
        placed_well = np.abs(low + high).max() <= _LOOSE and abs((high - low).max() - EXTENT) <= _LOOSE
        return solid if placed_well and is_minimal(program, told, solid) else None
    except NotCovered:
        return None


def draw_program(rng: Random, family: str, num: int) -> Program | None:
    """One attempt at a part; None where its sketches are no sketches on the grid."""
    blocks = _oriented(rng, FAMILIES[family].draw(rng, num))
    if chance(rng, 45):
        blocks = [_recorded(block) for block in blocks]
    steps = []
    for block in _fitted(blocks):
        try:
            step = extrude(block.operation, PLANE_ACROSS[block.axis], block.low, block.high, block.loops)
        except LoopsCoincide:
            return None
        if step is None or not is_clear(step.loops, 1.0):
            return None
        steps.append(step)
    return tuple(steps) if sum(map(_num_segments, steps)) <= _MOST_SEGMENTS else None


def _num_segments(step: Step) -> int:
    return sum(len(loop.segments) if isinstance(loop, Path) else 1 for loop in step.loops)


def _oriented(rng: Random, blocks: Sequence[Block]) -> list[Block]:
    """The part turned, and mirrored, so that it stands along any axis; what was added later mostly faces the eye."""
    swept = pick(rng, _SWEPT)
    rest = [axis for axis in range(3) if axis != swept]
    rng.shuffle(rest)
    turned = [permuted(block, (*rest, swept)) for block in blocks]
    shown = chance(rng, 80)
    signs = []
    for axis, visible in enumerate(_VISIBLE):
        (low, high), later = turned[0].spans[axis], [sum(block.spans[axis]) for block in turned[1:]]
        lean = sum(later) - len(later) * (low + high)
        signs.append(visible * (1 if lean > 0 else -1) if lean and shown else rng.choice((1, -1)))
    return [placed(block, lambda axis, c: c if axis == RADIUS else signs[axis] * c) for block in turned]


def _fitted(blocks: Sequence[Block]) -> list[Block]:
    """The part around the origin, scaled to its extent."""
    return [placed(block, to_extent(spans_of(blocks))) for block in blocks]


def _recorded(block: Block) -> Block:
    """The block with its sketch rounded as published sketches are: seen from its first point, in even steps."""
    first = block.loops[0]
    x, y = first.start if isinstance(first, Path) else (first.centre[0] - first.radius, first.centre[1])
    left, bottom, right, top = block.outline
    size = max(right - x, x - left, top - y, y - bottom)

    def rounded(length: int) -> int:
        steps = (2 * length * _RECORDED + size) // (2 * size)
        return (2 * steps * size + _RECORDED) // (2 * _RECORDED)

    loops = (
        mapped_loop(loop, lambda p: (x + rounded(p[0] - x), y + rounded(p[1] - y)), lambda r: max(1, rounded(r)))
        for loop in block.loops
    )
    return Block(block.operation, block.axis, block.low, block.high, tuple(loops))
