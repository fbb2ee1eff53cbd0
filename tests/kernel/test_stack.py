"""Loops on one plane that cross, touch and overlap: as one mesh they enclose what booleans of the steps enclose."""

import manifold3d
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadgen.kernel import NotCovered, build, volume
from cadgen.kernel.circles import Circles, reach_of
from cadgen.kernel.facets import Facets
from cadgen.kernel.stack import Stack, stacks
from cadgen.program import Program

from .shapes import circle, cut, path, rect, union
from .test_build import assert_whole

number = st.integers(-6, 6)
size = st.integers(1, 6)
loops = st.one_of(
    st.builds(lambda x, y, w, h: rect(x, y, x + w, y + h), number, number, size, size),
    st.builds(circle, number, number, size),
    st.builds(lambda x, y, w, h: path((x, y), (x + w, y), (x, y + h)), number, number, size, size),
    st.builds(lambda x, y, r: path((x, y), (x + 2 * r, y), ((x + r, y + r), (x, y))), number, number, size),
)
later = st.tuples(st.sampled_from([union, cut]), number, size, loops)
programs = st.tuples(st.sampled_from(["XY", "XZ", "YZ"]), loops, st.lists(later, min_size=1, max_size=4)).map(
    lambda drawn: (
        union(drawn[0], 0, 4, drawn[1]),
        *(make(drawn[0], low, low + height, loop) for make, low, height, loop in drawn[2]),
    )
)


def circles_of(program: Program) -> Circles:
    return Circles([reach_of(step) for step in program])


def by_booleans(program: Program) -> manifold3d.Manifold:
    body, circles = manifold3d.Manifold(), circles_of(program)
    for step in program:
        mesh = Stack(step, circles, mixed=False).mesh(Facets())
        assert mesh is not None
        body = body - mesh.manifold() if step.operation == "cut" else body + mesh.manifold()
    return body


@settings(max_examples=200)
@given(programs)
def test_a_stack_encloses_what_booleans_enclose(program: Program) -> None:
    try:
        (stack,) = stacks(program, circles_of(program))
        mesh = stack.mesh(Facets())
    except NotCovered:
        return
    if mesh is None:
        return
    ours, theirs = mesh.manifold(), by_booleans(program)
    assert ours.volume() == pytest.approx(theirs.volume(), rel=1e-6, abs=1e-4)
    assert (ours - theirs).volume() + (theirs - ours).volume() < 1e-4 * ours.volume() + 1e-4


@settings(max_examples=100)
@given(programs)
def test_what_is_built_of_it_is_whole_and_as_large(program: Program) -> None:
    try:
        solid = build(program)
    except NotCovered as reason:
        if "came out open" in str(reason):
            raise
        return
    assert_whole(solid)
    assert volume(program) == pytest.approx(by_booleans(program).volume(), rel=1e-6, abs=1e-4)
