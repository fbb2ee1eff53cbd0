"""Where an operation goes: on which axis, how far, in the middle or along a side."""

from collections.abc import Mapping
from random import Random

from cadgen.parts.block import THINNEST, Block, Blocks, block_of, spans_of
from cadgen.parts.draw import chance, octave, share
from cadgen.parts.sketch import draw_sketch
from cadgen.program import IN_PLANE, Box, Loop, box_of, moved, rectangle


def up_of(rng: Random, blocks: Blocks) -> int:
    """Mostly the axis of the first block."""
    return blocks[0].axis if chance(rng, 80) else rng.randrange(3)


def depth_on(rng: Random, blocks: Blocks, base: Block) -> int:
    longest = max(b - a for a, b in spans_of(blocks))
    return rng.choice((base.high - base.low, share(rng, longest, 5, 70), max(THINNEST, octave(rng, longest, 6))))


def settled(rng: Random, loops: list[Loop], within: Box, centred: int) -> list[Loop]:
    """The loops in the middle of a box, along one of its sides, or anywhere in it."""
    left, bottom, right, top = within
    x, y = to_middle(loops, within)
    if not chance(rng, centred):
        a, b, c, d = box_of(loops)
        free_x, free_y = (left - a, right - c), (bottom - b, top - d)
        kind = rng.randrange(4)
        if kind in (0, 3):
            x = rng.choice(free_x) if chance(rng, 40) else rng.randint(min(free_x), max(free_x))
        if kind in (1, 2, 3):
            y = rng.choice(free_y) if chance(rng, 40) else rng.randint(min(free_y), max(free_y))
    return moved(loops, x, y)


def to_middle(loops: list[Loop], within: Box) -> tuple[int, int]:
    """How far the loops are from the middle of a box."""
    a, b, c, d = box_of(loops)
    return (within[0] + within[2] - a - c) // 2, (within[1] + within[3] - b - d) // 2


def box_block(spans: dict[int, tuple[int, int]], axis: int, operation: str) -> Block:
    """The block that fills the spans of x, y and z."""
    first, second = IN_PLANE[axis]
    (left, right), (bottom, top) = spans[first], spans[second]
    return block_of(operation, axis, *spans[axis], [rectangle(left, bottom, right, top)])


def piece(rng: Random, low: int, high: int) -> tuple[int, int]:
    """Not all of [low, high]."""
    part = max(THINNEST, share(rng, high - low, 8, 60))
    start = rng.choice((low, high - part, (low + high - part) // 2))
    return start, start + part


def crosswise(
    rng: Random, blocks: Blocks, most: int, kinds: Mapping[str, int], pierced: int
) -> tuple[int, list[Loop], tuple[int, int]]:
    """An axis other than that of the first block, a sketch across it, up to `most` percent of the part; its span."""
    spans = spans_of(blocks)
    axis = rng.choice([axis for axis in range(3) if axis != blocks[0].axis])
    (left, right), (bottom, top) = (spans[across] for across in IN_PLANE[axis])
    width, height = (max(THINNEST, share(rng, side, 8, most)) for side in (right - left, top - bottom))
    loops = draw_sketch(rng, width, height, kinds, pierced)
    return axis, settled(rng, loops, (left, bottom, right, top), 50), spans[axis]
