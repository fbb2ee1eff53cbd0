"""The lines of a part: those that were drawn, dark or light, and the edges between its shades.

Shapes: H, W rows and columns.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from skimage.morphology import skeletonize

from cadgen.picture.silhouette import deeper

_WIDEST = 0.05  # of the part's longer side: what is wider is no line
_FAINT = 18.0  # of 255: contrast of the faintest drawn line
_NOISY, _CLEAR = 3.0, 5.0  # of 255: noise that is smoothed first; times the noise that a line stands out at least
# Of the contrast of the clearest lines: lines fade, and what compression leaves beside them is fainter still.
_WEAK, _STRONG = 0.3, 0.4
_LEAST = 0.4  # of the contrast of the clearest lines, what others can have to their faces
_DASH, _DASHES = 0.08, 8  # of the part's size, how long a dash is at most; fewer are none
_HINT = 0.12  # of the contrast that a line can have: what has less is none, however faded
_ENOUGH = 0.15  # of the outline's length: drawn lines inside that are shorter in all are none
_BESIDE = 3.0  # pixels of the file: from a drawn line to what is another
_LONG = 12  # pixels of the file: shorter edges between faces, where others are drawn, are none
_CLEARER = 2.5  # times as high as others are steps between shades where lines are drawn as well
_MOSTLY = 0.5  # of the edges between shades that lines run along, where any are drawn
_LOW, _HIGH = 4.0, 8.0  # of 255: heights of steps between shades, for Canny's hysteresis


@dataclass(frozen=True)
class Ink:
    """Drawn lines. line_HW: bool, one pixel wide; width: in pixels, as they are drawn; dark: darker than the faces."""

    line_HW: np.ndarray
    width: float
    dark: bool


def ink_of(
    grey_HW: np.ndarray, part_HW: np.ndarray, outline_length: float, unit: float, ground: float, drawing: bool
) -> Ink | None:
    """What was drawn on the part in lines; None where nothing was.

    grey_HW: float32, of 255; unit: pixels that one pixel of the file is enlarged to; ground: grey of what is around;
    drawing: the faces are as that.
    """
    face = float(np.median(grey_HW[part_HW]))
    widest = 2 * int(max(4 * unit, _WIDEST * np.sqrt(part_HW.sum())) / 2) + 1
    inside_HW = cv2.erode(part_HW.astype(np.uint8), np.ones((3, 3), np.uint8))
    noise = _noise(grey_HW, inside_HW)
    if noise > _NOISY:
        grey_HW = cv2.GaussianBlur(grey_HW, (0, 0), 1.0)
    faint = max(_FAINT, _CLEAR * noise)
    inner_HW = deeper(part_HW, 2.5 * unit)
    for least in (1.0, _LEAST):
        found = []
        for sign in (1.0, -1.0):  # what is light is dark on the negative
            shown_HW = np.where(part_HW, sign * grey_HW, sign * face).astype(np.float32)
            one = _thin(shown_HW, part_HW, widest, faint, sign > 0, least)
            if one is not None:
                # At the rim the part blends with the ground, which may look like a line unless it is beyond both.
                sure_HW = inner_HW | (shown_HW < sign * ground - faint)
                found.append((one, float((one.line_HW & sure_HW).sum())))
        best, length = max(found, key=lambda pair: pair[1], default=(None, 0.0))
        long = best is not None and length >= _ENOUGH * outline_length
        if best is not None and long and (drawing or _parts_faces(best, grey_HW, part_HW, unit)):
            return best
    return None


def lines_of(grey_HW: np.ndarray, part_HW: np.ndarray, ink: Ink | None, unit: float, drawing: bool) -> np.ndarray:
    """(H, W) bool, one pixel wide: what is drawn, and the edges between shades that are not."""
    if ink is None:
        return _steps(grey_HW, part_HW, unit)
    return ink.line_HW if drawing else ink.line_HW | _between(grey_HW, part_HW, ink, unit)


def without(ink: Ink, grey_HW: np.ndarray, part_HW: np.ndarray) -> np.ndarray:
    """(H, W) uint8: the greys with drawn lines filled in by what is beside them."""
    shown_HW = np.clip(grey_HW, 0, 255).astype(np.uint8)
    side = 2 * int(ink.width / 2 + 1) + 1
    how = cv2.MORPH_CLOSE if ink.dark else cv2.MORPH_OPEN
    face = int(np.median(shown_HW[part_HW]))
    return cv2.morphologyEx(np.where(part_HW, shown_HW, face).astype(np.uint8), how, np.ones((side, side), np.uint8))


def _thin(shown_HW: np.ndarray, part_HW: np.ndarray, widest: int, faint: float, dark: bool, least: float) -> Ink | None:
    """Dark lines by what closing fills in (black top-hat), with a window as wide as they are.

    least: of the contrast of the clearest lines, what others are expected to have at least: less than all where faces
    differ, and so what a line of one colour can differ from them.
    """
    filled_HW = _filled(shown_HW, widest)
    response_HW = filled_HW - shown_HW
    strong_HW = part_HW & (response_HW > faint)
    if not strong_HW.any():
        return None
    darkest = float(np.percentile(response_HW[strong_HW], 98))
    colour = float(np.median(shown_HW[strong_HW & (response_HW >= darkest)]))
    most_HW = np.clip(filled_HW - colour, least * darkest, darkest)
    ink_HW = _held(part_HW & (response_HW > np.maximum(faint, _WEAK * most_HW)), response_HW > _STRONG * most_HW)
    line_HW = skeletonize(ink_HW)
    if not line_HW.any():
        return None
    if np.median(shown_HW[line_HW]) > np.percentile(shown_HW[part_HW & ~ink_HW], 10):
        return None  # no darker than the darkest faces: it is such a face, and narrow
    width = float(ink_HW.sum() / line_HW.sum())
    is_dash_HW = _dashes(line_HW, part_HW & (response_HW > _HINT * most_HW), width, float(np.sqrt(part_HW.sum())))
    return Ink(line_HW & ~is_dash_HW, width, dark)


def _dashes(line_HW: np.ndarray, hint_HW: np.ndarray, width: float, size: float) -> np.ndarray:
    """(H, W) bool: the lines that are drawn in dashes, which are edges that are not seen.

    These are pieces no longer than they are wide or high, short, and many, with nothing between them: what is left of a
    line that fades has. hint_HW: whatever may be a line; width: of lines; size: of the part.
    """
    _, label_HW, stats, _ = cv2.connectedComponentsWithStats(line_HW.astype(np.uint8), connectivity=8)
    longest = _longest(stats)
    is_straight = (stats[:, cv2.CC_STAT_AREA] <= longest + 1) & (longest >= 2 * width)
    _, hint_label_HW, stats, _ = cv2.connectedComponentsWithStats((line_HW | hint_HW).astype(np.uint8), connectivity=8)
    is_short = _longest(stats) < _DASH * size + width
    found: np.ndarray = line_HW & is_straight[label_HW] & is_short[hint_label_HW]
    return found if len(np.unique(label_HW[found])) >= _DASHES else np.zeros_like(found)


def _longest(stats: np.ndarray) -> np.ndarray:
    longest: np.ndarray = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    return longest


def _held(weak_HW: np.ndarray, strong_HW: np.ndarray) -> np.ndarray:
    """The pieces of what is weak that are strong somewhere: lines fade on their way."""
    _, labels = cv2.connectedComponents(weak_HW.astype(np.uint8), connectivity=8)
    kept = np.zeros(labels.max() + 1, bool)
    kept[labels[weak_HW & strong_HW]] = True
    kept[0] = False
    return kept[labels]


def _filled(shown_HW: np.ndarray, size: int) -> np.ndarray:
    return cv2.morphologyEx(shown_HW, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8), borderType=cv2.BORDER_REPLICATE)


def _parts_faces(ink: Ink, grey_HW: np.ndarray, part_HW: np.ndarray, unit: float) -> bool:
    """Whether most edges of the shades are those of drawn lines: round faces grow dark towards their rims as well."""
    step_HW = _steps(grey_HW, part_HW, unit) & deeper(part_HW, _BESIDE * unit + ink.width)
    return bool((step_HW & _beside(ink, unit)).sum() >= _MOSTLY * step_HW.sum())


def _beside(ink: Ink, unit: float) -> np.ndarray:
    """(H, W) bool: the pixels of drawn lines and those near."""
    away_HW: np.ndarray = cv2.distanceTransform((~ink.line_HW).astype(np.uint8), cv2.DIST_L2, 5)
    return away_HW <= ink.width / 2 + _BESIDE * unit


def _between(grey_HW: np.ndarray, part_HW: np.ndarray, ink: Ink, unit: float) -> np.ndarray:
    """(H, W) bool: edges between faces of other shades that are not drawn, or hardly, though others are."""
    step_HW = _steps(without(ink, grey_HW, part_HW).astype(np.float32), part_HW, unit, _CLEARER)
    step_HW &= ~_beside(ink, unit)
    _, label_HW, stats, _ = cv2.connectedComponentsWithStats(step_HW.astype(np.uint8), connectivity=8)
    long = stats[:, cv2.CC_STAT_AREA] >= _LONG * unit
    long[0] = False
    return long[label_HW]


def _steps(grey_HW: np.ndarray, part_HW: np.ndarray, unit: float, clear: float = 1.0) -> np.ndarray:
    """(H, W) bool, one pixel wide: edges between the shades of the part (Canny 1986), without its outline.

    clear: so many times as high are those that count as they need be.
    """
    inside_HW = cv2.erode(part_HW.astype(np.uint8), np.ones((3, 3), np.uint8))
    shown_HW = _spread(grey_HW, inside_HW, 3 * unit)
    sigma = max(1.0, 0.5 * unit)
    noise = _noise(grey_HW, inside_HW)
    sigma *= float(np.clip(noise / 1.5, 1.0, 2.5))
    smooth_HW = cv2.GaussianBlur(shown_HW, (0, 0), sigma)
    # The slope of a step of height 1 at its middle, in units of what Sobel gives; and of noise of deviation 1.
    of_step, of_noise = 8 / (sigma * np.sqrt(2 * np.pi)), 8 / (sigma**2 * np.sqrt(8 * np.pi))
    heights = ((clear * _LOW, 2.0), (clear * _HIGH, 4.0))
    low, high = (max(height * of_step, times * noise * of_noise) for height, times in heights)
    dx, dy = (
        np.clip(16 * cv2.Sobel(smooth_HW, cv2.CV_32F, *way), -32000, 32000).astype(np.int16) for way in ((1, 0), (0, 1))
    )
    edges = cv2.Canny(dx, dy, 16 * low, 16 * high, L2gradient=True)
    return (edges > 0) & (inside_HW > 0)


def _spread(grey_HW: np.ndarray, inside_HW: np.ndarray, sigma: float) -> np.ndarray:
    """The greys inside, and outside what is near inside: no edge at the outline."""
    weight_HW = cv2.GaussianBlur(inside_HW.astype(np.float32), (0, 0), sigma)
    around_HW = cv2.GaussianBlur(np.where(inside_HW, grey_HW, 0).astype(np.float32), (0, 0), sigma)
    return np.where(inside_HW, grey_HW, around_HW / np.maximum(weight_HW, 1e-3)).astype(np.float32)


def _noise(grey_HW: np.ndarray, inside_HW: np.ndarray) -> float:
    """The deviation of noise (Immerkaer 1996), by the median, which edges hardly move."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    rough_HW = np.abs(cv2.filter2D(grey_HW, cv2.CV_32F, kernel))
    inner = cv2.erode(inside_HW, np.ones((5, 5), np.uint8)) > 0
    return float(np.median(rough_HW[inner])) / (0.6745 * 6) if inner.any() else 0.0
