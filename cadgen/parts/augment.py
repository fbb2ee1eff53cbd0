"""Pictures as they vary in the wild: camera, margin, lines, greys, smoothing, compression, noise."""

from dataclasses import dataclass
from io import BytesIO
from random import Random

import numpy as np
from PIL import Image, ImageFilter
from scipy.ndimage import binary_dilation

from cadgen.shape import PUBLISHED, Camera, Solid, render


@dataclass(frozen=True)
class Augment:
    """How often each change is made, from 0 (never) to 1. The same seed gives the same picture.

    view: the eye moves by up to 4 degrees or so; margin: the part fills 75 to 110% of its room; antialias: drawn at
    twice the size; line: lines of 2 or 3 pixels; grey: faces lighter or darker, with more or less contrast; blur,
    jpeg, noise: what they say. The ground stays white.
    """

    view: float = 0.3
    margin: float = 0.4
    antialias: float = 0.4
    line: float = 0.3
    grey: float = 0.4
    blur: float = 0.15
    jpeg: float = 0.25
    noise: float = 0.15

    def draw(self, solid: Solid, size: int, seed: int) -> np.ndarray:
        """(size, size, 3) uint8."""
        camera, room = PUBLISHED, 1.0
        if rng := self._drawn("view", seed):
            camera = Camera(PUBLISHED.azimuth + rng.uniform(-4, 4), PUBLISHED.elevation + rng.uniform(-4, 4))
        if rng := self._drawn("margin", seed):
            room = rng.uniform(0.75, 1.1)
        if not self._drawn("antialias", seed):
            return self.alter(render(solid, size, camera, room), seed)
        large = thicken(render(solid, 2 * size, camera, room), 2)
        small = Image.fromarray(large).resize((size, size), Image.Resampling.BOX)
        return self.alter(np.asarray(small), seed)

    def alter(self, picture: np.ndarray, seed: int) -> np.ndarray:
        """What does not need the solid, done to a picture: line, grey, blur, jpeg, noise."""
        if rng := self._drawn("line", seed):
            picture = thicken(picture, rng.choice((2, 2, 3)))
        if rng := self._drawn("grey", seed):
            picture = _shaded(picture, rng.uniform(0.7, 1.5), rng.uniform(-40, 50))
        image = Image.fromarray(picture)
        if rng := self._drawn("blur", seed):
            image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.0)))
        if rng := self._drawn("jpeg", seed):
            image = _compressed(image, rng.randint(35, 95))
        if rng := self._drawn("noise", seed):
            return _noisy(np.asarray(image), rng.uniform(1.0, 6.0), rng.getrandbits(32))
        return np.asarray(image)

    def _drawn(self, change: str, seed: int) -> Random | None:
        """The numbers of a change, or None where it is not made. Changes do not disturb each other's numbers."""
        rng = Random(f"{seed}/{change}")
        return rng if rng.random() < getattr(self, change) else None


def thicken(picture: np.ndarray, width: int) -> np.ndarray:
    """The picture with its one-pixel black lines `width` pixels wide."""
    line = binary_dilation((picture == 0).all(axis=2), np.ones((width, width)), origin=-(width % 2 == 0))
    thick = picture.copy()
    thick[line] = 0
    return thick


def _shaded(picture: np.ndarray, contrast: float, shift: float) -> np.ndarray:
    """The greys of faces around their middle one; black and white stay."""
    values = np.arange(256.0)
    changed = np.clip((values - 140) * contrast + 140 + shift, 20, 235)
    share = np.minimum(1.0, np.minimum(values, 255 - values) / 60)  # antialiased lines fade into them
    table = np.round(values + share * (changed - values)).astype(np.uint8)
    return table[picture]


def _compressed(image: Image.Image, quality: int) -> Image.Image:
    file = BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def _noisy(picture: np.ndarray, deviation: float, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0.0, deviation, picture.shape[:2])
    return np.clip(np.round(picture + noise[:, :, None]), 0, 255).astype(np.uint8)
