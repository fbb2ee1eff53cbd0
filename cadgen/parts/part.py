"""Random parts: `sample_program(seed)` says how a part is built, `sample_part(seed)` also builds it.

Centred, its largest extent 384 grid steps (1.5 units). Every step of a program changes the volume.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from cadgen.lang import Program, write
from cadgen.lang.normalise import extrusion
from cadgen.lang.program import Path, Step
from cadgen.parts.block import Block, permuted, placed, spans_of
from cadgen.parts.clearance import is_clear
from cadgen.parts.draw import chance, pick
from cadgen.parts.family import FAMILIES
from cadgen.parts.loop import mapped

EXTENT = 384
# Of 100 published programs, how many have so many extrusions.
NUM_EXTRUSIONS = {1: 57, 2: 18, 3: 12, 4: 7, 5: 3, 6: 1.5, 7: 1, 8: 0.5}
_SWEPT = {2: 58, 1: 30, 0: 12}  # axis of the first extrusion, as in published programs
_PLANES = {2: "XY", 1: "XZ", 0: "YZ"}
_RECORDED = 95  # steps to which the published sketches were recorded, from their first point to the farthest


def draw_steps(seed: str, family: str, num: int) -> Program | None:
    """One attempt at a part; None where its sketches are no sketches on the grid."""
    rng = Random(seed)
    blocks = _oriented(rng, FAMILIES[family].draw(rng, num))
    if chance(rng, 45):
        blocks = [_recorded(block) for block in blocks]
    steps = []
    for block in _fitted(blocks):
        sketch = extrusion(_PLANES[block.axis], block.low, block.high, block.loops)
        if sketch is None or not is_clear(sketch.loops, 1.0):
            return None
        steps.append(Step(block.operation, sketch))
    return tuple(steps)


def _oriented(rng: Random, blocks: Sequence[Block]) -> list[Block]:
    """The part turned, and mirrored, so that it stands along any axis."""
    swept = pick(rng, _SWEPT)
    rest = [axis for axis in range(3) if axis != swept]
    rng.shuffle(rest)
    turned = [permuted(block, (*rest, swept)) for block in blocks]
    signs = [rng.choice((1, -1)), rng.choice((1, -1)), 1 if chance(rng, 70) else -1]
    return [placed(block, lambda axis, c: signs[axis] * c, int) for block in turned]


def _fitted(blocks: Sequence[Block]) -> list[Block]:
    """The part around the origin, scaled to its extent."""
    spans = spans_of(blocks)
    size = max(high - low for low, high in spans)
    doubled = [low + high for low, high in spans]

    def place(axis: int, c: int) -> int:
        return ((2 * c - doubled[axis]) * EXTENT + size) // (2 * size)

    return [placed(block, place, lambda r: max(1, (2 * r * EXTENT + size) // (2 * size))) for block in blocks]


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
        mapped(loop, lambda p: (x + rounded(p[0] - x), y + rounded(p[1] - y)), lambda r: max(1, rounded(r)))
        for loop in block.loops
    )
    return Block(block.operation, block.axis, block.low, block.high, tuple(loops))
