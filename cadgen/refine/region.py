"""Regions between the lines of a picture, and what the shade of a published picture tells of them.

Places are columns and rows of the frame. Where a unit is a pixel, one moves along an axis of the part as `ways` says.
Shapes: S pixels a side of the frame; N places; K pixels of a region.
"""

import cv2
import numpy as np

OUTSIDE = 1
"""The label of what is not the part. Regions have greater ones, what lies between two of them has lesser ones."""

_CORE = 0.9  # pixels from lines; what is farther is within a region
_FEWEST = 16  # pixels of a region
_ACROSS = 141  # of 255, faces of the published pictures that have an axis across them: all three are seen alike
_NEARLY = 8  # of 255, that shades differ, and a cone is as good as flat
_STEP = 20  # of 255, between shades: more than between neighbouring facets of what is round
_MOSTLY = 0.5  # of a region
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def ways(axes_33: np.ndarray) -> np.ndarray:
    """(3, 2) by how much places move for a unit along each axis; axes_33: of a camera."""
    return np.stack([axes_33[0], -axes_33[1]], 1)


def values_at(value_SS: np.ndarray, place_N2: np.ndarray) -> np.ndarray:
    """(N,) values of the pixels there, or of the nearest in the frame."""
    column_N, row_N = np.clip(place_N2.astype(int), 0, len(value_SS) - 1).T
    values: np.ndarray = value_SS[row_N, column_N]
    return values


def are_across(grey_K: np.ndarray) -> bool:
    """Whether most pixels of a published picture that are of faces have the shade of those with an axis across them."""
    return bool(_is_across(grey_K).sum() >= _MOSTLY * (grey_K > 0).sum())


def ends_of(grey_SS: np.ndarray) -> np.ndarray:
    """(S, S) bool: where faces with an axis across them end before others with no line between, as round ones begin."""
    light_SS = cv2.dilate(grey_SS, _CROSS)
    dark_SS = cv2.erode(np.where(grey_SS > 0, grey_SS, 255).astype(np.uint8), _CROSS)
    ends_SS: np.ndarray = _is_across(grey_SS) & (light_SS.astype(int) - dark_SS > _STEP)
    return ends_SS


def _is_across(grey: np.ndarray) -> np.ndarray:
    """Bool, of the same shape: what has the shade of faces with an axis across them, or almost."""
    across: np.ndarray = np.abs(grey.astype(int) - _ACROSS) <= _NEARLY
    return across


def labelled(part_SS: np.ndarray, line_SS: np.ndarray, ways_32: np.ndarray, gap: int) -> np.ndarray:
    """(S, S) int32: the regions between lines, grown until they meet on them.

    gap: pixels; most breaks in lines along the axes are closed that are no longer.
    """
    thick_SS = line_SS.astype(np.uint8)
    closed_SS = thick_SS.copy()
    for way_2 in ways_32:
        closed_SS = np.maximum(closed_SS, cv2.morphologyEx(thick_SS, cv2.MORPH_CLOSE, _stroke(way_2, gap)))
    far_SS = cv2.distanceTransform(1 - closed_SS, cv2.DIST_L2, 5)
    core_SS = (part_SS & (far_SS > _CORE)).astype(np.uint8)
    count, region_SS, told, _ = cv2.connectedComponentsWithStats(core_SS, connectivity=4)
    kept = [region for region in range(1, count) if told[region, cv2.CC_STAT_AREA] >= _FEWEST]
    number_C = np.zeros(count, np.int32)
    number_C[kept] = np.arange(len(kept)) + OUTSIDE + 1
    label_SS = number_C[region_SS]
    label_SS[cv2.erode((~part_SS).astype(np.uint8), np.ones((3, 3))) > 0] = OUTSIDE
    height_SS = np.clip(255 - np.minimum(far_SS, 5) * 60, 0, 255).astype(np.uint8)  # far is anything where no line is
    return cv2.watershed(cv2.merge([height_SS] * 3), label_SS)


def _stroke(way_2: np.ndarray, length: int) -> np.ndarray:
    """(length, length) uint8: ones along the way."""
    stroke, half = np.zeros((length, length), np.uint8), length // 2
    unit_2 = way_2 / max(1e-9, float(np.hypot(*way_2)))
    start, end = (np.rint(half + sign * half * unit_2).astype(int).tolist() for sign in (-1, 1))
    return cv2.line(stroke, start, end, 1, 1)


def left(way_2: np.ndarray) -> np.ndarray:
    """The way turned by a quarter, or ways in columns."""
    turned: np.ndarray = np.array([-way_2[1], way_2[0]])
    return turned


def cross(one_2: np.ndarray, other_2: np.ndarray) -> float:
    """The area that two vectors span, signed."""
    return float(one_2[0] * other_2[1] - one_2[1] * other_2[0])
