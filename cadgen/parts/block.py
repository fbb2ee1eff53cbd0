"""Blocks: extrusions in the making, along any of the three axes, in whole numbers of any scale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random

from cadgen.parts.draw import chance, octave, pick, share
from cadgen.program import (
    ANGLE,
    IN_PLANE,
    LENGTH,
    PLANE_ACROSS,
    RADIUS,
    Box,
    Change,
    Loop,
    box_of,
    mapped_in_plane,
    moved,
    swapped,
)

EXTENT = 384  # grid steps, the largest of a part
LONGEST = 1536  # about the largest extent of a part while it is drawn: four times the final one
THINNEST = 8


@dataclass(frozen=True)
class Block:
    """`loops`, the outline first, lie across `axis` (0, 1, 2 for x, y, z) and are swept from `low` to `high`.

    operation: "union" or "cut".
    """

    operation: str
    axis: int
    low: int
    high: int
    loops: tuple[Loop, ...]

    @cached_property
    def outline(self) -> Box:
        return box_of(self.loops[:1])

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """The lowest and highest coordinate along x, y and z."""
        left, bottom, right, top = box_of(self.loops)
        first, second = IN_PLANE[self.axis]
        spans = {first: (left, right), second: (bottom, top), self.axis: (self.low, self.high)}
        return [spans[axis] for axis in range(3)]


Blocks = Sequence[Block]


def block_of(operation: str, axis: int, low: int, high: int, loops: Iterable[Loop]) -> Block:
    return Block(operation, axis, min(low, high), max(low, high, min(low, high) + 1), tuple(loops))


def unions(blocks: Blocks) -> list[Block]:
    return [block for block in blocks if block.operation == "union"]


def spans_of(blocks: Blocks) -> list[tuple[int, int]]:
    """The box around all that was added."""
    each = [block.spans for block in unions(blocks)]
    return [(min(spans[i][0] for spans in each), max(spans[i][1] for spans in each)) for i in range(3)]


def to_extent(spans: Sequence[tuple[int, int]]) -> Change:
    """What puts the box of these spans around the origin and makes it as large as parts are; angles stay."""
    size = max(high - low for low, high in spans)

    def changed(axis: int, value: int) -> int:
        if axis == ANGLE:
            return value
        if axis in (RADIUS, LENGTH):
            return max(1, (2 * value * EXTENT + size) // (2 * size))
        return ((2 * value - sum(spans[axis])) * EXTENT + size) // (2 * size)

    return changed


def extent(rng: Random, longest: int) -> int:
    """A length next to another one of `longest`: equal, similar, a fraction of any size, or thin."""
    kind = pick(rng, {"equal": 14, "similar": 42, "fraction": 30, "thin": 14})
    if kind == "equal":
        return longest
    if kind == "similar":
        return share(rng, longest, 20, 100)
    return max(THINNEST, octave(rng, longest, 6) if kind == "fraction" else octave(rng, longest // 10, 4))


def shifted(block: Block, axis: int, by: int) -> Block:
    """The block moved along x, y or z."""
    if axis == block.axis:
        return replace(block, low=block.low + by, high=block.high + by)
    x, y = (by, 0) if IN_PLANE[block.axis][0] == axis else (0, by)
    return replace(block, loops=tuple(moved(block.loops, x, y)))


def permuted(block: Block, order: Sequence[int]) -> Block:
    """The block with its axis i lying along order[i]."""
    first, second = (order[axis] for axis in IN_PLANE[block.axis])
    loops = block.loops if first < second else tuple(swapped(block.loops))
    return replace(block, axis=order[block.axis], loops=loops)


def placed(block: Block, change: Change) -> Block:
    """The block with every number changed, standing upright again where that turned it over."""
    loops = tuple(mapped_in_plane(loop, PLANE_ACROSS[block.axis], change) for loop in block.loops)
    ends = sorted((change(block.axis, block.low), change(block.axis, block.high)))
    return Block(block.operation, block.axis, ends[0], max(ends[1], ends[0] + 1), loops)


def interval(rng: Random, low: int, high: int) -> tuple[int, int]:
    """A piece of [low, high]: all of it, one end, the middle, or anywhere."""
    size = high - low
    part = max(THINNEST, share(rng, size, 12, 70) if chance(rng, 65) else octave(rng, size // 3, 4))
    kind = pick(rng, {"all": 34, "low": 19, "high": 19, "middle": 17, "any": 11})
    if kind == "all" or part >= size:
        return low, high
    start = {
        "low": low,
        "high": high - part,
        "middle": low + (size - part) // 2,
        "any": rng.randint(low, high - part),
    }[kind]
    return start, start + part
