"""How points go with the numbers of a program: told by surfaces, compared with what building it anew gives."""

import numpy as np
import pytest

from cadgen.kernel import build
from cadgen.lang.canonical import canonical
from cadgen.refine.dimension import changed, dimensions
from cadgen.refine.slope import slopes

PARTS = {
    "a plate with a hole": (
        "cq.Workplane('XY',origin=(0,0,-20)).moveTo(-100,-50).lineTo(100,-50).lineTo(100,50).lineTo(-100,50).close()"
        ".moveTo(-60,5).circle(30).extrude(40)"
    ),
    "slanted walls": (
        "cq.Workplane('XZ',origin=(0,30,0)).moveTo(-90,-60).lineTo(80,-70).lineTo(60,40).lineTo(-70,66).close()"
        ".extrude(50)"
    ),
    "an arc": (
        "cq.Workplane('YZ',origin=(-30,0,0)).moveTo(-80,-60).lineTo(80,-60).lineTo(80,20)"
        ".threePointArc((10,90),(-80,30)).close().extrude(64)"
    ),
    "a turned profile": (
        "cq.Workplane('XZ',origin=(0,0,0)).moveTo(0,-90).lineTo(60,-90).lineTo(60,-40).lineTo(30,-10).lineTo(30,90)"
        ".lineTo(0,90).close().revolve(axisStart=(0,0),axisEnd=(0,1))"
    ),
    "rows of holes": (
        "cq.Workplane('XY',origin=(-45,-40,0)).rarray(30,43,4,3,center=False).circle(9).circle(5).extrude(30)"
    ),
    "rows of boxes": ("cq.Workplane('XZ',origin=(-45,10,-40)).rarray(50,43,2,3,center=False).rect(18,26).extrude(30)"),
    "spokes": "cq.Workplane('YZ',origin=(0,7,-4)).polarArray(60,20,360,5).rect(40,16).extrude(30)",
    "a wheel of rods": "cq.Workplane('XY',origin=(7,-4,0)).polarArray(60,20,360,5).circle(11).extrude(30)",
    "a plate that leans": (
        "cq.Workplane('XY',origin=(0,0,-20)).moveTo(-100,-50).lineTo(100,-50).lineTo(100,50).lineTo(-100,50).close()"
        ".moveTo(-60,5).circle(30).extrude(40).rotate((0,13,-7),(1,13,-7),35)"
    ),
    "a cone that leans twice": (
        "cq.Workplane('XZ',origin=(0,0,0)).moveTo(2,-90).lineTo(60,-90).lineTo(30,90).lineTo(2,90).close()"
        ".revolve(axisStart=(0,0),axisEnd=(0,1)).rotate((0,13,-7),(1,13,-7),35).rotate((21,0,3),(21,1,3),-50)"
    ),
}


@pytest.mark.parametrize("body", PARTS.values(), ids=PARTS)
def test_corners_go_as_the_part_built_anew_has_them(body):
    program = canonical(f"import cadquery as cq\nresult={body}\n", grid=1)
    solid, known = build(program), dimensions(program, shared=True)
    slope_P3M = slopes(program, solid.vertices, known)
    for number, dimension in enumerate(known):
        more, less = changed(program, {dimension: 1}), changed(program, {dimension: -1})
        if more is None or less is None or dimension == (None, 0, 0):
            continue  # the axis of what is turned: its profile would cross it
        there, back = build(more).vertices, build(less).vertices
        if not there.shape == back.shape == solid.vertices.shape:
            continue  # an arc that grows takes more chords
        moved_P3, told_P3 = (there - back) / 2, slope_P3M[:, :, number]
        # A point may slide along its surfaces; across them it goes as told.
        across_P = (moved_P3 * told_P3).sum(1) - (told_P3**2).sum(1)
        assert np.abs(across_P).max() < 0.05, dimension


def test_a_dimension_that_a_point_does_not_touch_leaves_it_where_it_is():
    program = canonical(f"import cadquery as cq\nresult={PARTS['a plate with a hole']}\n", grid=1)
    solid = build(program)
    (slope_P3,) = np.moveaxis(slopes(program, solid.vertices, [(None, 0, 100)]), 2, 0)
    right_P = solid.vertices[:, 0] == 100
    np.testing.assert_allclose(slope_P3[right_P], [[1, 0, 0]] * right_P.sum(), atol=1e-9)
    assert not slope_P3[~right_P].any()
