"""Operations: one more block for a part, added or cut, placed as designers place them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from cadgen.lang.program import Circle, Loop
from cadgen.parts.block import (
    IN_PLANE,
    THINNEST,
    Block,
    Blocks,
    block_of,
    extent,
    interval,
    shifted,
    spans_of,
    unions,
)
from cadgen.parts.draw import chance, octave, pick, share
from cadgen.parts.loop import box_of, moved, rectangle, swapped
from cadgen.parts.sketch import ANY, SMALL, draw_holes, draw_sketch

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
    loops = _settled(rng, loops, (left, bottom, right, top), centred)
    depth = _depth(rng, blocks, base)
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
    depth = _depth(rng, blocks, base)
    low, high = spans_of(blocks)[base.axis]
    if chance(rng, 15):
        low, high = interval(rng, low, high)
        return block_of("union", base.axis, low, high, loops)
    return block_of("union", base.axis, *((high, high + depth) if chance(rng, 70) else (low - depth, low)), loops)


def pocket(rng: Random, blocks: Blocks, kinds: Mapping[str, int] = SMALL) -> Block:
    """A cut from an end of a block, blind or through."""
    base = rng.choice(unions(blocks))
    left, bottom, right, top = base.outline
    width, height = right - left, top - bottom
    if chance(rng, 28):
        wall = max(THINNEST, share(rng, min(width, height), 4, 30))
        loops: list[Loop] = [rectangle(left + wall, bottom + wall, right - wall, top - wall)]
        if min(width, height) <= 3 * wall or isinstance(base.loops[0], Circle):
            loops = [Circle(((left + right) // 2, (bottom + top) // 2), share(rng, min(width, height), 12, 45))]
    else:
        w, h = share(rng, width, 8, 75), share(rng, height, 8, 75)
        loops = draw_sketch(rng, max(THINNEST, w), max(THINNEST, h), kinds, 4)
        loops = _settled(rng, loops, (left, bottom, right, top), 55)
    return _sunk(rng, base, loops)


def drill(rng: Random, blocks: Blocks) -> Block:
    """Holes in a pattern, cut from an end of a block."""
    base = rng.choice(unions(blocks))
    holes = draw_holes(rng, base.loops[0]) or draw_holes(rng, base.loops[0], "single")
    if not holes:
        return pocket(rng, blocks)
    return _sunk(rng, base, holes)


def flush(rng: Random, blocks: Blocks) -> Block:
    """A box in line with sides of the part, on top of it or grown from its base."""
    spans = spans_of(blocks)
    up = _up(rng, blocks)
    first, second = IN_PLANE[up]
    low, high = spans[up]
    height = max(THINNEST, min(extent(rng, max(b - a for a, b in spans)), 900))
    bottom = low if chance(rng, 25) else high
    top = high + height
    if chance(rng, 25):
        bottom, top = low - height, low if chance(rng, 70) else high
    box = {first: interval(rng, *spans[first]), second: interval(rng, *spans[second]), up: (bottom, top)}
    if box[first] == spans[first] and box[second] == spans[second]:  # would only make the part longer
        box[first] = _piece(rng, *spans[first])
    return _box(box, up if chance(rng, 75) else rng.randrange(3), "union")


def rib(rng: Random, blocks: Blocks) -> Block:
    """A thin wall across the part, upright on one of its ends."""
    spans = spans_of(blocks)
    up = _up(rng, blocks)
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
    return _box(box, rng.choice((up, up, first)), "union")


def wedge(rng: Random, blocks: Blocks) -> Block:
    """A profile that stands on the part and runs across it: gussets, ramps, lugs."""
    spans = spans_of(blocks)
    up = _up(rng, blocks)
    along, across = IN_PLANE[up] if chance(rng, 50) else IN_PLANE[up][::-1]
    a, b = interval(rng, *spans[along])
    height = share(rng, max(b - a for a, b in spans), 8, 60)
    loops = draw_sketch(rng, b - a, height, {"slanted": 6, "arched": 3, "profile": 1, "notched": 1}, 15)
    loops = moved(loops, a, spans[up][1])
    if up < along:
        loops = swapped(loops)
    return block_of("union", across, *interval(rng, *spans[across]), loops)


def crossing(rng: Random, blocks: Blocks, operation: str = "union") -> Block:
    """A body, or a cut, whose axis is not that of the first block."""
    spans = spans_of(blocks)
    axis = rng.choice([axis for axis in range(3) if axis != blocks[0].axis])
    first, second = IN_PLANE[axis]
    (a, b), (c, d) = spans[first], spans[second]
    most = 85 if operation == "cut" else 110
    w, h = max(THINNEST, share(rng, b - a, 8, most)), max(THINNEST, share(rng, d - c, 8, most))
    loops = draw_sketch(rng, w, h, SMALL if operation == "cut" else ANY, 6 if operation == "cut" else 20)
    loops = _settled(rng, loops, (a, c, b, d), 50)
    low, high = spans[axis]
    size = high - low
    if operation == "cut":
        return block_of("cut", axis, *_cut_span(rng, low, high), loops)
    reach = share(rng, size, 5, 60)
    ends = (
        (low - reach, high + reach),
        (low - reach, low),
        (high, high + reach),
        (low, high),
        ((low + high) // 2, high + reach),
    )
    return block_of("union", axis, *rng.choice((*ends, interval(rng, low, high))), loops)


def slit(rng: Random, blocks: Blocks) -> Block:
    """A cut through the part from one side to the other."""
    return crossing(rng, blocks, "cut")


def step(rng: Random, blocks: Blocks) -> Block:
    """A box cut away at an end, an edge or a corner."""
    spans = spans_of(blocks)
    pieces = [interval(rng, *span) for span in spans]
    whole = [axis for axis in range(3) if pieces[axis] == spans[axis]]
    for axis in whole[1:]:  # with two of them whole it would only make the part shorter
        pieces[axis] = _piece(rng, *spans[axis])
    return _box(dict(enumerate(pieces)), rng.randrange(3), "cut")


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
    x, y = _middle(loops, (spans[first][0], spans[second][0], spans[first][1], spans[second][1]))
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


def _up(rng: Random, blocks: Blocks) -> int:
    """Mostly the axis of the first block."""
    return blocks[0].axis if chance(rng, 80) else rng.randrange(3)


def _depth(rng: Random, blocks: Blocks, base: Block) -> int:
    longest = max(b - a for a, b in spans_of(blocks))
    return rng.choice((base.high - base.low, share(rng, longest, 5, 70), max(THINNEST, octave(rng, longest, 6))))


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


def _settled(rng: Random, loops: list[Loop], box: tuple[int, int, int, int], centred: int) -> list[Loop]:
    """The loops in the middle of a box, along one of its sides, or anywhere in it."""
    left, bottom, right, top = box
    x, y = _middle(loops, box)
    if not chance(rng, centred):
        a, b, c, d = box_of(loops)
        free_x, free_y = (left - a, right - c), (bottom - b, top - d)
        kind = rng.randrange(4)
        if kind in (0, 3):
            x = rng.choice(free_x) if chance(rng, 40) else rng.randint(min(free_x), max(free_x))
        if kind in (1, 2, 3):
            y = rng.choice(free_y) if chance(rng, 40) else rng.randint(min(free_y), max(free_y))
    return moved(loops, x, y)


def _middle(loops: list[Loop], box: tuple[int, int, int, int]) -> tuple[int, int]:
    a, b, c, d = box_of(loops)
    return (box[0] + box[2] - a - c) // 2, (box[1] + box[3] - b - d) // 2


def _piece(rng: Random, low: int, high: int) -> tuple[int, int]:
    """Not all of [low, high]."""
    part = max(THINNEST, share(rng, high - low, 8, 60))
    start = rng.choice((low, high - part, (low + high - part) // 2))
    return start, start + part


def _box(spans: dict[int, tuple[int, int]], axis: int, operation: str) -> Block:
    first, second = IN_PLANE[axis]
    (left, right), (bottom, top) = spans[first], spans[second]
    return block_of(operation, axis, *spans[axis], [rectangle(left, bottom, right, top)])
