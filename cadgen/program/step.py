"""Bodies of one sketch: swept along the axis across it, or turned around a line in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot
from typing import Self

from cadgen.program.loop import Loop, are_round, bounds_of, ordered, reach
from cadgen.program.numbers import Change, mapped_loops
from cadgen.program.plane import AXES
from cadgen.program.text import Say, sketch

Vector = tuple[float, float, float]
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

    def write(self, say: Say = str) -> str:
        """The body as a CadQuery expression."""
        # CadQuery's XZ plane looks along -y, the other two along their positive axis.
        start = self.high if self.plane == "XZ" else self.low
        return f"{sketch(self.plane, start, self.loops, say)}.extrude({say(self.high - self.low)})"

    def mapped(self, change: Change, only_loop: int | None = None) -> Self:
        """The step with every number changed, or those of one loop."""
        loops = mapped_loops(self.loops, self.plane, change, only_loop)
        if only_loop is not None:
            return replace(self, loops=loops)
        across = AXES[self.plane][2]
        return replace(self, low=change(across, self.low), high=change(across, self.high), loops=loops)

    def stands(self) -> bool:
        """Whether neither the body nor one of its circles has vanished."""
        return self.low < self.high and are_round(self.loops)

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

    def write(self, say: Say = str) -> str:
        """The body as a CadQuery expression; the ends of the axis are points of the sketch."""
        at = say(self.at)
        start, end = ((at, 0), (at, 1)) if self.axis else ((0, at), (1, at))
        axis = f"axisStart=({start[0]},{start[1]}),axisEnd=({end[0]},{end[1]})"
        return f"{sketch(self.plane, self.height, self.loops, say)}.revolve({axis})"

    def mapped(self, change: Change, only_loop: int | None = None) -> Self:
        """The step with every number changed, or those of one loop."""
        loops = mapped_loops(self.loops, self.plane, change, only_loop)
        if only_loop is not None:
            return replace(self, loops=loops)
        _, beside, across = self.axes
        return replace(self, height=change(across, self.height), at=change(beside, self.at), loops=loops)

    def stands(self) -> bool:
        """Whether all loops are on one side of the axis, and no circle has vanished."""
        bounds = bounds_of(self.loops)
        low, high = bounds[1 - self.axis], bounds[3 - self.axis]
        return (low > self.at - _LOOSE or high < self.at + _LOOSE) and are_round(self.loops)

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
