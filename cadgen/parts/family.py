"""Families of parts: `draw(rng, num)` gives a part of `num` extrusions, in the making."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import isqrt
from random import Random

from cadgen.lang.program import Arc, Circle, Line, Loop, Path
from cadgen.parts import operation as op
from cadgen.parts import outline
from cadgen.parts.block import LONGEST, THINNEST, Block, block_of, extent, spans_of, unions
from cadgen.parts.draw import chance, octave, pick, share
from cadgen.parts.loop import box_of, moved, polygon, rectangle
from cadgen.parts.sketch import ANY, draw_holes, draw_sketch

Base = Callable[[Random], Block]


@dataclass(frozen=True)
class Family:
    """weight: its share among the families that can have as many extrusions; num: how many those may be."""

    weight: float
    num: range
    draw: Callable[[Random, int], list[Block]]


def _slab(rng: Random) -> Block:
    """A sheet, a bar, a brick or a cube."""
    kind = pick(rng, {"sheet": 52, "bar": 14, "brick": 24, "square": 7, "cube": 3})
    a = LONGEST
    b = share(rng, a, 15, 100) if chance(rng, 75) else extent(rng, a)
    c = max(THINNEST, octave(rng, a // 8, 5))
    if kind == "bar":
        b, c = max(a // 40, octave(rng, a // 4, 4)), max(THINNEST, octave(rng, a // 4, 5))
    elif kind == "brick":
        b, c = share(rng, a, 15, 100), share(rng, a, 10, 100)
    elif kind == "square":
        b, c = rng.choice(((a, c), (a, share(rng, a, 3, 90)), (share(rng, a, 2, 60),) * 2))
    elif kind == "cube":
        b, c = a, a
    sides = [a, b, c]
    if kind == "sheet" and chance(rng, 88):  # swept across its thickness
        sides[:2] = sides[:2] if chance(rng, 50) else sides[1::-1]
    else:
        rng.shuffle(sides)
    return _column([rectangle(0, 0, sides[0], sides[1])], sides[2])


def _round(rng: Random, bored: int = 72) -> Block:
    """A cylinder, a tube, a washer; bored: percent with a hole in the middle."""
    diameter, height = LONGEST, extent(rng, LONGEST)
    if chance(rng, 30):
        diameter, height = max(LONGEST // 36, extent(rng, LONGEST)), LONGEST
    loops: list[Loop] = [Circle((0, 0), diameter // 2)]
    if chance(rng, bored):
        loops += draw_holes(rng, loops[0], "bore" if chance(rng, 80) else "")
        if len(loops) > 1 and chance(rng, 14):
            loops[1:] = [Circle((0, 0), diameter * rng.randint(86, 98) // 200)]
    return _column(loops, height)


def _sketched(rng: Random, kinds: Mapping[str, int] = ANY, pierced: int = 25) -> Block:
    """Any sketch, as sheet, block or long profile."""
    width, height = LONGEST, LONGEST if chance(rng, 15) else share(rng, LONGEST, 15, 100)
    if chance(rng, 50):
        width, height = height, width
    loops = draw_sketch(rng, width, height, kinds, pierced)
    depth = extent(rng, LONGEST) if chance(rng, 75) else share(rng, LONGEST, 100, 400)
    return _column(loops, depth)


def _plate(rng: Random, kinds: Mapping[str, int], pattern: str = "") -> Block:
    """A sketch with holes, mostly thin."""
    width, height = LONGEST, LONGEST if chance(rng, 25) else share(rng, LONGEST, 18, 100)
    for _ in range(20):
        shape = draw_sketch(rng, width, height, kinds, 0)
        holes = draw_holes(rng, shape[0], pattern)
        if holes:
            break
    depth = max(THINNEST, octave(rng, LONGEST // 6, 5)) if chance(rng, 65) else extent(rng, LONGEST)
    return _column([*shape, *holes], depth)


def _scattered(rng: Random) -> Block:
    """One sketch of several outlines that lie apart."""
    num, w, h = rng.choice((2, 2, 2, 3, 4, 4)), share(rng, LONGEST, 10, 60), share(rng, LONGEST, 10, 60)
    first = draw_sketch(rng, w, h, ANY, 25)
    gap = share(rng, LONGEST, 4, 60)
    if num == 4:
        places = [(i, j) for i in (0, 1) for j in (0, 1)]
    else:
        places = [(i, 0) for i in range(num)] if chance(rng, 50) else [(0, i) for i in range(num)]
    loops: list[Loop] = []
    for i, j in places:
        again = first if chance(rng, 75) or num == 4 else draw_sketch(rng, w, h, ANY, 25)
        loops += moved(again, i * (w + gap), j * (h + gap))
    return _column(loops, extent(rng, LONGEST))


def _column(loops: list[Loop], depth: int) -> Block:
    return block_of("union", 2, 0, depth, loops)


def _single(base: Base) -> Callable[[Random, int], list[Block]]:
    return lambda rng, num: [base(rng)]


def _built(
    bases: Mapping[Base, int], operations: Mapping[op.Operation, int], first: op.Operation | None = None
) -> Callable[[Random, int], list[Block]]:
    """A base and operations on it, drawn by weight; `first` comes before the others."""

    def draw(rng: Random, num: int) -> list[Block]:
        blocks = [rng.choices(list(bases), list(bases.values()))[0](rng)]
        while len(blocks) < num:
            (act,) = rng.choices(list(operations), list(operations.values()))
            blocks.append((first if first and len(blocks) == 1 else act)(rng, blocks))
        return blocks

    return draw


def _link(rng: Random, num: int) -> list[Block]:
    """Bosses and the arms between them, mostly bored."""
    thick = share(rng, LONGEST, 3, 22)
    big, small = share(rng, LONGEST, 10, 30), share(rng, LONGEST, 6, 25)
    length = LONGEST - big - small
    bores = [share(rng, big, 25, 75), share(rng, small, 25, 75)]
    arm = _arm(rng, length, big, small)
    ends = [(0, 0, big, bores[0]), (length, 0, small, bores[1])]
    bored = len(arm.segments) == 4 and isinstance(arm.segments[1], Arc) and chance(rng, 80)
    blocks = [_column([arm, *(Circle((x, y), bore) for x, y, _, bore in ends if bored)], thick)]
    while len(blocks) < num:
        if len(blocks) > 2:
            blocks.append((op.drill if chance(rng, 40) else op.boss)(rng, blocks))
            continue
        x, y, radius, bore = ends[len(blocks) - 1] if chance(rng, 80) else ends[0]
        loops: list[Loop] = [Circle((x, y), radius)]
        loops += [Circle((x, y), bore)] if chance(rng, 80) else []
        high = thick + share(rng, LONGEST, 3, 35)
        low = rng.choice((0, 0, thick, thick - high))
        blocks.append(block_of("union", 2, low, high, loops))
    return blocks[::-1] if chance(rng, 30) and len(blocks) == 2 else blocks


def _arm(rng: Random, length: int, big: int, small: int) -> Path:
    """A bar between two round ends at (0, 0) and (length, 0), or the shape around both."""
    half = min(big, small) * rng.randint(20, 55) // 100
    if chance(rng, 45):  # its ends inside the walls of the bosses
        return rectangle(isqrt(big * big - half * half), -half, length - isqrt(small * small - half * half), half)
    arcs = Arc((length + small, 0), (length, small)), Line((0, big)), Arc((-big, 0), (0, -big))
    return Path((0, -big), (Line((length, -small)), *arcs))


def _tray(rng: Random, num: int) -> list[Block]:
    """A box open on one side, with holes in its walls, feet or a lid."""
    width, depth, height = LONGEST, share(rng, LONGEST, 30, 100), share(rng, LONGEST, 6, 90)
    wall = max(THINNEST, octave(rng, min(depth, height) // 4, 4))
    floor = wall if chance(rng, 60) else share(rng, height, 5, 60)
    sides = [wall, wall, wall, wall]
    if chance(rng, 20):
        sides[rng.randrange(4)] = -wall  # open on this side as well
    inner = rectangle(sides[0], sides[1], width - sides[2], depth - sides[3])
    blocks = [_column([rectangle(0, 0, width, depth)], height), block_of("cut", 2, floor, height, [inner])]
    if chance(rng, 15):
        blocks[1:] = [block_of("cut", 2, 0, height - floor, [inner])]
    later = {op.slit: 4, op.drill: 2, op.rib: 1, op.flush: 1, op.boss: 1}
    while len(blocks) < num:
        (act,) = rng.choices(list(later), list(later.values()))
        blocks.append(act(rng, blocks))
    return blocks


def _bracket(rng: Random, num: int) -> list[Block]:
    """Plates at right angles, holes in them, gussets between."""
    thick = max(THINNEST, octave(rng, LONGEST // 6, 3))
    width, depth = LONGEST, share(rng, LONGEST, 15, 100)
    loops: list[Loop] = [rectangle(0, 0, width, depth)]
    loops += draw_holes(rng, loops[0]) if chance(rng, 25) else []
    height, wall = (
        share(rng, LONGEST, 10, 90),
        thick if chance(rng, 65) else max(THINNEST, octave(rng, LONGEST // 6, 3)),
    )
    blocks = [_column(loops, thick), _wall(rng, width, depth, (0, wall), thick, height)]
    while len(blocks) < num:
        kind = pick(rng, {"wall": 4, "drill": 3, "gusset": 2, "other": 2})
        if kind == "wall":
            end = rng.choice(((width - wall, width), ((width - wall) // 2, (width + wall) // 2), (0, wall)))
            blocks.append(_wall(rng, width, depth, end, thick, height))
        elif kind == "gusset":
            reach, at = min(width - wall, height) * rng.randint(30, 95) // 100, rng.randint(0, max(0, depth - wall))
            foot = wall, thick
            corner = polygon([foot, (wall + max(9, reach), thick), (wall, thick + max(9, reach))])
            blocks.append(block_of("union", 1, at, at + wall, [corner]))
        else:
            blocks.append((op.drill if kind == "drill" else rng.choice((op.boss, op.step, op.slit)))(rng, blocks))
    return blocks


def _wall(rng: Random, width: int, depth: int, span: tuple[int, int], floor: int, height: int) -> Block:
    """An upright plate over the whole depth of a bracket."""
    loops: list[Loop] = [rectangle(0, floor, depth, floor + height)]
    if chance(rng, 40):
        shape = draw_sketch(rng, depth, height, {"rectangle": 3, "arched": 3, "eased": 2, "slanted": 2}, 0)
        loops = moved(shape, (depth - box_of(shape)[2]) // 2, floor)
        loops += draw_holes(rng, loops[0], rng.choice(("single", "row", "corners")))
    return block_of("union", 0, *span, loops)


def _table(rng: Random, num: int) -> list[Block]:
    """A top and what carries it."""
    width, depth, thick = LONGEST, share(rng, LONGEST, 25, 100), max(THINNEST, octave(rng, LONGEST // 8, 3))
    height, leg = share(rng, LONGEST, 12, 110), max(THINNEST, octave(rng, depth // 3, 3))
    inset = 0 if chance(rng, 55) else share(rng, depth // 4, 1, 60)
    far_x, far_y = width - inset - leg, depth - inset - leg
    places = [(inset, inset), (far_x, inset), (inset, far_y), (far_x, far_y)]
    blocks = [_column([rectangle(0, 0, width, depth)], thick)]
    if num - 1 not in (2, 3, 4) or chance(rng, 35):
        legs: list[Loop] = [_leg(rng, place, leg) for place in places]
        blocks.append(block_of("union", 2, -height, 0, legs))
    else:
        sides = [[(inset, inset, leg, depth - 2 * inset), (far_x, inset, leg, depth - 2 * inset)], []][num > 3]
        for x, y, w, h in sides or [(x, y, leg, leg) for x, y in places][: num - 1]:
            blocks.append(block_of("union", 2, -height, 0, [rectangle(x, y, x + w, y + h)]))
    while len(blocks) < num:
        blocks.append(rng.choice((op.rib, op.flush, op.drill))(rng, blocks))
    return blocks


def _leg(rng: Random, place: tuple[int, int], size: int) -> Loop:
    x, y = place
    return rectangle(x, y, x + size, y + size)


def _beams(rng: Random, num: int) -> list[Block]:
    """Bars along the edges and through the middle of a box: racks, chairs, gates."""
    spans = [(0, share(rng, LONGEST, 30, 100)) for _ in range(3)]
    spans[rng.randrange(3)] = (0, LONGEST)
    thick = max(THINNEST, octave(rng, LONGEST // 6, 3))
    blocks: list[Block] = []
    while len(blocks) < num:
        along = rng.randrange(3)
        box = {}
        for axis, (low, high) in enumerate(spans):
            at = rng.choice((low, high - thick, low, high - thick, (low + high - thick) // 2))
            box[axis] = (at, at + thick)
        box[along] = spans[along]
        if chance(rng, 18):
            box[(along + 1) % 3] = spans[(along + 1) % 3]
        axes = [axis for axis in range(3) if axis != along]
        (left, right), (bottom, top) = box[axes[0]], box[axes[1]]
        blocks.append(block_of("union", along, *box[along], [rectangle(left, bottom, right, top)]))
    return blocks


def _inserted(rng: Random, num: int) -> list[Block]:
    """A pierced sketch whose holes are filled in part."""
    kinds = {"rectangle": 4, "circle": 4, "regular": 2, "eased": 1, "slot": 1}
    blocks = [_plate(rng, kinds, rng.choice(("bore", "bore", "single", "similar", "row", "corners", "polar")))]
    while len(blocks) < num:
        blocks.append((op.plug if chance(rng, 75) or len(blocks) == 1 else op.boss)(rng, blocks))
    return blocks


_BASES: dict[Base, int] = {_slab: 40, _round: 22, _sketched: 38}
_BOX: dict[Base, int] = {_slab: 1}
_FLAT = {"rectangle": 6, "circle": 2, "eased": 2, "slot": 1, "link": 1, "arched": 1, "regular": 1, "profile": 1}
_STRAIGHT = {"profile": 46, "channel": 22, "notched": 16, "slanted": 22, "ragged": 5}
_CURVED = {"slot": 3, "link": 2, "eased": 5, "arched": 6}
_LATER = range(2, 9)

FAMILIES: dict[str, Family] = {
    "slab": Family(33, range(1, 2), _single(_slab)),
    "round": Family(22, range(1, 2), _single(_round)),
    "profile": Family(19, range(1, 2), _single(partial(_sketched, kinds=_STRAIGHT, pierced=14))),
    "curved": Family(6, range(1, 2), _single(partial(_sketched, kinds=_CURVED, pierced=30))),
    "regular": Family(3, range(1, 2), _single(partial(_sketched, kinds={"regular": 1}, pierced=45))),
    "plate": Family(9, range(1, 2), _single(partial(_plate, kinds=_FLAT))),
    "frame": Family(5, range(1, 2), _single(partial(_plate, kinds={"rectangle": 1}, pattern="similar"))),
    "scattered": Family(3, range(1, 2), _single(_scattered)),
    "stack": Family(20, _LATER, _built(_BASES, {op.boss: 8, op.pocket: 1, op.regrown: 1})),
    "shaft": Family(
        14, _LATER, _built({_round: 5, partial(_sketched, kinds={"regular": 1}): 1}, {op.collar: 8, op.pocket: 1})
    ),
    "blocks": Family(16, _LATER, _built(_BOX, {op.flush: 7, op.rib: 2, op.wedge: 1})),
    "milled": Family(14, _LATER, _built({_slab: 6, _sketched: 3}, {op.pocket: 3, op.drill: 3, op.slit: 3, op.step: 3})),
    "twins": Family(6, _LATER, _built(_BASES, {op.twin: 4, op.boss: 1}, op.twin)),
    "siblings": Family(4, range(2, 5), _built({_round: 2, _sketched: 2, _slab: 1}, {op.sibling: 1})),
    "crossing": Family(7, _LATER, _built(_BASES, {op.crossing: 3, op.slit: 1}, op.crossing)),
    "inserted": Family(5, range(2, 7), _inserted),
    "link": Family(5, range(2, 6), _link),
    "tray": Family(5, _LATER, _tray),
    "bracket": Family(8, _LATER, _bracket),
    "table": Family(3, _LATER, _table),
    "beams": Family(4, _LATER, _beams),
    "mixed": Family(
        18,
        _LATER,
        _built(
            _BASES,
            {
                **{op.boss: 5, op.collar: 2, op.pocket: 3, op.drill: 3, op.flush: 3, op.rib: 2, op.wedge: 2},
                **{op.crossing: 2, op.slit: 2, op.step: 2, op.twin: 2, op.sibling: 1, op.plug: 1, op.regrown: 1},
            },
        ),
    ),
}
"""Sketch-and-extrude families, weighted as real parts are."""
