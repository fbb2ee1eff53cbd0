from dataclasses import fields

import numpy as np
import pytest

from cadgen.parts import Augment
from cadgen.parts.augment import thicken
from cadgen.parts.part import sample_draft
from cadgen.shape import render

CHANGES = [field.name for field in fields(Augment)]
SIZE = 96


def only(*changes):
    return Augment(**{name: float(name in changes) for name in CHANGES})


@pytest.fixture(scope="module")
def solid():
    return sample_draft(11, {"bracket": 1}).solid


def test_with_all_switched_off_the_picture_is_the_published_one(solid):
    assert (only().draw(solid, SIZE, 3) == render(solid, SIZE)).all()


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_alone_alters_the_picture_and_is_the_same_for_its_seed(solid, change):
    picture = only(change).draw(solid, SIZE, 3)
    assert picture.shape == (SIZE, SIZE, 3)
    assert picture.dtype == np.uint8
    assert (picture != render(solid, SIZE)).any()
    assert (picture == only(change).draw(solid, SIZE, 3)).all()
    assert any((picture != only(change).draw(solid, SIZE, seed)).any() for seed in range(4, 9)) or change == "antialias"


def test_one_change_does_not_disturb_the_numbers_of_another(solid):
    grey = only("grey").draw(solid, SIZE, 3)
    both = only("grey", "noise").draw(solid, SIZE, 3).astype(int)
    assert np.abs(both - grey).mean() < 6


@pytest.mark.parametrize("change", ["view", "margin", "antialias", "line", "grey"])
def test_the_ground_stays_white(solid, change):
    for seed in range(5):
        picture = only(change).draw(solid, SIZE, seed)
        assert (picture[0] == 255).all() and (picture[:, -1] == 255).all()


def test_a_margin_makes_the_part_smaller_or_a_little_larger(solid):
    def width(picture):
        return np.ptp(np.flatnonzero((picture < 255).any(axis=(0, 2))))

    shares = [width(only("margin").draw(solid, 224, seed)) / width(render(solid, 224)) for seed in range(30)]
    assert 0.73 < min(shares) < 0.85
    assert 1.0 < max(shares) < 1.12


def test_lines_become_as_wide_as_asked():
    picture = np.full((9, 9, 3), 255, np.uint8)
    picture[:, 4] = 0
    assert [int((thicken(picture, width)[0] == 0).all(axis=1).sum()) for width in (1, 2, 3)] == [1, 2, 3]


def test_pictures_from_disk_take_the_changes_that_need_no_solid(solid):
    picture = render(solid, SIZE)
    assert (only("view", "margin", "antialias").alter(picture, 1) == picture).all()
    assert (only("jpeg").alter(picture, 1) == only("jpeg").draw(solid, SIZE, 1)).all()
