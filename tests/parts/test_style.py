import pickle
from collections import Counter
from random import Random

import numpy as np
import pytest
from hydra.utils import instantiate

from cadgen.parts import Cameras, Styles, draw_pair
from cadgen.parts.part import sample_draft
from cadgen.parts.style import WEIGHTS
from cadgen.parts.style.backdrop import Backdrop
from cadgen.parts.style.drawing import Look, draw_look
from cadgen.parts.style.eyes import LIMITS
from cadgen.parts.style.frame import Frame, place
from cadgen.parts.style.shade import Surface
from cadgen.parts.style.stroke import Strokes
from cadgen.parts.style.wear import Wear
from cadgen.shape import PUBLISHED, Camera, render

SIZE = 96
ODD = Camera(azimuth=-60.0, elevation=-20.0, roll=7.0, perspective=0.6)
MIDDLE = Frame(1.0, 0.8, 0.0, 0.0)
BARE = Look(Surface((0.5, 0.5, 0.5)), Strokes(width=0), None, Wear())


def only(*names, **changed):
    return Styles(weights=dict.fromkeys(names, 1), **changed)


def dice(name):
    return Random(name)


def silhouette(solid, camera, frame=MIDDLE, size=SIZE):
    """(H, W) bool, by a drawing without lines."""
    return draw_look(solid, BARE, camera, frame, size, dice)[:, :, 3] > 127


@pytest.fixture(scope="module")
def solid():
    return sample_draft(11, {"bracket": 1}).solid


@pytest.fixture(scope="module")
def turned():
    return sample_draft(3, {"revolve": 1}).solid


@pytest.mark.parametrize("name", WEIGHTS)
def test_each_look_draws_and_the_same_seed_draws_the_same(solid, turned, name):
    for part in (solid, turned):
        pictures = [only(name).draw(part, SIZE, seed) for seed in range(12)]
        for picture in pictures:
            assert picture.dtype == np.uint8 and picture.ndim == 3
            assert picture.shape[2] == (4 if name == "transparent" else 3)
            assert 48 <= max(picture.shape[:2]) <= SIZE
            assert np.ptp(picture) > 20
        again = [only(name).draw(part, SIZE, seed) for seed in reversed(range(12))]
        assert all(map(np.array_equal, pictures, reversed(again)))
        assert name == "published" or len({picture.tobytes() for picture in pictures}) == 12


def test_the_published_look_is_the_published_picture(solid):
    picture, camera, name = only("published", cameras=ODD).drawn(solid, SIZE, 1)
    assert np.array_equal(picture, render(solid, SIZE))
    assert (camera, name) == (PUBLISHED, "published")


def test_weights_switch_looks(solid):
    names = Counter(
        Styles(weights={"published": 1, "photo": 3, "wireframe": 0}).drawn(solid, 48, seed)[2] for seed in range(200)
    )
    assert names.keys() == {"published", "photo"}
    assert 120 < names["photo"] < 175


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ({"fresco": 1, "photo": 1}, r"\['fresco'\]; known are published, .*wireframe"),
        ({"photo": -1}, "from 0 on"),
        ({"photo": float("nan")}, "from 0 on"),
        ({"photo": 0}, "above 0"),
        ({}, "above 0"),
    ],
)
def test_weights_that_draw_nothing_are_refused(weights, told):
    with pytest.raises(ValueError, match=told):
        Styles(weights=weights)


def test_one_aspect_does_not_disturb_another(solid):
    """With another camera, the look, its colours and its frame stay."""
    free, fixed = Styles(), Styles(cameras=PUBLISHED)
    for seed in range(30):
        (a, camera, name), (b, other, same) = (styles.drawn(solid, SIZE, seed) for styles in (free, fixed))
        assert name == same and other == PUBLISHED
        assert camera != PUBLISHED or np.array_equal(a, b)


def test_the_camera_told_is_the_one_that_drew(solid):
    told = []
    for seed in range(40):
        picture, camera, _ = only("transparent").drawn(solid, SIZE, seed)
        cover = picture[:, :, 3] > 127
        told.append(camera)
        assert overlap(box_of(cover), box_of(silhouette(solid, camera))) > 0.8
    assert len(set(told)) > 10


def box_of(cover):
    """The part of a mask in a box around it, as a square of 40."""
    rows, columns = (np.flatnonzero(cover.any(axis)) for axis in (1, 0))
    at = [np.linspace(lines[0], lines[-1], 40).round().astype(int) for lines in (rows, columns)]
    return cover[np.ix_(*at)]


def overlap(a, b):
    return (a & b).sum() / (a | b).sum()


def test_cameras_of_other_elevations_would_be_told_apart(solid):
    """The test of the camera could fail."""
    other = Camera(PUBLISHED.azimuth + 60, PUBLISHED.elevation)
    assert overlap(box_of(silhouette(solid, PUBLISHED)), box_of(silhouette(solid, other))) < 0.8


@pytest.mark.parametrize("fill", [0.3, 0.62, 0.95])
@pytest.mark.parametrize("aspect", [1.0, 4 / 3, 0.75, 0.0])
@pytest.mark.parametrize("off", [-1.0, 0.4])
def test_the_silhouette_fills_what_the_frame_says(solid, fill, aspect, off):
    cover = silhouette(solid, ODD, Frame(aspect, fill, off, off), 200)
    rows, columns = (np.flatnonzero(cover.any(axis)) for axis in (1, 0))
    assert max(cover.shape) == 200
    if aspect:
        assert cover.shape[1] / cover.shape[0] == pytest.approx(aspect, abs=0.01)
    assert max(np.ptp(rows) / cover.shape[0], np.ptp(columns) / cover.shape[1]) == pytest.approx(fill, abs=0.03)
    if off == -1:
        assert rows[0] <= 1 and columns[0] <= 1


def test_other_points_land_where_the_part_does(solid):
    for camera in (PUBLISHED, ODD):
        placed = place(solid, camera, Frame(1.3, 0.7, 0.2, -0.3), 200)
        assert np.allclose(placed.on_screen(solid.vertices)[:, :2], placed.screen[:, :2])


def test_a_plain_drawing_is_the_shape_that_the_published_picture_has(solid):
    ours = silhouette(solid, PUBLISHED, size=200)
    theirs = (render(solid, 200) < 255).any(2)
    assert overlap(box_of(ours), box_of(theirs)) > 0.95


def test_cameras_stay_near_the_published_corner_but_for_main_views():
    main = {(-90, 0), (0, 0), (90, 0), (180, 0), (-90, 90), (-90, -90)}
    drawn = [Cameras().draw(Random(seed)) for seed in range(4000)]
    corner = [camera for camera in drawn if (camera.azimuth, camera.elevation) not in main]
    assert 0.93 < len(corner) / len(drawn) < 0.97
    low, high = LIMITS
    assert all(abs(c.azimuth - PUBLISHED.azimuth) <= 25 and low <= abs(c.elevation) <= high for c in corner)
    shares = {
        0.12: np.mean([c.elevation < 0 for c in corner]),
        0.45: np.mean([(c.azimuth, abs(c.elevation)) == (PUBLISHED.azimuth, PUBLISHED.elevation) for c in corner]),
        0.3: np.mean([c.perspective > 0 for c in drawn]),
        0.03: np.mean([abs(c.roll) > 90 for c in drawn]),
        0.1: np.mean([c.roll % 180 != 0 for c in drawn]),
    }
    assert all(share == pytest.approx(wanted, abs=0.03) for wanted, share in shares.items())


def test_cameras_are_switched():
    below = Cameras(main=0, exact=1, named=0, near=0, below=1, tilted=0, turned=0, perspective=0)
    assert below.draw(Random(0)) == Camera(PUBLISHED.azimuth, -PUBLISHED.elevation)


def test_a_transparent_picture_shows_the_colour_of_the_part_up_to_its_rim(solid):
    white = Look(Surface((1.0, 1.0, 1.0)), Strokes(width=0), None, Wear(drawn=2.0))
    picture = draw_look(solid, white, ODD, MIDDLE, SIZE, dice)
    cover = picture[:, :, 3]
    assert {0, 255} < set(np.unique(cover))
    assert (picture[cover > 0, :3] >= 254).all()


def test_lines_are_as_wide_as_asked(solid):
    def ink(width):
        look = Look(Surface((1.0, 1.0, 1.0)), Strokes(width=width), Backdrop(), Wear())
        return (draw_look(solid, look, PUBLISHED, MIDDLE, 448, dice)[:, :, 0] < 128).sum()

    assert ink(0) < ink(1) < ink(3) < ink(6)
    assert ink(3) / ink(1) == pytest.approx(3, rel=0.25)


def test_seams_are_lines_only_where_asked(turned):
    def ink(seams):
        look = Look(Surface((1.0, 1.0, 1.0)), Strokes(seams=seams), Backdrop(), Wear())
        return (draw_look(turned, look, PUBLISHED, MIDDLE, 448, dice)[:, :, 0] < 128).sum()

    assert 0 < ink(False) < ink(True)


def test_smooth_faces_have_more_tones_than_facets(turned):
    def tones(smooth):
        surface = Surface((0.8, 0.8, 0.8), 0.2, ((1.0, 0.3, 0.5, 0.8),), smooth=smooth)
        look = Look(surface, Strokes(width=0), None, Wear())
        return len(np.unique(draw_look(turned, look, PUBLISHED, MIDDLE, 300, dice)))

    assert tones(True) > 1.5 * tones(False)


def test_styles_go_to_workers_and_come_from_a_configuration(solid):
    styles = Styles(weights={"photo": 2.0, "dark_theme": 1.0}, cameras=Cameras(main=1))
    config = {
        "_target_": "cadgen.parts.Styles",
        "weights": {"photo": 2.0, "dark_theme": 1.0},
        "cameras": {"_target_": "cadgen.parts.Cameras", "main": 1},
    }
    for same in (pickle.loads(pickle.dumps(styles)), instantiate(config)):
        assert same == styles
        assert np.array_equal(same.draw(solid, SIZE, 5), styles.draw(solid, SIZE, 5))


def test_pairs_are_drawn_in_styles():
    plain, code = draw_pair(5, SIZE)
    photo, same = draw_pair(5, SIZE, Styles(weights={"photo": 1}))
    assert code == same and plain.shape == (SIZE, SIZE, 3)
    assert not np.array_equal(plain, photo)
