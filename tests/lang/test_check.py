"""`check`: what is sure to be wrong with a program, where, and without running it; plain CadQuery is the oracle."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import cadquery as cq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks import signatures
from cadgen.lang import check
from cadgen.lang.check.selector_text import is_selector
from cadgen.lang.grammar.operation import operations
from cadgen.shape import Sandbox

IMPORT = "import cadquery as cq\n"
BOX = "cq.Workplane('XY').box(1,2,3)"

RIGHT = {
    "a part": f"result={BOX}",
    "a path and a hole": "r=cq.Workplane().lineTo(1,0).lineTo(1,1).close().extrude(1).faces('>Z').hole(0.1)",
    "extruding a face": f"result={BOX}.faces('>Z').extrude(1)",
    "extruding one of several faces": f"result={BOX}.faces('|Z').tag('ends').last().extrude(1)",
    "a circle in a path": "r=cq.Workplane().lineTo(1,0).lineTo(1,1).close().moveTo(.7,.3).circle(.1).extrude(1)",
    "a loft": "r=cq.Workplane().rect(1,1).workplane(offset=2).circle(1).loft()",
    "what another chain drew": "w=cq.Workplane()\nw.circle(1)\nresult=w.extrude(1)",
    "what a function drew": "def draw(w):\n  w.circle(1)\nw=cq.Workplane()\ndraw(w)\nresult=w.extrude(1)",
    "a solid added in place": f"w=cq.Workplane()\nw.add({BOX})\nresult=w.faces('>Z').fillet(0.1)",
    "a solid put on the stack": f"w=cq.Workplane()\nw.objects.append({BOX}.val())\nresult=w.edges('|Z').fillet(0.1)",
    "a chain begun with a solid": f"result=cq.Workplane({BOX}.val()).edges('|Z').fillet(0.1)",
    "an edge that becomes a wire": "r=cq.Workplane().ellipseArc(2,1,makeWire=True).extrude(1)",
    "faces that were added": f"result=cq.Workplane().add({BOX}.faces('>Z')).extrude(1)",
    "a sketch on a workplane": "r=cq.Workplane().sketch().rect(2,2).finalize().extrude(1)",
    "constants, loops and functions": "def f(n, d=2):\n  return cq.Workplane().circle(n/d)\n"
    "parts=[f(i+1).extrude(1) for i in range(3)]\nresult=parts[0]\nfor p in parts[1:]:\n  result=result.union(p)",
    "a value that only the kernel knows": f"a={BOX}\nif a.val().Volume() > 1:\n  a=a.faces('>Z').hole(.1)\nresult=a",
    "a selector of several": f"result={BOX}.edges('|Z and >Y').fillet(0.1).faces('<Z[0]').shell(0.1)",
    "upper and lower case of kinds": f"result={BOX}.faces('%Plane').edges('%LINE')",
    "not without a blank": "result=cq.Workplane().box(2,2,2).edges('not(<X or >X)').chamfer(.1)",
    "a selector with a vector": "result=cq.Workplane().box(2,2,2).edges('>(-1, 1, 0)').chamfer(.1)",
    "type hints": "size: float = 2\nresult: cq.Workplane = cq.Workplane().box(size,size,size)",
    "hints in a function": f"def f():\n  w: Width = 1\n  return {BOX}\nresult=f()",
    "math": "from math import pi\nimport math\nresult=cq.Workplane().circle(math.cos(pi)+2).extrude(1)",
    "all of math": "from math import *\nresult=cq.Workplane().circle(cos(pi)+2).extrude(1)",
    "an unpacked point": "p=(1,2)\nresult=cq.Workplane().moveTo(*p).circle(1).extrude(1)",
    "an unpacked table": "p=dict(height=2)\nresult=cq.Workplane().box(1,1,**p)",
    "a caught mistake": f"try:\n  r={BOX}.filet(1)\nexcept Exception:\n  r={BOX}\nresult=r",
    "a mistake that a function's caller catches": "def f():\n  return cq.Workplane().boxx(1,1,1)\n"
    f"try:\n  r=f()\nexcept AttributeError:\n  r={BOX}\nresult=r",
    "a mistake that a context catches": "from contextlib import suppress\n"
    f"result={BOX}\nwith suppress(AttributeError):\n  result=result.filet(1)",
    "a way that is never gone": f"FANCY=False\nresult={BOX}\nif FANCY:\n  result=result.filet(1)",
    "a function that nobody calls": f"def f():\n  return undefined\nresult={BOX}",
    "a method that nobody calls": f"class A:\n  def f(self):\n    return undefined\nresult={BOX}\na=A()",
    "what comes after a return": f"def f():\n  return {BOX}\n  return undefined\nresult=f()",
    "what comes after the exit": f"result={BOX}\nif result.val().Volume() < 0:\n  exit()\n  result=undefined",
    "asked before": f"result={BOX}\nif hasattr(cq.Workplane, 'filet'):\n  result=result.filet(1)",
    "asked in the same line": f"result={BOX}\nresult=result.filet(1) if hasattr(result, 'filet') else result",
    "asked and left": f"def f(w):\n  if not hasattr(w, 'filet'):\n    return w\n  w={BOX}\n  return w.filet(1)\n"
    f"result=f({BOX})",
    "another class under the name": "class cq2:\n  class Workplane:\n    def boxx(self): return 1\n"
    f"cq2.Workplane().boxx()\nresult={BOX}",
    "a name that becomes something else": f"a={BOX}\na=a.val()\nv=a.Volume()\nresult={BOX}",
    "that becomes it in a loop": f"a={BOX}\nfor i in range(3):\n  b=a\n  a=a.val() if i else a.objects[0]\n"
    f"  a=a.copy()\n  a=cq.Workplane(a)\n  if i:\n    a=a.val()\n    break\na.Volume()\nresult={BOX}",
    "that becomes it before a break": f"a={BOX}\nwhile True:\n  a=a.val()\n  if a.Volume()>0: break\n  a={BOX}\n"
    f"v=a.Volume()\nresult={BOX}",
    "that becomes it in a function": f"a={BOX}\ndef f():\n  global a\n  a=a.val()\nf()\nv=a.Volume()\nresult={BOX}",
    "that a comprehension has for itself": f"a={BOX}\nv=[a.Volume() for a in [{BOX}.val()]]\nresult=a",
    "that a lambda has for itself": f"a={BOX}\nv=(lambda a: a.Volume())({BOX}.val())\nresult=a",
    "that a lambda reads later": f"a={BOX}\nf=lambda: a.Volume()\na=a.val()\nf()\nresult={BOX}",
    "a function of its own that is decorated": "def twice(f):\n  return lambda: f(1,2)\n@twice\n"
    f"def g(a,b): return a+b\ng()\nresult={BOX}",
    "two functions of a name": f"def f(a): return a\ndef f(): return {BOX}\nresult=f()",
    "a plug-in": "def slab(self,h): return self.rect(2,2).extrude(h)\n"
    "cq.Workplane.slab=slab\nresult=cq.Workplane().slab(1)",
    "a plug-in by setattr": "setattr(cq.Workplane,'slab',lambda self,h: self.rect(2,2).extrude(h))\n"
    "result=cq.Workplane().slab(1)",
    "a class of its own": "class W(cq.Workplane):\n  def slab(self): return self.rect(1,1).extrude(1)\n"
    "result=W().slab()",
    "a field of a class": "class D:\n  w=3\nresult=cq.Workplane().box(D.w,1,1)",
    "a class variable in its class": "class D:\n  w=3\n  h=w+1\nresult=cq.Workplane().box(D.h,1,1)",
    "a name that another turn binds": f"for i in range(2):\n  if i: v=old\n  old=i\nresult={BOX}",
    "a name that one way binds": f"import math\nif math.pi>3: a={BOX}\nelse: b=1\nresult=a",
    "a name that a function binds later": f"def f(): return a\na={BOX}\nresult=f()",
    "a built-in that is hidden later": f"n=max(1,2)\nmax=3\nresult={BOX}",
    "a name that a loop binds": "for n in (1,2): pass\nresult=cq.Workplane().box(n,1,1)",
    "a name that try binds": "try: n=1\nfinally: m=2\nresult=cq.Workplane().box(n,m,1)",
    "a walrus": "if (n:=3)>2: result=cq.Workplane().box(n,1,1)",
    "a walrus in a comprehension": "v=[(n:=i) for i in (1,2)]\nresult=cq.Workplane().box(n,1,1)",
    "a generator": "def g():\n  yield 1\n  yield 2\na,b=g()\nresult=cq.Workplane().box(a,b,1)",
    "a starred target": "a,*r=[1,2,3]\nresult=cq.Workplane().box(a,*r)",
    "a match": "match (1,2):\n  case (a,b): result=cq.Workplane().box(a,b,1)\n  case other: result=other",
    "a name that only try binds": "try: x=width\nexcept NameError: x=2\nresult=cq.Workplane().box(x,1,1)",
    "names of globals": "globals()['w']=3\nresult=cq.Workplane().box(w,1,1)",
    "all of CadQuery": "from cadquery import *\nresult=Workplane(obj=Solid.makeBox(1,1,1))",
    "free functions": "from cadquery.func import *\nresult=cq.Workplane(obj=box(1,2,3))",
    "arguments in several ways": "b=cq.Solid.makeBox(1,1,1).moved(cq.Location(1,2,3))\n"
    "r=cq.Workplane().add(cq.Workplane(obj=b)).combine()",
    "a list that grows": "p=[(0,0)]\np+=[(1,0),(1,1)]\nresult=cq.Workplane().spline(p).close().extrude(1)",
    "a list that another name changes": "p=[(0,0)]\nq=p\nq+=[(1,0),(1,1)]\n"
    "result=cq.Workplane().spline(p).close().extrude(1)",
    "lengths that a loop changes": "z=0\nresult=cq.Workplane().box(1,1,1)\nfor i in range(2):\n  z+=1\n"
    "  result=result.union(cq.Workplane().circle(z).extrude(z))",
    "modules of the system": f"import sys, os\nresult={BOX}",
    "other letters": "größe=2  # ß\nresult=cq.Workplane().box(größe,1,1)",
}

WRONG = {  # program, kind, line, column
    "a missing bracket": ("result=cq.Workplane('XY'\n", "syntax", 2, 20),
    "an indentation": (f"  result={BOX}", "syntax", 2, 2),
    "a return outside": (f"result={BOX}\nreturn 1", "syntax", 3, 1),
    "an undefined name": (f"result={BOX}.cut(hole)", "name", 2, 42),
    "a name that is bound later": (f"result=a.cut({BOX})\na={BOX}", "name", 2, 8),
    "a name that only a dead way binds": (f"if False: a={BOX}\nresult=a", "name", 3, 8),
    "a sum that nothing began": (f"n+=1\nresult={BOX}", "name", 2, 1),
    "an undefined name in a function": (f"def f():\n  return {BOX}.cut(hole)\nresult=f()", "name", 3, 44),
    "a function's name outside of it": (
        "def f():\n  w=1\n  return w\nresult=cq.Workplane().box(f(),w,1)",
        "name",
        5,
        31,
    ),
    "an undefined type": (f"def f(x: Optional[int]=None): return x\nresult={BOX}", "name", 2, 10),
    "an undefined name after other letters": (f"ß=1; result={BOX}.cut(hole)", "name", 2, 47),
    "an unknown method": (f"result={BOX}.filet(1)", "name", 2, 38),
    "in a later line": ("result=(cq.Workplane()\n  .box(1,1,1)\n  .filet(1))", "name", 4, 4),
    "after a loop": (
        f"result={BOX}\nfor i in range(3):\n  result=result.union({BOX})\nresult=result.hull()",
        "name",
        5,
        15,
    ),
    "of what a function returns": (f"def f():\n  return {BOX}\nresult=f().hull()", "name", 4, 12),
    "in a function": (f"def f():\n  return {BOX}.hull()\nresult=f()", "name", 3, 40),
    "in a method": (f"class A:\n  def f(self): return {BOX}.hull()\nresult=A().f()", "name", 3, 53),
    "of a vector": (f"v=cq.Vector(1,0,0).rotateZ(1)\nresult={BOX}", "name", 2, 20),
    "of a sketch": (f"s=cq.Sketch().rect(1,1).box(1)\nresult={BOX}", "name", 2, 25),
    "of a sum": (f"result=({BOX}+{BOX}).hull()", "name", 2, 70),
    "of what a sketch becomes": ("result=cq.Workplane().sketch().rect(1,1).finalize().hull()", "name", 2, 53),
    "an unknown class": ("result=cq.Workplan('XY')", "name", 2, 11),
    "an unknown class to import": (f"from cadquery import Workplan\nresult={BOX}", "name", 2, 1),
    "an unknown function of math": (
        "import math\nresult=cq.Workplane().circle(math.cosine(1)).extrude(1)",
        "name",
        3,
        35,
    ),
    "too few arguments": ("result=cq.Workplane().box(1,2)", "arity", 2, 23),
    "too many arguments": ("result=cq.Workplane().circle(1,2,3,4).extrude(1)", "arity", 2, 23),
    "an unknown keyword": ("result=cq.Workplane().circle(1,centre=True).extrude(1)", "arity", 2, 23),
    "an argument given twice": ("result=cq.Workplane().circle(1,radius=1).extrude(1)", "arity", 2, 23),
    "too few for a constructor": (f"result={BOX}.edges(cq.selectors.BoxSelector([1])).fillet(.1)", "arity", 2, 57),
    "too few for a function of its own": ("def f(a,b):\n  return a\nf(1)\n" + f"result={BOX}", "arity", 4, 1),
    "too many for a function of CadQuery": (f"cq.sortWiresByBuildOrder(1,2)\nresult={BOX}", "arity", 2, 4),
    "a string for a length": ("result=cq.Workplane().circle('1').extrude(1)", "type", 2, 23),
    "a point for a length": ("p=(1,2)\nresult=cq.Workplane().circle(p).extrude(1)", "type", 3, 23),
    "no length": ("w=0\nresult=cq.Workplane().box(w,1,1)", "type", 3, 23),
    "a number of sides that is no whole number": ("result=cq.Workplane().polygon(6.5,1).extrude(1)", "type", 2, 23),
    "an unknown plane": ("result=cq.Workplane('AB').box(1,1,1)", "type", 2, 11),
    "a selector that is none": (f"result={BOX}.faces('>Q')", "type", 2, 38),
    "a selector that is put together": (f"w=3\nresult={BOX}.edges(f'x<{{w+1}}')", "type", 3, 38),
    "an unknown mode": (
        "s=cq.Sketch().rect(1,1,mode='x')\nresult=cq.Workplane().placeSketch(s).extrude(1)",
        "type",
        2,
        15,
    ),
    "a spline of one point": ("r=cq.Workplane().spline([(1,1)]).close().extrude(1)", "type", 2, 18),
    "tangents that do not fit": (
        "p=[(0,0),(1,0),(2,2)]\nt=[(1,0)]\nr=cq.Workplane().spline(p,tangents=t).close().extrude(1)",
        "type",
        4,
        18,
    ),
    "a division by zero": ("n=0\nresult=cq.Workplane().circle(1/n).extrude(1)", "type", 3, 30),
    "nothing to extrude": ("result=cq.Workplane('XY').extrude(1)", "state", 2, 27),
    "an open path": ("result=cq.Workplane().lineTo(1,0).lineTo(1,1).extrude(1)", "state", 2, 47),
    "wires that are not pending": (
        "a=cq.Workplane().rect(1,1)\nb=cq.Workplane('XY',(0,0,3)).circle(1)\nresult=cq.Workplane().add(a).add(b).loft()",
        "state",
        4,
        37,
    ),
    "a fillet without a solid": ("result=cq.Workplane().rect(1,1).fillet(0.1).extrude(1)", "state", 2, 33),
    "a hole in nothing": ("result=cq.Workplane().hole(1)", "state", 2, 23),
    "a pocket in nothing, later": ("w=cq.Workplane().rect(1,1)\nresult=w.cutBlind(1)", "state", 3, 10),
    "a union with a profile": (f"result={BOX}.union(cq.Workplane().circle(1))", "state", 2, 38),
}


@pytest.fixture(scope="module")
def ran() -> dict[str, str]:
    """Text -> what became of it in plain CadQuery, of every case."""
    texts = [IMPORT + text for text in (*RIGHT.values(), *(case[0] for case in WRONG.values()))]
    with Sandbox() as sandbox:
        done = sandbox.run(texts)
    return {text: f"{one.status} {one.error}" for text, one in zip(texts, done, strict=True)}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT.keys())
def test_a_right_program_has_no_issue(text: str, ran: dict[str, str]) -> None:
    assert ran[IMPORT + text].startswith(("ok", "no_solid"))
    assert check(IMPORT + text) == []


@pytest.mark.parametrize(("text", "kind", "line", "column"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_program_has_its_first_issue_where_it_goes_wrong(
    text: str, kind: str, line: int, column: int, ran: dict[str, str]
) -> None:
    assert ran[IMPORT + text].startswith(("error", "syntax"))
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


def test_the_table_is_what_the_installed_package_has() -> None:
    assert signatures.PLACE.read_text(encoding="utf-8") == signatures.written(), "run benchmarks/signatures.py"


def test_what_needs_a_solid_fails_without_one() -> None:
    """Every operation that is reported on an empty chain fails there in the kernel."""
    samples = {"Size": 0.1, "Length": 0.1, "Extent": 0.1, "Angle": 30, "Until": 1, "Solid": cq.Workplane().box(1, 1, 1)}
    reported = []
    for (owner, name), operation in operations().items():
        needed = [parameter.type for parameter in operation.parameters if parameter.required]
        if owner == "Workplane" and operation.receives and all(kind in samples for kind in needed):
            told = ", ".join("b" if kind == "Solid" else str(samples[kind]) for kind in needed)
            text = f"{IMPORT}b={BOX}\ncq.Workplane().{name}({told})"
            if any(issue.kind == "state" for issue in check(text)):
                reported.append(name)
                with pytest.raises(Exception):  # noqa: B017, PT011
                    getattr(cq.Workplane(), name)(*(samples[kind] for kind in needed))
    assert {"fillet", "chamfer", "shell", "hole", "cut", "extrude", "revolve", "loft", "cutBlind"} <= set(reported)


PIECES = ["( 1 ,0, -2.5)", "[ - 1 ]", " ", "  ", "(1,0,0)", "(1,2)", "[0]", "[-1]", "x", "1"]
PIECES += [*"><|#+-%XY()", ">>", "XY", "plane", "Circle", "top", "left", "and", "or", "not", "exc", "except"]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9))
def test_a_text_is_a_selector_where_cadquery_reads_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        cq.selectors.StringSyntaxSelector(text)
        is_read = True
    except Exception:
        is_read = False
    assert is_selector(text) == is_read, text


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


LONG = {
    "a list": lambda n: f"a=[{','.join(['x'] * n)}]\n",
    "assignments": lambda n: "".join(f"a{i}=cq.Workplane().box(1,1,1)\n" for i in range(n)),
    "a chain": lambda n: f"a=cq.Workplane(){'.moveTo(1,1)' * (n // 20)}\n",
    "branches": lambda n: "if x: a=1\n" + "".join(f"elif x=={i}: a{i}={i}\n" for i in range(n // 4)),
    "functions": lambda n: "".join(f"def f{i}(): return f{i + 1}()\n" for i in range(n)) + "f0()\n",
    "mistakes": lambda n: f"{BOX}.filet(1)\n" * n,
    "loops in loops": lambda n: (
        "".join(f"{' ' * d}for i{d} in r:\n" for d in range(12)) + f"{' ' * 12}z+=1\n" * (n // 4)
    ),
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_a_text_twice_as_long_takes_twice_as_long(text) -> None:
    """Processor time, the least of three: no other process counts, and no square hides in a factor of eight."""
    seconds = {}
    for n in (200, 1600):
        code = IMPORT + "x=z=0\nr=[1]\n" + text(n)
        each = []
        for _ in range(3):
            start = time.process_time()
            check(code)
            each.append(time.process_time() - start)
        seconds[n] = min(each)
    assert seconds[1600] < 24 * max(seconds[200], 0.002)


def test_hints_that_are_not_computed_bind_nothing() -> None:
    assert check(f"from __future__ import annotations\n{IMPORT}def f(x: Width): return x\nresult={BOX}") == []


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", " # \f\n", " # \x1c\n", " # \u2028\n"], ids=ascii)
def test_a_place_is_counted_as_python_counts_lines(end: str) -> None:
    """Separators that Python takes for characters of a line stand in comments here, where it allows them."""
    (issue,) = check(f"import cadquery as cq{end}result = cq.Wrkplane()")
    assert (issue.line, issue.column, issue.context.split("\n")[0]) == (2, 13, "result = cq.Wrkplane()")


@given(st.text(max_size=200))
@example("\rA")
def test_any_text_is_answered(text: str) -> None:
    assert all(issue.line >= 1 and issue.column >= 1 for issue in check(text))


@given(st.sampled_from([IMPORT + text for text in RIGHT.values()]), st.data())
def test_any_cut_program_is_answered(code: str, data: st.DataObject) -> None:
    check(code[: data.draw(st.integers(0, len(code)))])


PLATE = "cq.Workplane().box(40,30,1)"
RUN = {  # program, kind, line, what is said
    "a fillet too large": (
        f"b={PLATE}\nresult=(b\n  .edges('>Z')\n  .fillet(9))",
        *("error", 5, "fillet radius 9 exceeds the 1 mm edge"),
    ),
    "a chamfer too large": (f"r={PLATE}.edges('>Z').chamfer(2)", "error", 2, "length 2 exceeds the 1 mm edge"),
    "a seam": ("r=cq.Workplane().cylinder(20,5).edges('|Z').chamfer(1)", "error", 2, "none of the selected edges"),
    "nothing selected": (f"result={BOX}.edges('%CIRCLE').fillet(.1)", "error", 2, "the selection holds no edge"),
    "a wall too thick": (
        "r=cq.Workplane().polygon(5,10).extrude(4).edges('|Z').fillet(1).faces('>Z').shell(-6)",
        *("error", 2, "the faces have no offset by -6"),
    ),
    "one profile to loft": ("result=cq.Workplane().rect(1,1).loft()", "error", 2, "two closed profiles at least"),
    "no solid": ("result=cq.Workplane().circle(1)", "no_solid", 2, "no solid"),
    "what was sure before": (f"b={BOX}\nresult=b.filet(1)", "name", 3, "did you mean fillet?"),
}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.mark.parametrize(("text", "kind", "line", "told"), RUN.values(), ids=RUN.keys())
def test_what_became_of_a_program_is_told_in_plain_words(
    text: str, kind: str, line: int, told: str, box: Sandbox
) -> None:
    issue = check(IMPORT + text, run=box)[0]
    assert (issue.kind, issue.line) == (kind, line), issue
    assert told in issue.message


def test_a_program_that_runs_has_no_issue(box: Sandbox) -> None:
    assert check(f"{IMPORT}result={BOX}", run=box) == []


@pytest.mark.slow  # starts a sandbox of its own
def test_it_runs_in_a_sandbox_of_its_own() -> None:
    assert check(f"{IMPORT}result={BOX}", run=True) == []


def test_it_predicts_what_the_kernel_refused(shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "data" / "llm_programs_dev.jsonl").read_text().splitlines()]
    flagged = [row for row in rows if check(row["code"])]
    failing = [row for row in rows if not row["runs"]]
    assert [row["code"] for row in flagged if row["runs"]] == []  # 346 programs run: no false alarm
    assert len(flagged) >= 0.6 * len(failing)
