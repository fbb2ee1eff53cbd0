"""A picture as its file has it."""

from dataclasses import dataclass

import numpy as np


class PictureError(ValueError):
    """A picture that cannot be used; the message names it and the remedy."""


EMPTY = "no part found: the picture is empty, all of it is ground; give a picture of a part"


@dataclass(frozen=True)
class Picture:
    """Colours and cover of a picture.

    colour_HW3: uint8 sRGB, without regard to cover; cover_HW: uint8, 0 where the file is transparent, or None where it
    is opaque everywhere.
    """

    colour_HW3: np.ndarray
    cover_HW: np.ndarray | None = None

    @classmethod
    def of(cls, image: np.ndarray) -> "Picture":
        """Of (H, W, 3) or, with cover, (H, W, 4) uint8."""
        if image.shape[2] == 3:
            return cls(image)
        return cls(np.ascontiguousarray(image[..., :3]), np.ascontiguousarray(image[..., 3]))

    def check(self) -> None:
        """Raises `PictureError` where all of it has one colour and one cover."""
        planes = (self.colour_HW3, *(() if self.cover_HW is None else (self.cover_HW,)))
        if all((plane == plane[0, 0]).all() for plane in planes):
            raise PictureError(EMPTY)
