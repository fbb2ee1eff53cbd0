"""What every type of step promises: its text, its changes, its box and what may stand."""

from collections.abc import Callable
from itertools import combinations
from math import dist, hypot
from typing import get_args

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cadgen.kernel import NotCovered, build
from cadgen.lang import Grammar
from cadgen.lang.canonical import canonical, normal_text
from cadgen.lang.canonical.rewrite import rewrite
from cadgen.lang.canonical.straight import straight
from cadgen.program import (
    ANGLE,
    LENGTH,
    RADIUS,
    Arc,
    Array,
    Circle,
    Extrude,
    Grid,
    Line,
    Loop,
    LoopsCoincide,
    Path,
    Revolve,
    Step,
    Tilt,
    Tilted,
    Wheel,
    array,
    bounds_of,
    extrude,
    polygon,
    reach,
    rectangle,
    revolve,
    spans_of,
    write,
)
from cadgen.shape import Sandbox, Solid

FAR = 60  # no loop reaches as far

numbers, sizes = st.integers(-20, 20), st.integers(1, 20)
planes = st.sampled_from(["XY", "XZ", "YZ"])
loops = st.one_of(
    st.builds(Circle, st.tuples(numbers, numbers), sizes),
    st.builds(lambda x, y, w, h: rectangle(x, y, x + w, y + h), numbers, numbers, sizes, sizes),
    st.builds(lambda x, y, w, h: polygon([(x, y), (x + w, y), (x, y + h)]), numbers, numbers, sizes, sizes),
    st.builds(
        lambda x, y, w, h: Path((x, y), (Line((x + 2 * w, y)), Arc((x + w, y + h), (x, y)))),
        numbers,
        numbers,
        sizes,
        sizes,
    ),
)


def _drawn(make: Callable[..., Step | None], *numbers: st.SearchStrategy) -> st.SearchStrategy:
    def drawn(plane: str, loops: list[Loop], *numbers: int) -> Step | None:
        try:
            return make("union", plane, *numbers, loops)
        except LoopsCoincide:
            return None

    return st.builds(drawn, planes, st.lists(loops, min_size=1, max_size=2), *numbers).filter(bool)


STEPS = {
    Extrude: _drawn(
        lambda operation, plane, low, height, loops: extrude(operation, plane, low, low + height, loops), numbers, sizes
    ),
    Revolve: _drawn(revolve, numbers, st.integers(0, 1), numbers | st.sampled_from([-FAR, FAR])),
}
cells = st.builds(lambda r: Circle((0, 0), r), sizes) | st.builds(lambda w, h: rectangle(-w, -h, w, h), sizes, sizes)
counts, spacings = st.integers(1, 3), st.integers(1, 90)


def _spaced(first: tuple[int, int], spacing: tuple[int, int], count: tuple[int, int]) -> Grid:
    return Grid(first, (spacing[0] if count[0] > 1 else 1, spacing[1] if count[1] > 1 else 1), count)


def _keeps_apart(step: Array) -> bool:
    points = [(x, y) for x, y, _ in step.places.places()]
    wide = 2.1 * hypot(reach(step.loops, 1, 0), reach(step.loops, 0, 1))  # a cell's box, however turned
    return all(dist(one, other) > wide for one, other in combinations(points, 2))


several = st.tuples(counts, counts).filter(lambda count: count != (1, 1))
grids = st.builds(_spaced, st.tuples(numbers, numbers), st.tuples(spacings, spacings), several)
wheels = st.builds(Wheel, st.tuples(numbers, numbers), st.integers(1, 90), st.integers(-179, 180), st.integers(2, 9))
STEPS[Array] = st.builds(
    lambda plane, low, height, places, cell: array("union", plane, low, low + height, places, [cell]),
    planes,
    numbers,
    sizes,
    grids | wheels,
    cells,
).filter(_keeps_apart)
bodies = st.one_of(list(STEPS.values()))
slants = st.integers(1, 359).filter(lambda degrees: degrees % 90)


tilts = st.builds(Tilt, st.integers(0, 2), st.tuples(numbers, numbers), slants)
STEPS[Tilted] = st.builds(
    lambda body, turns: Tilted(body, tuple(turns)), bodies, st.lists(tilts, min_size=1, max_size=2)
)
steps = st.one_of(list(STEPS.values()))
standing = steps.filter(lambda step: step.stands())

EXAMPLES = [  # of each type on each plane, for what asks CadQuery
    *(Extrude("union", plane, -7, 12, (rectangle(3, 5, 30, 17),)) for plane in ("XY", "XZ", "YZ")),
    *(
        Revolve("union", plane, 4, axis, at, (polygon([(3, 5), (30, 5), (3, 17)]),))
        for plane in ("XY", "XZ", "YZ")
        for axis, at in ((0, 5), (0, 22), (1, 3), (1, 34))
    ),
    *(
        Array("union", plane, -7, 12, places, (cell,))
        for plane in ("XY", "XZ", "YZ")
        for places in (Grid((3, -5), (30, 17), (3, 2)), Wheel((3, -5), 60, 20, 5))
        for cell in (Circle((0, 0), 7), rectangle(-9, -6, 9, 6))
    ),
    Tilted(Extrude("union", "XY", -7, 12, (rectangle(3, 5, 30, 17),)), (Tilt(0, (5, 7), 35),)),
    Tilted(Extrude("union", "XZ", -7, 12, (Circle((3, 5), 9),)), (Tilt(0, (5, 7), -20), Tilt(2, (0, 3), 110))),
    Tilted(Revolve("union", "YZ", 4, 1, 3, (polygon([(3, 5), (30, 5), (3, 17)]),)), (Tilt(1, (-4, 7), 75),)),
]


def test_every_type_of_step_is_drawn_here() -> None:
    assert STEPS.keys() == set(get_args(Step)) == {type(step) for step in EXAMPLES}


@given(standing)
def test_a_step_is_read_back_from_its_text(step: Step) -> None:
    text = write((step,))
    assert canonical(text, grid=1) == (step,)
    assert normal_text(text, grid=1) == text


@settings(max_examples=30)
@given(standing)
def test_the_text_is_of_the_grammar_and_its_last_call_in_normal_form(step: Step) -> None:
    text = write((step,))
    assert Grammar("full").accepts(text)
    assert rewrite(straight(text)[1], 1).rpartition(".")[2] == text.rpartition(".")[2]


@given(steps)
def test_mapping_changes_the_numbers_along_an_axis_and_no_others(step: Step) -> None:
    noted: list[tuple[int, int]] = []

    def note(axis: int, value: int) -> int:
        noted.append((axis, value))
        return value

    def shifted(only: int) -> list[tuple[int, int]]:
        """All numbers, after those along one axis have become 1 more."""
        there: list[tuple[int, int]] = []
        step.mapped(lambda axis, value: value + (axis == only)).mapped(
            lambda axis, value: there.append((axis, value)) or value
        )
        return there

    assert step.mapped(note) == step
    for only in (0, 1, 2, RADIUS, ANGLE, LENGTH):
        assert shifted(only) == [(axis, value + (axis == only)) for axis, value in noted]


@settings(max_examples=60)
@given(standing, numbers, numbers, numbers)
def test_a_shift_of_the_numbers_moves_the_solid(step: Step, x: int, y: int, z: int) -> None:
    shift = x, y, z
    moved = step.mapped(lambda axis, value: value + shift[axis] if axis < RADIUS else value)
    before, after = built(step), built(moved)
    assert after.volume == pytest.approx(before.volume, rel=1e-6)
    assert after.vertices == pytest.approx(before.vertices + shift, abs=1e-6)


@settings(max_examples=100)
@given(standing)
def test_the_box_of_a_step_is_that_of_its_solid(step: Step) -> None:
    assert_spans(step, built(step))


def built(step: Step) -> Solid:
    try:
        return build((step,))
    except NotCovered:
        assume(False)
        raise


def assert_spans(step: Step, solid: Solid) -> None:
    """Chords stay inside their arcs, whose farthest points are told to the nearest whole number."""
    low, high = np.array(spans_of(step)).T
    assert solid.bounds == pytest.approx(np.array([low, high]), abs=0.6)


def test_cadquery_moves_the_solid_as_the_numbers_and_agrees_about_its_box() -> None:
    shift = (11, -23, 35)
    moved = [step.mapped(lambda axis, value: value + shift[axis] if axis < RADIUS else value) for step in EXAMPLES]
    with Sandbox(workers=2, timeout_s=30.0, profile="interp") as box:
        executions = box.run([write((step,)) for step in (*EXAMPLES, *moved)])
    assert [execution.error for execution in executions if not execution.ok] == []
    solids = [execution.solid for execution in executions]
    half = len(EXAMPLES)
    for step, before, after in zip(EXAMPLES, solids[:half], solids[half:], strict=True):
        assert_spans(step, before)
        assert after.volume == pytest.approx(before.volume, rel=1e-6)
        assert after.centre == pytest.approx(before.centre + shift, abs=1e-6)
        assert after.bounds == pytest.approx(before.bounds + shift, abs=1e-6)


def test_what_has_no_extent_does_not_stand() -> None:
    square = rectangle(0, 0, 10, 10)
    assert Extrude("union", "XY", 0, 1, (square,)).stands()
    assert not Extrude("union", "XY", 1, 1, (square,)).stands()
    assert not Extrude("union", "XY", 0, 1, (square, Circle((5, 5), 0))).stands()
    assert not Revolve("union", "XY", 0, 0, -5, (Circle((0, 0), 0),)).stands()


@given(STEPS[Revolve])
def test_a_turned_profile_stands_on_one_side_of_its_axis(step: Revolve) -> None:
    sides = {np.sign(beside - step.at) for loop in step.loops for beside in _across(loop, step.axis)} - {0}
    assert step.stands() == (len(sides) == 1)


def _across(loop: Loop, axis: int) -> tuple[float, float]:
    bounds = bounds_of([loop])
    return tuple(0.0 + round(bounds[1 - axis + i], 6) for i in (0, 2))


@pytest.mark.parametrize(("at", "stands"), [(0, True), (1, False), (19, False), (20, True), (35, True), (-4, True)])
def test_a_profile_may_touch_its_axis(at: int, stands: bool) -> None:
    bow = Path((5, 0), (Line((10, 0)), Arc((20, 10), (10, 20)), Line((5, 20)), Arc((0, 10), (5, 0))))
    assert Revolve("union", "XY", 0, 1, at, (bow,)).stands() == stands
    assert (Revolve("union", "XY", 0, 0, at, (rectangle(3, 0, 9, 20),)).stands()) == stands
