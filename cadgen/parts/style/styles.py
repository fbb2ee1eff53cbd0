"""`Styles`: pictures of parts as people have them, not only as the published ones are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from math import inf
from random import Random

import cv2
import numpy as np

from cadgen.parts.draw import pick
from cadgen.parts.style.drawing import draw_look
from cadgen.parts.style.eyes import Cameras
from cadgen.parts.style.frame import draw_frame
from cadgen.parts.style.looks import LOOKS
from cadgen.shape import PUBLISHED, Camera, Solid, render

cv2.setNumThreads(0)  # processes draw side by side, and threads do not outlive a fork

WEIGHTS: Mapping[str, float] = {
    "published": 12,
    "cad_viewer": 26,
    "shaded_no_edges": 11,
    "line_drawing": 15,
    "data_sheet": 8,
    "dark_theme": 8,
    "photo": 10,
    "transparent": 6,
    "blueprint": 2,
    "wireframe": 2,
}
"""How often each look is drawn."""


@dataclass(frozen=True)
class Styles:
    """A family of looks. The same seed gives the same picture.

    weights: how often each of the looks named in `WEIGHTS` is drawn, those not named never; cameras: where the eye is,
    at random or fixed. The published look is `render`'s own picture, camera included. Raises `ValueError` for weights
    of unknown looks, below 0, or none above 0.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    cameras: Cameras | Camera = field(default_factory=Cameras)

    def __post_init__(self) -> None:
        unknown = sorted(self.weights.keys() - WEIGHTS.keys())
        if unknown:
            raise ValueError(f"there are no looks {unknown}; known are {', '.join(WEIGHTS)}")
        if not all(0 <= weight < inf for weight in self.weights.values()) or not any(self.weights.values()):
            raise ValueError(f"looks weigh {dict(self.weights)}; give numbers from 0 on, one at least above 0")
        object.__setattr__(self, "weights", dict(self.weights))  # of a plain type, whatever a configuration gives

    def draw(self, solid: Solid, size: int, seed: int) -> np.ndarray:
        """(H, W, 3) uint8 picture whose longer side is `size`, for tiny ones less; (H, W, 4) without a ground."""
        return self.drawn(solid, size, seed)[0]

    def drawn(self, solid: Solid, size: int, seed: int) -> tuple[np.ndarray, Camera, str]:
        """The picture as `draw` has it, its camera, and the name of its look."""
        dice = partial(_aspect, seed)
        name = pick(dice("look"), self.weights)
        if name == "published":
            return render(solid, size), PUBLISHED, name
        camera = self.cameras if isinstance(self.cameras, Camera) else self.cameras.draw(dice("camera"))
        picture = draw_look(solid, LOOKS[name](dice), camera, draw_frame(dice("frame")), size, dice)
        return picture, camera, name


def _aspect(seed: int, name: str) -> Random:
    return Random(f"{seed}/{name}")
