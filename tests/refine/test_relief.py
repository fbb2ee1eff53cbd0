"""Faces lie as far from each other as the planes of the part do, whatever hides what."""

import numpy as np
import pytest

from cadgen.kernel import build
from cadgen.picture import Picture
from cadgen.picture.published import published
from cadgen.program import Circle, Extrude, rectangle
from cadgen.refine.flat_face import faces_of
from cadgen.refine.region import labelled, values_at, ways
from cadgen.refine.relief import relief_of
from cadgen.refine.view import framed, screen_of, target_of
from cadgen.shape import PUBLISHED, render

BLOCK = Extrude("union", "XY", 0, 90, (rectangle(-150, -100, 150, 100),))
STEP = Extrude("union", "XY", 90, 150, (rectangle(-150, -100, -70, 100),))
POCKET = Extrude("cut", "XY", 40, 90, (rectangle(-100, -60, 100, 60),))
WELL = Extrude("cut", "XY", 50, 90, (Circle((0, 0), 90),))
THROUGH = Extrude("cut", "XY", 0, 90, (Circle((60, 10), 50),))
DISC = Extrude("union", "XZ", -25, 25, (Circle((0, 0), 150),))
BESIDE = Extrude("union", "XY", 0, 60, (rectangle(-300, 150, -250, 200),))


def relief(*program):
    """The relief of the part, the face that shows a point of it, and pixels a unit."""
    solid = build(program)
    target = target_of(published(Picture(render(solid))))
    view = framed(solid, PUBLISHED, target)
    label_SS = labelled(target.part_SS, target.distance_SS < 1, ways(PUBLISHED.axes), 3)
    faces = faces_of(label_SS, target.grey_SS, PUBLISHED.axes, 7)
    numbers = {face.label: number for number, face in enumerate(faces)}

    def at(*point):
        return numbers[int(values_at(label_SS, screen_of(np.array([point], float), view)[:, :2])[0])]

    return relief_of(faces, label_SS, target.part_SS, PUBLISHED.axes, 1.0), at, view.scale


@pytest.mark.parametrize(
    ("program", "one", "other", "apart"),
    [
        ((BLOCK, STEP), (60, 0, 90), (-110, 0, 150), 60),
        ((BLOCK, STEP), (-70, 0, 120), (150, 0, 45), 220),
        ((BLOCK, POCKET), (0, 40, 40), (0, -80, 90), 50),
        ((BLOCK, POCKET), (-100, 0, 80), (150, 0, 45), 250),
        ((BLOCK, WELL), (0, 30, 50), (130, -80, 90), 40),
    ],
    ids=["steps", "risers", "floor", "wall of a pocket", "floor of a well"],
)
def test_two_faces_are_as_far_apart_as_their_planes(program, one, other, apart):
    found, at, scale = relief(*program)
    assert found.group_F[at(*one)] == found.group_F[at(*other)]
    assert found.height_F[at(*other)] - found.height_F[at(*one)] == pytest.approx(apart * scale, abs=2.0)


def test_a_point_lies_where_it_is_seen():
    found, at, _ = relief(BLOCK, STEP)
    number = at(60, 0, 90)
    right, up, towards = PUBLISHED.axes
    place_2 = np.array([200.0, 240.0])
    point_3 = found.point(place_2, number)
    assert point_3[2] == pytest.approx(found.height_F[number])
    np.testing.assert_allclose([point_3 @ right, -point_3 @ up], place_2)
    assert point_3 @ towards == pytest.approx(found.nearness(place_2, number))


@pytest.mark.parametrize(("program", "point", "fall"), [((DISC,), (0, -25, 0), 50), ((THROUGH,), None, None)])
def test_a_wall_that_ends_with_the_part_tells_how_thick_it_is(program, point, fall):
    if point is None:  # a flat wall is a face, and tells it by that
        found, at, _ = relief(BLOCK, THROUGH)
        assert at(-100, -50, 90) not in found.falls
        return
    found, at, scale = relief(*program)
    assert found.falls[at(*point)] == pytest.approx(fall * scale, abs=2.0)
    assert found.down(at(*point)) == 1


def test_bodies_apart_are_not_linked():
    found, at, _ = relief(BLOCK, BESIDE)
    assert found.group_F[at(0, 0, 90)] == found.group_F[at(150, 0, 45)]
    assert found.group_F[at(0, 0, 90)] != found.group_F[at(-275, 175, 60)]
