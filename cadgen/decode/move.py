"""Changes of a canonical program's measures: `moves(program)` lists what can be moved, `moved` moves it.

A measure is seldom alone: the corners of a side, the bottoms of two bodies, the holes of a pattern share a number. A
move changes all coordinates that share a number at once, or those of one extrusion, or one loop.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from cadgen.lang import Program
from cadgen.lang.program import Arc, Circle, Extrusion, Line, Loop, Path, Point

AXES = {"XY": (0, 1, 2), "XZ": (0, 2, 1), "YZ": (1, 2, 0)}  # of the sketch, and that it is swept along

RADIUS = 3  # stands for an axis where a number is no coordinate

Change = Callable[[int, int], int]  # (axis or RADIUS, value) -> value


@dataclass(frozen=True)
class Move:
    """Coordinates on `axis` that equal one of `values` go by `sign` times the distance, in the steps and loops named.

    values: pairs (value, sign), None for every value and a sign of 1; step, loop: None for all; radius: instead of
    coordinates, the radii of this size grow.
    """

    axis: int | None = None
    values: tuple[tuple[int, int], ...] | None = None
    step: int | None = None
    loop: int | None = None
    radius: int | None = None


def moves(program: Program) -> list[Move]:
    """Those that may change the part's look, the widest first, none twice."""
    found: dict[Move, None] = {}
    for axis in range(3):
        for value in sorted({v for step in program for v in _values(step.extrusion, axis)}):
            found[Move(axis, ((value, 1),))] = None
    for number, step in enumerate(program):
        found |= dict.fromkeys(_of_step(number, step.extrusion, len(program) > 1))
    return list(found)


def _of_step(number: int, extrusion: Extrusion, several: bool) -> Iterator[Move]:
    for axis in range(3):
        values = sorted(set(_values(extrusion, axis)))
        if several:
            yield Move(axis, None, number)
            yield from (Move(axis, ((value, 1),), number) for value in values)
        low, high = values[0], values[-1]
        for a, b in zip(values, reversed(values), strict=True):
            if a < b and a + b == low + high:
                yield Move(axis, ((a, -1), (b, 1)), number)  # wider on both sides
    radii = [loop.radius for loop in extrusion.loops if isinstance(loop, Circle)]
    yield from (Move(None, None, number, None, radius) for radius in sorted(set(radii)))
    if len(extrusion.loops) > 1:
        for index, loop in enumerate(extrusion.loops):
            for axis in AXES[extrusion.plane][:2]:
                yield Move(axis, None, number, index)
            if isinstance(loop, Circle) and radii.count(loop.radius) > 1:
                yield Move(None, None, number, index, loop.radius)


def moved(program: Program, move: Move, distance: int) -> Program | None:
    """The program after the move; None where an extrusion or a circle would vanish."""

    def change(axis: int, value: int) -> int:
        if axis == RADIUS:
            return value + distance * (value == move.radius)
        if axis != move.axis:
            return value
        return value + distance * (1 if move.values is None else dict(move.values).get(value, 0))

    steps = tuple(
        replace(step, extrusion=mapped(step.extrusion, change, move.loop)) if move.step in (None, number) else step
        for number, step in enumerate(program)
    )
    return steps if stands(steps) else None


def follow(move: Move, distance: int) -> Move:
    """The move of the same corners once they have gone by `distance`."""
    values = move.values and tuple((value + sign * distance, sign) for value, sign in move.values)
    return replace(move, values=values, radius=move.radius and move.radius + distance)


def mapped(extrusion: Extrusion, change: Change, only_loop: int | None = None) -> Extrusion:
    """The extrusion with every number changed, or those of one loop."""
    first, second, swept = AXES[extrusion.plane]

    def point(p: Point) -> Point:
        return change(first, p[0]), change(second, p[1])

    def loop(one: Loop) -> Loop:
        if isinstance(one, Circle):
            return Circle(point(one.centre), change(RADIUS, one.radius))
        segments = tuple(
            Line(point(segment.end)) if isinstance(segment, Line) else Arc(point(segment.mid), point(segment.end))
            for segment in one.segments
        )
        return Path(point(one.start), segments)

    loops = tuple(loop(one) if only_loop in (None, i) else one for i, one in enumerate(extrusion.loops))
    if only_loop is not None:
        return replace(extrusion, loops=loops)
    return replace(extrusion, low=change(swept, extrusion.low), high=change(swept, extrusion.high), loops=loops)


def stands(program: Program) -> bool:
    """Whether no extrusion and no circle has vanished."""
    extrusions = [step.extrusion for step in program]
    radii = [loop.radius for one in extrusions for loop in one.loops if isinstance(loop, Circle)]
    return all(one.low < one.high for one in extrusions) and min(radii, default=1) > 0


def _values(extrusion: Extrusion, axis: int) -> list[int]:
    """Every coordinate on the axis: corners, middles of arcs, centres, heights."""
    *sketched, swept = AXES[extrusion.plane]
    if axis == swept:
        return [extrusion.low, extrusion.high]
    at = sketched.index(axis)
    return [point[at] for loop in extrusion.loops for point in _points(loop)]


def _points(loop: Loop) -> Iterator[Point]:
    if isinstance(loop, Circle):
        yield loop.centre
        return
    yield loop.start
    for segment in loop.segments:
        if isinstance(segment, Arc):
            yield segment.mid
        yield segment.end
