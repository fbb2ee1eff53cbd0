"""Faces are seen where they are: their normals and corners beside those of the part that was drawn."""

import numpy as np
import pytest

from cadgen.kernel import build
from cadgen.picture import Picture
from cadgen.picture.published import published
from cadgen.program import Arc, Circle, Extrude, Line, Path, rectangle
from cadgen.refine.flat_face import Rim, faces_of
from cadgen.refine.region import OUTSIDE, labelled, values_at, ways
from cadgen.refine.view import framed, screen_of, target_of
from cadgen.shape import PUBLISHED, render

AXES = PUBLISHED.axes
BLOCK = Extrude("union", "XY", 0, 90, (rectangle(-150, -100, 150, 100),))
STEP = Extrude("union", "XY", 90, 150, (rectangle(-150, -100, -70, 100),))
HOLE = Extrude("cut", "XY", 0, 90, (Circle((60, 10), 50),))
POST = Extrude("union", "XY", 0, 200, (Circle((0, 0), 80),))


def seen(*program):
    """The labels and the faces of the part, and where its picture shows a point."""
    solid = build(program)
    target = target_of(published(Picture(render(solid))))
    view = framed(solid, PUBLISHED, target)
    label_SS = labelled(target.part_SS, target.distance_SS < 1, ways(AXES), 3)
    return (
        label_SS,
        faces_of(label_SS, target.grey_SS, AXES, 7),
        lambda *points: screen_of(np.array(points, float), view)[:, :2],
    )


def face_at(place_2, label_SS, faces):
    (label,) = values_at(label_SS, place_2[None])
    return next((face for face in faces if face.label == label), None)


@pytest.mark.parametrize(
    ("point", "normal", "corners"),
    [
        ((60, 0, 90), 2, [(-70, -100, 90), (150, -100, 90), (150, 100, 90), (-70, 100, 90)]),
        ((-110, 0, 150), 2, [(-150, -100, 150), (-70, -100, 150), (-70, 100, 150), (-150, 100, 150)]),
        ((150, 0, 45), 0, [(150, -100, 0), (150, 100, 0), (150, 100, 90), (150, -100, 90)]),
        ((-70, 0, 120), 0, [(-70, -100, 90), (-70, 100, 90), (-70, 100, 150), (-70, -100, 150)]),
        (
            (0, -100, 45),
            1,
            [(-150, -100, 0), (150, -100, 0), (150, -100, 90), (-70, -100, 90), (-70, -100, 150), (-150, -100, 150)],
        ),
    ],
    ids=["top", "step", "right", "riser", "front"],
)
def test_a_face_has_its_normal_and_its_corners(point, normal, corners):
    label_SS, faces, show = seen(BLOCK, STEP)
    assert len(faces) == 5
    face = face_at(show(point)[0], label_SS, faces)
    assert face.normal == normal
    (outline,) = face.outlines
    places = np.array([edge.start_2 for edge in outline])
    apart = np.linalg.norm(places[:, None] - show(*corners)[None], axis=2)
    assert len(places) <= len(corners) + 1  # where three lines meet a corner may be cut off
    assert np.sort(apart.min(0))[:-1].max() < 1.7
    assert apart.min(0).max() < 8
    assert normal not in {edge.axis for edge in outline}


def test_an_edge_tells_what_is_beyond_it():
    label_SS, faces, show = seen(BLOCK, STEP)
    top, riser, right = (
        face_at(show(point)[0], label_SS, faces) for point in ((60, 0, 90), (-70, 0, 120), (150, 0, 45))
    )
    main = [max(edge.beyond, key=edge.beyond.__getitem__) for edge in top.outlines[0]]
    assert {OUTSIDE, riser.label, right.label} < {*main}


def test_a_hole_is_a_rim_in_its_face():
    label_SS, faces, show = seen(BLOCK, HOLE)
    face = face_at(show((-100, -50, 90))[0], label_SS, faces)
    _, rim = face.outlines
    assert isinstance(rim, Rim)
    np.testing.assert_allclose(rim.centre_2, show((60, 10, 90))[0], atol=1.0)
    (start, end), scale = show((0, 0, 0), (0, 0, 100)), np.hypot(*ways(AXES)[2]) * 100
    assert rim.radius == pytest.approx(50 * np.hypot(*(end - start)) / scale, abs=1.0)


def test_the_side_of_a_post_is_no_flat_face():
    label_SS, faces, show = seen(POST)
    top = face_at(show((0, 0, 200))[0], label_SS, faces)
    assert top.normal == 2
    assert isinstance(top.outlines[0], Rim)
    assert face_at(show((-40, -69, 100))[0], label_SS, faces) is None


def test_a_rounded_corner_is_an_arc():
    segments = Line((70, -100)), Arc((127, -77), (150, -20)), Line((150, 100)), Line((-150, 100)), Line((-150, -100))
    corner = Path((-150, -100), segments)
    label_SS, faces, show = seen(Extrude("union", "XY", 0, 60, (corner,)))
    top = face_at(show((0, 0, 60))[0], label_SS, faces)
    (arc,) = (edge for edge in top.outlines[0] if edge.mid_2 is not None)
    for place, points in ((arc.mid_2, [(127, -77, 60)]), (arc.start_2, [(70, -100, 60), (150, -20, 60)])):
        assert np.linalg.norm(show(*points) - place, axis=1).min() < (5 if len(points) == 1 else 25)


@pytest.mark.parametrize(("gap", "num_regions"), [(3, 2), (13, 3)])
def test_breaks_in_lines_along_the_axes_are_closed_if_they_are_no_longer_than_said(gap, num_regions):
    solid = build((BLOCK,))
    target = target_of(published(Picture(render(solid))))
    ((column, row),) = screen_of(np.array([[150.0, -100, 45]]), framed(solid, PUBLISHED, target))[:, :2].astype(int)
    distance_SS = target.distance_SS.copy()
    distance_SS[row - 4 : row + 5, column - 4 : column + 5] = 9.0
    assert labelled(target.part_SS, distance_SS < 1, ways(AXES), gap).max() - OUTSIDE == num_regions
