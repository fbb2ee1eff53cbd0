"""What a picture is once it is read. H, W: rows and columns; 3: red, green, blue."""

from dataclasses import dataclass

import numpy as np


class PictureError(ValueError):
    """A picture that cannot be used; the message names it and the remedy."""


@dataclass(frozen=True)
class Picture:
    """A picture is an upright raster of colours, and how much each of them covers what lies behind.

    colour_HW3: uint8 sRGB, without regard to cover, and without meaning where the cover is 0.
    cover_HW: uint8, 0 where the file is transparent and 255 where it is opaque, or None where it is opaque everywhere.
    """

    colour_HW3: np.ndarray
    cover_HW: np.ndarray | None
