"""`parse`: which texts are of the dialect, and where a text leaves it."""

import pytest

from cadgen.lang import DialectError, parse

ACCEPTED = {
    "the smallest part": "import cadquery as cq\nresult=cq.Workplane('XY').circle(1).extrude(1)",
    "double quotes": 'r=cq.Workplane("YZ").rect(1,2).extrude(1)',
    "no arguments": "r=cq.Workplane().circle(1).extrude(1)",
    "an origin": "r=cq.Workplane('XZ',origin=(1,-2,3)).circle(1).extrude(1)",
    "a plane of vectors": "r=cq.Workplane(cq.Plane(cq.Vector(0,0,0),cq.Vector(1,0,0),cq.Vector(0,0,1))).circle(1)",
    "a plane of tuples": "r=cq.Workplane(cq.Plane((0,0,0),(1,0,0),(0,0,1))).circle(1).extrude(1)",
    "a plane by keywords": "r=cq.Workplane(cq.Plane(origin=(0,0,0),xDir=(1,0,0),normal=(0,0,1))).circle(1).extrude(1)",
    "lines and arcs": "r=cq.Workplane().moveTo(0,0).lineTo(2,0).threePointArc((1,1),(0,0)).close().extrude(1)",
    "both sides": "r=cq.Workplane().circle(1).extrude(1,both=True)",
    "add, union, cut": "w=cq.Workplane()\nl=w.circle(1)\na=w.add(l).extrude(1)\nb=a.union(a).cut(a)",
    "blanks between tokens": "r = cq . Workplane ( 'XY' ) .circle( 1 ).extrude( -1 )",
    "every way to write a number": "r=cq.Workplane().moveTo(-1.5e-3,+.5).lineTo(1.,0).lineTo(0,00).lineTo(2E5,0.0)",
    "comments and empty lines": "# one\n\n  # two\nimport cadquery as cq  # three\n\n\nr=cq.Workplane()\n# four",
    "Windows line ends": "import cadquery as cq\r\nr=cq.Workplane()\r\n",
    "blanks at the end": "import cadquery as cq\n  \n\t\n",
}

REJECTED = {  # text, line, column
    "another method": ("import cadquery as cq\nr=cq.Workplane().box(1,1,1)", 2, 18),
    "another module": ("import os", 1, 8),
    "from import": ("from cadquery import cq", 1, 6),
    "a call of a built-in": ("r=print(1)", 1, 8),
    "a number as the result": ("r=1", 1, 3),
    "a variable as a length": ("r=cq.Workplane().circle(radius)", 1, 25),
    "arithmetic": ("r=cq.Workplane().circle(1+1)", 1, 26),
    "an unknown plane": ("r=cq.Workplane('front')", 1, 16),
    "a missing parenthesis": ("import cadquery as cq\n\nr=cq.Workplane('XY'", 3, 20),
    "a cut-off word": ("r=cq.Workplane().circle(1).extr", 1, 28),
    "a statement after a semicolon": ("r=cq.Workplane();import os", 1, 17),
    "two statements on a line": ("r=cq.Workplane() import os", 1, 18),
    "a loop": ("for i in x:\n  pass", 1, 5),
    "an attribute of the object": ("r=cq.Workplane().__class__", 1, 18),
    "a third dimension": ("r=cq.Workplane().moveTo(1,2,3)", 1, 28),
    "nan": ("r=cq.Workplane().circle(nan)", 1, 25),
    "a number with leading zeros, as Python refuses it": ("r=cq.Workplane().circle(007)", 1, 27),
    "digits that are not ASCII": ("r=cq.Workplane().circle(\u0663)", 1, 25),
    "an indented statement": ("import cadquery as cq\n  r=cq.Workplane()", 2, 3),
    "an indented first statement": ("  import cadquery as cq", 1, 3),
    "a keyword as a name": ("import cadquery as cq\nclass=cq.Workplane()", 2, 1),
    "the module's name given away": ("cq=cq.Workplane()", 1, 1),
    "NUL": ("r=cq.Workplane()\0", 1, 17),
}


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_texts_of_the_dialect_are_accepted_and_are_python(text: str) -> None:
    parse(text)
    compile(text, "<accepted>", "exec")


@pytest.mark.parametrize(("text", "line", "column"), REJECTED.values(), ids=REJECTED.keys())
def test_other_texts_are_refused_with_line_and_column(text: str, line: int, column: int) -> None:
    with pytest.raises(DialectError, match=f"^line {line}, column {column}: "):
        parse(text)


def test_the_error_names_what_was_expected_and_shows_the_place() -> None:
    with pytest.raises(DialectError) as caught:
        parse("r=cq.Workplane().circle(1).fillet(2)")
    assert "EXTRUDE" in str(caught.value)
    assert str(caught.value).splitlines()[1:] == ["r=cq.Workplane().circle(1).fillet(2)", " " * 27 + "^"]
