"""What else screenshots and figures show: the axes in a corner, a few words."""

from random import Random

import cv2
import numpy as np

from cadgen.shape import Camera

_WORDS = ("FRONT", "Fig. 1", "(a)", "ISO", "mm", "Part1", "A", "1:2", "Default", "TOP", "3D View", "Sheet 1", "120")
_AXES = ((214, 40, 40), (40, 160, 60), (40, 80, 220))


def cluttered(picture: np.ndarray, camera: Camera, rng: Random) -> np.ndarray:
    """The (H, W, 3) uint8 picture with axes or words in a corner."""
    return rng.choice((_with_axes, _with_words))(picture.copy(), camera, rng)


def _with_axes(picture: np.ndarray, camera: Camera, rng: Random) -> np.ndarray:
    height, width = picture.shape[:2]
    side = max(height, width)
    length, thick = side * rng.uniform(0.04, 0.08), max(1, round(side / 224))
    origin = np.array([1.5 * length, height - 1.5 * length])
    if rng.random() < 0.25:
        origin[0] = width - origin[0]
    for axis, colour in zip(camera.axes[:2].T, _AXES, strict=True):
        end = origin + length * axis * (1, -1)
        cv2.line(picture, _point(origin), _point(end), colour, thick, cv2.LINE_AA)
    return picture


def _with_words(picture: np.ndarray, camera: Camera, rng: Random) -> np.ndarray:
    height, width = picture.shape[:2]
    scale = max(height, width) / 448 * rng.uniform(0.4, 0.7)
    dark = picture[0, 0].mean() < 128
    grey = rng.randint(170, 255) if dark else rng.randint(0, 110)
    word = rng.choice(_WORDS)
    (across, along), _ = cv2.getTextSize(word, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    margin = 0.02 * max(height, width)
    x = rng.choice((margin, width / 2 - across / 2, width - margin - across))
    y = rng.choice((margin + along, height - margin))
    cv2.putText(picture, word, _point((x, y)), cv2.FONT_HERSHEY_SIMPLEX, scale, (grey,) * 3, 1, cv2.LINE_AA)
    return picture


def _point(at: np.ndarray | tuple[float, float]) -> tuple[int, int]:
    return int(at[0]), int(at[1])
