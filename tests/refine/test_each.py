"""Several processes find what one does."""

import pytest

from cadgen.kernel import build
from cadgen.lang.canonical import canonical
from cadgen.picture import Picture, see
from cadgen.refine.each import Shared, one_by_one
from cadgen.refine.eye import eye_of
from cadgen.refine.fit import begun
from cadgen.refine.restructure import restructure
from cadgen.refine.view import target_of
from cadgen.shape import render

PLATE = (
    "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,0)).moveTo(-90,-60).lineTo(90,-60).lineTo(90,60)"
    ".lineTo(-90,60).close().extrude(40)\n"
)
HOLE = "result=result.cut(cq.Workplane('XY',origin=(0,0,0)).moveTo(40,0).circle(25).extrude(40))\n"


@pytest.mark.parametrize("num", [1, 2, 3])
@pytest.mark.parametrize("items", [[], [5], [5, 3], [9, 7, 5, 3, 1]])
def test_all_are_done_in_their_order(num, items):
    assert Shared(num)(divmod, items, 2) == one_by_one(divmod, items, 2) == [divmod(item, 2) for item in items]


def test_an_error_in_one_of_the_processes_is_the_callers():
    with pytest.raises(ZeroDivisionError):
        Shared(2)(divmod, [3, 2, 1], 0)


def test_changes_that_two_processes_try_are_those_that_one_tries():
    seen = see(Picture(render(build(canonical(PLATE + HOLE, grid=1)))))
    targets = [target_of(seen)]
    (start, *_) = begun([canonical(PLATE, grid=1)], targets, [eye_of(seen)])
    alone, together = (restructure(start, targets, 200, each) for each in (one_by_one, Shared(2)))
    assert alone == together
    assert len(alone.program) == 2 or len(alone.program[0].loops) == 2
