"""`normalise`: the normal form of any program, by what it does; the volumes are by hand or by plain CadQuery."""

import math
from random import Random

import numpy as np
import pytest

from cadgen.lang import DialectError, normalise, normalise_all, parse
from cadgen.shape import Sandbox
from tests.lang import idioms

GRID = 1000
HEAD = "import cadquery as cq\nimport math\n"
_BOX = "b=cq.Workplane().box(2,2,2)\n"


@pytest.fixture(scope="module")
def box():
    with Sandbox(workers=2, timeout_s=30) as running:
        yield running


# What a program does hangs on the kernel, on what is changed in place, on statements of every kind.
VOLUMES = {
    "a branch on a volume": (_BOX + "result=cq.Workplane().box(3 if b.val().Volume()<9 else 7,1,1)\n", 3),
    "break": (
        _BOX
        + "n=1\nfor i in range(4):\n    if b.val().Volume()<9: break\n    n+=1\nresult=cq.Workplane().box(n,1,1)\n",
        1,
    ),
    "a list changed in a branch": (
        "p=[(0,0),(6,0)]\nif p: p.append((6,2))\nelse: p.append((0,8))\n"
        "result=cq.Workplane().polyline(p).close().extrude(1)\n",
        6,
    ),
    "a loop over vertices": (_BOX + "n=len(b.vertices('>Z').vals())\nresult=cq.Workplane().box(n,1,1)\n", 4),
    "a kernel solid in a list": (
        "ps=[cq.Workplane().box(3,3,1)]\nps.append(cq.Workplane(obj=cq.Solid.makeCone(1,.5,2,pnt=cq.Vector(0,0,5))))\n"
        "result=ps[0]\nfor p in ps[1:]: result=result.union(p)\n",
        9 + math.pi * 7 / 6,
    ),
    "add in place": (
        "w=cq.Workplane().box(1,1,1)\nw.add(cq.Workplane().box(1,1,1).translate((4,0,0)))\nresult=w.combine()\n",
        2,
    ),
    "a sketch used, then changed": (
        "s=cq.Sketch().rect(4,4)\na=cq.Workplane().placeSketch(s).extrude(1)\ns.circle(1,mode='s')\n"
        "result=a.union(cq.Workplane('XY',origin=(0,0,5)).placeSketch(s).extrude(1))\n",
        32 - math.pi,
    ),
    "a tag beside the chain": (
        "w=cq.Workplane().box(4,4,1)\nw.faces('>Z').tag('t')\nresult=w.workplaneFromTagged('t').rect(1,1).extrude(2)\n",
        18,
    ),
    "drawn aside": ("w=cq.Workplane()\nw.rect(4,4)\nw.circle(1)\nresult=w.extrude(1)\n", 16 - math.pi),
    "drawn aside, in a plane that leans": (
        "w=cq.Workplane(cq.Plane((0,0,0),(1,1,0),(0,0,1)))\nw.add(w.rect(4,4)).add(w.circle(1))\nresult=w.extrude(1)\n",
        16 - math.pi,
    ),
    "a fillet that fails": (
        "b=cq.Workplane().box(3,1,1)\ntry: result=b.edges().fillet(9)\nexcept Exception: result=b\n",
        3,
    ),
    "a function at each point": (
        "pin=cq.Solid.makeBox(1,1,2)\nresult=cq.Workplane().box(9,9,1).union(cq.Workplane()"
        ".pushPoints((x,0) for x in (-3,3)).eachpoint(lambda at: pin.moved(at)).combine())\n",
        81 + 2 * 1.5,
    ),
    "a filter": (
        "up=lambda f: f.normalAt().z>.5\n"
        "result=cq.Workplane().box(4,4,1).faces().filter(up).workplane().rect(1,1).extrude(1)\n",
        17,
    ),
    "a solid made larger": ("result=cq.Workplane(obj=cq.Workplane().box(1,2,3).val().scale(2))\n", 48),
    "kernel solids, joined": (
        "a=cq.Solid.makeBox(2,2,2)\nresult=cq.Workplane(obj=a.cut(cq.Solid.makeCylinder(1,9,cq.Vector(1,1,-1))))\n",
        8 - 2 * math.pi,
    ),
    "a sketch of a workplane as a face": (
        "w=cq.Workplane()\nresult=w.sketch().rect(8,6).face(w.sketch().segment((-1,-1),(1,-1)).segment((0,1)).close()"
        ".assemble(),mode='s').finalize().extrude(2)\n",
        92,
    ),
    "points as lists": (
        "result=cq.Workplane().box(4,4,1).faces('>Z').workplane().pushPoints([[0,0],[1,1]]).rect(.5,.5).cutThruAll()\n",
        15.5,
    ),
    "a selector's point of two numbers": (
        "result=cq.Workplane().box(4,4,4).edges(cq.NearestToPointSelector((2,2))).chamfer(1)\n",
        62,
    ),
    "what is drawn and never used": (
        "result=cq.Workplane().box(4,4,1).faces('>Z').workplane().rect(3,3).vertices().hole(0.5)\n",
        16 - math.pi / 4,
    ),
    "a hole beside what waits": (
        "result=cq.Workplane().box(9,9,1).faces('>Z').workplane().circle(1).rect(6,6,forConstruction=True).vertices()"
        ".hole(1).cutThruAll()\n",
        81 - math.pi - math.pi,
    ),
}


# As the canonical text has it: loops are unrolled, functions and arithmetic computed, operators are methods.
WRITTEN = {
    "r=cq.Workplane().box(4,1,1)\nfor i in range(2):\n  for y in [0,0.25]:\n"
    "    r=r.faces('>Z').workplane().center(i,y).cskHole(0.1,0.2,90)\n": "result=cq.Workplane().box(4000,1000,1000)\n"
    + "".join(
        f"result=result.faces('>Z').workplane().center({x},{y}).cskHole(100,200,90)\n"
        for x in (0, 1000)
        for y in (0, 250)
    ),
    "def ball(r, at=(0,0,1)):\n  return cq.Workplane().sphere(r).translate(at)\n"
    "result=ball(math.sqrt(4)/2) - ball(r=2**-1,at=(1,0,0))\n": "result=cq.Workplane().sphere(1000)\n"
    "result=result.translate((0,0,1000)).cut(cq.Workplane().sphere(500).translate((1000,0,0)))\n",
}


def test_a_program_is_written_as_the_calls_that_it_made(box):
    texts = normalise_all([HEAD + code for code in WRITTEN], GRID, box)
    assert texts == [f"import cadquery as cq\n{text}" for text in WRITTEN.values()]


@pytest.fixture(scope="module")
def forms(box):
    texts = normalise_all([HEAD + code for code, _ in VOLUMES.values()], GRID, box)
    return dict(zip(VOLUMES, texts, strict=True))


@pytest.mark.parametrize("name", VOLUMES)
def test_the_normal_form_is_of_the_solid_that_the_program_builds(name, forms, box):
    assert isinstance(forms[name], str), forms[name]
    parse(forms[name])
    (found,) = box.weigh([forms[name]])
    assert found.mass.volume / GRID**3 == pytest.approx(VOLUMES[name][1], rel=1e-6)


REFUSED = {
    "result=cq.Workplane().box(1,1,1\n": "line 3: the program does not run: syntax",
    "result=cq.Workplane().box(1,1,1).edges().fillet(9)\n": "line 3: the program does not run: error",
    "result=cq.Workplane(obj=cq.Solid.makeBox(1,1,1,cq.Vector(),cq.Vector(1,1,1)))\n": "line 3: a box along another",
    "result=cq.Workplane().parametricCurve(lambda t:(math.cos(t),math.sin(t),0),stop=2*math.pi).extrude(1)\n": "line 3",
    "r=cq.Workplane().box(1,1,1)\nr.objects=[object()]\nresult=r\n": "no_solid",
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_cannot_be_written_is_refused_with_the_reason(code, box):
    with pytest.raises(DialectError) as refusal:
        normalise(HEAD + code, GRID, box)
    assert REFUSED[code] in str(refusal.value)


def test_a_text_of_another_solid_never_leaves(box, monkeypatch):
    from cadgen.lang import normal_form

    wrong = "import cadquery as cq\nresult=cq.Workplane('XY').box({0},{0},{0})\n"
    monkeypatch.setattr(normal_form, "texts_of", lambda *_: iter([(wrong.format(1010), wrong.format(1.01))]))
    with pytest.raises(DialectError, match=r"another solid, of volume 1\.03"):
        normalise(HEAD + "result=cq.Workplane().box(1,1,1)\n", GRID, box)


def test_notes_that_are_none_are_refused(box, monkeypatch):
    from cadgen.lang.canonical import texts_of

    for notes in ([1], [{"line": "x"}], [{"owner": [], "name": {}, "line": 1, "of": None, "args": 3, "keywords": {}}]):
        with pytest.raises(DialectError):
            next(texts_of(notes, [{"ref": 0}], GRID, 6))
    with pytest.raises(DialectError):
        next(texts_of([], [{"ref": -1}], GRID, 6))


@pytest.mark.parametrize("count", [30, pytest.param(500, marks=pytest.mark.slow)])
def test_random_programs_are_written_as_what_they_build_or_refused(count, box):
    random = Random(count)
    codes = [idioms.draw(random) for _ in range(count)]
    plain = [recording.mass for recording in box.record(codes)]
    texts = normalise_all(codes, 1024, box)
    written = [
        (code, mass, text) for code, mass, text in zip(codes, plain, texts, strict=True) if isinstance(text, str)
    ]
    for (code, mass, _), found in zip(written, box.weigh([text for _, _, text in written]), strict=True):
        assert found.mass.volume / 1024**3 == pytest.approx(mass.volume, rel=1e-6), code
    refused = [str(text) for text in texts if not isinstance(text, str)]
    assert all(refused)
    assert len(refused) <= count // 10, refused


@pytest.mark.parametrize(
    "body",
    [
        "show_object(cq.Workplane().box(1,1,1))\nshow_object(cq.Workplane().center(3,0).box(1,1,1))",
        "a=cq.Workplane().box(1,1,1)\nb=cq.Assembly().add(a).add(a,loc=cq.Location((1,0,0)))",
        "a=cq.Workplane().box(1,1,1)\nb=cq.Assembly(a).add(cq.Assembly(a,loc=cq.Location((0,4,0))),loc=cq.Location((0,0,2)))",
        "a=cq.Workplane().pushPoints([(0,0),(3,0)]).box(1,1,1,combine=False)",
    ],
    ids=["shown one by one", "an assembly", "an assembly of assemblies", "on one stack"],
)
def test_all_bodies_that_a_program_leaves_are_written(body, box):
    (found,) = box.run([normalise(f"import cadquery as cq\n{body}\n", 100, box)])
    assert found.solid.volume == pytest.approx(2 * 100**3) and len(np.unique(found.solid.triangle_body)) == 2
