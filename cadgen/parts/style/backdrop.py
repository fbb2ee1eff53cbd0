"""What is behind the part.

Shapes: H rows and W columns of the picture.
"""

from dataclasses import dataclass
from random import Random
from statistics import NormalDist

import cv2
import numpy as np

from cadgen.parts.style.shade import Colour


@dataclass(frozen=True)
class Backdrop:
    """The ground: one colour, or from the first to the second from top to bottom or from the middle outwards.

    kind: plain, vertical or radial; texture: noise, paper, wood, grid or none (""); grain: its strength, of 255;
    vignette: how much darker the corners are, 0 to 1; shadow: how dark the part's shadow is, 0 for none.
    """

    colour: Colour = (1.0, 1.0, 1.0)
    second: Colour = (1.0, 1.0, 1.0)
    kind: str = "plain"
    texture: str = ""
    grain: float = 0.0
    vignette: float = 0.0
    shadow: float = 0.0


def ground(backdrop: Backdrop, height: int, width: int, rng: Random) -> np.ndarray:
    """(H, W, 3) uint8. rng: for the texture."""
    first, second = (np.array(colour, np.float32) * 255 for colour in (backdrop.colour, backdrop.second))
    if backdrop.kind == "plain":
        image = np.empty((height, width, 3), np.uint8)
        image[:] = np.tile(np.round(first).astype(np.uint8), (width, 1))
    elif backdrop.kind == "vertical":
        column = first + np.linspace(0, 1, height, dtype=np.float32)[:, None] * (second - first)
        image = np.repeat(np.round(column).astype(np.uint8)[:, None], width, 1)
    else:
        image = _spread(first, second, height, width)
    return _TEXTURES[backdrop.texture](image, backdrop.grain, rng) if backdrop.texture else image


def _spread(middle: np.ndarray, corner: np.ndarray, height: int, width: int) -> np.ndarray:
    far = _from_middle(24, 24)[:, :, None]
    small = (middle + far * (corner - middle)).astype(np.float32)
    return np.round(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)).astype(np.uint8)


def _from_middle(height: int, width: int) -> np.ndarray:
    """(H, W) float32, 0 in the middle and 1 in the corners."""
    down, across = np.linspace(-1, 1, height, dtype=np.float32), np.linspace(-1, 1, width, dtype=np.float32)
    return (down[:, None] ** 2 + across[None] ** 2) / 2


def darken_corners(image: np.ndarray, strength: float) -> np.ndarray:
    """The picture as a lens with a vignette of 0 to 1 shows it."""
    height, width = image.shape[:2]
    bright = cv2.resize((256 * (1 - strength * _from_middle(24, 24))).astype(np.float32), (width, height))
    return cv2.multiply(image, cv2.merge([bright] * 3), scale=1 / 256, dtype=cv2.CV_8U)


def speckle(image: np.ndarray, deviation: float, rng: Random) -> np.ndarray:
    """The picture with normal noise, the same in all channels; deviation: of 255."""
    height, width = image.shape[:2]
    bits = np.frombuffer(rng.randbytes(height * width), np.uint8).reshape(height, width)
    steps = np.round(deviation * _DEVIATES)
    return _added(image, cv2.LUT(bits, _bytes(steps)), cv2.LUT(bits, _bytes(-steps)))


def _added(image: np.ndarray, lighter: np.ndarray, darker: np.ndarray) -> np.ndarray:
    """The picture plus one (H, W) uint8 minus the other."""
    return cv2.subtract(cv2.add(image, cv2.merge([lighter] * 3)), cv2.merge([darker] * 3))


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.clip(values, 0, 255).astype(np.uint8)


def _clouds(image: np.ndarray, strength: float, rng: Random, down: int, across: int) -> np.ndarray:
    """The picture, lighter and darker in spots of `down` x `across` pixels."""
    height, width = image.shape[:2]
    rows, columns = height // down + 2, width // across + 2
    small = np.frombuffer(rng.randbytes(rows * columns), np.uint8).reshape(rows, columns)
    spots = (small.astype(np.float32) - 128) * (strength / 74)  # a deviation of `strength`
    large = cv2.resize(spots, (width, height), interpolation=cv2.INTER_CUBIC)
    return _added(image, _bytes(large), _bytes(-large))


def _paper(image: np.ndarray, grain: float, rng: Random) -> np.ndarray:
    return speckle(_clouds(image, grain, rng, 14, 14), 0.6 * grain, rng)


def _wood(image: np.ndarray, grain: float, rng: Random) -> np.ndarray:
    return _clouds(_clouds(image, 2.5 * grain, rng, 4, 90), 1.5 * grain, rng, 30, 200)


def _grid(image: np.ndarray, grain: float, rng: Random) -> np.ndarray:
    """Lines at a distance, a little lighter on a dark ground and darker on a light one."""
    step = max(5, round(max(image.shape) * rng.uniform(0.04, 0.12)))
    change = 3 * grain if image[0, 0].mean() < 128 else -3 * grain
    lined = image.copy()
    for lines in (lined[rng.randrange(step) :: step], lined[:, rng.randrange(step) :: step]):
        lines[:] = _bytes(lines + change)
    return lined


_DEVIATES = np.array([NormalDist().inv_cdf((i + 0.5) / 256) for i in range(256)])  # of equally likely bytes
_TEXTURES = {"noise": speckle, "paper": _paper, "wood": _wood, "grid": _grid}
