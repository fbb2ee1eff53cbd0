"""Corners of straight-sided outlines in a box of width and height, counterclockwise, the lower left at the origin."""

from collections.abc import Callable
from itertools import pairwise
from random import Random

from cadgen.parts.draw import chance, octave, share, split
from cadgen.program import Point

Rows = list[tuple[int, int]]


def row_corners(rng: Random, w: int, h: int) -> list[Point]:
    """The outline of rows on top of each other, each from a left to a right end."""
    rows = rng.choice(_ROWS)(rng, w)
    marks = split(rng, h, len(rows))
    if len(rows) > 4 and chance(rng, 50):  # the odd rows are gaps, wider than what stands between them
        marks = _toothed(rng, h, len(rows))
    if len(rows) in (2, 3) and chance(rng, 40):  # thin flanges
        flange = max(1, min(octave(rng, h // 3, 3), h // 3))
        marks = [0, h - flange, h] if len(rows) == 2 else [0, flange, h - flange, h]
    right = [(b, y) for (_, b), (low, high) in zip(rows, pairwise(marks), strict=True) for y in (low, high)]
    left = [(a, y) for (a, _), (low, high) in zip(rows, pairwise(marks), strict=True) for y in (low, high)]
    return [*right, *left[::-1]]


def _toothed(rng: Random, h: int, num: int) -> list[int]:
    widths = [1 if i % 2 == 0 else rng.randint(1, 8) for i in range(num)]
    if chance(rng, 60):
        widths = [1 if i % 2 == 0 else widths[1] for i in range(num)]
    return [h * sum(widths[:i]) // sum(widths) for i in range(num + 1)]


def _ell(rng: Random, w: int) -> Rows:
    return [(0, w), (0, share(rng, w, 8, 75))]


def _tee(rng: Random, w: int) -> Rows:
    return [_middle(rng, w), (0, w)]


def _cee(rng: Random, w: int) -> Rows:
    reach = w if chance(rng, 75) else share(rng, w, 40, 99)
    return [(0, w), (0, share(rng, min(reach, w), 10, 70)), (0, reach)]


def _aye(rng: Random, w: int) -> Rows:
    return [(0, w), _middle(rng, w), (0, w)]


def _plus(rng: Random, w: int) -> Rows:
    middle = _middle(rng, w)
    return [middle, (0, w), middle]


def _zed(rng: Random, w: int) -> Rows:
    a, b = sorted((share(rng, w, 10, 90), share(rng, w, 10, 90)))
    return [(0, b + 1), (a, w)] if chance(rng, 50) else [(0, b + 1), (a, b + 1), (a, w)]


def _comb(rng: Random, w: int) -> Rows:
    short = share(rng, w, 8, 80)
    return [(0, w if i % 2 == 0 else short) for i in range(rng.choice((5, 5, 7, 9)))]


def _stairs(rng: Random, w: int) -> Rows:
    num = rng.randint(3, 6)
    both = chance(rng, 25)
    return [(w * i // (2 * num) if both else 0, w - (w * i // (2 * num) if both else w * i // num)) for i in range(num)]


def _skyline(rng: Random, w: int) -> Rows:
    reaches = [share(rng, w, 15, 100) for _ in range(rng.randint(2, 3))]
    if chance(rng, 50):
        return [(0, r) for r in [*reaches, w, *reaches[::-1]]]
    return [(0, r) for r in [*reaches, w, *(share(rng, w, 15, 100) for _ in range(rng.randint(0, 3)))]]


def _middle(rng: Random, w: int) -> tuple[int, int]:
    half = share(rng, w, 4, 40)
    if chance(rng, 75):
        return w // 2 - half, w - (w // 2 - half)
    left = rng.randint(0, w - 2 * half)
    return left, left + 2 * half


_ROWS = (_ell, _ell, _ell, _tee, _tee, _cee, _cee, _cee, _aye, _plus, _zed, _comb, _stairs, _skyline, _skyline)


def _triangle(rng: Random, w: int, h: int) -> list[Point]:
    return [(0, 0), (w, 0), (rng.choice((0, 0, w // 2, share(rng, w, 5, 95))), h)]


def _trapezoid(rng: Random, w: int, h: int) -> list[Point]:
    inset = share(rng, w, 5, 45)
    return [(0, 0), (w, 0), (w - inset, h), (rng.choice((0, inset, inset)), h)]


def _parallelogram(rng: Random, w: int, h: int) -> list[Point]:
    lean = share(rng, w, 10, 60)
    return [(0, 0), (w - lean, 0), (w, h), (lean, h)]


def _house(rng: Random, w: int, h: int) -> list[Point]:
    eaves = share(rng, h, 20, 85)
    return [(0, 0), (w, 0), (w, eaves), (rng.choice((w // 2, share(rng, w, 10, 90))), h), (0, eaves)]


def _cut_corner(rng: Random, w: int, h: int) -> list[Point]:
    x, y = share(rng, w, 10, 80), share(rng, h, 10, 80)
    if chance(rng, 40):
        x = y = min(x, y, w * 4 // 5, h * 4 // 5)
    return [(0, 0), (w, 0), (w, h - y), (w - x, h), (0, h)]


def _vee(rng: Random, w: int, h: int) -> list[Point]:
    half, floor = share(rng, w, 10, 40), h - share(rng, h, 20, 80)
    x = w // 2 if chance(rng, 60) else rng.randint(half, w - half)
    ends = [(x + half, h), (x, floor), (x - half, h)]
    return [
        (0, 0),
        (w, 0),
        (w, h),
        *(ends if chance(rng, 70) else [(x + half, h), (x + half, floor), (x - half, h)]),
        (0, h),
    ]


def _gable(rng: Random, w: int, h: int) -> list[Point]:
    """A flat bottom under heights that rise and fall."""
    marks = split(rng, w, rng.randint(2, 5))
    heights = [share(rng, h, 20, 100) for _ in marks]
    heights[rng.randrange(len(marks))] = h
    return [(0, 0), (w, 0), *((x, y) for x, y in zip(marks[::-1], heights, strict=True))]


def _spindle(rng: Random, w: int, h: int) -> list[Point]:
    x = share(rng, w, 10, 40)
    return [(0, h // 2), (x, 0), (w - x, 0), (w, h // 2), (w - x, h), (x, h)]


def _arrow(rng: Random, w: int, h: int) -> list[Point]:
    neck, half = share(rng, w, 30, 75), share(rng, h, 10, 35)
    low, high = h // 2 - half, h // 2 + half
    return [(0, low), (neck, low), (neck, 0), (w, h // 2), (neck, h), (neck, high), (0, high)]


SLANTED: tuple[Callable[[Random, int, int], list[Point]], ...] = (
    *(_triangle, _triangle, _trapezoid, _trapezoid, _trapezoid, _parallelogram, _house, _cut_corner, _cut_corner),
    *(_vee, _vee, _gable, _spindle, _arrow),
)
