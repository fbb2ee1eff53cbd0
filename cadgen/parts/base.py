"""First blocks of parts: sheets, bars, tubes, profiles, plates with holes. Drawn along z, standing on z = 0."""

from collections.abc import Iterable, Mapping
from random import Random

from cadgen.parts.block import LONGEST, THINNEST, Block, block_of, extent
from cadgen.parts.draw import chance, octave, pick, share
from cadgen.parts.sketch import ANY, draw_holes, draw_sketch
from cadgen.program import Circle, Loop, moved, rectangle


def slab(rng: Random) -> Block:
    """A sheet, a bar, a brick or a cube."""
    kind = pick(rng, {"sheet": 44, "bar": 10, "brick": 27, "square": 14, "cube": 5})
    a = LONGEST
    b = share(rng, a, 15, 100) if chance(rng, 75) else max(a // 30, extent(rng, a))
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
    return column([rectangle(0, 0, sides[0], sides[1])], sides[2])


def tube(rng: Random, bored: int = 72) -> Block:
    """A cylinder, a tube, a washer; bored: percent with a hole in the middle."""
    diameter, height = LONGEST, extent(rng, LONGEST)
    if chance(rng, 30):
        diameter, height = max(LONGEST // 36, extent(rng, LONGEST)), LONGEST
    loops: list[Loop] = [Circle((0, 0), diameter // 2)]
    if chance(rng, bored):
        loops += draw_holes(rng, loops[0], "bore" if chance(rng, 80) else "")
        if len(loops) > 1 and chance(rng, 14):
            loops[1:] = [Circle((0, 0), diameter * rng.randint(86, 98) // 200)]
    return column(loops, height)


def sketched(rng: Random, kinds: Mapping[str, int] = ANY, pierced: int = 25) -> Block:
    """Any sketch, as sheet, block or long profile."""
    width, height = LONGEST, LONGEST if chance(rng, 15) else share(rng, LONGEST, 15, 100)
    if chance(rng, 50):
        width, height = height, width
    loops = draw_sketch(rng, width, height, kinds, pierced)
    depth = extent(rng, LONGEST) if chance(rng, 75) else share(rng, LONGEST, 100, 400)
    return column(loops, depth)


def plate(rng: Random, kinds: Mapping[str, int], pattern: str = "") -> Block:
    """A sketch with holes, mostly thin."""
    width, height = LONGEST, LONGEST if chance(rng, 25) else share(rng, LONGEST, 18, 100)
    for _ in range(20):
        shape = draw_sketch(rng, width, height, kinds, 0)
        holes = draw_holes(rng, shape[0], pattern)
        if holes:
            break
    kind = pick(rng, {"sheet": 60, "block": 25, "long": 15})
    depth = max(THINNEST, octave(rng, LONGEST // 6, 5)) if kind == "sheet" else extent(rng, LONGEST)
    return column([*shape, *holes], depth if kind != "long" else share(rng, LONGEST, 100, 500))


def scattered(rng: Random) -> Block:
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
    return column(loops, extent(rng, LONGEST))


def column(loops: Iterable[Loop], depth: int) -> Block:
    return block_of("union", 2, 0, depth, loops)
