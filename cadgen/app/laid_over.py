"""The part's lines laid over a picture of it, with what differs marked.

Shapes: S pixels a side of the frame, in which both are compared; H is half of S.
"""

import cv2
import numpy as np

from cadgen.picture import SIDE, Picture, Seen
from cadgen.picture.sight import on_white
from cadgen.refine.view import Look, Target

# As the page's colours are: what only the part has, what only the picture has, and lines of both.
_PART, _PICTURE, _BOTH = np.array([47, 109, 196]), np.array([222, 120, 22]), np.array([54, 62, 70])
_NEAR = 4  # pixels between lines that are the same, drawn by another hand
_PALE, _TINT = 0.55, 0.45  # shares of white in the picture, and of colour on faces


def framed(picture: Picture, seen: Seen) -> np.ndarray:
    """(S, S, 3) uint8: the picture on white, as it lies in the frame."""
    scale, across, down = seen.place
    # Of pixels' numbers; their centres are at halves.
    place = np.array([[scale, 0, across + scale / 2 - 0.5], [0, scale, down + scale / 2 - 0.5]])
    how = cv2.INTER_LINEAR if scale > 0.6 else cv2.INTER_AREA
    colour_HW3 = on_white(picture)
    if how == cv2.INTER_AREA:  # warpAffine takes no means: shrunk before
        height, width = colour_HW3.shape[:2]
        small = max(1, round(width * scale)), max(1, round(height * scale))
        colour_HW3 = cv2.resize(colour_HW3, small, interpolation=how)
        place = np.array([[1.0, 0, across], [0, 1.0, down]])
    return cv2.warpAffine(
        colour_HW3, place, (SIDE, SIDE), flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT, borderValue=(255, 255, 255),
    )  # fmt: skip


def laid_over(framed_SS3: np.ndarray, target: Target, look: Look) -> np.ndarray:
    """(S, S, 3) uint8: the picture, pale, and on it the part's lines; coloured is what only one of them has."""
    image = framed_SS3 * (1 - _PALE) + 255 * _PALE
    part_SS, grain = target.silhouette(look), look.line_SS
    _tint(image, part_SS & ~target.part_SS, _PART, _TINT)
    _tint(image, target.part_SS & ~part_SS, _PICTURE, _TINT)
    left_HH = np.zeros((SIDE // 2, SIDE // 2), bool)
    rows, columns = target.line_N2.T
    left_HH[rows, columns] = look.near(_NEAR)[rows, columns] >= 1
    _tint(image, np.kron(left_HH, np.ones((2, 2), bool)), _PICTURE, 1.0)
    found_SS = target.near(_NEAR) < 1
    _tint(image, grain & found_SS, _BOTH, 1.0)
    _tint(image, _thick(target.compares(look) & ~found_SS), _PART, 1.0)
    return np.rint(image).astype(np.uint8)


def _tint(image: np.ndarray, where: np.ndarray, colour: np.ndarray, share: float) -> None:
    image[where] = (1 - share) * image[where] + share * colour


def _thick(line_SS: np.ndarray) -> np.ndarray:
    return cv2.dilate(line_SS.astype(np.uint8), np.ones((2, 2), np.uint8)) > 0
