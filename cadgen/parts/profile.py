"""Closed planar profiles: an outline with its holes.

Drawn from a seeded generator inside a box of a given width and height.
"""

from collections.abc import Callable
from math import cos, pi, sin
from random import Random

from cadgen.lang.raw import RawCircle, RawPath

Loop = RawPath | RawCircle
Loops = list[Loop]
Draw = Callable[[Random, float, float], Loop]
Point = tuple[float, float]


def draw_profile(rng: Random, width: float, height: float) -> Loops:
    """An outline centred on the origin, holes after it. Round kinds use the smaller of width and height."""
    (kind,) = rng.choices(list(_OUTLINES), [weight for weight, _ in _OUTLINES.values()])
    outline = _OUTLINES[kind][1](rng, width, height)
    if kind in _WITH_HOLES and rng.random() < 0.35:
        return [outline, *_holes(rng, width, height, round_outline=kind == "circle")]
    if kind == "ring" and isinstance(outline, RawCircle):
        return [outline, RawCircle((0.0, 0.0), outline.radius * rng.uniform(0.3, 0.9))]
    return [outline]


def polygon(points: list[Point]) -> RawPath:
    """The closed path through `points`."""
    return RawPath(points[0], tuple((point,) for point in [*points[1:], points[0]]))


def rectangle(width: float, height: float, centre: Point = (0.0, 0.0)) -> RawPath:
    x, y = centre
    return polygon([(x + sx * width / 2, y + sy * height / 2) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))])


def _rectangle(rng: Random, width: float, height: float) -> RawPath:
    return rectangle(width, height)


def _circle(rng: Random, width: float, height: float) -> RawCircle:
    return RawCircle((0.0, 0.0), min(width, height) / 2)


def _regular(rng: Random, width: float, height: float) -> RawPath:
    num_corners = rng.choice((3, 5, 6, 6, 6, 8, 8, 10, 12))
    radius, start = min(width, height) / 2, rng.choice((0.0, pi / 2, pi / num_corners))
    angles = [start + 2 * pi * i / num_corners for i in range(num_corners)]
    return polygon([(radius * cos(angle), radius * sin(angle)) for angle in angles])


def _notched(rng: Random, width: float, height: float) -> RawPath:
    """L, U, T, C and stair profiles: a rectangle with a corner or a middle piece of a side taken out, then mirrored."""
    x, y = width / 2, height / 2
    a, b = sorted((rng.uniform(-0.8, 0.8) * x, rng.uniform(-0.8, 0.8) * x))
    if rng.random() < 0.3:
        a, b = -max(abs(a), abs(b)), max(abs(a), abs(b))
    c, d = rng.uniform(-0.8, 0.8) * y, rng.uniform(-0.8, 0.8) * y
    points = rng.choice(
        (
            [(-x, -y), (x, -y), (x, c), (a, c), (a, y), (-x, y)],  # L
            [(-x, -y), (x, -y), (x, y), (b, y), (b, c), (a, c), (a, y), (-x, y)],  # U
            [(a, -y), (b, -y), (b, c), (x, c), (x, y), (-x, y), (-x, c), (a, c)],  # T
            [
                (-x, -y),
                (x, -y),
                (x, min(c, d)),
                (b, min(c, d)),
                (b, max(c, d)),
                (a, max(c, d)),
                (a, y),
                (-x, y),
            ],  # stairs
        )
    )
    return polygon(_mirror(rng, points, width == height))


def _slanted(rng: Random, width: float, height: float) -> RawPath:
    """Triangles, trapezoids and chamfered rectangles."""
    x, y = width / 2, height / 2
    a, b = rng.uniform(-0.9, 0.9) * x, rng.uniform(-0.9, 0.9) * y
    points = rng.choice(
        (
            [(-x, -y), (x, -y), (rng.choice((-x, 0.0, a)), y)],
            [(-x, -y), (x, -y), (abs(a), y), (-abs(a), y)],
            [(-x, -y), (x, -y), (a, y), (-x, y)],
            [(-x, -y), (x, -y), (x, b), (a, y), (-x, y)],
            [(-x, 0.0), (-abs(a), -y), (abs(a), -y), (x, 0.0), (abs(a), y), (-abs(a), y)],
        )
    )
    return polygon(_mirror(rng, points, width == height))


def _slot(rng: Random, width: float, height: float) -> RawPath:
    radius, reach = min(width, height) / 2, abs(width - height) / 2
    along, across = ((1, 0), (0, 1)) if width > height else ((0, 1), (1, 0))

    def at(u: float, v: float) -> Point:
        return (u * along[0] + v * across[0], u * along[1] + v * across[1])

    if reach < 0.1 * radius:
        reach = 0.6 * radius
    return RawPath(
        at(-reach, -radius),
        (
            (at(reach, -radius),),
            (at(reach + radius, 0), at(reach, radius)),
            (at(-reach, radius),),
            (at(-reach - radius, 0), at(-reach, -radius)),
        ),
    )


def _arched(rng: Random, width: float, height: float) -> RawPath:
    """A rectangle whose top bulges or whose four corners are rounded."""
    x, y = width / 2, height / 2
    if rng.random() < 0.5:
        shoulder = y - min(2 * y * rng.uniform(0.15, 0.9), x)
        points: list = [((x, -y),), ((x, shoulder),), ((0.0, y), (-x, shoulder)), ((-x, -y),)]
        return RawPath((-x, -y), tuple(points))
    r = min(x, y) * rng.uniform(0.15, 0.8)
    k = r * (1 - cos(pi / 4))
    return RawPath(
        (-x + r, -y),
        (
            ((x - r, -y),),
            ((x - k, -y + k), (x, -y + r)),
            ((x, y - r),),
            ((x - k, y - k), (x - r, y)),
            ((-x + r, y),),
            ((-x + k, y - k), (-x, y - r)),
            ((-x, -y + r),),
            ((-x + k, -y + k), (-x + r, -y)),
        ),
    )


def _mirror(rng: Random, points: list[Point], may_swap: bool) -> list[Point]:
    sx, sy = rng.choice((1, -1)), rng.choice((1, -1))
    turned = [(sx * x, sy * y) for x, y in points]
    return [(y, x) for x, y in turned] if may_swap and rng.random() < 0.5 else turned


def _holes(rng: Random, width: float, height: float, round_outline: bool) -> Loops:
    """A window, one hole, a row, four in the corners, or a ring of holes; all inside the outline."""
    least = min(width, height)
    if round_outline:
        if rng.random() < 0.5:
            side = least * rng.uniform(0.2, 0.6)
            return [rectangle(side, side * rng.uniform(0.5, 1.0))]
        num_holes, radius = rng.choice((3, 4, 4, 6)), least * rng.uniform(0.03, 0.08)
        reach = least * rng.uniform(0.25, 0.38)
        angles = [2 * pi * i / num_holes for i in range(num_holes)]
        return [RawCircle((reach * cos(angle), reach * sin(angle)), radius) for angle in angles]
    kind = rng.choice(("window", "one", "one", "row", "corners"))
    if kind == "window":
        wall = least * rng.uniform(0.05, 0.35)
        return [rectangle(width - 2 * wall, height - 2 * wall)]
    radius = least * rng.uniform(0.06, 0.2)
    x, y = width / 2 - 1.6 * radius, height / 2 - 1.6 * radius
    if kind == "one":
        return [RawCircle(rng.choice(((0.0, 0.0), (rng.uniform(-x, x), rng.uniform(-y, y)))), radius)]
    if kind == "row":
        along_x = width >= height
        places = [(s * x, 0.0) if along_x else (0.0, s * y) for s in (-1, 1)]
        return [RawCircle(place, radius) for place in places] if max(x, y) > 1.2 * radius else []
    return [RawCircle((sx * x, sy * y), radius) for sx in (-1, 1) for sy in (-1, 1)] if min(x, y) > 1.2 * radius else []


_WITH_HOLES = ("rectangle", "circle", "slot")
_OUTLINES: dict[str, tuple[int, Draw]] = {  # weights by eye from the published pictures
    "rectangle": (40, _rectangle),
    "circle": (12, _circle),
    "ring": (10, _circle),
    "notched": (12, _notched),
    "slanted": (9, _slanted),
    "regular": (6, _regular),
    "slot": (5, _slot),
    "arched": (6, _arched),
}
