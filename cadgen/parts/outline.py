"""Outlines of sketches: one closed loop inside a box of width and height, its lower left corner at the origin."""

from collections.abc import Callable, Sequence
from math import sqrt
from random import Random

from cadgen.parts.corner import SLANTED, row_corners
from cadgen.parts.curve import CURVED
from cadgen.parts.draw import chance, octave, share, turn
from cadgen.parts.rounding import rounded
from cadgen.program import Arc, Circle, Line, Loop, Path, Point, mapped_loop, nearest, polygon, rectangle

Draw = Callable[[Random, int, int], Loop]


def block(rng: Random, width: int, height: int) -> Loop:
    return rectangle(0, 0, width, height)


def disc(rng: Random, width: int, height: int) -> Loop:
    return Circle((width // 2, height // 2), max(1, min(width, height) // 2))


def regular(rng: Random, width: int, height: int) -> Loop:
    """A regular polygon, lying on a side or standing on a corner."""
    num = rng.choice((3, 5, 6, 6, 6, 6, 8, 8, 10, 12))
    start, radius = rng.choice((0, 90, 180 // num)), min(width, height) / 2
    points = (turn(radius, i, num, start) for i in range(num))
    return polygon([nearest(width / 2 + x, height / 2 + y) for x, y in points])


def profile(rng: Random, width: int, height: int) -> Loop:
    """L, U, T, Z, I, plus, comb and stair profiles, at times with rounded or bevelled corners."""
    points = _turned(rng, width, height, row_corners)
    if chance(rng, 22):
        return _eased(rng, points, min(width, height))
    return polygon(points)


def channel(rng: Random, width: int, height: int) -> Loop:
    """L, U and Z profiles of one wall thickness, as bent sheet or as rolled steel."""
    wall = max(2, min(octave(rng, min(width, height) // 2, 4), min(width, height) // 3))
    bent = chance(rng, 45)
    inner = share(rng, wall, 10, 120) if bent else 0

    def draw(rng: Random, w: int, h: int) -> list[tuple[Point, int]]:
        t, r, big = wall, inner, inner + wall if bent and inner else 0
        angle = [((0, 0), big), ((w, 0), 0), ((w, t), 0), ((t, t), r), ((t, h), 0), ((0, h), 0)]
        tray = [
            *(((0, 0), big), ((w, 0), big), ((w, h), 0), ((w - t, h), 0)),
            *(((w - t, t), r), ((t, t), r), ((t, h), 0), ((0, h), 0)),
        ]
        zed = [
            *(((0, 0), 0), ((w // 2 + t // 2, 0), big), ((w // 2 + t // 2, h - t), r), ((w, h - t), 0)),
            *(((w, h), 0), ((w // 2 - t + t // 2, h), big), ((w // 2 - t + t // 2, t), r), ((0, t), 0)),
        ]
        return rng.choice((angle, angle, tray, tray, zed if w > 3 * t else tray))

    corners = _turned(rng, width, height, draw)
    return rounded([point for point, _ in corners], [radius for _, radius in corners])


def slanted(rng: Random, width: int, height: int) -> Loop:
    """Triangles, trapezoids, houses, bevelled rectangles, V notches, gables: straight sides, not all square."""
    return polygon(_turned(rng, width, height, rng.choice(SLANTED)))


def ragged(rng: Random, width: int, height: int) -> Loop:
    """A polygon of 5 to 11 corners around the middle, each as far out as it likes."""
    num = rng.randint(5, 11)
    even = chance(rng, 40)
    points = []
    for i in range(num):
        x, y = turn(1.0, 4 * i + (0 if even else rng.randint(-1, 1)), 4 * num)
        reach = rng.randint(55, 100)
        points.append(nearest(width / 2 * (1 + x * reach / 100), height / 2 * (1 + y * reach / 100)))
    return polygon(points)


def slot(rng: Random, width: int, height: int) -> Loop:
    """A stadium along the longer side."""
    if width < height:
        return _swap(slot(rng, height, width))
    r = max(1, min(height // 2, width // 2 - 1))
    top, middle = 2 * r, width - r
    if middle <= r:
        return disc(rng, width, height)
    arcs = (Line((middle, 0)), Arc((width, r), (middle, top)), Line((r, top)), Arc((0, r), (r, 0)))
    return Path((r, 0), arcs)


def link(rng: Random, width: int, height: int) -> Loop:
    """Two round ends of different size and their tangents."""
    if width < height:
        return _swap(link(rng, height, width))
    one = min(height // 2, width // 2)
    two = max(1, share(rng, one, 30, 90))
    distance = width - one - two
    if distance <= one:
        return slot(rng, width, height)
    cosine = (one - two) / distance
    sine = sqrt(1 - cosine * cosine)
    far = one + distance
    points = [
        nearest(one + one * cosine, one - one * sine),
        nearest(far + two * cosine, one - two * sine),
        nearest(far + two * cosine, one + two * sine),
        nearest(one + one * cosine, one + one * sine),
    ]
    arcs = Line(points[1]), Arc((width, one), points[2]), Line(points[3]), Arc((0, one), points[0])
    loop = Path(points[0], arcs)
    return _mirrored(rng, loop, width, height)


def eased(rng: Random, width: int, height: int) -> Loop:
    """A rectangle with some or all of its corners round or bevelled."""
    points = [(0, 0), (width, 0), (width, height), (0, height)]
    return _eased(rng, points, min(width, height))


def arched(rng: Random, width: int, height: int) -> Loop:
    """Tombstones, half and quarter discs, D shapes, bulged and hollowed rectangles, bands of a ring."""
    kind = rng.choice(CURVED)
    swap = chance(rng, 50)
    w, h = (height, width) if swap else (width, height)
    loop = _mirrored(rng, kind(rng, w, h), w, h)
    return _swap(loop) if swap else loop


def notched(rng: Random, width: int, height: int) -> Loop:
    """A rectangle with square, round or pointed bites out of one side or two opposite ones."""
    swap = chance(rng, 50)
    w, h = (height, width) if swap else (width, height)
    bite = _bites(rng, w, h)
    below = chance(rng, 35)
    segments: list[Line | Arc] = []
    segments += bite(0, 1) if below else []
    segments += [Line((w, 0)), Line((w, h))]
    segments += [] if below and chance(rng, 30) else bite(h, -1)
    segments += [Line((0, h)), Line((0, 0))]
    loop = Path((0, 0), tuple(segments))
    return _swap(loop) if swap else loop


def _bites(rng: Random, w: int, h: int) -> Callable[[int, int], list[Line | Arc]]:
    """bites(y, direction): what is put into the side at height y, run through to the right (1) or to the left (-1)."""
    num = rng.choice((1, 1, 1, 1, 2, 2, 3, 4))
    pitch = w // num
    half = max(1, share(rng, pitch, 8, 38))
    depth = max(2, share(rng, h, 6, 45))
    kind = rng.choice(("square", "square", "round", "pointed"))
    if kind == "round":
        depth = min(half, h * 2 // 5)
        half = depth
    offset = 0 if num > 1 or chance(rng, 55) else rng.randint(-1, 1) * max(0, pitch // 2 - half - 2) * 3 // 4

    def bites(y: int, direction: int) -> list[Line | Arc]:
        centres = [pitch * i + pitch // 2 + offset for i in range(num)]
        segments: list[Line | Arc] = []
        for x in centres if direction > 0 else centres[::-1]:
            a, b, inner = x - half * direction, x + half * direction, y + depth * direction
            shapes: dict[str, list[Line | Arc]] = {
                "square": [Line((a, y)), Line((a, inner)), Line((b, inner)), Line((b, y))],
                "round": [Line((a, y)), Arc((x, inner), (b, y))],
                "pointed": [Line((a, y)), Line((x, inner)), Line((b, y))],
            }
            segments += shapes[kind]
        return segments

    return bites


def _eased(rng: Random, points: Sequence[Point], size: int) -> Loop:
    points = [point for i, point in enumerate(points) if point != points[i - 1]]
    radius = max(2, min(octave(rng, size // 2, 4), size * 9 // 20))
    corners = range(len(points))
    chosen = rng.choice((corners, corners, corners, corners[:2], corners[1:3], corners[:1], corners[::2]))
    if chance(rng, 60):
        return rounded(points, [radius if i in chosen else 0 for i in corners])
    return polygon([p for i in corners for p in (_bevel(points, i, radius) if i in chosen else [points[i]])])


def _bevel(points: Sequence[Point], i: int, size: int) -> list[Point]:
    """The corner cut off at `size` along both of its sides; a side without room keeps it."""
    (x, y), cut = points[i], []
    for u, v in (points[i - 1], points[(i + 1) % len(points)]):
        length = sqrt((u - x) ** 2 + (v - y) ** 2)
        if length < 2.1 * size:
            return [(x, y)]
        cut.append(nearest(x + (u - x) * size / length, y + (v - y) * size / length))
    return cut


def _turned(rng: Random, width: int, height: int, draw: Callable) -> list:
    """What `draw` gives for the box on its side or as it is, mirrored at random. Elements: a point, or one first."""
    swap, right, top = chance(rng, 50), chance(rng, 50), chance(rng, 50)
    corners = draw(rng, height, width) if swap else draw(rng, width, height)

    def place(point: Point) -> Point:
        x, y = point[::-1] if swap else point
        return (width - x if right else x), (height - y if top else y)

    return [(place(c[0]), c[1]) if isinstance(c[0], tuple) else place(c) for c in corners]


def _mirrored(rng: Random, loop: Loop, width: int, height: int) -> Loop:
    right, top = chance(rng, 50), chance(rng, 50)

    def place(point: Point) -> Point:
        return (width - point[0] if right else point[0]), (height - point[1] if top else point[1])

    return mapped_loop(loop, place)


def _swap(loop: Loop) -> Loop:
    return mapped_loop(loop, lambda point: (point[1], point[0]))
