"""What a step of a chain works on: the chain so far and the arguments of its call."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cadgen.lang.call.value import Call
from cadgen.lang.canonical.copies import FloatCopies
from cadgen.lang.canonical.float_frame import FloatLoop, FloatTilt, Frame, Pair, Place
from cadgen.lang.canonical.float_step import Body
from cadgen.lang.error import DialectError

_LARGEST = 1e9  # beyond it neither the kernel's tolerances nor float arithmetic on the grid mean anything
_HARMLESS = frozenset({"clean", "tol"})  # parameters that do not change the solid


class NoFold(DialectError):
    """A part that may be right and is not a fold of steps along the axes."""


@dataclass
class Shared:
    """What all chains of one workplane share; broken: why it cannot be told any more what it holds."""

    path: list = field(default_factory=list)  # (start,), then the segments as in FloatPath
    pending: list[FloatLoop] = field(default_factory=list)
    copies: FloatCopies | None = None  # what all of `pending` are copies of
    frame: Frame | None = None  # that `pending` is drawn in
    tilts: tuple[FloatTilt, ...] = ()  # of that
    scattered: bool = False  # whether one call drew several loops of `pending`
    broken: DialectError | None = None


@dataclass
class Sketch:
    """A chain: lines start at `pen`, loops and solids are put at each of `places`, in a plane that `tilts` turn last.

    Both are None where CadQuery would ask the last object. corners: the vertices of the loops drawn last; body: the
    solid up the chain; whole: it lies on the stack itself.
    """

    frame: Frame
    pen: Pair | None = (0.0, 0.0)
    places: tuple[Place, ...] | None = (Place(0.0, 0.0),)
    shared: Shared = field(default_factory=Shared)
    body: Body = ()
    corners: tuple[Pair, ...] = ()
    whole: bool = False
    tilts: tuple[FloatTilt, ...] = ()

    @property
    def origin(self) -> np.ndarray:
        """(3,) where the plane's own coordinates are 0."""
        origin = self.frame.origin.copy()
        for tilt in self.tilts:
            origin = tilt.point(origin)
        return origin


@dataclass
class FaceOf:
    """The face of the chain's solid that lies furthest along `direction`, a signed unit axis."""

    sketch: Sketch
    direction: np.ndarray


@dataclass
class Arguments:
    """The arguments of a call, taken by name; what is left over at the end is refused by `done`."""

    call: Call
    values: dict
    taken: set[str] = field(default_factory=set)

    def get(self, name: str, default: Any = None) -> Any:
        self.taken.add(name)
        value = self.call.arguments.get(name, default)
        if isinstance(value, Call):
            value = self.values[value]
            if isinstance(value, DialectError):
                raise value
        return value

    def number(self, name: str, default: float | None = None) -> float:
        return self._number(self.get(name, default))

    def pair(self, name: str) -> Pair:
        x, y = self.point(name, 2)
        return x, y

    def point(self, name: str, size: int = 3) -> tuple[float, ...]:
        return self.as_point(self.get(name, (0.0,) * size), size)

    def as_point(self, value: Any, size: int) -> tuple[float, ...]:
        if isinstance(value, np.ndarray):
            value = tuple(value)
        if not isinstance(value, tuple | list) or len(value) not in (2, 3):
            raise self.error("needs a point")
        numbers = [*map(self._number, value), 0.0][: max(size, len(value))]
        if len(numbers) > size and numbers[2]:
            raise self.error("leaves the plane")
        return tuple(numbers[:size])

    def done(self) -> None:
        defaults = {parameter.name: parameter.default for parameter in self.call.signature.parameters}
        for name in self.call.arguments.keys() - self.taken - _HARMLESS:
            if self.call.arguments[name] not in (False, None, defaults[name]):
                raise self.error(f"with {name} is outside the dialect")

    def error(self, message: str) -> NoFold:
        return NoFold(f"line {self.call.line}: {self._name} {message}")

    def wrong(self, message: str) -> DialectError:
        return DialectError(f"line {self.call.line}: {self._name} {message}")

    @property
    def _name(self) -> str:
        return self.call.signature.owner if self.call.name == "__init__" else self.call.name

    def _number(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            raise self.wrong(f"needs a number, not {value!r}")
        if abs(value) > _LARGEST:
            raise self.wrong(f"takes {value}, which is larger than {_LARGEST:g}")
        return float(value)
