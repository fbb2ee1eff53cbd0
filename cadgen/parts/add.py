"""Operations that add a block to a part, placed as designers place them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from cadgen.parts.block import THINNEST, Block, Blocks, block_of, extent, interval, shifted, spans_of, unions
from cadgen.parts.draw import chance, octave, share
from cadgen.parts.place import box_block, crosswise, depth_on, piece, settled, to_middle, up_of
from cadgen.parts.sketch import ANY, draw_holes, draw_sketch
from cadgen.program import IN_PLANE, Circle, Loop, moved, swapped

Operation = Callable[[Random, Blocks], Block]


def boss(rng: Random, blocks: Blocks, kinds: Mapping[str, int] = ANY, centred: int = 60) -> Block:
    """A sketch on an end of a block: a smaller or equal one standing there, at times one that hangs over."""
    base = rng.choice(unions(blocks))
    left, bottom, right, top = base.outline
    width, height = right - left, top - bottom
    w, h = share(rng, width, 15, 100), share(rng, height, 15, 100)
    if chance(rng, 50):
        w, h = width * h // height, h
    elif chance(rng, 15):
        w, h = w * 3 // 2, h * 3 // 2
    loops = draw_sketch(rng, max(THINNEST, w), max(THINNEST, h), kinds)
    loops = settled(rng, loops, (left, bottom, right, top), centred)
    depth = depth_on(rng, blocks, base)
    low, high = (base.high, base.high + depth) if chance(rng, 75) else (base.low - depth, base.low)
    return block_of("union", base.axis, low, high, loops)


def collar(rng: Random, blocks: Blocks) -> Block:
    """A disc or ring on the axis of the part, on one of its ends or around it."""
    base = rng.choice(unions(blocks))
    left, bottom, right, top = unions(blocks)[0].outline
    x, y, radius = (left + right) // 2, (bottom + top) // 2, max(THINNEST, min(right - left, top - bottom) // 2)
    r = share(rng, radius, 25, 96) if chance(rng, 65) else share(rng, radius, 104, 190)
    loops: list[Loop] = [Circle((x, y), r)]
    if chance(rng, 12):
        loops = moved(draw_sketch(rng, 2 * r, 2 * r, {"regular": 3, "rectangle": 1}, 0), x - r, y - r)
    if chance(rng, 30):
        loops += draw_holes(rng, loops[0], "bore")
    depth = depth_on(rng, blocks, base)
    low, high = spans_of(blocks)[base.axis]
    if chance(rng, 15):
        low, high = interval(rng, low, high)
        return block_of("union", base.axis, low, high, loops)
    return block_of("union", base.axis, *((high, high + depth) if chance(rng, 70) else (low - depth, low)), loops)


def flush(rng: Random, blocks: Blocks) -> Block:
    """A box in line with sides of the part, on top of it or grown from its base."""
    spans = spans_of(blocks)
    up = up_of(rng, blocks)
    first, second = IN_PLANE[up]
    low, high = spans[up]
    height = max(THINNEST, min(extent(rng, max(b - a for a, b in spans)), 900))
    bottom = low if chance(rng, 25) else high
    top = high + height
    if chance(rng, 25):
        bottom, top = low - height, low if chance(rng, 70) else high
    box = {first: interval(rng, *spans[first]), second: interval(rng, *spans[second]), up: (bottom, top)}
    if box[first] == spans[first] and box[second] == spans[second]:  # would only make the part longer
        box[first] = piece(rng, *spans[first])
    return box_block(box, up if chance(rng, 75) else rng.randrange(3), "union")


def rib(rng: Random, blocks: Blocks) -> Block:
    """A thin wall across the part, upright on one of its ends."""
    spans = spans_of(blocks)
    up = up_of(rng, blocks)
    first, second = IN_PLANE[up] if chance(rng, 50) else IN_PLANE[up][::-1]
    longest = max(b - a for a, b in spans)
    thick = max(THINNEST, min(octave(rng, longest // 8, 4), spans[first][1] - spans[first][0]))
    a, b = spans[first]
    at = rng.choice((a, b - thick, (a + b - thick) // 2, rng.randint(a, max(a, b - thick))))
    base = spans[up][1] if chance(rng, 75) else spans[up][0]
    box = {
        first: (at, at + thick),
        second: interval(rng, *spans[second]),
        up: (base, base + share(rng, longest, 5, 80)),
    }
    return box_block(box, rng.choice((up, up, first)), "union")


def wedge(rng: Random, blocks: Blocks) -> Block:
    """A profile that stands on the part and runs across it: gussets, ramps, lugs."""
    spans = spans_of(blocks)
    up = up_of(rng, blocks)
    along, across = IN_PLANE[up] if chance(rng, 50) else IN_PLANE[up][::-1]
    a, b = interval(rng, *spans[along])
    height = share(rng, max(b - a for a, b in spans), 8, 60)
    loops = draw_sketch(rng, b - a, height, {"slanted": 6, "arched": 3, "profile": 1, "notched": 1}, 15)
    loops = moved(loops, a, spans[up][1])
    if up < along:
        loops = swapped(loops)
    return block_of("union", across, *interval(rng, *spans[across]), loops)


def crossing(rng: Random, blocks: Blocks) -> Block:
    """A body whose axis is not that of the first block: through the part, out of a side, or within it."""
    axis, loops, (low, high) = crosswise(rng, blocks, 110, ANY, 20)
    reach = share(rng, high - low, 5, 60)
    middle = (low + high) // 2
    ends = ((low - reach, high + reach), (low - reach, low), (high, high + reach), (low, high), (middle, high + reach))
    return block_of("union", axis, *rng.choice((*ends, interval(rng, low, high))), loops)


def twin(rng: Random, blocks: Blocks) -> Block:
    """A block once more, beside itself or at the mirrored place, at times higher or lower."""
    block = rng.choice(unions(blocks))
    axis = rng.choice((*IN_PLANE[block.axis], *IN_PLANE[block.axis], block.axis))
    spans = spans_of(blocks)
    a, b = block.spans[axis]
    mirrored = spans[axis][0] + spans[axis][1] - a - b
    gap = extent(rng, b - a) if chance(rng, 60) else 0
    by = mirrored if mirrored and chance(rng, 55) else rng.choice((1, -1)) * (b - a + gap)
    copy = shifted(block, axis, by)
    if chance(rng, 40):
        size = copy.high - copy.low
        return replace(copy, high=copy.low + max(THINNEST, share(rng, size, 30, 220)))
    return copy


def sibling(rng: Random, blocks: Blocks) -> Block:
    """Another body beside the part, on the same base."""
    base = unions(blocks)[0]
    left, bottom, right, top = base.outline
    w, h = max(THINNEST, share(rng, right - left, 30, 140)), max(THINNEST, share(rng, top - bottom, 30, 140))
    loops = draw_sketch(rng, w, h, ANY, 35)
    spans = spans_of(blocks)
    first, second = IN_PLANE[base.axis]
    gap = share(rng, max(b - a for a, b in spans), 3, 120)
    x, y = to_middle(loops, (spans[first][0], spans[second][0], spans[first][1], spans[second][1]))
    if chance(rng, 50):
        x = spans[first][1] + gap
    else:
        y = spans[second][1] + gap
    high = base.high if chance(rng, 45) else base.low + share(rng, base.high - base.low, 30, 300)
    return block_of("union", base.axis, base.low, high, moved(loops, x, y))


def plug(rng: Random, blocks: Blocks) -> Block:
    """Something in a hole of a sketch: a pin, a disc or a ring, lower, level or higher."""
    pierced = [block for block in unions(blocks) if len(block.loops) > 1]
    if not pierced:
        return boss(rng, blocks)
    base = rng.choice(pierced)
    hole = rng.choice(base.loops[1:])
    if isinstance(hole, Circle) and chance(rng, 35):
        hole = Circle(hole.centre, max(4, share(rng, hole.radius, 25, 104)))
    loops = [hole, *(draw_holes(rng, hole, "bore") if chance(rng, 35) else [])]
    size = base.high - base.low
    low, high = rng.choice(
        (
            (base.low, base.high),
            (base.low, base.low + share(rng, size, 15, 90)),
            (base.low, base.high + share(rng, size, 10, 300)),
            (base.low - share(rng, size, 10, 200), base.high),
        )
    )
    return block_of("union", base.axis, low, high, loops)


def regrown(rng: Random, blocks: Blocks) -> Block:
    """A sketch extruded once more, further: the outline alone, a hole's, or all of it."""
    base = rng.choice(unions(blocks))
    loops = base.loops if chance(rng, 45) else (rng.choice(base.loops),)
    size = base.high - base.low
    further = base.high + share(rng, size, 10, 250)
    return block_of("union", base.axis, rng.choice((base.low, base.high)), further, loops)
