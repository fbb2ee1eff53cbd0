"""Measures as unknowns."""

import pytest

from cadgen.lang.canonical import canonical
from cadgen.parts import sample_program
from cadgen.program import RADIUS, write
from cadgen.refine.dimension import changed, dimensions

PLATE = canonical(
    "import cadquery as cq\n"
    "result=cq.Workplane('XY',origin=(0,0,0)).moveTo(-100,-50).lineTo(100,-50).lineTo(100,50).lineTo(-100,50).close()"
    ".moveTo(-60,0).circle(30).extrude(40)\n"
    "result=result.union(cq.Workplane('XZ',origin=(0,50,0)).moveTo(0,0).circle(30).extrude(10))\n",
    grid=1,
)


def test_what_steps_share_is_one_measure_or_one_of_each_step():
    shared, own = dimensions(PLATE, shared=True), dimensions(PLATE, shared=False)
    assert shared.count((None, RADIUS, 30)) == 1
    assert {(0, RADIUS, 30), (1, RADIUS, 30)} <= set(own)
    assert len(set(own)) == len(own) > len(shared) == len(set(shared))


def test_a_shared_measure_changes_all_steps_and_an_own_one_its_step():
    both = changed(PLATE, {(None, RADIUS, 30): 5})
    assert [step.loops[-1].radius for step in both] == [35, 35]
    second = changed(PLATE, {(1, RADIUS, 30): 5})
    assert [step.loops[-1].radius for step in second] == [30, 35]
    wider = changed(PLATE, {(0, 1, 50): 7})
    assert ".lineTo(100,57).lineTo(-100,57)" in write(wider)
    assert wider[1] == PLATE[1]


@pytest.mark.parametrize("by", [{(None, RADIUS, 30): -30}, {(0, 2, 40): -40}, {(1, 1, 40): 10}])
def test_what_would_vanish_is_no_program(by):
    assert changed(PLATE, by) is None


@pytest.mark.parametrize("seed", range(5))
def test_no_change_is_none_and_a_change_of_all_dimensions_shifts_the_part(seed):
    program = sample_program(seed)
    assert changed(program, {}) == program
    along = {measure: 9 for measure in dimensions(program, shared=True) if measure[1] == 0}
    assert changed(changed(program, along), {(None, 0, value + 9): -9 for _, _, value in along}) == program
