"""Looks: outlines, lines and the distances to them, against slower ways to the same."""

import cv2
import numpy as np
import pytest

from cadgen.kernel import build
from cadgen.lang.canonical import canonical
from cadgen.picture import SIDE
from cadgen.refine.view import View, look_of
from cadgen.shape import PUBLISHED

BLOCK = canonical(
    "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,0)).moveTo(-160,-100).lineTo(160,-100).lineTo(160,100)"
    ".lineTo(-160,100).close().moveTo(-100,-32).circle(20).moveTo(80,-32).circle(50).extrude(90)\n",
    grid=1,
)


def look(scale, grain):
    return look_of(build(BLOCK), View(PUBLISHED, (0.0, 0.0, 45.0), 400.0, scale, SIDE / 2, SIDE / 2), grain)


@pytest.mark.parametrize("grain", [1, 2])
@pytest.mark.parametrize("scale", [0.3, 0.9, 2.5])
def test_distances_are_about_those_to_the_nearest_line(scale, grain):
    found = look(scale, grain)
    squares_HH = found.line_SS.reshape(SIDE // 2, 2 // grain, SIDE // 2, 2 // grain).any((1, 3))
    exact_HH = cv2.distanceTransform((~squares_HH).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    told_HH = found.distance_HH / 3
    assert np.all((told_HH == 0) >= squares_HH)
    near = (exact_HH < 20) & (told_HH > 0)
    assert near.any() and np.all(
        told_HH[near] <= 1.09 * exact_HH[near] + 1e-6
    )  # seams count too: nearer, never farther
    assert found.distance_HH.max() <= 72


@pytest.mark.parametrize("grain", [1, 2])
def test_the_outline_is_made_of_lines_and_so_is_the_rim_of_the_frame(grain):
    found = look(2.5, grain)
    padded = np.pad(found.part_SS, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    assert np.all(found.line_SS[found.part_SS & ~inner])
    assert found.part_SS[0].any() and np.array_equal(found.part_SS[0], found.line_SS[0])
