"""Operations that cut a block from a part, placed as designers place them."""

from collections.abc import Mapping
from random import Random

from cadgen.parts.block import THINNEST, Block, Blocks, block_of, interval, spans_of, unions
from cadgen.parts.draw import chance, pick, share
from cadgen.parts.place import box_block, crosswise, piece, settled
from cadgen.parts.sketch import SMALL, draw_holes, draw_sketch
from cadgen.program import Circle, Loop, rectangle


def pocket(rng: Random, blocks: Blocks, kinds: Mapping[str, int] = SMALL) -> Block:
    """A cut from an end of a block, blind or through."""
    base = rng.choice(unions(blocks))
    left, bottom, right, top = base.outline
    width, height = right - left, top - bottom
    if chance(rng, 28):
        wall = max(THINNEST, share(rng, min(width, height), 4, 30))
        loops: list[Loop]
        if min(width, height) <= 3 * wall or isinstance(base.loops[0], Circle):
            loops = [Circle(((left + right) // 2, (bottom + top) // 2), share(rng, min(width, height), 12, 45))]
        else:
            loops = [rectangle(left + wall, bottom + wall, right - wall, top - wall)]
    else:
        w, h = share(rng, width, 8, 75), share(rng, height, 8, 75)
        loops = draw_sketch(rng, max(THINNEST, w), max(THINNEST, h), kinds, 4)
        loops = settled(rng, loops, (left, bottom, right, top), 55)
    return _sunk(rng, base, loops)


def drill(rng: Random, blocks: Blocks) -> Block:
    """Holes in a pattern, cut from an end of a block."""
    base = rng.choice(unions(blocks))
    holes = draw_holes(rng, base.loops[0]) or draw_holes(rng, base.loops[0], "single")
    if not holes:
        return pocket(rng, blocks)
    return _sunk(rng, base, holes)


def slit(rng: Random, blocks: Blocks) -> Block:
    """A cut whose axis is not that of the first block."""
    axis, loops, (low, high) = crosswise(rng, blocks, 85, SMALL, 6)
    return block_of("cut", axis, *_cut_span(rng, low, high), loops)


def step(rng: Random, blocks: Blocks) -> Block:
    """A box cut away at an end, an edge or a corner."""
    spans = spans_of(blocks)
    pieces = [interval(rng, *span) for span in spans]
    whole = [axis for axis in range(3) if pieces[axis] == spans[axis]]
    for axis in whole[1:]:  # with two of them whole it would only make the part shorter
        pieces[axis] = piece(rng, *spans[axis])
    return box_block(dict(enumerate(pieces)), rng.randrange(3), "cut")


def _sunk(rng: Random, base: Block, loops: list[Loop]) -> Block:
    low, high = _cut_span(rng, base.low, base.high)
    return block_of("cut", base.axis, low, high, loops)


def _cut_span(rng: Random, low: int, high: int) -> tuple[int, int]:
    """Through, or blind from one end; a cut may begin a little outside."""
    size = high - low
    kind = pick(rng, {"through": 50, "from above": 34, "from below": 10, "inside": 6})
    beyond = share(rng, size, 1, 4) if chance(rng, 12) else 0
    deep = share(rng, size, 12, 92)
    return {
        "through": (low, high + beyond),
        "from above": (high - deep, high + beyond),
        "from below": (low - beyond, low + deep),
        "inside": (low + (size - deep) // 2, low + (size - deep) // 2 + deep),
    }[kind]
