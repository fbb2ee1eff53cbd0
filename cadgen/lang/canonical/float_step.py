"""Steps with numbers as a program has them, and how they are rounded to the grid."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cadgen.lang.canonical.copies import FloatCopies
from cadgen.lang.canonical.float_frame import FloatCircle, FloatLoop, FloatPath, FloatTilt, Frame, Pair, round_half_up
from cadgen.program import (
    IN_PLANE,
    PLANE_ACROSS,
    Arc,
    Circle,
    Line,
    Loop,
    Path,
    Step,
    Tilted,
    array,
    extrude,
    revolve,
)
from cadgen.program import Body as BodyOnGrid


@dataclass(frozen=True)
class FloatExtrude:
    """Loops in the frame, swept along its normal from `low` to `high`; copies: what they are all copies of, if any."""

    operation: str
    frame: Frame
    loops: tuple[FloatLoop, ...]
    low: float
    high: float
    copies: FloatCopies | None = None

    def moved(self, shift: np.ndarray) -> "FloatExtrude":
        return replace(self, frame=self.frame.moved(shift))

    def turned(self, tilt: FloatTilt) -> "FloatStep":
        return FloatTilted(self, (tilt,)) if tilt.quarters is None else replace(self, frame=self.frame.turned(tilt))

    def as_cut(self) -> "FloatExtrude":
        return replace(self, operation="cut")

    def on_grid(self, grid: float) -> BodyOnGrid | None:
        """The step with its numbers times `grid`, rounded; None where its loops enclose nothing then."""
        across = self.frame.across
        ends = self.frame.origin[across] + self.frame.normal[across] * np.array([self.low, self.high])
        low, high = sorted(round_half_up(end * grid) for end in ends)
        sweep = self.operation, PLANE_ACROSS[across], low, max(high, low + 1)
        copies = self.copies and self.copies.on_grid(self.frame, grid)
        found = array(*sweep, *copies) if copies else None
        return found or extrude(*sweep, _on_grid(self.loops, self.frame, grid))


@dataclass(frozen=True)
class FloatRevolve:
    """Loops in the frame, turned once around the line from `start` to `end`, which runs along one of its axes."""

    operation: str
    frame: Frame
    loops: tuple[FloatPath | FloatCircle, ...]
    start: Pair
    end: Pair

    def moved(self, shift: np.ndarray) -> "FloatRevolve":
        return replace(self, frame=self.frame.moved(shift))

    def turned(self, tilt: FloatTilt) -> "FloatStep":
        return FloatTilted(self, (tilt,)) if tilt.quarters is None else replace(self, frame=self.frame.turned(tilt))

    def as_cut(self) -> "FloatRevolve":
        return replace(self, operation="cut")

    def on_grid(self, grid: float) -> BodyOnGrid | None:
        """The step with its numbers times `grid`, rounded; None where its loops enclose nothing then."""
        across = self.frame.across
        start, end = self.frame.globally(self.start), self.frame.globally(self.end)
        axis = int(np.argmax(np.abs(end - start)[list(IN_PLANE[across])]))
        at, height = start[IN_PLANE[across][1 - axis]], self.frame.origin[across]
        return revolve(
            self.operation,
            PLANE_ACROSS[across],
            round_half_up(height * grid),
            axis,
            round_half_up(at * grid),
            _on_grid(self.loops, self.frame, grid),
        )


@dataclass(frozen=True)
class FloatTilted:
    """A body that is turned out of the axes after it is made, once or more, each time by whole degrees."""

    body: FloatExtrude | FloatRevolve
    tilts: tuple[FloatTilt, ...]

    @property
    def operation(self) -> str:
        return self.body.operation

    def moved(self, shift: np.ndarray) -> "FloatTilted":
        return FloatTilted(self.body.moved(shift), tuple(tilt.moved(shift) for tilt in self.tilts))

    def turned(self, tilt: FloatTilt) -> "FloatStep":
        if tilt.quarters is None:
            return replace(self, tilts=(*self.tilts, tilt))
        body = replace(self.body, frame=self.body.frame.turned(tilt))
        return FloatTilted(body, tuple(each.turned(tilt) for each in self.tilts))

    def as_cut(self) -> "FloatTilted":
        return replace(self, body=self.body.as_cut())

    def on_grid(self, grid: float) -> Step | None:
        """The step with its lengths times `grid`, rounded; None where its loops enclose nothing then."""
        body = self.body.on_grid(grid)
        return body and Tilted(body, tuple(tilt.on_grid(grid) for tilt in self.tilts))


FloatStep = FloatExtrude | FloatRevolve | FloatTilted
Body = tuple[FloatStep, ...]


def _on_grid(loops: Sequence[FloatLoop], frame: Frame, grid: float) -> list[Loop]:
    return [_loop_on_grid(loop, frame, grid) for loop in loops]


def _loop_on_grid(loop: FloatLoop, frame: Frame, grid: float) -> Loop:
    """A radius that rounds to 0 becomes 1."""
    if isinstance(loop, FloatCircle):
        return Circle(frame.on_grid(loop.centre, grid), max(1, round_half_up(loop.radius * grid)))
    segments = [[frame.on_grid(point, grid) for point in segment] for segment in loop.segments]
    return Path(
        frame.on_grid(loop.start, grid),
        tuple(Line(*points) if len(points) == 1 else Arc(*points) for points in segments),
    )
