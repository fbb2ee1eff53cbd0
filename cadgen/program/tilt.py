"""Bodies turned out of the axes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cos, radians, sin
from typing import Self

from cadgen.program.array import Array
from cadgen.program.loop import Loop, Point
from cadgen.program.numbers import ANGLE, Change
from cadgen.program.plane import IN_PLANE
from cadgen.program.step import Extrude, Revolve, Vector
from cadgen.program.text import Say

Body = Extrude | Revolve | Array


@dataclass(frozen=True)
class Tilt:
    """A turn by `degrees` around the line along `axis` (0, 1, 2 for x, y, z) through `at` of the plane across it.

    Counterclockwise where the axis comes towards the eye.
    """

    axis: int
    at: Point
    degrees: int

    def write(self, say: Say = str) -> str:
        """The call that does it."""
        at = dict(zip(IN_PLANE[self.axis], map(say, self.at), strict=True))
        ends = (f"({','.join(at.get(axis, level) for axis in range(3))})" for level in "01")
        return f".rotate({','.join(ends)},{self.degrees})"

    def point(self, level: int = 0) -> tuple[int, int, int]:
        """The point of the line at this coordinate along it."""
        at = dict(zip(IN_PLANE[self.axis], self.at, strict=True))
        x, y, z = (at.get(axis, level) for axis in range(3))
        return x, y, z

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

    def write(self, say: Say = str) -> str:
        """The body as a CadQuery expression."""
        return self.body.write(say) + "".join(tilt.write(say) for tilt in self.tilts)

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
            shift += _dot(direction, tilt.point())
            x, y, z = (_dot(direction, column) for column in zip(*tilt.rows, strict=True))
            direction = x, y, z
            shift -= _dot(direction, tilt.point())
        return shift + self.body.reach(direction)

    def with_loops(self, loops: tuple[Loop, ...]) -> Self:
        """The step with these loops."""
        return replace(self, body=self.body.with_loops(loops))


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
