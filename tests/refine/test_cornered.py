"""A box that is put on, and a pocket that is cut in, are asked for by their corners, where and as large as they are."""

import numpy as np
import pytest

from cadgen.kernel import build
from cadgen.picture import Picture, see
from cadgen.program import Circle, Extrude, rectangle, spans_of
from cadgen.refine.cornered import cornered
from cadgen.refine.fit import Fitted
from cadgen.refine.view import framed, target_of
from cadgen.shape import PUBLISHED, Camera, render

PLATE = Extrude("union", "XY", 0, 60, (rectangle(-150, -100, 150, 100),))
BOSS = Extrude("union", "XY", 60, 130, (rectangle(-90, -40, 20, 50),))
ON_A_SIDE = Extrude("union", "XY", 15, 45, (rectangle(-60, -170, 90, -100),))
POCKET = Extrude("cut", "XY", 25, 60, (rectangle(-90, -60, 80, 70),))
NOTCH = Extrude("cut", "XY", 20, 60, (rectangle(40, -100, 150, 10),))
ELSEWHERE = Camera(PUBLISHED.azimuth + 20, 40.0)


def held(program, shown, camera):
    """The program in the frame of a picture of another."""
    target = target_of(see(Picture(render(build(shown), camera=camera))))
    return Fitted(program, (framed(build(shown), camera, target),), 0.0), [target]


@pytest.mark.parametrize("camera", [PUBLISHED, ELSEWHERE], ids=["published", "elsewhere"])
@pytest.mark.parametrize("step", [BOSS, ON_A_SIDE, POCKET, NOTCH], ids=["boss", "on a side", "pocket", "notch"])
def test_the_box_that_a_corner_asks_for_is_among_those_that_are_proposed(step, camera):
    fitted, targets = held((PLATE,), (PLATE, step), camera)
    proposed = [program[-1] for program in cornered(fitted, targets)]
    assert 0 < len(proposed) < 20
    off = [
        np.abs(np.subtract(spans_of(one), spans_of(step))).max() for one in proposed if one.operation == step.operation
    ]
    assert min(off) < 12


@pytest.mark.parametrize(
    "step", [BOSS, POCKET, Extrude("cut", "XY", 0, 60, (Circle((0, 0), 50),))], ids=["boss", "pocket", "hole"]
)
def test_no_corner_asks_for_what_is_there_or_for_what_has_none(step):
    assert not list(cornered(*held((PLATE, step), (PLATE, step), PUBLISHED)))
    if isinstance(step.loops[0], Circle):
        assert not list(cornered(*held((PLATE,), (PLATE, step), PUBLISHED)))


def test_where_an_axis_runs_along_the_picture_no_corner_is_told():
    assert not list(cornered(*held((PLATE,), (PLATE, BOSS), Camera(0.0, 30.0))))
