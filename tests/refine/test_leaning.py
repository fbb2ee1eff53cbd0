"""A part that leans as a whole is found from its picture, and written as one that leans."""

import numpy as np
import pytest

from cadgen.decode import Candidate, Refine, Shot
from cadgen.kernel import build
from cadgen.lang import DialectError
from cadgen.lang.canonical import canonical
from cadgen.picture import Picture
from cadgen.picture.published import published
from cadgen.program import Array, Circle, Tilt, Tilted, Wheel, write
from cadgen.refine.eye import eye_of
from cadgen.refine.leaning import turned_over
from cadgen.shape import NAMED, PUBLISHED, Camera, Execution, iou_takehome, render

BOX = (
    "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,-20)).moveTo(-100,-50).lineTo(100,-50).lineTo(100,50)"
    ".lineTo(-100,50).close().extrude(40)\n"
)
ROD = "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,-120)).moveTo(0,0).circle(40).extrude(240)\n"
PLAIN = "import cadquery as cq\nresult=cq.Workplane('XY').circle(5).extrude(2).rotate((0,0,0),(1,0,0),30)\n"


def tilted(code, *turns):
    tilts = tuple(Tilt(axis, (0, 0), degrees) for axis, degrees in turns)
    return tuple(Tilted(step, tilts) for step in canonical(code, grid=1))


def seen_of(program):
    seen = published(Picture(render(build(program))))
    assert seen is not None and seen.exact
    return seen


TURNS = [((0, 30),), ((1, -20),), ((2, 40),), ((0, 15), (1, 25)), ((1, 30), (2, -40)), ((2, 20), (0, 35))]


@pytest.mark.parametrize("turns", TURNS)
def test_what_a_rolled_camera_sees_is_written_with_the_fewest_turns_that_the_published_corner_shows_the_same(turns):
    leaning = tilted(BOX, *turns)
    camera = seen_by(PUBLISHED.axes @ turn_of(leaning[0].tilts))
    upright = canonical(BOX, grid=1)
    found = canonical(write(turned_over(upright, camera)), grid=1)
    assert len(found[0].tilts) <= len(turns)
    points = [np.sort((build(one).vertices @ axes[:2].T), axis=0) for one, axes in
              ((found, PUBLISHED.axes), (upright, camera.axes))]  # fmt: skip
    np.testing.assert_allclose(*points, atol=1.5)  # whole grid steps and degrees


def turn_of(tilts):
    turn = np.eye(3)
    for tilt in tilts:
        turn = np.array(tilt.rows) @ turn
    return turn


def seen_by(axes):
    """The camera with these axes."""
    towards = axes[2]
    level = Camera(np.degrees(np.arctan2(towards[1], towards[0])), np.degrees(np.arcsin(towards[2])))
    roll = np.degrees(np.arctan2(-axes[0] @ level.axes[1], axes[0] @ level.axes[0]))
    camera = Camera(level.azimuth, level.elevation, roll)
    np.testing.assert_allclose(camera.axes, axes, atol=1e-9)
    return camera


def test_what_leans_already_is_not_turned_over():
    assert turned_over(tilted(BOX, (0, 30)), Camera(-20, 10, 5)) is None


@pytest.mark.parametrize(
    ("code", "turns"), [(BOX, ((0, 15), (2, 30))), (BOX, ((1, -20),)), (ROD, ((0, 40), (1, 20)))], ids=str
)
def test_a_part_that_leans_is_found_from_its_picture_alone(code, turns):
    shown = tilted(code, *turns)
    offer = [[Candidate(PLAIN.replace("circle(5)", "polygon(7,9)"), -1.0, 10, True)]]
    refine = Refine(lambda offers, *_: offers, num_looks=3000)
    found = refine(offer, [(Shot(seen_of(shown)),)], lambda codes: [Execution("ok") for _ in codes])[0][0].code
    assert ".rotate(" in found
    assert iou_takehome(build(shown), build(canonical(found, grid=1))) > 0.85  # a degree costs a tenth


def test_a_part_that_stands_upright_is_not_asked_to_lean():
    assert not eye_of(seen_of(canonical(BOX, grid=1))).leaning
    assert eye_of(seen_of(tilted(BOX, (0, 15), (2, 30)))).leaning


def refined(program, camera, known=None):
    picture = published(Picture(render(build(program), camera=camera)))
    refine = Refine(lambda offers, *_: offers, num_looks=600)
    offer = [[Candidate(write(program), -1.0, 10, True)]]
    return refine(offer, [(Shot(picture, known),)], lambda codes: [Execution("ok") for _ in codes])[0][0].code


@pytest.mark.parametrize(("camera", "known"), [(NAMED["front"], None), (Camera(-20, 10, 5), Camera(-20, 10, 5))])
def test_what_is_seen_from_a_usual_or_known_camera_stays_upright(camera, known):
    assert ".rotate(" not in refined(canonical(BOX, grid=1), camera, known)


def test_what_leaning_would_be_no_program_stays_as_it_is():
    near = (Array("union", "XY", 0, 30, Wheel((0, 0), 136, 17, 7), (Circle((0, 0), 59),)),)
    camera = Camera(-20, 10, 15)
    with pytest.raises(DialectError):
        canonical(write(turned_over(near, camera)), grid=1)
    assert refined(near, camera)
