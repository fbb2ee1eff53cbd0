"""What CadQuery builds on faces and at several places, lowered to steps: the same solid as CadQuery's.

Every number of the programs lies on the grid of 8 steps a unit.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cadgen.lang import DialectError, parse
from cadgen.lang.canonical import NoFold, canonical, normal_text
from cadgen.program import Grid, Wheel
from cadgen.shape import Solid, iou

IMPORT = "import cadquery as cq\n"
GRID = 8
SLAB = "cq.Workplane(origin=(1,2,3)).box(8,6,4)"
TOP = f"result={SLAB}.faces('>Z').workplane()"
STEPPED = "cq.Workplane('XZ').polyline([(0,0),(8,0),(8,2),(3,2),(3,6),(0,6)]).close().extrude(5)"

LOWERED = {
    **{
        f"a boss and an oblong pocket on {face}": f"result={SLAB}.faces('{face}').workplane()"
        ".center(0.5,-0.25).rect(2,1).extrude(1.5).moveTo(1,0.5).rect(1,0.5).cutBlind(-3)"
        for face in (">X", "<X", ">Y", "<Y", ">Z", "<Z")
    },
    **{
        f"a through cut from {face} of a profile": f"result={STEPPED}.faces('{face}').workplane()"
        ".center(1,1).rect(1,0.5,centered=False).cutThruAll()"
        for face in (">X", "<X", ">Y", "<Y", ">Z", "<Z")
    },
    "an offset into the solid": f"result={SLAB}.faces('>Z').workplane(offset=-1).circle(1).extrude(3)",
    "an offset away from it": f"result={SLAB}.faces('<X').workplane(offset=2).circle(1).extrude(-4)",
    "an inverted plane": f"result={SLAB}.faces('>Y').workplane(offset=-0.5,invert=True)"
    ".moveTo(1,0.5).rect(2,1).extrude(4)",
    "a cut to either side": f"result={SLAB}.faces('>Z').workplane(offset=-2).circle(1).cutBlind(1,both=True)",
    "a cut away from the solid": f"{TOP}.circle(1).cutBlind(1)",
    "extrude that cuts": f"{TOP}.circle(1).extrude(-1,combine='cut')",
    "extrude that starts anew": f"{TOP}.circle(1).extrude(2,combine=False)",
    "the face of a part that was moved keeps the plane of the chain": f"result={SLAB}.translate((3,1,2))"
    ".faces('>Z').workplane().rect(2,1).extrude(1)",
    "the face of a part that was turned": f"result={SLAB}.rotate((0,0,0),(1,0,0),90).faces('>X').workplane()"
    ".rect(2,1).extrude(1)",
    "a face of several parts": "result=cq.Workplane().pushPoints([(-3,0),(3,0)]).rect(4,4).extrude(2)"
    ".faces('>Z').workplane().rect(8,1).cutBlind(-1)",
    "a face with a hole where the plane begins": "result=cq.Workplane().circle(4).circle(1).extrude(2)"
    ".faces('>Z').workplane().rect(1,7).cutBlind(-1)",
    "a face that a cut has halved": f"{TOP}.moveTo(-3,0).rect(4,8).cutBlind(-1).faces('>Z').workplane().moveTo(2,0)"
    ".circle(0.5).extrude(1)",
    "the flat side of a round part": "result=cq.Workplane('XZ').moveTo(-2,0).lineTo(2,0).threePointArc((0,2),(-2,0))"
    ".close().extrude(3).faces('<Z').workplane().circle(0.5).extrude(1)",
    "planes one after another": f"{TOP}.circle(2).extrude(1).faces('>Z').workplane().circle(1).extrude(1)"
    ".faces('>X').workplane().circle(0.5).cutThruAll()",
    "a plane beside a plane": f"{TOP}.workplane(offset=-1).moveTo(1,1).circle(0.5).extrude(2)",
    "the centre of mass of a face": "result=cq.Workplane('YZ').polyline([(0,0),(6,0),(0,6)]).close().extrude(2)"
    ".faces('>X').workplane(centerOption='CenterOfMass').rect(1,2).cutBlind(-1)",
    "the centre of the box of a face": f"result={STEPPED}.faces('>Y').workplane(centerOption='CenterOfBoundBox')"
    ".circle(0.5).extrude(1)",
    "an origin on a face": f"result={SLAB}.faces('>Z').workplane(origin=(3,1,0)).circle(0.5).cutThruAll()",
    "a plane through the centre of a solid": f"result={SLAB}.workplane(offset=1).circle(1).extrude(3)",
    "the chain of a solid goes on in its plane": f"result={SLAB}.moveTo(1,1).circle(1).extrude(5).center(-2,0)"
    ".circle(1).cutThruAll()",
    "a hole": f"{TOP}.hole(2)",
    "a hole of a depth": f"{TOP}.center(1,1).hole(2,1.5)",
    "a hole that breaks out of the side": f"{TOP}.moveTo(4,0).hole(2)",
    "a hole from above": f"result={SLAB}.faces('>Z').workplane(offset=1).hole(2)",
    "a hole from within": f"result={SLAB}.faces('>Z').workplane(offset=-1).hole(2)",
    "a counterbore": f"{TOP}.cboreHole(1,2,0.5)",
    "counterbores of a depth": f"result={SLAB}.faces('<Y').workplane().pushPoints([(-2,0),(2,1)])"
    ".cboreHole(0.5,1,0.5,3)",
    "points": f"{TOP}.pushPoints([(-2,1),(2,-1),(0,0)]).circle(0.5).extrude(1)",
    "points of holes that cross": f"{TOP}.pushPoints([(-0.5,0),(0.5,0),(2.5,0)]).hole(1.5)",
    "points of holes that touch": f"{TOP}.pushPoints([(-1,0),(1,0)]).hole(2,1)",
    "an array": f"result={SLAB}.faces('>X').workplane().rarray(1.5,1,3,2).rect(0.5,0.25).cutThruAll()",
    "an array from a corner": f"{TOP}.rarray(1.5,1,2,2,center=(True,False)).circle(0.25).cutBlind(-1)",
    "a turned array": f"{TOP}.polarArray(2,0,360,4).rect(1,0.5).cutThruAll()",
    "an array that is not turned": f"{TOP}.polarArray(2,90,180,3,rotate=False).rect(1,0.5).cutBlind(-2)",
    "an array of steps": f"{TOP}.polarArray(2,0,90,2,fill=False).hole(0.5)",
    "points in rows": f"{TOP}.pushPoints([(2,1),(-1,1),(2,-1),(-1,-1)]).circle(0.5).circle(0.25).extrude(1)",
    "points around a middle": f"{TOP}.pushPoints([(1,1),(-1,1),(0,2),(0,0)]).hole(0.5)",
    "the corners of a rectangle": f"{TOP}.rect(6,4,forConstruction=True).vertices().hole(0.5)",
    "boxes and cylinders at points": f"{TOP}.pushPoints([(-2,0),(2,0)]).box(1,2,1).faces('>Z').workplane()"
    ".pushPoints([(0,2),(0,-2)]).cylinder(6,0.5)",
    "a ring on a face": f"{TOP}.pushPoints([(-2,0),(2,0)]).circle(1).circle(0.5).extrude(1)",
    "loops of several centres": f"{TOP}.center(-2,0).circle(0.5).center(4,0).circle(0.5).cutThruAll()",
    "a rectangle by its corner, and a circle within": f"{TOP}.rect(2,2,centered=False).circle(0.5).extrude(1)",
    "a union with a part that is cut": f"result={SLAB}.union({TOP[7:]}.circle(1).cutThruAll().translate((0,0,8)))",
    "a cut part that is united before": f"result=cq.Workplane().box(2,2,9).union({TOP[7:]}.circle(1).cutThruAll())",
    "a polygon around a circle": f"{TOP}.polygon(4,2,circumscribed=True).extrude(1)",
    "a point does not move": "result=cq.Workplane().translate((1,2,3)).box(1,1,1)",
    "a cylinder by its corner": "result=cq.Workplane().cylinder(2,1,centered=(False,False,False))",
}

LEANING = {
    "a rod": "result=cq.Workplane().cylinder(6,1).rotate((1,2,3),(1,2,4),15).rotate((0,0,0),(0,1,0),40)",
    "backwards": f"result={SLAB}.rotate((0,0,0),(0,-2,0),40)",
    "twice": f"result={SLAB}.rotate((0,0,0),(1,0,0),30).rotate((1,2,3),(1,2,9),-20)",
    "moved and turned on": f"result={SLAB}.rotate((0,0,0),(1,0,0),30).translate((3,2,1)).rotate((1,2,3),(1,3,3),90)"
    ".rotate((0,0,0),(1,0,0),-90)",
    "around its own axis": f"result={SLAB}.rotate((1,1,0),(1,1,1),30)",
    "united and cut": f"result={SLAB}.union(cq.Workplane().cylinder(9,1).rotate((0,0,0),(1,0,0),30))"
    ".cut(cq.Workplane().box(1,2,20).rotate((0,0,0),(0,1,0),20).translate((1,0,0)))",
    "a part of several steps": f"{TOP}.circle(2).extrude(1).faces('>X').workplane().hole(1).rotate((0,0,0),(0,1,0),25)",
    "a cone": "result=cq.Workplane('XZ').polyline([(0,0),(3,0),(0,5)]).close().revolve(360,(0,0),(0,1))"
    ".rotate((0,0,0),(0,1,0),-25)",
    "a plane that leans": f"result={SLAB}.union(cq.Workplane('XZ',origin=(1,2,3)).transformed(rotate=(20,0,0))"
    ".moveTo(1,1).rect(2,1).extrude(5))",
    "a plane turned and moved, and one beside it": "result=cq.Workplane('YZ',origin=(1,2,3))"
    ".transformed((0,30,90),(1,2,3)).workplane(offset=1).center(1,0).rect(4,2).extrude(3)",
    "a plane turned three times": "result=cq.Workplane('XY').transformed(rotate=(20,35,-50)).rect(4,2).extrude(3)",
    "a plane turned twice over": "result=cq.Workplane('XZ').transformed(rotate=(0,0,30)).transformed((20,0,0),(0,0,1))"
    ".rect(4,2).extrude(3)",
    "a hole askew": f"result={TOP[7:]}.transformed(rotate=(0,25,0)).circle(0.5).cutBlind(-3)",
    "what turns around a line that leans": "result=cq.Workplane('XZ').transformed((0,20,0))"
    ".polyline([(0,0),(3,0),(0,5)]).close().revolve(360,(0,0),(0,1))",
    "an array of rectangles": f"{TOP}.polarArray(2,0,360,3).rect(1,0.5).cutThruAll()",
}

NOT_LOWERED = {
    "the side of a cylinder": "cq.Workplane('XZ').circle(2).extrude(3).faces('>Z').workplane().circle(0.5).extrude(1)",
    "an edge": "cq.Workplane('XZ').polygon(4,4).extrude(3).faces('>Z').workplane().circle(0.5).extrude(1)",
    "a face that a cut has removed": f"{SLAB}.faces('>Z').workplane().rect(9,9).cutBlind(-1)"
    ".faces('>Z').workplane().circle(0.5).extrude(1)",
    "a selector of another kind": f"{SLAB}.faces('|Z').faces('>Z').workplane().circle(0.5).extrude(1)",
    "a countersink": f"{SLAB}.faces('>Z').workplane().cskHole(1,2,90)",
    "a taper": f"{SLAB}.faces('>Z').workplane().rect(1,1).extrude(1,taper=5)",
    "up to the next face": f"{SLAB}.faces('>Z').workplane(offset=2).rect(1,1).extrude('next')",
    "loops that cross": f"{SLAB}.faces('>Z').workplane().pushPoints([(0,0),(1,0)]).circle(1).cutBlind(-1)",
    "loops that touch": f"{SLAB}.faces('>Z').workplane().pushPoints([(-1,0),(1,0)]).circle(1).extrude(1)",
    "an island in a hole": f"{SLAB}.faces('>Z').workplane().circle(2).circle(1).circle(0.5).extrude(1)",
    "a through cut around a core": f"{SLAB}.faces('>Z').workplane().circle(2).circle(1).cutThruAll()",
    "a through cut from beside the solid": f"{SLAB}.faces('>Z').workplane(offset=1).circle(1).cutThruAll()",
    "a hole from far above": f"{SLAB}.faces('>Z').workplane(offset=20).hole(1)",
    "half a degree out of the axes": f"{SLAB}.rotate((0,0,0),(1,0,0),30.5).rotate((0,0,0),(0,1,0),30)",
    "a through cut askew": f"{SLAB}.faces('>Z').workplane().transformed((10,0,0)).circle(1).cutThruAll()",
    "a plane through what leans": "cq.Workplane().transformed((10,0,0)).box(3,2,1).workplane().box(1,1,9)",
    "loops of planes that lean otherwise": "cq.Workplane().rect(2,2).transformed((10,0,0)).rect(1,1).extrude(1)",
    "around a line askew": f"{SLAB}.rotate((0,0,0),(1,1,0),30)",
    "a face of what leans": f"{SLAB}.rotate((0,0,0),(1,0,0),30).faces('>Z').workplane().rect(1,1).extrude(1)",
    "a drawing on a solid that no plane precedes": f"{SLAB}.circle(1).extrude(3)",
    "the centre of mass of a face of several steps": f"{SLAB}.union(cq.Workplane(origin=(4,2,3)).box(8,4,4))"
    ".faces('>Z').workplane(centerOption='CenterOfMass').circle(1).extrude(1)",
    "the centre of a solid of several steps": f"{SLAB}.union(cq.Workplane().box(1,1,20)).workplane()"
    ".circle(4).extrude(9)",
    "a plane beside one that is inverted": f"{SLAB}.faces('>Z').workplane(invert=True).workplane(offset=1)"
    ".circle(1).extrude(1)",
    "loops of two planes": f"{SLAB}.faces('>Z').workplane().circle(1).workplane(offset=2).circle(0.5).loft()",
    "a union of two cut parts that meet": "cq.Workplane().circle(3).extrude(1).circle(1).cutThruAll()"
    ".union(cq.Workplane().circle(3).extrude(1).center(1,0).circle(1).cutThruAll())",
    "a cut with a part that is cut": f"{SLAB}.cut({SLAB}.faces('>Z').workplane().hole(1))",
    "a rounded edge": f"{SLAB}.edges('|Z').fillet(0.5).faces('>Z').workplane().hole(1)",
}


def test_the_steps_build_the_solid_that_cadquery_builds(build: Callable[..., list[Solid]]) -> None:
    texts = [normal_text(IMPORT + code, grid=GRID) for code in LOWERED.values()]
    assert [normal_text(text, grid=1) for text in texts] == texts
    lowered = [replace(solid, vertices=solid.vertices / GRID) for solid in build(*texts)]
    for name, before, after in zip(LOWERED, build(*LOWERED.values()), lowered, strict=True):
        assert after.volume == pytest.approx(before.volume * GRID**3, rel=1e-6), name
        np.testing.assert_allclose(after.centre, before.centre * GRID, atol=1e-4, err_msg=name)
        assert iou(before, after) > 0.9999, name
        assert after.triangle_face.max() == before.triangle_face.max(), name


@pytest.mark.parametrize(
    ("drawn", "places"),
    [
        ("rarray(1.5,1,3,2).rect(0.5,0.25)", Grid((-4, 12), (12, 8), (3, 2))),
        ("pushPoints([(2,1),(-1,1),(2,-1),(-1,-1)]).circle(0.5).circle(0.25)", Grid((0, 8), (24, 16), (2, 2))),
        ("rect(4,2,forConstruction=True).vertices().circle(0.5)", Grid((-8, 8), (32, 16), (2, 2))),
        ("polarArray(2,15,360,5).rect(0.5,0.25)", Wheel((8, 16), 16, 15, 5)),
        ("pushPoints([(1,1),(-1,1),(0,2),(0,0)]).circle(0.5)", Wheel((8, 24), 8, 0, 4)),
        ("pushPoints([(1,1),(-1,1),(0,2)]).circle(0.5)", None),
        ("polarArray(2,0,90,2,fill=False).circle(0.5)", None),
        ("rarray(1.5,1,3,2).polygon(6,0.5)", None),
        ("pushPoints([(0,0),(1,0)]).circle(0.25).moveTo(2,2).circle(0.25)", None),
        ("rarray(1.5,1,3,2).rect(0.375,0.25)", None),  # 3 grid steps have no half
        ("pushPoints([(0,2),(0,-2)]).circle(0.25).polarArray(2,90,360,2).rect(1.5,1)", None),
    ],
)
def test_what_is_drawn_in_rows_or_around_a_circle_is_one_array(drawn: str, places: object) -> None:
    program = canonical(f"{IMPORT}{TOP}.{drawn}.extrude(1)", grid=GRID)
    assert getattr(program[1], "places", None) == places


def test_copies_drawn_in_another_plane_of_the_chain_are_none_of_its_array() -> None:
    code = (
        "w=cq.Workplane().rarray(4,4,2,2).rect(2,2)\nv=w.center(9,0).rarray(4,4,2,2).circle(0.5)\nresult=w.extrude(2)\n"
    )
    (step,) = canonical(IMPORT + code, grid=GRID)
    assert len(step.loops) == 8


@pytest.mark.parametrize(
    "drawn",
    [
        "rarray(1,1,2,2).circle(31/64)",
        "rarray(1,1,2,2).rect(31/32,31/32)",
        "polarArray(50/64,0,360,6).circle(24.8/64)",
        "rarray(1,1,2,2).rect(0.5,0.5).rect(31/64,0.25)",
    ],
)
@pytest.mark.parametrize("grid", [1, 3, 8, 64])
def test_what_rounding_would_join_is_no_array_and_has_one_normal_form(drawn: str, grid: int) -> None:
    try:
        text = normal_text(f"{IMPORT}result=cq.Workplane().{drawn}.extrude(1)\n", grid=grid)
    except DialectError:
        return  # two loops that coincide there
    assert normal_text(text, grid=1) == text


def test_what_is_turned_by_any_angle_builds_the_same_solid_up_to_the_grid(build: Callable[..., list[Solid]]) -> None:
    texts = [normal_text(IMPORT + code, grid=100) for code in LEANING.values()]
    assert [normal_text(text, grid=1) for text in texts] == texts
    lowered = [replace(solid, vertices=solid.vertices / 100) for solid in build(*texts)]
    for name, before, after in zip(LEANING, build(*(IMPORT + code for code in LEANING.values())), lowered, strict=True):
        assert iou(before, after) > 0.98, name
        assert after.triangle_face.max() == before.triangle_face.max(), name


@pytest.mark.parametrize("code", [*LOWERED.values(), *LEANING.values()], ids=[*LOWERED, *LEANING])
def test_they_are_steps_of_the_canonical_dialect(code: str) -> None:
    assert canonical(IMPORT + code, grid=GRID)


@pytest.mark.parametrize("code", NOT_LOWERED.values(), ids=NOT_LOWERED.keys())
def test_what_cannot_be_told_for_sure_stays_in_normal_form(code: str) -> None:
    code = f"{IMPORT}result={code}\n"
    with pytest.raises(NoFold):
        canonical(code, grid=GRID)
    text = normal_text(code, grid=GRID)
    parse(text)
    assert normal_text(text, grid=1) == text
