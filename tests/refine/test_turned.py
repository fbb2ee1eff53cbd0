"""Turned parts are found by the outline that one picture shows of them, with no network and no search."""

import pytest

from cadgen.kernel import build
from cadgen.lang.canonical import canonical
from cadgen.picture import Picture, see
from cadgen.picture.published import published
from cadgen.program import Circle, Extrude, polygon, rectangle, revolve
from cadgen.refine.eye import Eye, eye_of
from cadgen.refine.turned import turned
from cadgen.refine.view import target_of
from cadgen.shape import Camera, iou_aligned, render

ELSEWHERE = Camera(-35.0, 28.0)


def profile(plane, axis, *corners):
    """What is turned around the axis, of (along, out) corners in a plane."""
    return (revolve("union", plane, 0, axis, 0, [polygon([(a, r) if axis == 0 else (r, a) for a, r in corners])]),)


SHAFT = (-190, 0), (-190, 60), (-120, 60), (-120, 110), (20, 110), (20, 50), (190, 50), (190, 0)
PARTS = {
    "disc": (Extrude("union", "XY", -30, 30, (Circle((0, 0), 180),)),),
    "rod": (Extrude("union", "XZ", -190, 190, (Circle((0, 0), 20),)),),
    "shaft up": profile("XZ", 1, *SHAFT),
    "shaft along x": profile("XY", 0, *SHAFT),
    "shaft along y": profile("XY", 1, *SHAFT),
    "cone cut off": profile("XZ", 1, (-180, 0), (-180, 150), (180, 60), (180, 0)),
    "double cone": profile("XZ", 1, (-190, 0), (-190, 50), (0, 150), (190, 50), (190, 0)),
    "ring": (Extrude("union", "XY", -60, 60, (Circle((0, 0), 180), Circle((0, 0), 110))),),
}
OTHERS = {
    "box": (Extrude("union", "XY", -90, 90, (rectangle(-120, -120, 120, 120),)),),
    "prism": (Extrude("union", "XY", -120, 120, (polygon([(-150, -100), (150, -100), (0, 150)]),)),),
    "rods side by side": (Extrude("union", "XY", -150, 150, (Circle((-70, 0), 50), Circle((70, 0), 50))),),
}


def found(seen):
    return list(turned([target_of(seen)], [eye_of(seen)]))


@pytest.mark.parametrize("program", PARTS.values(), ids=PARTS)
def test_a_published_picture_is_enough(program):
    (one,) = found(published(Picture(render(build(program)))))
    assert one.likeness > 0.985
    assert iou_aligned(build(one.program), build(program)) > 0.9


@pytest.mark.parametrize("name", ["disc", "shaft up", "cone cut off"])
def test_so_is_one_from_elsewhere(name):
    seen = see(Picture(render(build(PARTS[name]), camera=ELSEWHERE)))
    (one,) = turned([target_of(seen)], [Eye((ELSEWHERE,))])
    assert one.likeness > 0.96
    assert iou_aligned(build(one.program), build(PARTS[name])) > 0.88


@pytest.mark.parametrize("program", OTHERS.values(), ids=OTHERS)
def test_what_is_not_turned_is_none(program):
    assert not found(published(Picture(render(build(program)))))


def test_several_pictures_are_left_to_others():
    seen = published(Picture(render(build(PARTS["disc"]))))
    assert not list(turned([target_of(seen)] * 2, [eye_of(seen)] * 2))


LEANING = {
    "tube": ("circle(171).moveTo(0,0).circle(110).extrude(198)", 1, -17),
    "disc": ("circle(190).extrude(40)", 0, 30),
    "rod": ("circle(40).extrude(300)", 1, 60),
    "ring": ("circle(171).moveTo(0,0).circle(150).extrude(50)", 1, 60),
}


@pytest.mark.parametrize(("body", "axis", "degrees"), LEANING.values(), ids=LEANING)
def test_a_part_that_leans_shows_its_axis_by_a_round_end(body, axis, degrees):
    place, line = (0, 0, 0), ",".join(str(int(axis == each)) for each in range(3))
    text = f"cq.Workplane('XY',origin=(0,0,-99)).moveTo(0,0).{body}.rotate({place},({line}),{degrees})"
    part = build(canonical(f"import cadquery as cq\nresult={text}\n", grid=1))
    (one,) = found(published(Picture(render(part))))
    assert one.likeness > 0.96
    assert iou_aligned(build(one.program), part) > 0.9
