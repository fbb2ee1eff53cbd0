"""Where the part lies in the picture: how large that is, how much the part fills of it, and how far off the middle."""

from dataclasses import dataclass
from random import Random

import numpy as np

from cadgen.parts.draw import pick
from cadgen.shape import Camera, Solid
from cadgen.shape.camera import project

_ASPECTS = {4 / 3: 5, 3 / 4: 2, 16 / 9: 3, 3 / 2: 2, 2 / 3: 1, 1.15: 3}  # width by height: weight


@dataclass(frozen=True)
class Frame:
    """The wish: width by height of the picture, or 0 for that of the part itself; the larger share of the width or the
    height that the silhouette's box fills; and where in the room that is left, -1 to 1, it lies across and down."""

    aspect: float
    fill: float
    across: float
    down: float


def draw_frame(rng: Random) -> Frame:
    """The frame of these numbers: mostly square, the part large and in the middle."""
    aspect = 1.0 if rng.random() < 0.7 else 0.0 if rng.random() < 0.3 else pick(rng, _ASPECTS)
    fill = rng.uniform(0.6, 0.92) if rng.random() < 0.75 else rng.uniform(0.3, 0.95)
    off = 0.8 if rng.random() < 0.25 else 0.15
    return Frame(aspect, fill, rng.uniform(-off, off), rng.uniform(-off, off))


@dataclass(frozen=True)
class Placed:
    """A part on the screen: the picture's height and width, (V, 3) vertices on the screen, pixels a unit, where the
    middle of the part's box lies on the screen and in its own frame, and what `project` turned it by."""

    height: int
    width: int
    screen: np.ndarray
    scale: float
    offset: np.ndarray
    centre: np.ndarray
    axes: np.ndarray
    nearer: float

    def on_screen(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) where other points (N, 3) of the part's frame lie, such as those of its shadow."""
        seen = (points - self.centre) @ self.axes.T
        seen /= np.maximum(0.2, 1 - seen[:, 2:] * self.nearer)
        return seen * (self.scale, -self.scale, 1.0) + (*self.offset, 0.0)


def place(solid: Solid, camera: Camera, frame: Frame, size: int) -> Placed:
    """The part in a picture of which `size` is the longer side."""
    screen = project(solid.vertices, camera.axes, camera.perspective)
    low, high = screen[:, :2].min(0), screen[:, :2].max(0)
    extents = np.maximum(high - low, 1e-12)
    aspect = frame.aspect or min(2.0, max(0.5, extents[0] / extents[1]))
    height, width = (size, max(1, round(size * aspect))) if aspect < 1 else (max(1, round(size / aspect)), size)
    scale = frame.fill * min(width / extents[0], height / extents[1])
    room = np.array([width, height]) - scale * extents
    offset = (np.array([width, height]) + room * (frame.across, frame.down)) / 2
    offset -= (low + high) / 2 * (scale, -scale)
    screen *= scale, -scale, 1.0
    screen[:, :2] += offset
    corner, opposite = solid.bounds
    nearer = camera.perspective / max(float(np.linalg.norm(opposite - corner)), 1e-300)
    return Placed(height, width, screen, scale, offset, (corner + opposite) / 2, camera.axes, nearer)
