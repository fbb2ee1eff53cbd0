"""Outlines with arcs in a box of width and height, the lower left corner at the origin; all lie one way round."""

from math import sqrt
from random import Random

from cadgen.parts.draw import chance, share, turn
from cadgen.program import Arc, Line, Loop, Path, Point, box_of, moved, nearest


def tombstone(rng: Random, w: int, h: int) -> Loop:
    rise = min(w // 2, h - 1) if chance(rng, 60) else share(rng, min(w // 2, h - 1), 15, 90)
    shoulder = h - max(1, rise)
    arc = Arc((w // 2, h), (0, shoulder))
    return Path((0, 0), (Line((w, 0)), Line((w, shoulder)), arc, Line((0, 0))))


def half(rng: Random, w: int, h: int) -> Loop:
    r = max(1, min(w // 2, h))
    return Path((0, 0), (Line((2 * r, 0)), Arc((r, r), (0, 0))))


def quarter(rng: Random, w: int, h: int) -> Loop:
    r = min(w, h)
    x, y = turn(r, 1, 8)
    return Path((0, 0), (Line((r, 0)), Arc(nearest(x, y), (0, r)), Line((0, 0))))


def dee(rng: Random, w: int, h: int) -> Loop:
    """A disc with one flat or two."""
    r = max(2, min(w, h) // 2)
    flat = share(rng, r, 20, 90)
    reach = int(sqrt(r * r - flat * flat))
    if chance(rng, 70):
        return Path((r - reach, r - flat), (Line((r + reach, r - flat)), Arc((r, 2 * r), (r - reach, r - flat))))
    low, high = r - flat, r + flat
    arcs = Arc((2 * r, r), (r + reach, high)), Line((r - reach, high)), Arc((0, r), (r - reach, low))
    return Path((r - reach, low), (Line((r + reach, low)), *arcs))


def bulged(rng: Random, w: int, h: int) -> Loop:
    rise = max(1, share(rng, min(w // 2, h // 2), 10, 80))
    hollow = chance(rng, 45)
    side, middle = (h, h - rise) if hollow else (h - rise, h)
    top: list[Line | Arc] = [Line((w, side)), Arc((w // 2, middle), (0, side)), Line((0, 0))]
    bottom: list[Line | Arc] = [Line((w, 0))]
    if chance(rng, 25) and not hollow:
        return Path((0, rise), (Arc((w // 2, 0), (w, rise)), *top[:-1], Line((0, rise))))
    return Path((0, 0), (*bottom, *top))


def band(rng: Random, w: int, h: int) -> Loop:
    """A piece of a ring."""
    outer, sweep = min(w, h), rng.choice((45, 60, 90, 90, 120, 180, 180, 270))
    inner = share(rng, outer, 20, 92)

    def at(radius: int, part: int) -> Point:
        return nearest(*turn(radius / 2, part * sweep, 720))

    arcs = Arc(at(outer, 1), at(outer, 2)), Line(at(inner, 2)), Arc(at(inner, 1), at(inner, 0)), Line(at(outer, 0))
    loop = Path(at(outer, 0), arcs)
    left, bottom, *_ = box_of([loop])
    return moved([loop], -left, -bottom)[0]


def lens(rng: Random, w: int, h: int) -> Loop:
    h = min(h, w)
    return Path((0, h // 2), (Arc((w // 2, 0), (w, h // 2)), Arc((w // 2, h), (0, h // 2))))


CURVED = (tombstone, tombstone, half, quarter, dee, bulged, band, lens)
