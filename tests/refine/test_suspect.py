"""Steps are suspected over which a program looks unlike its pictures, and no others."""

import pytest

from cadgen.kernel import build
from cadgen.picture import Picture, see
from cadgen.program import Circle, Extrude, rectangle
from cadgen.refine.fit import Fitted
from cadgen.refine.neighbour import fewer, neighbours
from cadgen.refine.suspect import suspects
from cadgen.refine.view import framed, target_of
from cadgen.shape import PUBLISHED, render

PLATE = Extrude("union", "XY", 0, 20, (rectangle(-180, -120, 180, 120),))
LEFT = Extrude("union", "XY", 20, 60, (rectangle(-150, -90, -100, -40),))
RIGHT = Extrude("union", "XY", 20, 60, (rectangle(90, 30, 150, 90),))
ROUND = Extrude("union", "XY", 20, 60, (Circle((120, 60), 30),))
HIGHER = Extrude("union", "XY", 20, 110, (rectangle(-150, -90, -100, -40),))

SHOWN = {  # what the picture shows, and which steps of (PLATE, LEFT, RIGHT) are suspected
    "a round boss on the right": ((PLATE, LEFT, ROUND), {0, 2}),  # the plate reaches everywhere
    "a higher boss on the left": ((PLATE, HIGHER, RIGHT), {0, 1}),
    "no boss on the right": ((PLATE, LEFT), {0, 2}),
    "the same": ((PLATE, LEFT, RIGHT), {0, 1, 2}),
}


@pytest.mark.parametrize(("shown", "expected"), SHOWN.values(), ids=SHOWN)
def test_steps_are_suspected_over_which_the_program_looks_unlike_the_picture(shown, expected):
    target, program = target_of(see(Picture(render(build(shown))))), (PLATE, LEFT, RIGHT)
    fitted = Fitted(program, (framed(build(shown), PUBLISHED, target),), 0.0)
    assert suspects(fitted, [target]) == expected


def test_shapes_of_the_named_steps_alone_are_changed():
    program = (PLATE, LEFT, RIGHT)
    others = set(neighbours(program, {2})) - set(fewer(program))
    changed = [one for one in others if len(one) == 3]
    assert changed and all(one[:2] == program[:2] for one in changed)
    assert set(neighbours(program, {0, 1, 2})) == set(neighbours(program)) > others
