"""Edges without extent: against exact geometry, against the kernel, and what a masker makes of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadgen.lang.mask.degenerate import excluded, set_apart
from cadgen.shape import Sandbox

HEAD = "import cadquery as cq\nresult=cq.Workplane('XY')"

CASES = {  # the text so far: the number that must not follow, or None
    ".moveTo(3,-4).lineTo(3,": ("", "-4"),
    ".moveTo(3,-4).lineTo(3,-": ("-", "-4"),
    ".moveTo(3,-4).lineTo(": None,
    ".moveTo(3,-4).lineTo(4,": None,
    ".moveTo(3,-4).lineTo(33,": None,
    ".moveTo(0,0).lineTo(3,-4).lineTo(3,": ("", "-4"),
    ".threePointArc((0,1),(2,3)).lineTo(2,": ("", "3"),
    ".threePointArc((0,1),(2,3)).lineTo(0,": None,
    ".moveTo(2,3).threePointArc((2,": ("", "3"),
    ".moveTo(2,3).threePointArc((1,": None,
    ".moveTo(2,3).threePointArc((2,5),(": ("", "2"),
    ".moveTo(2,3).threePointArc((4,5),(": None,
    ".moveTo(2,3).threePointArc((4,5),(6,": ("", "7"),
    ".moveTo(2,3).threePointArc((4,5),(6,1": ("1", "7"),
    ".moveTo(2,3).threePointArc((4,5),(2,": ("", "3"),
    ".moveTo(2,3).threePointArc((4,4),(5,": None,
    ".moveTo(2,3).threePointArc((2,5),(3,": None,
    ".moveTo(2,3).threePointArc((4,5),(6,8)).lineTo(6,": ("", "8"),
    ".circle(3).extrude(": ("", "0"),
    ".circle(1": ("1", "0"),
    ".circle(3).extrude(5,": None,
    ".moveTo(2,3).line(2,": None,
    ".moveTo(2,3).close().lineTo(2,": None,
    ".moveTo(2.0,3).lineTo(2,": None,
    ".moveTo(2,3).hLine(5).lineTo(2,": None,
    ".translate((1,2,3)).lineTo(2,": None,
    ".moveTo(2,3).lineTo(2,4)": None,
    "": None,
}


@pytest.mark.parametrize(("text", "number"), CASES.items())
def test_the_number_that_must_not_follow(text, number):
    assert excluded(HEAD + text) == number


numbers = st.integers(-3, 3)


@given(pen=st.tuples(numbers, numbers), middle=st.tuples(numbers, numbers), end=st.tuples(numbers, numbers))
def test_an_arc_is_degenerate_if_a_number_of_it_is_excluded(pen, middle, end):
    text = f".moveTo({pen[0]},{pen[1]}).threePointArc(({middle[0]},{middle[1]}),({end[0]},{end[1]}))"
    places = [i for i, letter in enumerate(text) if letter in "(," and text[i + 1] in "-0123456789"][2:]
    excludes = [found and text[at + 1 :].startswith(found[1]) for at in places if (found := excluded(text[: at + 1]))]
    turn = np.linalg.det([np.subtract(middle, pen), np.subtract(end, pen)])
    assert any(excludes) == (round(turn) == 0)


ENDINGS = {  # what follows the last number of an edge, by the edge so far
    ".lineTo(3,": ")",
    ".lineTo(2,": ")",
    ".lineTo(6,": ")",
    ".threePointArc((2,": "),(9,40))",
    ".threePointArc((2,5),(": ",40))",
    ".threePointArc((4,5),(6,": "))",
    ".threePointArc((4,5),(2,": "))",
}


def test_the_kernel_refuses_the_number_and_takes_another():
    rows = [(text, number[1]) for text, number in CASES.items() if number and not number[0] and ".moveTo" in text]
    codes = [
        f"{HEAD}{text}{{}}{ENDINGS[text[text.rfind('.') :]]}.lineTo(50,60).lineTo(-50,60).close().extrude(5)\n"
        for text, _ in rows
    ]
    with Sandbox() as sandbox:
        refused = sandbox.run([code.format(number) for code, (_, number) in zip(codes, rows, strict=True)])
        taken = sandbox.run([code.format(int(number) + 1) for code, (_, number) in zip(codes, rows, strict=True)])
    assert len(rows) > 6 and {run.status for run in refused} == {"error"}
    assert {run.status for run in taken} == {"ok"}


@pytest.mark.parametrize(
    ("head", "rest", "apart"),
    [
        (".moveTo(1,1).lineTo(", "1,1).close()", "1,2).close()"),
        (".moveTo(0,1).threePointArc((", "1,1),(1,1)).close()", "1,1),(1,2)).close()"),
        (".moveTo(1,0).threePointArc((", "1,1),(1,1)).close()", "1,1),(2,1)).close()"),
        (".moveTo(1,5).lineTo(", "1,1).close().extrude(1)", "1,1).close().extrude(1)"),
    ],
)
def test_a_closing_draws_edges_that_have_extent(head, rest, apart):
    assert set_apart(head, rest) == apart
