"""The soft shadow of a part that stands on the ground."""

from random import Random

import cv2
import numpy as np

from cadgen.parts.style.frame import Placed
from cadgen.shape import Camera, Solid
from cadgen.shape.raster import fill

_COARSE = 4  # a shadow is smooth: it is drawn that many times smaller


def cast(image: np.ndarray, solid: Solid, camera: Camera, placed: Placed, strength: float, rng: Random) -> np.ndarray:
    """The (H, W, 3) uint8 picture with a shadow as dark as `strength`, 0 to 1, where the part's lowest point stands.

    Without one where the eye is not above the ground. rng: for where the light comes from, and how soft the shadow is.
    """
    lean, turn, soft = rng.uniform(0.0, 0.7), rng.uniform(0, 2 * np.pi), rng.uniform(0.006, 0.03)
    if camera.elevation < 5:
        return image
    height, width = image.shape[:2]
    below = placed.on_screen(_flattened(solid.vertices, lean, turn)) * (1 / _COARSE, 1 / _COARSE, 1.0)
    depth = np.full((height // _COARSE + 1, width // _COARSE + 1), -np.inf)
    owner = np.full(depth.shape, -1, np.int32)
    fill(below, solid.triangles, depth, owner)
    return _darkened(image, owner >= 0, strength, soft * max(height, width))


def _flattened(vertices: np.ndarray, lean: float, turn: float) -> np.ndarray:
    """(V, 3): where the light casts each vertex on the plane below the part."""
    height = vertices[:, 2] - vertices[:, 2].min()
    return vertices - height[:, None] * (-lean * np.cos(turn), -lean * np.sin(turn), 1.0)


def _darkened(image: np.ndarray, shaded: np.ndarray, strength: float, deviation: float) -> np.ndarray:
    """The picture darker, with soft rims, where a mask `_COARSE` times smaller is true; deviation: pixels."""
    height, width = image.shape[:2]
    soft = cv2.GaussianBlur(np.float32(1) - np.float32(strength) * shaded, (0, 0), max(0.5, deviation / _COARSE))
    large = cv2.resize(soft, (shaded.shape[1] * _COARSE, shaded.shape[0] * _COARSE))[:height, :width]
    return cv2.multiply(image, cv2.merge([large] * 3), dtype=cv2.CV_8U)
