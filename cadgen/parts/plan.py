"""Parts that are built to a plan: links, trays, brackets, tables, frameworks, filled holes."""

from math import isqrt
from random import Random

from cadgen.parts import add, cut
from cadgen.parts.base import column, plate
from cadgen.parts.block import LONGEST, THINNEST, Block, block_of
from cadgen.parts.draw import chance, octave, pick, share
from cadgen.parts.sketch import draw_holes, draw_sketch
from cadgen.program import Arc, Circle, Line, Loop, Path, box_of, moved, polygon, rectangle


def link(rng: Random, num: int) -> list[Block]:
    """Bosses and the arms between them, mostly bored."""
    thick = share(rng, LONGEST, 3, 22)
    big, small = share(rng, LONGEST, 10, 30), share(rng, LONGEST, 6, 25)
    length = LONGEST - big - small
    bores = [share(rng, big, 25, 75), share(rng, small, 25, 75)]
    arm = _arm(rng, length, big, small)
    ends = [(0, 0, big, bores[0]), (length, 0, small, bores[1])]
    bored = len(arm.segments) == 4 and isinstance(arm.segments[1], Arc) and chance(rng, 80)
    blocks = [column([arm, *(Circle((x, y), bore) for x, y, _, bore in ends if bored)], thick)]
    while len(blocks) < num:
        if len(blocks) > 2:
            blocks.append((cut.drill if chance(rng, 40) else add.boss)(rng, blocks))
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


def tray(rng: Random, num: int) -> list[Block]:
    """A box open on one side, with holes in its walls, feet or a lid."""
    width, depth, height = LONGEST, share(rng, LONGEST, 30, 100), share(rng, LONGEST, 6, 90)
    wall = max(THINNEST, octave(rng, min(depth, height) // 4, 4))
    floor = wall if chance(rng, 60) else share(rng, height, 5, 60)
    sides = [wall, wall, wall, wall]
    if chance(rng, 20):
        sides[rng.randrange(4)] = -wall  # open on this side as well
    inner = rectangle(sides[0], sides[1], width - sides[2], depth - sides[3])
    blocks = [column([rectangle(0, 0, width, depth)], height), block_of("cut", 2, floor, height, [inner])]
    if chance(rng, 15):
        blocks[1:] = [block_of("cut", 2, 0, height - floor, [inner])]
    later = {cut.slit: 4, cut.drill: 2, add.rib: 1, add.flush: 1, add.boss: 1}
    while len(blocks) < num:
        (act,) = rng.choices(list(later), list(later.values()))
        blocks.append(act(rng, blocks))
    return blocks


def bracket(rng: Random, num: int) -> list[Block]:
    """Plates at right angles, holes in them, gussets between."""
    thick = max(THINNEST, octave(rng, LONGEST // 6, 3))
    width, depth = LONGEST, share(rng, LONGEST, 15, 100)
    loops: list[Loop] = [rectangle(0, 0, width, depth)]
    loops += draw_holes(rng, loops[0]) if chance(rng, 25) else []
    height, wall = (
        share(rng, LONGEST, 10, 90),
        thick if chance(rng, 65) else max(THINNEST, octave(rng, LONGEST // 6, 3)),
    )
    blocks = [column(loops, thick), _wall(rng, width, depth, (0, wall), thick, height)]
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
            blocks.append((cut.drill if kind == "drill" else rng.choice((add.boss, cut.step, cut.slit)))(rng, blocks))
    return blocks


def _wall(rng: Random, width: int, depth: int, span: tuple[int, int], floor: int, height: int) -> Block:
    """An upright plate over the whole depth of a bracket."""
    loops: list[Loop] = [rectangle(0, floor, depth, floor + height)]
    if chance(rng, 40):
        shape = draw_sketch(rng, depth, height, {"rectangle": 3, "arched": 3, "eased": 2, "slanted": 2}, 0)
        loops = moved(shape, (depth - box_of(shape)[2]) // 2, floor)
        loops += draw_holes(rng, loops[0], rng.choice(("single", "row", "corners")))
    return block_of("union", 0, *span, loops)


def table(rng: Random, num: int) -> list[Block]:
    """A top and what carries it."""
    width, depth, thick = LONGEST, share(rng, LONGEST, 25, 100), max(THINNEST, octave(rng, LONGEST // 8, 3))
    height, leg = share(rng, LONGEST, 12, 110), max(THINNEST, octave(rng, depth // 3, 3))
    inset = 0 if chance(rng, 55) else share(rng, depth // 4, 1, 60)
    far_x, far_y = width - inset - leg, depth - inset - leg
    places = [(inset, inset), (far_x, inset), (inset, far_y), (far_x, far_y)]
    blocks = [column([rectangle(0, 0, width, depth)], thick)]
    if num - 1 not in (2, 3, 4) or chance(rng, 35):
        legs: list[Loop] = [_leg(rng, place, leg) for place in places]
        blocks.append(block_of("union", 2, -height, 0, legs))
    else:
        sides = [[(inset, inset, leg, depth - 2 * inset), (far_x, inset, leg, depth - 2 * inset)], []][num > 3]
        for x, y, w, h in sides or [(x, y, leg, leg) for x, y in places][: num - 1]:
            blocks.append(block_of("union", 2, -height, 0, [rectangle(x, y, x + w, y + h)]))
    while len(blocks) < num:
        blocks.append(rng.choice((add.rib, add.flush, cut.drill))(rng, blocks))
    return blocks


def _leg(rng: Random, place: tuple[int, int], size: int) -> Loop:
    x, y = place
    return rectangle(x, y, x + size, y + size)


def beams(rng: Random, num: int) -> list[Block]:
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


def inserted(rng: Random, num: int) -> list[Block]:
    """A pierced sketch whose holes are filled in part."""
    kinds = {"rectangle": 4, "circle": 4, "regular": 2, "eased": 1, "slot": 1}
    blocks = [plate(rng, kinds, rng.choice(("bore", "bore", "single", "similar", "row", "corners", "polar")))]
    while len(blocks) < num:
        blocks.append((add.plug if chance(rng, 75) or len(blocks) == 1 else add.boss)(rng, blocks))
    return blocks
