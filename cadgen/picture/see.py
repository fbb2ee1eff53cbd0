"""`see(picture)`: the part on a picture, in the frame that networks and searches know."""

from dataclasses import replace

import cv2
import numpy as np

from cadgen.picture.ground import ground_of
from cadgen.picture.ink import Ink, ink_of, lines_of, without
from cadgen.picture.picture import EMPTY, Picture, PictureError
from cadgen.picture.seen import ROOM, SIDE, Seen
from cadgen.picture.silhouette import deeper, part_of

_COARSE = 800  # pixels of the longer side, for finding the part
_SMALLEST, _LARGEST = 256, 640  # pixels that the part has when its lines are looked for
_MARGIN = 0.06  # of the part's size, around it
_FEWEST = 60  # pixels of a part
_ALIKE, _ALL = 8.0, 0.9  # of 255: shades that look the same; of the part, what has one shade where it is flat
_ONLY_OUTLINE = "no lines are drawn and all faces have one shade: what lies inside the outline is a guess"

cv2.setNumThreads(1)  # pictures are small, and whoever reads many does so in processes of their own


def see(picture: Picture) -> Seen:
    """Raises `PictureError` where nothing is seen that could be a part."""
    factor = min(1.0, _COARSE / max(picture.colour_HW3.shape))
    picture = _resized(picture, factor)
    difference_HW, threshold = _difference(picture)
    if np.ptp(difference_HW) == 0:
        raise PictureError(EMPTY)
    part_HW, drawing = part_of(difference_HW, threshold, 1.0)
    if part_HW.sum() < min(_FEWEST, part_HW.size / 4):
        return _placed(_unseen(part_HW.shape), factor, 0, 0)
    if drawing:
        picture = _in_black(picture)
    left, top, right, bottom = _box(part_HW)
    size = max(right - left, bottom - top)
    unit = float(np.clip(size, _SMALLEST, _LARGEST) / size)
    margin = 2 + int(_MARGIN * size)
    where = (left - margin, top - margin, right + margin, bottom + margin)
    colour_HW3 = _enlarged(_cropped(picture.colour_HW3, where), unit)
    if unit == 1.0:
        seen = _looked_at(colour_HW3, _cropped(part_HW, where), drawing, unit)
    else:
        part_HW, drawing = part_of(_enlarged(_cropped(difference_HW, where), unit), threshold, max(1.0, unit))
        seen = _looked_at(colour_HW3, part_HW, drawing, max(1.0, unit))
    return _placed(seen, unit * factor, unit * max(0, where[0]), unit * max(0, where[1]))


def _placed(seen: Seen, unit: float, left: float, top: float) -> Seen:
    """Of a picture that was enlarged by `unit`, and of which so many pixels then were left out."""
    scale, across, down = seen.place
    return replace(seen, place=(scale * unit, across - scale * left, down - scale * top))


def _difference(picture: Picture) -> tuple[np.ndarray, float]:
    if picture.cover_HW is not None and (np.ptp(picture.cover_HW) > 0 or not picture.cover_HW.any()):
        return picture.cover_HW, 100.0
    ground = ground_of(picture.colour_HW3)
    return ground.difference_HW, ground.threshold


def _in_black(picture: Picture) -> Picture:
    """A drawing as on white paper. What is transparent may have the colour of lines, which the cover tells apart."""
    if picture.cover_HW is None or np.ptp(picture.cover_HW) == 0:
        return picture
    return replace(picture, colour_HW3=np.repeat(255 - picture.cover_HW[..., None], 3, axis=2))


def _looked_at(colour_HW3: np.ndarray, part_HW: np.ndarray, drawing: bool, unit: float) -> Seen:
    if not part_HW.any():
        return _unseen(part_HW.shape)
    grey_HW = cv2.cvtColor(colour_HW3, cv2.COLOR_RGB2GRAY).astype(np.float32)
    outline_HW = _rim(part_HW)
    ink = ink_of(grey_HW, part_HW, float(outline_HW.sum()), unit, _around(grey_HW, part_HW), drawing)
    if ink is not None and ink.width > 1.5:
        narrower_HW = deeper(part_HW, ink.width / 2)
        part_HW = narrower_HW if narrower_HW.any() else part_HW
        outline_HW = _rim(part_HW)
    inner_HW = deeper(part_HW, 1.5 + (ink.width / 2 if ink is not None else unit))
    line_HW = outline_HW | (lines_of(grey_HW, part_HW, ink, unit, drawing) & inner_HW)
    seen = _framed(part_HW, line_HW, _shade(grey_HW, part_HW, ink, drawing), ink is not None)
    return replace(seen, flat=True, doubts=(_ONLY_OUTLINE,)) if ink is None and _is_flat(grey_HW, part_HW) else seen


def _is_flat(grey_HW: np.ndarray, part_HW: np.ndarray) -> bool:
    """Whether the part has hardly more than one shade."""
    grey = grey_HW[deeper(part_HW, 2.0)]
    return len(grey) > 0 and float(np.mean(np.abs(grey - np.median(grey)) < _ALIKE)) > _ALL


def _unseen(shape: tuple[int, ...]) -> Seen:
    """All of the picture in the place of a part."""
    everything_HW = np.ones(shape, bool)
    seen = _framed(everything_HW, _rim(everything_HW), np.zeros(shape, np.uint8), False)
    return replace(seen, doubts=("no part found: hardly anything differs from the ground",))


def _framed(part_HW: np.ndarray, line_HW: np.ndarray, shade_HW: np.ndarray, drawn: bool) -> Seen:
    left, top, right, bottom = _box(part_HW)
    rim = 0.5 if drawn else 0.0  # edges run through the middle of drawn lines, half a pixel inside
    scale = ROOM * SIDE / max(right - left - 2 * rim, bottom - top - 2 * rim, 1.0)
    dx, dy = SIDE / 2 - scale * (left + right) / 2, SIDE / 2 - scale * (top + bottom) / 2
    # Of pixels' numbers; their centres are at halves.
    place = np.array([[scale, 0, dx + scale / 2 - 0.5], [0, scale, dy + scale / 2 - 0.5]], np.float32)
    distance_HW = cv2.distanceTransform((~line_HW).astype(np.uint8), cv2.DIST_L2, 5) * np.float32(scale)
    rows, columns = np.nonzero(line_HW)
    line_N2 = np.stack([scale * (columns + 0.5) + dx, scale * (rows + 0.5) + dy], 1).astype(np.float32)

    def put(image_HW: np.ndarray, outside: float, how: int) -> np.ndarray:
        return cv2.warpAffine(
            image_HW, place, (SIDE, SIDE), flags=how, borderMode=cv2.BORDER_CONSTANT, borderValue=outside
        )

    part_SS = put(part_HW.astype(np.float32), 0.0, cv2.INTER_LINEAR) > 0.5
    distance_SS = put(distance_HW, float(SIDE), cv2.INTER_LINEAR)
    return Seen(part_SS, line_N2, distance_SS, put(shade_HW, 0, cv2.INTER_NEAREST), drawn, place=(scale, dx, dy))


def _shade(grey_HW: np.ndarray, part_HW: np.ndarray, ink: Ink | None, drawing: bool) -> np.ndarray:
    """(H, W) uint8: rank of brightness, lines filled in; 0 off the part and on line drawings."""
    if drawing:
        return np.zeros(part_HW.shape, np.uint8)
    shown_HW = np.clip(grey_HW, 0, 255).astype(np.uint8) if ink is None else without(ink, grey_HW, part_HW)
    shown_HW = cv2.medianBlur(shown_HW, 3)
    counts = np.bincount(shown_HW[part_HW], minlength=256).cumsum()
    rank = 1 + (254 * (counts - counts[0]) / max(1, counts[-1] - counts[0])).astype(np.uint8)
    return np.where(part_HW, rank[shown_HW], 0).astype(np.uint8)


def _rim(part_HW: np.ndarray) -> np.ndarray:
    """The part's pixels that others than the part's touch, one pixel wide."""
    padded = np.pad(part_HW, 1).astype(np.uint8)
    inner = cv2.erode(padded, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))[1:-1, 1:-1]
    return part_HW & (inner == 0)


def _box(part_HW: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right, bottom; the last two behind the part."""
    rows, columns = np.flatnonzero(part_HW.any(1)), np.flatnonzero(part_HW.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _resized(picture: Picture, factor: float) -> Picture:
    if factor == 1.0:
        return picture
    cover = picture.cover_HW
    return Picture(_scaled(picture.colour_HW3, factor), None if cover is None else _scaled(cover, factor))


def _scaled(image: np.ndarray, factor: float) -> np.ndarray:
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    size = [max(1, round(side * factor)) for side in image.shape[1::-1]]
    return cv2.resize(image, size, interpolation=how)


def _enlarged(image: np.ndarray, unit: float) -> np.ndarray:
    return image if unit == 1.0 else _scaled(image, unit)


def _cropped(image: np.ndarray, where: tuple[int, int, int, int]) -> np.ndarray:
    left, top, right, bottom = where
    height, width = image.shape[:2]
    return image[max(0, top) : min(height, bottom), max(0, left) : min(width, right)]


def _around(grey_HW: np.ndarray, part_HW: np.ndarray) -> float:
    """The grey of the ground."""
    around = grey_HW[~part_HW]
    return float(np.median(around)) if len(around) else 255.0
