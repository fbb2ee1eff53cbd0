"""Where sketches lie and what is drawn there, with numbers as a program has them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cadgen.program import IN_PLANE, NAMED_FRAMES, Point, Tilt

Pair = tuple[float, float]
_WHOLE = 1e-9  # quarter turns


@dataclass(frozen=True)
class FloatTilt:
    """A turn by `degrees` around the line along the global `axis` through `at`, a (3,) array."""

    axis: int
    at: np.ndarray
    degrees: float

    @classmethod
    def around(cls, direction: np.ndarray, at: np.ndarray, degrees: float) -> "FloatTilt":
        """The turn around a signed unit axis."""
        axis = int(np.abs(direction).argmax())
        return cls(axis, at, degrees * float(direction[axis]))

    @property
    def quarters(self) -> int | None:
        """How many quarter turns it is, None where it is no whole number of them."""
        number = self.degrees / 90
        return round(number) % 4 if abs(number - round(number)) < _WHOLE else None

    def vector(self, vector: np.ndarray) -> np.ndarray:
        """A (3,) vector once turned; by quarter turns without rounding."""
        axis, quarters = np.eye(3)[self.axis], self.quarters
        if quarters is None:
            angle = np.radians(self.degrees)
            across = np.cross(axis, vector)
            return vector + np.sin(angle) * across + (1 - np.cos(angle)) * np.cross(axis, across)
        for _ in range(quarters):
            vector = np.cross(axis, vector) + axis * (axis @ vector)
        return vector

    def point(self, point: np.ndarray) -> np.ndarray:
        """A (3,) position once turned."""
        return self.at + self.vector(point - self.at)

    def moved(self, shift: np.ndarray) -> "FloatTilt":
        return replace(self, at=self.at + shift)

    def turned(self, quarter: "FloatTilt") -> "FloatTilt":
        """What this turn is to things that a quarter turn has moved, them and it."""
        return FloatTilt.around(quarter.vector(np.eye(3)[self.axis]), quarter.point(self.at), self.degrees)

    def on_grid(self, grid: float) -> Tilt:
        first, second = (round_half_up(self.at[axis] * grid) for axis in IN_PLANE[self.axis])
        return Tilt(self.axis, (first, second), round(self.degrees))


@dataclass(frozen=True)
class Frame:
    """Where a sketch lies: (3,) arrays; x and normal are signed unit axes."""

    origin: np.ndarray
    x: np.ndarray
    normal: np.ndarray

    @property
    def across(self) -> int:
        """The axis that the normal lies along."""
        return int(np.argmax(np.abs(self.normal)))

    @property
    def y(self) -> np.ndarray:
        return np.cross(self.normal, self.x)

    def globally(self, point: Pair) -> np.ndarray:
        """The (3,) global position of an in-plane point."""
        return self.origin + point[0] * self.x + point[1] * self.y

    def locally(self, positions: np.ndarray) -> np.ndarray:
        """The (..., 3) coordinates along x, y and normal of (..., 3) global positions."""
        return (positions - self.origin) @ np.stack([self.x, self.y, self.normal], 1)

    def of(self, other: "Frame") -> Callable[[Pair], Pair]:
        """(in-plane point of `other`) -> the same, or what lies above it, as an in-plane point of this frame."""

        def place(point: Pair) -> Pair:
            x, y, _ = self.locally(other.globally(point))
            return float(x), float(y)

        return place

    def raised(self, height: float) -> "Frame":
        """The parallel frame `height` along the normal."""
        return replace(self, origin=self.origin + height * self.normal)

    def moved(self, shift: np.ndarray) -> "Frame":
        return replace(self, origin=self.origin + shift)

    def turned(self, tilt: FloatTilt) -> "Frame":
        return Frame(tilt.point(self.origin), tilt.vector(self.x), tilt.vector(self.normal))

    def on_grid(self, point: Pair, grid: float) -> Point:
        """The global coordinates of an in-plane point along the two axes of its plane, rounded."""
        first, second = IN_PLANE[self.across]
        position = self.globally(point) * grid
        return round_half_up(position[first]), round_half_up(position[second])


def named_frame(name: str, origin: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Frame:
    """One of CadQuery's named planes."""
    x, normal = NAMED_FRAMES[name]
    return Frame(np.array(origin, float), np.array(x, float), np.array(normal, float))


@dataclass(frozen=True)
class FloatPath:
    """A closed loop; each segment is (end,) for a line or (mid, end) for an arc, and the last ends at the start."""

    start: Pair
    segments: tuple[tuple[Pair, ...], ...]

    def mapped(self, place: Callable[[Pair], Pair]) -> "FloatPath":
        """The loop with every point at `place(point)`."""
        return FloatPath(place(self.start), tuple(tuple(map(place, segment)) for segment in self.segments))


@dataclass(frozen=True)
class FloatCircle:
    centre: Pair
    radius: float

    def mapped(self, place: Callable[[Pair], Pair]) -> "FloatCircle":
        """The circle with its centre at `place(centre)`."""
        return FloatCircle(place(self.centre), self.radius)


FloatLoop = FloatPath | FloatCircle


@dataclass(frozen=True)
class Place:
    """Where to draw in a plane, turned by `turn` degrees."""

    x: float
    y: float
    turn: float = 0.0

    def put(self, loop: FloatLoop) -> FloatLoop:
        """The loop, drawn around (0, 0), here."""
        turn = FloatTilt(2, np.array([self.x, self.y, 0.0]), self.turn)

        def at(point: Pair) -> Pair:
            x, y, _ = turn.point(np.array([self.x + point[0], self.y + point[1], 0.0]))
            return float(x), float(y)

        return loop.mapped(at) if turn.quarters != 0 or self.x or self.y else loop


def round_half_up(value: float) -> int:
    """Rounds halves towards +infinity: a shift by a whole step never changes the outcome, as half-to-even does."""
    return int(np.floor(value + 0.5))
