"""Parts are put together of the flat faces that one picture of them shows, with no network and no search."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from cadgen.kernel import build
from cadgen.picture import Picture, see
from cadgen.picture.published import published
from cadgen.program import Arc, Circle, Extrude, Line, Path, box_of, polygon, rectangle
from cadgen.refine import assembled as assembled_module
from cadgen.refine.assembled import assembled
from cadgen.refine.eye import eye_of
from cadgen.refine.flat_face import faces_of
from cadgen.refine.view import target_of
from cadgen.shape import Camera, iou_aligned, render

PLATE = Extrude("union", "XY", 0, 40, (rectangle(-150, -100, 150, 100),))
THROUGH = Extrude("cut", "XY", 0, 40, (Circle((60, 10), 40),))
ROUNDED = Path(
    (-150, -100),
    (Line((90, -100)), Arc((132, -82), (150, -40)), Line((150, 100)), Line((-150, 100)), Line((-150, -100))),
)
ELL = Extrude("union", "XZ", -80, 80, (polygon([(-120, 0), (120, 0), (120, 40), (-80, 40), (-80, 200), (-120, 200)]),))
PARTS = {
    "box": (Extrude("union", "XY", 0, 90, (rectangle(-150, -100, 150, 100),)),),
    "ell": (ELL,),
    "ell with holes from two sides": (
        ELL,
        Extrude("cut", "XY", 0, 40, (Circle((40, 0), 35),)),
        Extrude("cut", "YZ", -120, -80, (Circle((0, 130), 35),)),
    ),
    "steps": (
        PLATE,
        Extrude("union", "XY", 40, 90, (rectangle(-150, -100, 20, 100),)),
        Extrude("union", "XY", 90, 150, (rectangle(-150, -100, -70, 100),)),
    ),
    "block on a plate": (PLATE, Extrude("union", "XY", 40, 110, (rectangle(-70, -40, 60, 50),))),
    "plate with a hole": (PLATE, THROUGH),
    "rounded plate": (replace(PLATE, loops=(ROUNDED, Circle((-70, 10), 45))),),
    "disc": (Extrude("union", "XZ", -30, 30, (Circle((0, 0), 150),)),),
    "ring": (Extrude("union", "XY", 0, 60, (Circle((0, 0), 150), Circle((0, 0), 90))),),
    "tee": (
        Extrude("union", "XY", 0, 50, (rectangle(-30, -100, 30, 100),)),
        Extrude("union", "XY", 50, 90, (rectangle(-150, -100, 150, 100),)),
    ),
    "post on a plate": (PLATE, Extrude("union", "XY", 40, 130, (Circle((20, 10), 50),))),
    "neck of a drum": (
        Extrude("union", "XZ", -40, 192, (Circle((0, 0), 117),)),
        Extrude("union", "XZ", -192, -40, (Circle((0, 0), 84),)),
    ),
    "tray": (
        Extrude("union", "XY", 0, 80, (rectangle(-150, -100, 150, 100),)),
        Extrude("cut", "XY", 25, 80, (rectangle(-125, -75, 125, 75),)),
    ),
}
ELSEWHERE = Camera(-35.0, 28.0)


def found(seen, **more):
    return list(assembled([target_of(seen)], [eye_of(seen)], **more))


@pytest.mark.parametrize("program", PARTS.values(), ids=PARTS)
def test_a_published_picture_is_enough(program):
    seen = published(Picture(render(build(program))))
    (one,) = found(seen)
    assert one.likeness > 0.99
    assert iou_aligned(build(one.program), build(program)) > 0.95


@pytest.mark.parametrize("name", ["box", "ell", "ell with holes from two sides", "steps", "block on a plate", "tee"])
def test_so_is_one_from_elsewhere(name):
    (one,) = found(see(Picture(render(build(PARTS[name]), camera=ELSEWHERE))))
    assert one.likeness > 0.96
    assert iou_aligned(build(one.program), build(PARTS[name])) > 0.9


def test_what_a_block_hides_of_the_plate_under_it_is_there():
    (one,) = found(published(Picture(render(build(PARTS["block on a plate"])))))
    plate = max((step for step in one.program), key=lambda step: np.ptp(box_of(step.loops)[::2]))
    assert len(plate.loops) == 1
    assert len(plate.loops[0].segments) == 4


def test_several_pictures_and_perspective_are_left_to_others():
    seen = published(Picture(render(build(PARTS["box"]))))
    assert not list(assembled([target_of(seen)] * 2, [eye_of(seen)] * 2))
    near = replace(eye_of(seen), usual=(Camera(perspective=0.5),), told=())
    assert not list(assembled([target_of(seen)], [near]))


def test_no_time_is_no_reason_to_fail():
    assert len(found(published(Picture(render(build(PARTS["tray"])))), until=-inf)) <= 1


def test_texture_is_not_put_together(monkeypatch):
    """Hundreds of regions would take minutes, and are no faces."""
    picture = render(build(PARTS["box"]))
    row_SS, column_SS = np.indices(picture.shape[:2])
    hatched_SS3 = np.where(((row_SS % 12 == 0) | (column_SS % 12 == 0))[..., None] & (picture < 255), 0, picture)
    taken = []
    monkeypatch.setattr(
        assembled_module, "faces_of", lambda label_SS, *rest: taken.append(label_SS.max()) or faces_of(label_SS, *rest)
    )
    found(published(Picture(hatched_SS3.astype(np.uint8))))
    assert all(count <= assembled_module._MOST_REGIONS for count in taken)
    assert found(published(Picture(picture))) and taken
