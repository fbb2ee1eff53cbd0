"""Pictures in the published look, taken pixel by pixel: nothing of them need be found, nor put into a frame."""

from collections.abc import Sequence

import cv2
import numpy as np

from cadgen.picture.picture import Picture
from cadgen.picture.seen import SIDE, Seen

_DARKEST, _LIGHTEST = 68, 180  # of 255, faces, which are lit from the eye
_TINT = 12  # of 255, between the channels of a face


def published(picture: Picture) -> Seen | None:
    """What a picture shows that has the published look and size: black lines of one pixel, grey faces, white ground.

    None where a single pixel is anything else.
    """
    colour_SS3 = picture.colour_HW3
    if picture.cover_HW is not None or colour_SS3.shape != (SIDE, SIDE, 3):
        return None
    high_SS, low_SS = colour_SS3.max(2), colour_SS3.min(2)
    ground_SS, line_SS = low_SS == 255, high_SS == 0
    face_SS = (low_SS + _TINT >= high_SS) & (high_SS >= _DARKEST) & (high_SS <= _LIGHTEST)
    if not (ground_SS | line_SS | face_SS).all() or not line_SS.any() or not face_SS.any():
        return None
    if not all(border.all() for border in (ground_SS[0], ground_SS[-1], ground_SS[:, 0], ground_SS[:, -1])):
        return None  # such as white lines on black
    part_SS = ~ground_SS
    rim_SS = part_SS & (cv2.erode(np.pad(part_SS, 1).astype(np.uint8), _CROSS)[1:-1, 1:-1] == 0)
    line_SS |= rim_SS
    rows, columns = np.nonzero(line_SS)
    distance_SS = cv2.distanceTransform((~line_SS).astype(np.uint8), cv2.DIST_L2, 5)
    line_N2 = np.stack([columns + 0.5, rows + 0.5], 1).astype(np.float32)
    shade_SS, grey_SS = _shade(high_SS, face_SS, part_SS), np.where(face_SS, high_SS, 0).astype(np.uint8)
    return Seen(part_SS, line_N2, distance_SS, shade_SS, True, exact=True, grey_SS=grey_SS)


def are_published(seen: Sequence[Seen]) -> bool:
    """Whether all the pictures of a part have the published look."""
    return all(one.exact for one in seen)


def _shade(high_SS: np.ndarray, face_SS: np.ndarray, part_SS: np.ndarray) -> np.ndarray:
    counts = np.bincount(high_SS[face_SS], minlength=256).cumsum()
    rank = 1 + (254 * (counts - counts[0]) / max(1, counts[-1] - counts[0])).astype(np.uint8)
    return np.where(part_SS, rank[high_SS], 0).astype(np.uint8)


_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
