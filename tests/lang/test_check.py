"""`check`: what is wrong with a program, where, and without running it."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadgen.lang import check

IMPORT = "import cadquery as cq\n"
BOX = "cq.Workplane('XY').box(1,2,3)"

RIGHT = {
    "a part": f"result={BOX}",
    "a path and a hole": "r=cq.Workplane().lineTo(1,0).lineTo(1,1).close().extrude(1).faces('>Z').hole(0.1)",
    "extruding a face": f"result={BOX}.faces('>Z').extrude(1)",
    "extruding one of several faces": f"result={BOX}.faces('|Z').tag('ends').last().extrude(1)",
    "a circle beside an open path": "r=cq.Workplane().lineTo(1,0).lineTo(1,1).moveTo(0,1).circle(1).close().extrude(1)",
    "a loft": "r=cq.Workplane().rect(1,1).workplane(offset=2).circle(1).loft()",
    "what another chain drew": "w=cq.Workplane()\nw.circle(1)\nresult=w.extrude(1)",
    "constants, loops and functions": "def f(n, d=2):\n  return cq.Workplane().circle(n/d)\n"
    "parts=[f(i+1).extrude(1) for i in range(3)]\nresult=parts[0]\nfor p in parts[1:]:\n  result=result.union(p)",
    "a value that only the kernel knows": f"a={BOX}\nif a.val().Volume() > 1:\n  a=a.faces('>Z').hole(1)\nresult=a",
    "a selector of several": f"result={BOX}.edges('|Z and >Y').fillet(0.1).faces('<Z[0]').shell(0.1)",
    "upper and lower case of kinds": f"result={BOX}.faces('%Plane').edges('%CIRCLE')",
    "exporting": f"result={BOX}\ncq.exporters.export(result,'a.stl')\nshow_object(result)",
    "type hints": "size: float = 2\nresult: cq.Workplane = cq.Workplane().box(size,size,size)",
    "math": "from math import pi\nimport math\nresult=cq.Workplane().circle(math.cos(pi)+2).extrude(1)",
    "an unpacked point": "p=(1,2)\nresult=cq.Workplane().moveTo(*p).circle(1).extrude(1)",
    "a caught mistake": f"try:\n  r={BOX}\nexcept Exception:\n  r=None\nresult=r",
}

WRONG = {  # program, kind, line, column
    "a missing bracket": ("result=cq.Workplane('XY'\n", "syntax", 2, 20),
    "an indentation": (f"  result={BOX}", "syntax", 2, 2),
    "an undefined name": (f"result={BOX}.cut(hole)", "name", 2, 42),
    "an unknown method": (f"result={BOX}.filet(1)", "name", 2, 8),
    "an unknown class": ("result=cq.Workplan('XY')", "name", 2, 8),
    "an unknown function of math": (
        "import math\nresult=cq.Workplane().circle(math.cosine(1)).extrude(1)",
        "name",
        3,
        30,
    ),
    "too few arguments": ("result=cq.Workplane().box(1,2)", "arity", 2, 8),
    "too many arguments": ("result=cq.Workplane().circle(1,2,3,4).extrude(1)", "arity", 2, 8),
    "an unknown keyword": ("result=cq.Workplane().circle(1,centre=True).extrude(1)", "arity", 2, 8),
    "an argument given twice": ("result=cq.Workplane().circle(1,radius=1).extrude(1)", "arity", 2, 8),
    "too few for a function of its own": ("def f(a,b):\n  return a\nf(1)\n" + f"result={BOX}", "arity", 4, 1),
    "a string for a length": ("result=cq.Workplane().circle('1').extrude(1)", "type", 2, 8),
    "a number of sides that is no whole number": ("result=cq.Workplane().polygon(6.5,1).extrude(1)", "type", 2, 8),
    "a point of one number": ("result=cq.Workplane().threePointArc((1,),(2,2)).close().extrude(1)", "type", 2, 8),
    "an unknown plane": ("result=cq.Workplane('AB').box(1,1,1)", "type", 2, 8),
    "a selector that is none": (f"result={BOX}.faces('>Q')", "type", 2, 8),
    "a division by zero": ("result=cq.Workplane().circle(1/0).extrude(1)", "type", 2, 30),
    "an index past the end": ("a=[1]\nresult=cq.Workplane().circle(a[1]).extrude(1)", "type", 3, 30),
    "cutting a number": (f"result={BOX}.cut(3)", "type", 2, 8),
    "nothing to extrude": ("result=cq.Workplane('XY').extrude(1)", "state", 2, 8),
    "an open path": ("result=cq.Workplane().lineTo(1,0).lineTo(1,1).extrude(1)", "state", 2, 8),
    "a profile used up": ("w=cq.Workplane().circle(1)\na=w.extrude(1)\nresult=w.extrude(2)", "state", 4, 8),
    "an edge to extrude": (f"result={BOX}.edges('|Z').first().extrude(1)", "state", 2, 8),
    "a fillet without a solid": ("result=cq.Workplane().rect(1,1).fillet(0.1).extrude(1)", "state", 2, 8),
    "a hole in nothing": ("result=cq.Workplane().hole(1)", "state", 2, 8),
    "nothing to close": ("result=cq.Workplane().close().extrude(1)", "state", 2, 8),
    "a union with a sketch": (f"result={BOX}.union(cq.Workplane().circle(1))", "state", 2, 8),
    "no solid in the end": ("result=cq.Workplane().circle(1)", "state", 2, 32),
    "nothing in the end": ("a=1", "state", 2, 4),
    "reading files": (f"import os\nresult={BOX}", "forbidden", 2, 1),
    "reading files by another name": (f"from subprocess import run as r\nresult={BOX}", "forbidden", 2, 1),
    "open": (f"open('/etc/passwd')\nresult={BOX}", "forbidden", 2, 1),
    "inner names": (f"x=().__class__\nresult={BOX}", "forbidden", 2, 3),
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT.keys())
def test_a_right_program_has_no_issue(text: str) -> None:
    assert check(IMPORT + text) == []


@pytest.mark.parametrize(("text", "kind", "line", "column"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_program_has_its_first_issue_where_it_goes_wrong(text: str, kind: str, line: int, column: int) -> None:
    issue = check(IMPORT + text)[0]
    assert (issue.kind, issue.line, issue.column) == (kind, line, column), issue
    assert issue.context.splitlines()[-1] == " " * (column - 1) + "^"


def test_the_message_says_what_was_expected() -> None:
    issue = check(f"{IMPORT}result={BOX}.filet(1)")[0]
    assert "did you mean fillet?" in issue.message
    assert "box(length, width, height, [centered]" in check(IMPORT + "result=cq.Workplane().box(1,2)")[0].message


def test_every_issue_is_reported_not_only_the_first() -> None:
    issues = check(f"{IMPORT}a=cq.Workplane().hole(1)\nb=cq.Workplane().boxx(1,1,1)\nresult={BOX}.fillet()")
    assert [(issue.kind, issue.line) for issue in issues] == [("state", 2), ("name", 3), ("arity", 4)]


BOMBS = {
    "a loop without end": "while True: pass",
    "a deep recursion": "def f(n): return f(n+1)\nf(0)",
    "a large power": "x=10**10**10",
    "a power of powers": "x=2\nfor i in range(99): x=x**2",
    "a long list": "x=[0]*10**9",
    "a list that doubles": "x=[1]\nfor i in range(99): x=x+x",
    "a list that extends itself": "x=[1]\nfor i in range(99): x.extend(x)",
    "a list that holds itself": "x=[]\nx.append(x)\ncq.Workplane().polyline(x)",
    "lists of lists": "x=[1]\nfor i in range(60): x=[x,x]\ncq.Workplane().polyline(x)",
    "lists of lists that are compared": "x=[1]\ny=[1]\nfor i in range(60):\n  x=[x,x]\n  y=[y,y]\nz=x==y",
    "lists of lists that are written": "x=[1]\nfor i in range(60): x=[x,x]\ny=f'{x}'",
    "a long string": "x='a'\nfor i in range(99): x=x+x",
    "a wide format": "x=f'{1:>1000000000}'",
    "a huge range": "x=sum(range(10**12))",
    "nested loops": "for i in range(9999):\n  for j in range(9999):\n    for k in range(9999): pass",
    "nested brackets": "x=" + "(" * 5000 + ")" * 5000,
    "a long sum": "x=" + "1+" * 50_000 + "1",
    "a factorial": "import math\nx=math.factorial(10**9)",
    "a comprehension of comprehensions": "x=[[[0 for k in range(9999)] for j in range(9999)] for i in range(9999)]",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_not_computed(text: str) -> None:
    start = time.perf_counter()
    check(IMPORT + text)
    assert time.perf_counter() - start < 10


@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    assert all(issue.line >= 1 and issue.column >= 1 for issue in check(text))


@settings(deadline=None)  # the first example loads the grammar
@given(st.sampled_from([IMPORT + text for text in RIGHT.values()]), st.data())
def test_any_cut_program_is_answered(code: str, data: st.DataObject) -> None:
    check(code[: data.draw(st.integers(0, len(code)))])


def test_it_predicts_what_the_kernel_refused(shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "data" / "llm_programs_dev.jsonl").read_text().splitlines()]
    flagged = [row for row in rows if check(row["code"])]
    failing = [row for row in rows if not row["runs"]]
    assert [row["code"] for row in flagged if row["runs"]] == []  # 346 programs run: no false alarm
    assert len(flagged) >= 0.4 * len(failing)
