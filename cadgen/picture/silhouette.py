"""Which pixels show the part."""

import cv2
import numpy as np

_NEAR = 7  # pixels of the file: as far as blur and compression carry
_STROKE, _LINE = 3.0, 0.05  # pixels of the file, of the part's size: what is thinner may be a line
_CLEAR = 0.3  # of the inside that is as the ground; less, and it is no line drawing
_COLOURED = 0.3  # of the inside; less, and faces are as the ground: a line drawing
# Gaps of outlines that are closed, of the part's size: the silhouettes of round faces are often not drawn at all, and
# then they are as wide as the part. Those over `_WIDE` are bridged straight.
_GAPS, _WIDE = (0.0, 0.01, 0.03, 0.08, 0.2, 0.4, 0.8), 0.03
_BOUND = 0.5  # of a bay's shore; more of it drawn, and the bay is
_LOOSE = 0.04  # of the lines; more that enclose nothing, and the outline has wider gaps
_FAINT, _WORD = 0.3, 0.03  # of the contrast of the darkest lines; of the drawing's size, what parts letters of a label
_SMALL = 0.05  # of the largest piece: smaller ones are something else, a label or a mark
_HOLE, _DEEP = 12, 2.0  # pixels of the file; smaller ones are specks, and less deep ones are none
# Pixels of the file from a hole, by which the part differs by so many thresholds, or mostly as elsewhere.
_SHARP, _STEEP, _MOSTLY = 2.0, 1.5, 0.75
# Of the part's size, the widest line around it; of the shore of a hole, what may lie no farther from the outside.
_RIM, _BESIDE = 0.03, 0.1


def part_of(difference_HW: np.ndarray, threshold: float, unit: float) -> tuple[np.ndarray, bool]:
    """(H, W) bool, the pixels of the part, without what is seen through its holes; and whether it is a line drawing.

    difference_HW, threshold: of `Ground`; unit: pixels that one pixel of the file is enlarged to.
    """
    other_HW = difference_HW > threshold
    part_HW = _pieces(enclosed(other_HW))
    size = float(np.sqrt(part_HW.sum()))
    wide = 2 * int(max(_STROKE * unit, _LINE * size) / 2) + 3
    faces_HW = cv2.morphologyEx(other_HW.astype(np.uint8), cv2.MORPH_OPEN, np.ones((wide, wide), np.uint8)) > 0
    coloured, clear = (faces_HW & part_HW).sum(), (part_HW & ~other_HW).sum()
    if coloured < _COLOURED * part_HW.sum() and clear > _CLEAR * part_HW.sum():
        return _drawn(_inked(difference_HW, threshold), unit), True
    hole_HW = _holes(difference_HW, threshold, part_HW, unit)
    part_HW &= ~_blurred(difference_HW, part_HW & ~hole_HW, unit)
    return _pieces(enclosed(part_HW)) & ~hole_HW, False


def _blurred(difference_HW: np.ndarray, part_HW: np.ndarray, unit: float) -> np.ndarray:
    """The rim where the part blends with the ground: it counts from half its height on."""
    side = 2 * int(_NEAR * unit / 2) + 1
    highest_HW = cv2.dilate(difference_HW, np.ones((side, side), np.uint8))
    return (difference_HW <= highest_HW // 2) & ~deeper(part_HW, _NEAR * unit / 2)


def deeper(part_HW: np.ndarray, depth: float) -> np.ndarray:
    """(H, W) bool: the part's pixels more than `depth` pixels from what is none of it, or beyond the picture."""
    padded = np.pad(part_HW, 1).astype(np.uint8)
    inner: np.ndarray = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1] > depth
    return inner


def _inked(difference_HW: np.ndarray, threshold: float) -> np.ndarray:
    """What is drawn in lines, without a grid or the grain of the paper, which are fainter, and without labels."""
    darkest = float(np.percentile(difference_HW[difference_HW > threshold], 95))
    ink_HW = difference_HW > max(threshold, _FAINT * darkest)
    rows, columns = np.nonzero(ink_HW)
    side = 2 * round(_WORD * max(np.ptp(rows), np.ptp(columns)) / 2) + 1
    near_HW = cv2.dilate(ink_HW.astype(np.uint8), np.ones((side, side), np.uint8))
    _, label_HW, stats, _ = cv2.connectedComponentsWithStats(near_HW, connectivity=8)
    area = stats[:, cv2.CC_STAT_WIDTH] * stats[:, cv2.CC_STAT_HEIGHT]
    area[0] = 0
    kept = area >= _SMALL * area.max()
    return ink_HW & kept[label_HW]


def _drawn(line_HW: np.ndarray, unit: float) -> np.ndarray:
    """What lines enclose, with the narrowest gaps closed that leave few lines loose."""
    rows, columns = np.flatnonzero(line_HW.any(1)), np.flatnonzero(line_HW.any(0))
    if not len(rows):
        return line_HW
    size = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    part_HW = line_HW
    thickness = float(np.percentile(cv2.distanceTransform(line_HW.astype(np.uint8), cv2.DIST_L2, 3)[line_HW], 95))
    reach = 2 * round(2 * thickness + 1) + 1
    for gap in _GAPS:
        radius = round(gap * size / 2 + unit * (gap > 0))
        part_HW = _pieces(_closed(line_HW, radius))
        inner_HW = part_HW & ~line_HW
        held_HW = cv2.dilate(inner_HW.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
        if (line_HW & ~held_HW).sum() <= _LOOSE * line_HW.sum():
            break
    if gap <= _WIDE:
        return part_HW
    return _bridged(_pieces(_closed(line_HW, round(1.25 * gap * size))), line_HW)


def _bridged(part_HW: np.ndarray, line_HW: np.ndarray) -> np.ndarray:
    """The part with those of its bays that hardly a line bounds: the outline of a round face runs straight there.

    Closed by a ball, such a gap is a bay, and one that is drawn has lines all around.
    """
    points, shape = np.argwhere(part_HW)[:, ::-1].astype(np.int32), part_HW.shape
    hull_HW = cv2.fillConvexPoly(np.zeros(shape, np.uint8), cv2.convexHull(points), 1) > 0
    count, label_HW = cv2.connectedComponents((hull_HW & ~part_HW).astype(np.uint8), connectivity=4)
    shore_HW = part_HW & (cv2.erode(part_HW.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
    drawn_HW = cv2.dilate(line_HW.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    bay_HW = cv2.dilate(label_HW.astype(np.uint16), np.ones((3, 3), np.uint8))
    shores = np.bincount(bay_HW[shore_HW], minlength=count)
    lines = np.bincount(bay_HW[shore_HW & drawn_HW], minlength=count)
    is_gap = lines < _BOUND * shores
    is_gap[0] = False
    return part_HW | is_gap[label_HW]


def _closed(line_HW: np.ndarray, radius: int) -> np.ndarray:
    if not radius:
        return enclosed(line_HW)
    wall_HW = np.pad(line_HW, radius).astype(np.uint8)  # walls may grow over the rim of the picture
    near_HW = cv2.distanceTransform(1 - wall_HW, cv2.DIST_L2, 5) <= radius
    filled_HW = enclosed(near_HW)
    back_HW = cv2.distanceTransform(filled_HW.astype(np.uint8), cv2.DIST_L2, 5) > radius
    return back_HW[radius:-radius, radius:-radius] | line_HW


def enclosed(wall_HW: np.ndarray) -> np.ndarray:
    """(H, W) bool: the walls, and what cannot be reached from the rim without crossing them."""
    padded = np.pad(1 - wall_HW.astype(np.uint8), 1, constant_values=1)
    cv2.floodFill(padded, None, (0, 0), 2)
    return padded[1:-1, 1:-1] != 2


def _pieces(part_HW: np.ndarray) -> np.ndarray:
    """The largest piece, and others unless they are small beside it."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(part_HW.astype(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if count < 3:
        return part_HW
    kept = np.concatenate([[False], areas >= _SMALL * areas.max()])
    return kept[labels]


def _holes(difference_HW: np.ndarray, threshold: float, part_HW: np.ndarray, unit: float) -> np.ndarray:
    """Of what looks like the ground inside the part, what is seen through it.

    That is no face of the ground's colour, which no more than a line parts from the outside; none of a round face,
    whose shades pass that colour slowly; and no strip along a line, which blends with what is beside it.
    """
    free_HW = part_HW & (difference_HW <= threshold)
    count, label_HW, stats, _ = cv2.connectedComponentsWithStats(free_HW.astype(np.uint8), connectivity=4)
    side = max(unit, _RIM * float(np.sqrt(part_HW.sum())))
    shore_HW = free_HW & ~deeper(free_HW, 1.0)
    beside_HW = shore_HW & ~deeper(part_HW, 1.0 + side)
    shores, besides = (np.bincount(label_HW[some_HW], minlength=count) for some_HW in (shore_HW, beside_HW))
    deep_HW = cv2.distanceTransform(free_HW.astype(np.uint8), cv2.DIST_L2, 5) >= _DEEP * unit
    through = (stats[:, cv2.CC_STAT_AREA] >= _HOLE * unit**2) & (besides <= _BESIDE * shores)
    through &= np.bincount(label_HW[deep_HW], minlength=count) > 0
    through[0] = False
    if not through.any():
        return through[label_HW]
    # A rim is steep by what the part differs from the ground elsewhere, which in faint pictures is little.
    steep = min(_STEEP * threshold, _MOSTLY * float(np.median(difference_HW[part_HW & ~free_HW])))
    width = 2 * round(_SHARP * unit) + 1
    near_HW = cv2.dilate(np.where(through[label_HW], label_HW, 0).astype(np.float32), np.ones((width, width), np.uint8))
    rim_HW = (near_HW > 0) & ~free_HW
    near_N, step_N = near_HW[rim_HW].astype(int), difference_HW[rim_HW]
    for label in np.flatnonzero(through):
        steps = step_N[near_N == label]
        through[label] = len(steps) > 0 and np.median(steps) > steep
    return through[label_HW]
