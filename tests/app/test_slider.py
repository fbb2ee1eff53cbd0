"""The numbers of a program as sliders, and what is refused before it is read in our process."""

import time

import pytest

from cadgen.app.slider import MOST, Fixed, moved, program_of, sliders
from cadgen.kernel import build
from cadgen.program import ANGLE, LENGTH, RADIUS
from cadgen.refine.dimension import changed, dimensions

HEAD = "import cadquery as cq\n"
PLATE = HEAD + "result=cq.Workplane('XY').rect(80,40).extrude(10).faces('>Z').workplane().hole(20)\n"
ROW = HEAD + (
    "result=cq.Workplane('XY').rect(80,40).extrude(10)\n"
    "result=result.cut(cq.Workplane('XY',origin=(-20,0,0)).rarray(20,1,3,1,center=False).circle(4).extrude(10))\n"
)


def test_every_number_of_a_program_is_a_slider_once():
    program = program_of(PLATE)
    found = sliders(program)
    assert {(one["axis"], one["value"]) for one in found} == {
        (0, -40), (0, 40), (0, 0), (1, -20), (1, 20), (1, 0), (2, 0), (2, 10), (RADIUS, 10),
    }  # fmt: skip
    assert len(found) == len(dimensions(program, shared=True))
    assert [one["kind"] for one in found if one["axis"] == RADIUS] == ["radius"]


@pytest.mark.parametrize(
    ("code", "by", "grown"),
    [
        (PLATE, {(0, 40): 7}, (7, 0, 0)),
        (PLATE, {(1, -20): -3, (2, 10): 5}, (0, 3, 5)),
        (PLATE, {(0, 40): 10, (0, -40): -10, (RADIUS, 10): 4}, (20, 0, 0)),
        (ROW, {(LENGTH, 20): 5}, (0, 0, 0)),
    ],
)
def test_moved_numbers_change_the_mesh_as_changed_says(code, by, grown):
    program = program_of(code)
    before, after = build(program), build(program_of(moved(program, by)))
    expected = build(changed(program, {(None, *key): step for key, step in by.items()}))
    assert after.volume == pytest.approx(expected.volume)
    assert (after.bounds == expected.bounds).all()
    extents = [float(solid.bounds[1][i] - solid.bounds[0][i]) for i in range(3) for solid in (after, before)]
    assert tuple(a - b for a, b in zip(extents[::2], extents[1::2], strict=True)) == pytest.approx(grown)
    assert after.volume != before.volume or grown == (0, 0, 0)


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        ({(2, 10): -10}, "vanish"),
        ({(RADIUS, 10): -10}, "vanish"),
        ({(0, 41): 1}, "no number"),
        ({(ANGLE, 30): 1}, "no number"),
    ],
)
def test_what_cannot_be_moved_there_says_why(by, reason):
    with pytest.raises(Fixed, match=reason):
        moved(program_of(PLATE), by)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("x = (", "no Python"),
        (HEAD + "for i in range(3): result=cq.Workplane().box(1,2,3)", "For"),
        (HEAD + "result=cq.Workplane().box(1,2,3).edges().fillet(1)", "edges|fillet"),
        (HEAD + "result=cq.Workplane().rarray(9,9,1000,1000).circle(2).extrude(3)", "too long"),
        (HEAD + "n=1000\nresult=cq.Workplane().rarray(9,9,n,n).circle(2).extrude(3)", "plain number"),
        (HEAD + "result=cq.Workplane().rarray(9,9,xCount=1000,yCount=99).circle(2).extrude(3)", "too long"),
        (HEAD + "result=cq.Workplane().polarArray(90,0,360,10**6).circle(2).extrude(3)", "BinOp"),
        (HEAD + "result=cq.Workplane().pushPoints([(0,0)]*9).circle(2).extrude(3)", "BinOp"),
        (HEAD + "result=cq.Workplane()" + ".circle(2)" * 3000 + ".extrude(3)", "too long|no Python"),
        (HEAD + "result=cq.Workplane()" + ".center(1,2)" * 60_000, "too long|no Python"),
        ("(" * 50_000, "no Python"),
        ("\0", "no Python"),
    ],
)
def test_what_would_take_long_to_read_is_not_read(code, reason):
    started = time.process_time()
    with pytest.raises(Fixed, match=reason):
        program_of(code)
    assert time.process_time() - started < 20


def test_a_program_of_very_many_numbers_has_no_sliders():
    points = ",".join(f"({i},{i * i})" for i in range(MOST))
    with pytest.raises(Fixed, match=f"more than {MOST}"):
        sliders(program_of(f"{HEAD}result=cq.Workplane('XY').polyline([{points},(0,9000)]).close().extrude(3)\n"))
