"""Parts with something in rows or around a circle: holes, pockets, legs, fins, teeth, loose pieces."""

from collections.abc import Sequence
from random import Random

from cadgen.parts.attempt import built
from cadgen.parts.draw import chance, octave, pick, share
from cadgen.parts.settle import draw_base, fitted
from cadgen.program import (
    Array,
    Box,
    Circle,
    Extrude,
    Grid,
    Loop,
    Places,
    Program,
    Step,
    Wheel,
    array,
    box_of,
    rectangle,
)

_NUMS = {1: 45, 2: 30, 3: 15, 4: 10}  # of extrusions beside the array
_THICK = 2  # grid steps, of the thinnest thing


def draw_arrayed(rng: Random) -> Program:
    """A part of which every step changes the volume, its largest extent as that of others."""
    while True:
        program = _with_arrays(rng, draw_base(rng, _NUMS))
        if program and built(program := fitted(program)) is not None:
            return program


def _with_arrays(rng: Random, base: Sequence[Extrude]) -> Program | None:
    """One array, or two on different ends; at times nothing but it."""
    steps: list[Step] = [*base]
    for _ in range(2 if chance(rng, 15) else 1):
        found = _array_on(rng, rng.choice([step for step in base if step.operation == "union"]))
        if found is None:
            return None
        steps.append(found)
    if steps[-1].operation == "union" and chance(rng, 12):
        return (steps[-1],)
    return tuple(steps)


def _array_on(rng: Random, block: Extrude) -> Array | None:
    """Cut into an end of the block or standing on it."""
    box = box_of(block.loops[:1])
    kind = pick(rng, {"through": 40, "blind": 15, "standing": 25, "hanging": 8, "rim": 12})
    is_wheel = kind == "rim" or chance(rng, 65 if isinstance(block.loops[0], Circle) else 20)
    laid = _wheel(rng, box, kind == "rim") if is_wheel else _grid(rng, box, kind == "standing")
    if laid is None:
        return None
    size = block.high - block.low
    operation, low, high = "cut", block.low, block.high
    if kind == "blind":
        depth = max(_THICK, share(rng, size, 10, 80))
        low, high = (high - depth, high) if chance(rng, 75) else (low, low + depth)
    elif kind in ("standing", "hanging"):
        height = max(_THICK, share(rng, max(box[2] - box[0], box[3] - box[1]), 4, 60))
        operation = "union"
        low, high = (high, high + height) if kind == "standing" else (low - height, low)
    elif kind == "rim" and chance(rng, 60):
        operation = "union"
    return array(operation, block.plane, low, high, *laid)


def _grid(rng: Random, box: Box, may_be_fins: bool) -> tuple[Places, list[Loop]] | None:
    """Rows within the box, even to all sides, in its middle or anywhere."""
    left, bottom, right, top = box
    count = rng.choice(((2, 2), (2, 2), (2, 1), (1, 2), (3, 1), (1, 3), (4, 1), (1, 4), (3, 2), (2, 3), (3, 3), (4, 2)))
    if chance(rng, 25):
        count = rng.randint(1, 7), rng.randint(1, 5)
    columns, rows = count
    if count == (1, 1):
        return None
    pitches, firsts = [], []
    for low, high, num in ((left, right, columns), (bottom, top, rows)):
        pitch = share(rng, high - low, 40, 100) // num
        if num > 1 and chance(rng, 30):  # as near to the border as to each other
            pitch = (high - low) // (num + 1)
        reach = pitch * (num - 1)
        spare = high - low - reach
        pitches.append(max(1, pitch))
        firsts.append(low + (spare // 2 if chance(rng, 80) else share(rng, spare, 25, 75)))
    nearest = min(pitch for pitch, num in zip(pitches, count, strict=True) if num > 1)
    if may_be_fins and 1 in count and chance(rng, 45):
        half = max(1, share(rng, nearest, 5, 35))
        long = (top - bottom if rows == 1 else right - left) // 2
        cell: list[Loop] = [rectangle(-half, -long, half, long) if rows == 1 else rectangle(-long, -half, long, half)]
    else:
        cell = _cell(rng, min(nearest, right - left, top - bottom))
    spacing = pitches[0] if columns > 1 else 1, pitches[1] if rows > 1 else 1
    return Grid((firsts[0], firsts[1]), spacing, count), cell


def _wheel(rng: Random, box: Box, on_rim: bool) -> tuple[Places, list[Loop]] | None:
    """Around the middle of the box, within it or across its border."""
    left, bottom, right, top = box
    half, num = min(right - left, top - bottom) // 2, rng.choice((3, 3, 4, 4, 4, 5, 6, 6, 8, 8, 10, 12))
    if on_rim and chance(rng, 50):
        num = rng.randint(6, 24)
    radius = half if on_rim else share(rng, half, 35, 85)
    if radius < 2:
        return None
    nearest = min(6 * radius // num, 2 * radius, 2 * (half - radius) if not on_rim else half)
    start = rng.choice((0, 0, 0, 45, 30, 90, 180 // num)) if chance(rng, 80) else rng.randint(0, 359 // num)
    cell = _cell(rng, max(2, nearest), 45 if on_rim else 70)
    return Wheel(((left + right) // 2, (bottom + top) // 2), radius, start, num), cell


def _cell(rng: Random, room: int, round_ones: int = 65) -> list[Loop]:
    """What is repeated, within a square of this size; round_ones: percent of circles."""
    half = max(1, share(rng, room, 12, 42))
    if chance(rng, round_ones):
        bore = [Circle((0, 0), share(rng, half, 30, 85))] if half > 3 and chance(rng, 8) else []
        return [Circle((0, 0), half), *bore]
    other = half if chance(rng, 40) else max(1, min(octave(rng, 2 * half, 3), room // 2 - 1))
    return [rectangle(-half, -other, half, other)]
