"""Extrusions with numbers as the program has them, before they are rounded to the grid."""

from dataclasses import dataclass

import numpy as np

NAMED_FRAMES = {  # x direction and normal, as in CadQuery's Plane.named
    "XY": ((1, 0, 0), (0, 0, 1)),
    "YZ": ((0, 1, 0), (1, 0, 0)),
    "ZX": ((0, 0, 1), (0, 1, 0)),
    "XZ": ((1, 0, 0), (0, -1, 0)),
    "YX": ((0, 1, 0), (0, 0, -1)),
    "ZY": ((0, 0, 1), (-1, 0, 0)),
    "front": ((1, 0, 0), (0, 0, 1)),
    "back": ((-1, 0, 0), (0, 0, -1)),
    "left": ((0, 0, 1), (-1, 0, 0)),
    "right": ((0, 0, -1), (1, 0, 0)),
    "top": ((1, 0, 0), (0, 1, 0)),
    "bottom": ((1, 0, 0), (0, -1, 0)),
}

Pair = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    origin: np.ndarray
    x: np.ndarray
    normal: np.ndarray

    def globally(self, point: Pair) -> np.ndarray:
        """The (3,) global position of an in-plane point."""
        return self.origin + point[0] * self.x + point[1] * np.cross(self.normal, self.x)


def named_frame(name: str, origin: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Frame:
    """One of CadQuery's named planes."""
    x, normal = NAMED_FRAMES[name]
    return Frame(np.array(origin, float), np.array(x, float), np.array(normal, float))


@dataclass(frozen=True)
class RawPath:
    """A closed loop; each segment is (end,) for a line or (mid, end) for an arc, and the last ends at the start."""

    start: Pair
    segments: tuple[tuple[Pair, ...], ...]


@dataclass(frozen=True)
class RawCircle:
    centre: Pair
    radius: float


@dataclass(frozen=True)
class RawStep:
    operation: str
    frame: Frame
    low: float
    high: float
    loops: tuple[RawPath | RawCircle, ...]


Body = tuple[RawStep, ...]
