"""What a network is shown of a picture: planes of one size, one for each name that it asks for.

Shapes: C channels, H, W rows and columns of a picture, S of a plane.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cadgen.picture.picture import Picture
from cadgen.picture.published import are_published
from cadgen.picture.see import see
from cadgen.picture.seen import Seen

_WHITE, _FACE = 255, 145  # of the drawing; lines are black
_DARKEST, _LIGHTEST = 40, 220  # face of the shades
_LINE = 1.25  # pixels of the frame: half a line's width, and a quarter for what lies between two pixels


@dataclass(frozen=True)
class Sight:
    """What a network is shown, by names in `CHANNELS`, and how many pixels a side that has."""

    channels: tuple[str, ...]
    size: int

    def __post_init__(self) -> None:
        if unknown := [name for name in self.channels if name not in CHANNELS] or not self.channels:
            raise ValueError(f"channels {unknown} are unknown; choose of {', '.join(CHANNELS)}")

    def of(self, picture: Picture, seen: Seen | None = None) -> np.ndarray:
        """(C, S, S) uint8, the planes of all channels. seen: what `see` told of the picture, where that is known.

        Raises `PictureError` where a channel shows the part and none is found.
        """
        if seen is None and not _AS_IT_IS.issuperset(self.channels):
            seen = see(picture)
        return np.concatenate([CHANNELS[name](picture, seen, self.size) for name in self.channels])


@dataclass(frozen=True)
class Sights:
    """What each of two networks is shown: one pictures that are exactly as published ones are, and the other others."""

    exact: Sight
    other: Sight

    def of(self, seen: Sequence[Seen]) -> Sight:
        """Of the network that is shown these pictures of one part."""
        return self.exact if are_published(seen) else self.other


def _colour(picture: Picture, _: Seen | None, size: int) -> np.ndarray:
    """Three planes: the picture as it is, on white, padded to a square."""
    return squared(picture, size).transpose(2, 0, 1)


def _grey(picture: Picture, _: Seen | None, size: int) -> np.ndarray:
    """The luminance of the picture as it is, on white, padded to a square."""
    return np.asarray(Image.fromarray(squared(picture, size)).convert("L"))[None]


def _drawing(_: Picture, seen: Seen | None, size: int) -> np.ndarray:
    """Black lines of one width on a grey part on white, in the frame."""
    assert seen is not None
    flat_SS = np.where(seen.part_SS, _FACE, _WHITE)
    drawn_SS = flat_SS * np.clip(seen.distance_SS + (1 - _LINE), 0, 1)
    return _resized(drawn_SS.astype(np.uint8), size)[None]


def _shade(_: Picture, seen: Seen | None, size: int) -> np.ndarray:
    """The order of the shades, darker and lighter, white where there is none."""
    assert seen is not None
    rank_SS = _DARKEST + (_LIGHTEST - _DARKEST) / 255 * seen.shade_SS
    return _resized(np.where(seen.shade_SS > 0, rank_SS, _WHITE).astype(np.uint8), size)[None]


CHANNELS: dict[str, Callable[[Picture, Seen | None, int], np.ndarray]] = {
    "colour": _colour,
    "grey": _grey,
    "drawing": _drawing,
    "shade": _shade,
}
_AS_IT_IS = {"colour", "grey"}  # of these no part need be found


def squared(picture: Picture, size: int) -> np.ndarray:
    """(size, size, 3) uint8: the picture on white, padded to a square with white."""
    colour_HW3 = on_white(picture)
    height, width = colour_HW3.shape[:2]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = np.full((side, side, 3), _WHITE, np.uint8)
    square[top : top + height, left : left + width] = colour_HW3
    return _resized(square, size)


def on_white(picture: Picture) -> np.ndarray:
    """(H, W, 3) uint8: the picture, white where it is transparent."""
    if picture.cover_HW is None:
        return picture.colour_HW3
    cover_HW1 = picture.cover_HW[..., None].astype(np.float32) / 255
    return np.rint(picture.colour_HW3 * cover_HW1 + _WHITE * (1 - cover_HW1)).astype(np.uint8)


def _resized(image: np.ndarray, size: int) -> np.ndarray:
    how = Image.Resampling.BOX if len(image) >= size else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(image).resize((size, size), how))
