"""What a canonical program says, as values, and its one way of being written.

Every number is an integer of the grid (see `GRID`). A program is a left fold: the first step is the body, each further
one is united with it or cut from it. In-plane coordinates are global, so a plane needs one number, its height.

Every type of step has `write`, `mapped`, `stands` and `reach`; `cadgen.lang.canonical` reads it. What else can be told
of it (`cadgen.kernel`: its mesh; `cadgen.refine`: its neighbours) is told there, and done without where it is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cos, hypot, radians, sin
from typing import Self

from cadgen.program.loop import Arc, Circle, Line, Loop, Point, bounds_of, nearest, ordered, reach
from cadgen.program.numbers import ANGLE, Change, mapped_in_plane
from cadgen.program.plane import AXES, IN_PLANE, origin_of

GRID = 256
"""Grid steps per unit of a GenCAD-Code program: its largest extent, 1.5, is 384 steps, about one a pixel at 448 px."""

Span = tuple[int, int]
Vector = tuple[float, float, float]
_DIGITS = 6  # behind the point, that do not depend on how a machine computes sines
_LOOSE = 1e-9  # grid steps; so far rounding may put an arc beyond the axis that it touches


@dataclass(frozen=True)
class Extrude:
    """Loops in the `plane` (XY, XZ or YZ), swept along the axis across it (z, y, x) from `low` to `high`.

    operation: "union" or "cut".
    """

    operation: str
    plane: str
    low: int
    high: int
    loops: tuple[Loop, ...]

    def write(self) -> str:
        """The body as a CadQuery expression."""
        # CadQuery's XZ plane looks along -y, the other two along their positive axis.
        start = self.high if self.plane == "XZ" else self.low
        return f"{_sketch(self.plane, start, self.loops)}.extrude({self.high - self.low})"

    def mapped(self, change: Change, only_loop: int | None = None) -> Self:
        """The step with every number changed, or those of one loop."""
        loops = _mapped_loops(self.loops, self.plane, change, only_loop)
        if only_loop is not None:
            return replace(self, loops=loops)
        across = AXES[self.plane][2]
        return replace(self, low=change(across, self.low), high=change(across, self.high), loops=loops)

    def stands(self) -> bool:
        """Whether neither the body nor one of its circles has vanished."""
        return self.low < self.high and _are_round(self.loops)

    def reach(self, direction: Vector) -> float:
        """How far the body goes along a direction."""
        x, y, across = (direction[axis] for axis in AXES[self.plane])
        return reach(self.loops, x, y) + max(across * self.low, across * self.high)

    def with_loops(self, loops: tuple[Loop, ...]) -> Self:
        """The step with these loops."""
        return replace(self, loops=loops)


@dataclass(frozen=True)
class Revolve:
    """Loops in the `plane` (XY, XZ or YZ) at `height` along the axis across it, turned once around a line in it.

    The line runs along the plane's first (axis 0) or second coordinate (axis 1), where the other one is `at`; the loops
    lie on one side of it, and may touch it. operation: "union" or "cut".
    """

    operation: str
    plane: str
    height: int
    axis: int
    at: int
    loops: tuple[Loop, ...]

    def write(self) -> str:
        """The body as a CadQuery expression; the ends of the axis are points of the sketch."""
        start, end = ((self.at, 0), (self.at, 1)) if self.axis else ((0, self.at), (1, self.at))
        axis = f"axisStart=({start[0]},{start[1]}),axisEnd=({end[0]},{end[1]})"
        return f"{_sketch(self.plane, self.height, self.loops)}.revolve({axis})"

    def mapped(self, change: Change, only_loop: int | None = None) -> Self:
        """The step with every number changed, or those of one loop."""
        loops = _mapped_loops(self.loops, self.plane, change, only_loop)
        if only_loop is not None:
            return replace(self, loops=loops)
        _, beside, across = self.axes
        return replace(self, height=change(across, self.height), at=change(beside, self.at), loops=loops)

    def stands(self) -> bool:
        """Whether all loops are on one side of the axis, and no circle has vanished."""
        bounds = bounds_of(self.loops)
        low, high = bounds[1 - self.axis], bounds[3 - self.axis]
        return (low > self.at - _LOOSE or high < self.at + _LOOSE) and _are_round(self.loops)

    def reach(self, direction: Vector) -> float:
        """How far the body goes along a direction."""
        along, beside, across = self.axes
        level = direction[along]
        outwards = hypot(direction[beside], direction[across])
        ways = [(level, side) if self.axis == 0 else (side, level) for side in (outwards, -outwards)]
        farthest = max(reach(self.loops, *way) - way[1 - self.axis] * self.at for way in ways)
        return farthest + direction[beside] * self.at + direction[across] * self.height

    def with_loops(self, loops: tuple[Loop, ...]) -> Self:
        """The step with these loops."""
        return replace(self, loops=loops)

    @property
    def axes(self) -> tuple[int, int, int]:
        """The axis that it is turned around, the other one in its plane and the one across that."""
        first, second, across = AXES[self.plane]
        return (second, first, across) if self.axis else (first, second, across)


Body = Extrude | Revolve


@dataclass(frozen=True)
class Tilt:
    """A turn by `degrees` around the line along `axis` (0, 1, 2 for x, y, z) through `at` of the plane across it.

    Counterclockwise where the axis comes towards the eye.
    """

    axis: int
    at: Point
    degrees: int

    def write(self) -> str:
        """The call that does it."""
        start, end = ([level] * 3 for level in (0, 1))
        for point in (start, end):
            for axis, value in zip(IN_PLANE[self.axis], self.at, strict=True):
                point[axis] = value
        ends = (f"({','.join(map(str, point))})" for point in (start, end))
        return f".rotate({','.join(ends)},{self.degrees})"

    def mapped(self, change: Change) -> Self:
        """The turn with every number changed."""
        first, second = IN_PLANE[self.axis]
        at = change(first, self.at[0]), change(second, self.at[1])
        return replace(self, at=at, degrees=change(ANGLE, self.degrees))

    @property
    def rows(self) -> tuple[Vector, Vector, Vector]:
        """The matrix that turns vectors."""
        angle = radians(self.degrees)
        one, other = (self.axis + 1) % 3, (self.axis + 2) % 3
        rows = [[float(i == j) for j in range(3)] for i in range(3)]
        rows[one][one] = rows[other][other] = cos(angle)
        rows[one][other], rows[other][one] = -sin(angle), sin(angle)
        x, y, z = ((a, b, c) for a, b, c in rows)
        return x, y, z


@dataclass(frozen=True)
class Tilted:
    """A body that is turned after it is made, once or more, out of the axes."""

    body: Body
    tilts: tuple[Tilt, ...]

    @property
    def operation(self) -> str:
        return self.body.operation

    @property
    def loops(self) -> tuple[Loop, ...]:
        return self.body.loops

    def write(self) -> str:
        """The body as a CadQuery expression."""
        return self.body.write() + "".join(tilt.write() for tilt in self.tilts)

    def mapped(self, change: Change, only_loop: int | None = None) -> Self:
        """The step with every number changed, or those of one loop."""
        body = self.body.mapped(change, only_loop)
        if only_loop is not None:
            return replace(self, body=body)
        return replace(self, body=body, tilts=tuple(tilt.mapped(change) for tilt in self.tilts))

    def stands(self) -> bool:
        """Whether neither the body nor one of its circles has vanished."""
        return self.body.stands()

    def reach(self, direction: Vector) -> float:
        """How far the body goes along a direction."""
        shift = 0.0
        for tilt in reversed(self.tilts):
            middle = [0.0, 0.0, 0.0]
            for axis, value in zip(IN_PLANE[tilt.axis], tilt.at, strict=True):
                middle[axis] = value
            shift += _dot(direction, middle)
            x, y, z = (_dot(direction, column) for column in zip(*tilt.rows, strict=True))
            direction = x, y, z
            shift -= _dot(direction, middle)
        return shift + self.body.reach(direction)

    def with_loops(self, loops: tuple[Loop, ...]) -> Self:
        """The step with these loops."""
        return replace(self, body=self.body.with_loops(loops))


Step = Body | Tilted
Program = tuple[Step, ...]


def extrude(operation: str, plane: str, low: int, high: int, loops: Sequence[Loop]) -> Extrude | None:
    """The step with its loops in their one order and direction; None if they enclose nothing.

    Raises `LoopsCoincide`.
    """
    kept = ordered(loops)
    return Extrude(operation, plane, low, high, kept) if kept else None


def revolve(operation: str, plane: str, height: int, axis: int, at: int, loops: Sequence[Loop]) -> Revolve | None:
    """The step with its loops in their one order and direction; None if they enclose nothing.

    Raises `LoopsCoincide`.
    """
    kept = ordered(loops)
    return Revolve(operation, plane, height, axis, at, kept) if kept else None


def spans_of(step: Step) -> list[Span]:
    """The lowest and the highest coordinate of the step's body along x, y and z, to the nearest."""
    units = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    return [
        nearest(-round(step.reach((-x, -y, -z)), _DIGITS), round(step.reach((x, y, z)), _DIGITS)) for x, y, z in units
    ]


def stands(program: Program) -> bool:
    """Whether no step has vanished, nor a circle of one."""
    return all(step.stands() for step in program)


def write(program: Program) -> str:
    """The canonical text of `program`: plain CadQuery, one statement a step, `result` bound last."""
    lines = ["import cadquery as cq"]
    for number, step in enumerate(program):
        lines.append(f"result=result.{step.operation}({step.write()})" if number else f"result={step.write()}")
    return "\n".join(lines) + "\n"


def _sketch(plane: str, height: int, loops: Sequence[Loop]) -> str:
    x, y, z = origin_of(plane, height)
    return f"cq.Workplane('{plane}',origin=({x},{y},{z})){''.join(map(_write_loop, loops))}"


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _write_loop(loop: Loop) -> str:
    if isinstance(loop, Circle):
        return f".moveTo({loop.centre[0]},{loop.centre[1]}).circle({loop.radius})"
    segments = list(loop.segments)
    if isinstance(segments[-1], Line):
        segments.pop()  # close() draws it
    return f".moveTo({loop.start[0]},{loop.start[1]}){''.join(map(_write_segment, segments))}.close()"


def _write_segment(segment: Line | Arc) -> str:
    if isinstance(segment, Line):
        return f".lineTo({segment.end[0]},{segment.end[1]})"
    return f".threePointArc(({segment.mid[0]},{segment.mid[1]}),({segment.end[0]},{segment.end[1]}))"


def _mapped_loops(loops: tuple[Loop, ...], plane: str, change: Change, only_loop: int | None) -> tuple[Loop, ...]:
    return tuple(
        mapped_in_plane(loop, plane, change) if only_loop in (None, number) else loop
        for number, loop in enumerate(loops)
    )


def _are_round(loops: Sequence[Loop]) -> bool:
    return all(loop.radius > 0 for loop in loops if isinstance(loop, Circle))
