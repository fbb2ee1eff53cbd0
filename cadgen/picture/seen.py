"""What is seen on a picture, whatever it was drawn with: a part, its lines and the order of its shades, in one frame.

Shapes: S pixels a side of the frame; N pixels of lines.
"""

from dataclasses import dataclass

import numpy as np

SIDE = 448  # pixels of the frame, as many as the published pictures have
ROOM = 0.9  # of the frame that the part fills


@dataclass(frozen=True)
class Seen:
    """The part in the frame: the box around its silhouette is centred and fills `ROOM` of the frame one way.

    part_SS: bool; line_N2: float32, columns and rows of pixels on lines, the outline among them; distance_SS: float32,
    pixels to the nearest line; shade_SS: uint8, 1 to 255, rank of the face's brightness among all of the part, 0 where
    there is none or it is not known; drawn: lines were drawn, so that one that is not seen is none; flat: none were,
    and the faces have one shade, so that none between them is seen; doubts: what may be wrong, in words; exact: the
    frame is that of the published pictures instead, pixel by pixel, and then grey_SS, uint8, how bright faces are, 0
    elsewhere; place: scale, across and down: a point of the picture, in its pixels from the left and the top, lies at
    scale times it plus (across, down) in the frame.
    """

    part_SS: np.ndarray
    line_N2: np.ndarray
    distance_SS: np.ndarray
    shade_SS: np.ndarray
    drawn: bool
    flat: bool = False
    doubts: tuple[str, ...] = ()
    exact: bool = False
    grey_SS: np.ndarray | None = None
    place: tuple[float, float, float] = (1.0, 0.0, 0.0)
