"""Programs of another structure that are near to one: `neighbours(program)`.

Pictures tell structures apart that a network confuses: a square boss and a round one, a notch and none. A neighbour
takes the place and the size of what it stands for; its dimensions are a guess, to be fitted.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from cadgen.program import (
    AXES,
    Array,
    Body,
    Circle,
    Extrude,
    Line,
    Loop,
    Path,
    Places,
    Point,
    Program,
    Revolve,
    Step,
    Tilted,
    Wheel,
    box_of,
    rectangle,
    spans_of,
    stands,
)

_SQUARE = 0.886  # half a side, of the radius: the same area
_HEXAGON = 1.1  # its circumradius, of the radius: the same area
_WALL = 0.2  # of the shorter side
_LONG = 12  # grid steps; shorter edges are not cut into

Corners = list[Point]


def neighbours(program: Program, numbers: Collection[int] | None = None) -> Iterator[Program]:
    """Those with one loop of another shape, one corner or notch more or less, one loop or step less, or one step more
    that mirrors another in the middle of the part. None twice, none of them `program`.

    numbers: of the steps whose shapes are changed, all by default.
    """
    seen = {program}
    for one in _all(program, range(len(program)) if numbers is None else numbers):
        if one not in seen and stands(one):
            seen.add(one)
            yield one


def fewer(program: Program) -> Iterator[Program]:
    """Those with one loop less or one step less."""
    for number, step in enumerate(program):
        for index in range(len(step.loops) if len(step.loops) > 1 else 0):
            yield _replaced(program, number, step.with_loops(step.loops[:index] + step.loops[index + 1 :]))
    shorter = (program[:number] + program[number + 1 :] for number in range(len(program)))
    yield from (one for one in shorter if one and one[0].operation == "union")


def _all(program: Program, numbers: Collection[int]) -> Iterator[Program]:
    yield from fewer(program)
    for number in sorted(numbers):
        step = program[number]
        for loops in _varied(step.loops):
            yield _replaced(program, number, step.with_loops(loops))
        if isinstance(step, Array):
            yield from (_replaced(program, number, replace(step, places=places)) for places in _recounted(step.places))
        if isinstance(step, Extrude) and _is_block(step):
            yield from (_replaced(program, number, other) for other in _cut_across(step))
    for number in range(1, len(program)):
        yield from ((*program, _mirrored(program[number], axis, program)) for axis in range(3))


def _replaced(program: Program, number: int, step: Step) -> Program:
    return (*program[:number], step, *program[number + 1 :])


def _recounted(places: Places) -> Iterator[Places]:
    """One column, one row, one copy more or less."""
    for more in (1, -1):
        if isinstance(places, Wheel):
            yield from [replace(places, count=places.count + more)] if places.count + more > 1 else []
            continue
        usual = max(places.spacing)
        for along in (0, 1):
            counts = [num + more * (number == along) for number, num in enumerate(places.count)]
            spacing = [
                (d if before > 1 else usual) if num > 1 else 1
                for d, num, before in zip(places.spacing, counts, places.count, strict=True)
            ]
            if min(counts) > 0 and max(counts) > 1:
                yield replace(places, count=(counts[0], counts[1]), spacing=(spacing[0], spacing[1]))


def _varied(loops: tuple[Loop, ...]) -> Iterator[tuple[Loop, ...]]:
    for index, loop in enumerate(loops):
        before, behind = loops[:index], loops[index + 1 :]
        yield from ((*before, other, *behind) for other in _reshaped(loop))


def _reshaped(loop: Loop) -> Iterator[Loop]:
    if isinstance(loop, Circle):
        yield from map(_polygon, _round_polygons(loop))
        return
    x0, y0, x1, y1 = box_of([loop])
    yield Circle(((x0 + x1) // 2, (y0 + y1) // 2), max(1, (x1 - x0 + y1 - y0) // 4))
    yield _polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    if all(isinstance(segment, Line) for segment in loop.segments):
        corners = [loop.start, *(segment.end for segment in loop.segments[:-1])]
        yield from map(_polygon, _recut(corners))


def _is_block(step: Extrude) -> bool:
    return len(step.loops) == 1 and step.loops[0] == rectangle(*box_of(step.loops))


def _cut_across(block: Extrude) -> Iterator[Extrude]:
    """The same block swept along any axis: an angle or a channel of thin walls; along the other two, edges and corners
    cut into as well."""
    spans = spans_of(block)
    for plane, (first, second, across) in AXES.items():
        (left, right), (bottom, top) = spans[first], spans[second]
        corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
        for at in range(4):
            turned = corners[at:] + corners[:at]
            cuts = [*_thin(turned)]
            if plane != block.plane:
                cuts += [*_cut_edge(turned, (right - left, top - bottom)), *_cut_corner(turned)]
            for cut in cuts:
                yield Extrude(block.operation, plane, *spans[across], (_polygon(cut),))


def _thin(corners: Corners) -> Iterator[Corners]:
    """A rectangle made an angle, without its first corner, and a channel, open at its first edge."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    wall = max(1, round(_WALL * min(abs(cx - ax), abs(cy - ay))))
    along, inwards = (_sign(bx - ax), _sign(by - ay)), (_sign(dx - ax), _sign(dy - ay))
    right, deep = _by((bx, by), along, -wall), _by((dx, dy), inwards, -wall)
    inner = _by(_by((cx, cy), along, -wall), inwards, -wall)
    yield [deep, inner, right, *corners[1:]]
    left = _by((ax, ay), along, wall)
    yield [corners[0], left, _by(deep, along, wall), inner, right, *corners[1:]]


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _round_polygons(circle: Circle) -> Iterator[Corners]:
    """A square and two hexagons."""
    x, y = circle.centre
    side = round(_SQUARE * circle.radius)
    yield [(x - side, y - side), (x + side, y - side), (x + side, y + side), (x - side, y + side)]
    far = round(_HEXAGON * circle.radius)
    half, near = far // 2, round(0.866 * far)
    hexagon = [(-far, 0), (-half, -near), (half, -near), (far, 0), (half, near), (-half, near)]
    yield [(x + across, y + along) for across, along in hexagon]
    yield [(x - along, y + across) for across, along in hexagon]


def _recut(corners: Corners) -> Iterator[Corners]:
    """Corners taken away, edges and right corners cut into; the loop runs counterclockwise."""
    count = len(corners)
    x0, y0, x1, y1 = box_of([_polygon(corners)])
    for at in range(count):
        turned = corners[at:] + corners[:at]  # begins with the corner, or the edge behind it
        if count > 3:
            yield turned[1:]
        if count > 4:
            yield turned[2:]
        yield from _cut_edge(turned, (x1 - x0, y1 - y0))
        yield from _cut_corner(turned)


def _cut_edge(corners: Corners, size: Point) -> Iterator[Corners]:
    """A notch and a tab in the middle third of the first edge, a third of the loop deep, and a notch like a V."""
    (ax, ay), (bx, by) = corners[:2]
    dx, dy = bx - ax, by - ay
    if (dx and dy) or abs(dx + dy) < _LONG:
        return
    inwards = ((dy < 0) - (dy > 0), (dx > 0) - (dx < 0))
    depth = max(3, (size[0] if inwards[0] else size[1]) // 3)
    first, second = (ax + dx // 3, ay + dy // 3), (ax + 2 * dx // 3, ay + 2 * dy // 3)
    for deep in (depth, -depth):
        yield [corners[0], first, _by(first, inwards, deep), _by(second, inwards, deep), second, *corners[1:]]
    middle = (ax + bx) // 2, (ay + by) // 2
    yield [corners[0], first, _by(middle, inwards, depth), second, *corners[1:]]


def _by(point: Point, direction: Point, distance: int) -> Point:
    return point[0] + distance * direction[0], point[1] + distance * direction[1]


def _cut_corner(corners: Corners) -> Iterator[Corners]:
    """A step and a chamfer in place of the first corner, a third of its edges wide, where it is a right one."""
    (x, y), (ax, ay), (bx, by) = corners[0], corners[-1], corners[1]
    if (ax - x) * (bx - x) + (ay - y) * (by - y) or min(abs(ax - x + ay - y), abs(bx - x + by - y)) < _LONG // 2:
        return
    before, behind = (x + (ax - x) // 3, y + (ay - y) // 3), (x + (bx - x) // 3, y + (by - y) // 3)
    yield [before, (before[0] + behind[0] - x, before[1] + behind[1] - y), behind, *corners[1:]]
    yield [before, behind, *corners[1:]]


def _mirrored(step: Step, axis: int, program: Program) -> Step:
    """The step mirrored in the middle of what the program adds up to."""
    spans = [spans_of(one)[axis] for one in program if one.operation == "union"]
    total = min(low for low, _ in spans) + max(high for _, high in spans)
    there = step.mapped(lambda along, value: total - value if along == axis else value)
    if isinstance(there, Tilted):
        tilts = tuple(tilt if tilt.axis == axis else replace(tilt, degrees=-tilt.degrees) for tilt in there.tilts)
        return Tilted(_upwards(there.body, axis), tilts)
    return _upwards(there, axis)


def _upwards(step: Body, axis: int) -> Body:
    """A body of which the coordinates along the axis were mirrored, its least ones first again."""
    if isinstance(step, Revolve):
        return step
    if isinstance(step, Array) and axis != AXES[step.plane][2]:
        return replace(step, places=_turned_over(step.places, AXES[step.plane].index(axis)))
    return step if step.low <= step.high else replace(step, low=step.high, high=step.low)


def _turned_over(places: Places, along: int) -> Places:
    if isinstance(places, Wheel):
        return replace(places, start=-places.start if along else 180 - places.start)
    back = places.spacing[along] * (places.count[along] - 1)
    x, y = (value - back * (number == along) for number, value in enumerate(places.first))
    return replace(places, first=(x, y))


def _polygon(corners: Corners) -> Path:
    return Path(corners[0], tuple(map(Line, (*corners[1:], corners[0]))))
