"""What a canonical program says, as values, and its one way of being written.

Every number is an integer of the grid (see `GRID`). A program is a left fold: the first step is the body, each further
one is united with it or cut from it. In-plane coordinates are global, so a plane needs one number, its height.

Every type of step has `write`, `mapped`, `stands` and `spans`; `cadgen.lang.canonical` reads it. What else can be told
of it (`cadgen.kernel`: its mesh; `cadgen.refine`: its neighbours) is told there, and done without where it is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from cadgen.program.loop import Arc, Circle, Line, Loop, bounds_of, box_of, ordered
from cadgen.program.numbers import Change, mapped_in_plane
from cadgen.program.plane import AXES, origin_of

GRID = 256
"""Grid steps per unit of a GenCAD-Code program: its largest extent, 1.5, is 384 steps, about one a pixel at 448 px."""

Span = tuple[int, int]
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

    def spans(self) -> list[Span]:
        """The lowest and the highest coordinate of the body along x, y and z."""
        left, bottom, right, top = box_of(self.loops)
        first, second, across = AXES[self.plane]
        spans = {first: (left, right), second: (bottom, top), across: (self.low, self.high)}
        return [spans[axis] for axis in range(3)]


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

    def spans(self) -> list[Span]:
        """The lowest and the highest coordinate of the body along x, y and z."""
        box = box_of(self.loops)
        reach = max(abs(box[1 - self.axis] - self.at), abs(box[3 - self.axis] - self.at))
        along, beside, across = self.axes
        spans = {
            along: (box[self.axis], box[2 + self.axis]),
            beside: (self.at - reach, self.at + reach),
            across: (self.height - reach, self.height + reach),
        }
        return [spans[axis] for axis in range(3)]

    @property
    def axes(self) -> tuple[int, int, int]:
        """The axis that it is turned around, the other one in its plane and the one across that."""
        first, second, across = AXES[self.plane]
        return (second, first, across) if self.axis else (first, second, across)


Step = Extrude | Revolve
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
