"""Bodies that a silhouette asks for stand where it is, as large as it is, and line up with what is there."""

from dataclasses import replace

import numpy as np
import pytest

from cadgen.kernel import build
from cadgen.lang.canonical import canonical
from cadgen.picture import Picture
from cadgen.picture.published import published
from cadgen.program import Circle, Extrude, rectangle, spans_of
from cadgen.refine.bodies import deeper, missing, pieces
from cadgen.refine.eye import eye_of
from cadgen.refine.fit import Fitted, fit
from cadgen.refine.restructure import restructure
from cadgen.refine.view import framed, target_of
from cadgen.shape import PUBLISHED, iou_aligned, render

PLATE = Extrude("union", "XY", 0, 30, (rectangle(-150, -100, 150, 100),))
BLOCK = Extrude("union", "XY", 30, 120, (rectangle(-150, 20, -80, 100),))
POST = Extrude("union", "XY", 30, 170, (Circle((-90, 60), 30),))
AXLE = Extrude("union", "YZ", -230, -150, (Circle((0, 15), 12),))


def target(*program):
    seen = published(Picture(render(build(program))))
    assert seen is not None
    return target_of(seen)


def held(program, shown):
    """The program in the frame of a picture of another."""
    there = target(*shown)
    return Fitted(program, (framed(build(shown), PUBLISHED, there),), 0.0), [there]


@pytest.mark.parametrize("body", [BLOCK, POST, AXLE], ids=["block", "post", "axle"])
def test_the_body_that_a_silhouette_lacks_is_among_those_that_are_proposed(body):
    fitted, targets = held((PLATE,), (PLATE, body))
    proposed = [program[-1] for program in missing(fitted, targets)]
    assert 0 < len(proposed) < 80
    off = [np.abs(np.subtract(spans_of(one), spans_of(body))).max() for one in proposed if kind(one) == kind(body)]
    # What the plate hides of it no outline tells.
    assert min(off) < 40


def kind(step):
    return type(step.loops[0]), step.plane if isinstance(step.loops[0], Circle) else None


def test_nothing_is_lacking_where_the_silhouettes_are_the_same():
    fitted, targets = held((PLATE, BLOCK), (PLATE, BLOCK))
    assert not list(missing(fitted, targets))


def test_what_is_moved_along_the_sight_looks_the_same_and_lines_up():
    far = Extrude("union", "XY", 30 + 7, 120 + 7, (rectangle(-150 + 7, 20 - 7, -80 + 7, 100 - 7),))
    fitted, _ = held((PLATE, far), (PLATE, BLOCK))
    assert not list(deeper(fitted))
    moved = list(deeper(replace(fitted, stray=9.0)))
    assert (PLATE, BLOCK) in moved
    points = [(np.array(spans_of(one[1])) @ [0.5, 0.5]) @ PUBLISHED.axes[:2].T for one in moved if one[0] == PLATE]
    np.testing.assert_allclose(points, points[:1] * len(points), atol=1.0)


def test_the_frame_of_a_published_picture_tells_how_far_away_a_body_is():
    apart = Extrude("union", "XY", 30 + 200, 120 + 200, (rectangle(-150 + 200, 20 - 200, -80 + 200, 100 - 200),))
    (right, targets), (wrong, _) = held((PLATE, BLOCK), (PLATE, BLOCK)), held((PLATE, apart), (PLATE, BLOCK))
    right, wrong = fit(right, targets, 1), fit(wrong, targets, 1)
    assert right.stray < 1 < 20 < wrong.stray
    assert wrong.likeness > 0.97
    assert right.worth - wrong.worth > right.likeness - wrong.likeness + 0.009


def test_a_silhouette_of_several_pieces_is_begun_with_a_box_for_each():
    shown = canonical(
        "cq.Workplane('XY',origin=(0,0,0)).moveTo(-60,-60).lineTo(60,-60).lineTo(60,60).lineTo(-60,60).close().extrude(30)\n"
        "result=result.union(cq.Workplane('XY',origin=(0,0,190)).moveTo(-40,-50).lineTo(40,-50).lineTo(40,50).lineTo(-40,50)"
        ".close().extrude(20))\nresult=result.union(cq.Workplane('XY',origin=(0,0,0)).moveTo(230,-40).lineTo(270,-40)"
        ".lineTo(270,0).lineTo(230,0).close().extrude(100))\n".join(["import cadquery as cq\nresult=", ""]),
        grid=1,
    )
    picture = published(Picture(render(build(shown))))
    (found,) = pieces([target_of(picture)], [eye_of(picture)])
    assert len(found.program) == 3
    assert found.likeness > 0.97
    assert iou_aligned(build(found.program), build(shown)) > 0.9


def test_one_piece_is_not_begun_in_pieces():
    picture = published(Picture(render(build((PLATE, BLOCK)))))
    assert not list(pieces([target_of(picture)], [eye_of(picture)]))


def test_what_looks_right_but_is_too_far_away_for_its_frame_is_brought_nearer():
    plate = Extrude("union", "XY", 0, 40, (rectangle(-60, -60, 60, 60),))
    post = Extrude("union", "XY", 0, 100, (rectangle(230, -40, 270, 0),))
    far = Extrude("union", "XY", 40, 140, (rectangle(270, -80, 310, -40),))
    fitted, targets = held((plate, far), (plate, post))
    before = fit(fitted, targets, 1)
    after = restructure(before, targets, 375)
    assert before.likeness > targets[0].right and before.stray > 20
    assert after.stray < 2
    assert iou_aligned(build(after.program), build((plate, post))) > 0.97
