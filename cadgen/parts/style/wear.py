"""What happens to a picture after it was drawn: scaled, blurred, compressed, turned grey, too light or too dark."""

from dataclasses import dataclass
from random import Random
from typing import cast

import cv2
import numpy as np

from cadgen.parts.style.backdrop import speckle

_MOST, _LEAST = 1200, 48  # px of a drawing's longer side


@dataclass(frozen=True)
class Wear:
    """The changes; the defaults are none.

    drawn: the longer side that the part is drawn at, by that of the picture; smooth: scaled by averages of pixels,
    else without; side: the longer side at the end, by the one asked for; blur, noise: deviations, in pixels and of 255;
    quality: of JPEG, 0 for none; gamma, contrast: 1 is as it was; grey: without colours.
    """

    drawn: float = 1.0
    smooth: bool = True
    side: float = 1.0
    blur: float = 0.0
    noise: float = 0.0
    quality: int = 0
    gamma: float = 1.0
    contrast: float = 1.0
    grey: bool = False


def drawn_side(wear: Wear, size: int) -> int:
    """How many pixels long the part's drawing is, for a picture of `size`."""
    return max(min(_LEAST, size), min(max(_MOST, size), round(size * wear.drawn)))


def final_side(wear: Wear, size: int) -> int:
    """How many pixels long the picture is where `size` are asked for."""
    return max(min(_LEAST, size), round(size * wear.side))


def scaled(picture: np.ndarray, wear: Wear, size: int) -> np.ndarray:
    """(H, W, C) uint8 with a longer side of what `final_side` says."""
    height, width = picture.shape[:2]
    factor = final_side(wear, size) / max(height, width)
    if factor == 1:
        return picture
    shape = max(1, round(width * factor)), max(1, round(height * factor))
    if not wear.smooth:
        return cv2.resize(picture, shape, interpolation=cv2.INTER_NEAREST)
    return cv2.resize(picture, shape, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)


def worn(picture: np.ndarray, wear: Wear, rng: Random) -> np.ndarray:
    """The (H, W, 3) uint8 picture after all but the scaling. rng: for the noise."""
    if wear.grey:
        picture = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    if wear.gamma != 1 or wear.contrast != 1:
        picture = cv2.LUT(picture, _tones(wear.gamma, wear.contrast))
    if wear.blur:
        picture = cv2.GaussianBlur(picture, (0, 0), wear.blur)
    if wear.noise:
        picture = speckle(picture, wear.noise, rng)
    return _compressed(picture, wear.quality) if wear.quality else picture


def _tones(gamma: float, contrast: float) -> np.ndarray:
    """(256,) uint8: what each value becomes; white stays white."""
    values = (np.arange(256) / 255) ** gamma
    return np.round(255 * np.clip(1 - contrast * (1 - values), 0, 1)).astype(np.uint8)


def _compressed(picture: np.ndarray, quality: int) -> np.ndarray:
    _, file = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cast(np.ndarray, cv2.imdecode(file, cv2.IMREAD_COLOR_RGB))
