"""Sketches: an outline of some kind, with or without holes, inside a box whose corner is the origin."""

from collections.abc import Mapping
from random import Random

from cadgen.parts import outline
from cadgen.parts.clearance import is_clear, is_inside
from cadgen.parts.draw import chance, octave, pick, share, turn
from cadgen.program import Circle, Loop, box_of, moved, nearest, rectangle

OUTLINES: dict[str, outline.Draw] = {
    "rectangle": outline.block,
    "circle": outline.disc,
    "regular": outline.regular,
    "profile": outline.profile,
    "channel": outline.channel,
    "slanted": outline.slanted,
    "ragged": outline.ragged,
    "slot": outline.slot,
    "link": outline.link,
    "eased": outline.eased,
    "arched": outline.arched,
    "notched": outline.notched,
}
ANY = {
    **{"rectangle": 40, "circle": 20, "regular": 5, "profile": 9, "channel": 4, "slanted": 7, "ragged": 2},
    **{"slot": 4, "link": 2, "eased": 5, "arched": 5, "notched": 4},
}
SMALL = {"rectangle": 34, "circle": 40, "regular": 6, "slot": 7, "slanted": 4, "eased": 4, "arched": 3, "profile": 2}
_ROUND = ("circle", "regular")
_WALL = 8  # least distance between loops


def draw_sketch(rng: Random, width: int, height: int, kinds: Mapping[str, int] = ANY, pierced: int = 25) -> list[Loop]:
    """pierced: percent of sketches that get holes."""
    kind = pick(rng, kinds)
    shape = OUTLINES[kind](rng, width, height)
    return [shape, *draw_holes(rng, shape)] if chance(rng, pierced) else [shape]


def draw_holes(rng: Random, shape: Loop, kind: str = "") -> list[Loop]:
    """Holes that fit in `shape`; none where those that were drawn do not. kind: one of `PATTERNS`."""
    left, bottom, right, top = box_of([shape])
    width, height = right - left, top - bottom
    if min(width, height) < 6 * _WALL:
        return []
    weights = _IN_DISC if isinstance(shape, Circle) else _IN_BOX
    holes = moved(PATTERNS[kind or pick(rng, weights)](rng, width, height), left, bottom)
    if all(is_inside(hole, shape) for hole in holes) and is_clear([shape, *holes], _WALL):
        return holes
    kept: list[Loop] = []
    for hole in holes:
        if is_inside(hole, shape) and is_clear([shape, *kept, hole], _WALL):
            kept.append(hole)
    return kept


def _hole(rng: Random, x: int, y: int, size: int) -> Loop:
    """A hole of some kind with its box in the middle of (x, y)."""
    kind = pick(rng, {"circle": 76, "rectangle": 10, "regular": 5, "slot": 6, "arched": 2, "profile": 1})
    width = height = 2 * size
    if kind in ("rectangle", "slot", "profile"):
        width, height = rng.choice(((width, height), (width, share(rng, height, 25, 90)), (height // 2, width)))
    (loop,) = moved([OUTLINES[kind](rng, max(8, width), max(8, height))], x - width // 2, y - height // 2)
    return loop


def _similar(rng: Random, width: int, height: int) -> list[Loop]:
    """A window with one width of wall all around."""
    least = min(width, height)
    wall = max(_WALL, share(rng, least, 5, 38) if chance(rng, 65) else octave(rng, least // 3, 4))
    if width == height and chance(rng, 25):
        return [outline.regular(rng, width - 2 * wall, width - 2 * wall)] if chance(rng, 50) else []
    return [rectangle(wall, wall, width - wall, height - wall)]


def _bore(rng: Random, width: int, height: int) -> list[Loop]:
    least = min(width, height)
    return [Circle((width // 2, height // 2), max(4, share(rng, least, 12, 47)))]


def _single(rng: Random, width: int, height: int) -> list[Loop]:
    size = max(6, share(rng, min(width, height), 4, 34))
    middle = chance(rng, 60)
    x = width // 2 if middle or chance(rng, 30) else rng.randint(min(size, width // 2), max(width - size, width // 2))
    y = (
        height // 2
        if middle or chance(rng, 30)
        else rng.randint(min(size, height // 2), max(height - size, height // 2))
    )
    return [_hole(rng, x, y, size)]


def _row(rng: Random, width: int, height: int) -> list[Loop]:
    num = rng.choice((2, 2, 2, 3, 3, 4, 5, 6))
    along_x = width >= height if chance(rng, 85) else width < height
    long, short = (width, height) if along_x else (height, width)
    size = max(5, min(share(rng, short, 5, 30), long // (3 * num)))
    inset = long // (2 * num) if chance(rng, 40) else max(2 * size, share(rng, long, 4, 22))
    across = short // 2 if chance(rng, 75) else share(rng, short, 20, 80)
    first = _hole(rng, 0, 0, size)
    marks = [inset + (long - 2 * inset) * i // (num - 1) for i in range(num)]
    return [loop for mark in marks for loop in moved([first], *((mark, across) if along_x else (across, mark)))]


def _corners(rng: Random, width: int, height: int) -> list[Loop]:
    size = max(5, share(rng, min(width, height), 3, 12))
    inset = 2 * size + share(rng, min(width, height), 1, 10)
    first = _hole(rng, 0, 0, size)
    places = [(x, y) for x in (inset, width - inset) for y in (inset, height - inset)]
    if chance(rng, 12):
        places = rng.choice((places[:2], places[::3], places[:3]))
    holes = [loop for place in places for loop in moved([first], *place)]
    if chance(rng, 35):
        holes += _bore(rng, width * 2 // 3, height * 2 // 3) and [_hole(rng, width // 2, height // 2, 3 * size)]
    return holes


def _grid(rng: Random, width: int, height: int) -> list[Loop]:
    columns, rows = rng.randint(2, 5), rng.randint(2, 4)
    if (width < height) != (columns < rows):
        columns, rows = rows, columns
    pitch_x, pitch_y = width // columns, height // rows
    size = max(4, share(rng, min(pitch_x, pitch_y), 12, 40))
    first = _hole(rng, 0, 0, size)
    return [
        loop
        for i in range(columns)
        for j in range(rows)
        for loop in moved([first], pitch_x * i + pitch_x // 2, pitch_y * j + pitch_y // 2)
    ]


def _polar(rng: Random, width: int, height: int) -> list[Loop]:
    num, radius = rng.choice((2, 3, 3, 4, 4, 4, 5, 6, 6, 8)), min(width, height) // 2
    reach = share(rng, radius, 50, 84)
    size = max(4, min(share(rng, radius, 5, 16), reach * 2 // num))
    start = rng.choice((0, 0, 45, 90))
    places = (turn(reach, i, num, start) for i in range(num))
    holes: list[Loop] = [Circle(nearest(width / 2 + x, height / 2 + y), size) for x, y in places]
    if chance(rng, 50):
        holes.append(Circle((width // 2, height // 2), share(rng, max(4, reach - size), 15, 85)))
    return holes


def _mixed(rng: Random, width: int, height: int) -> list[Loop]:
    least = min(width, height)
    holes = []
    for _ in range(rng.randint(2, 6)):
        size = max(6, share(rng, least, 3, 16))
        x, y = rng.randint(size, width - size), rng.randint(size, height - size)
        holes.append(_hole(rng, x, y, size))
    return holes


PATTERNS = {
    "similar": _similar,
    "bore": _bore,
    "single": _single,
    "row": _row,
    "corners": _corners,
    "grid": _grid,
    "polar": _polar,
    "mixed": _mixed,
}
_IN_DISC = {"bore": 60, "polar": 22, "single": 8, "similar": 4, "corners": 2, "row": 2, "mixed": 2}
_IN_BOX = {"similar": 14, "bore": 8, "single": 26, "row": 16, "corners": 16, "grid": 5, "polar": 6, "mixed": 9}
