"""Three ways to read a program, one result; what a profile does not know it refuses by name."""

import unicodedata
from collections.abc import Iterator

import pytest

from cadgen.lang.canonical import normal_text
from cadgen.shape import Sandbox
from tests.conftest import Sample

HEAD = "import cadquery as cq\n"
BOX = "cq.Workplane('XY').box(1,2,3)"


@pytest.fixture(scope="module")
def boxes(box: Sandbox) -> Iterator[dict[str, Sandbox]]:
    with (
        Sandbox(workers=2, timeout_s=30.0, profile="dialect") as dialect,
        Sandbox(workers=2, timeout_s=30.0, profile="interp") as interp,
    ):
        yield {"open": box, "dialect": dialect, "interp": interp}


PROGRAMS = {
    "a box": f"result={BOX}",
    "two names": f"w0=cq.Workplane('XY').rect(2,3)\nresult=w0.extrude(1).cut({BOX})",
    "negative numbers": "result=cq.Workplane('XZ',origin=(0,-1,.5)).moveTo(-1,-1).rect(2,1).extrude(-2)",
    "selectors": f"result={BOX}.faces('>Z').workplane().hole(.5).edges('|Z').fillet(.1)",
    "points": "result=cq.Workplane('XY').rect(9,9).extrude(1).faces('>Z').pushPoints([(1,2),(-1,2)]).hole(1)",
    "a sketch": "k0=cq.Sketch().rect(3,3).circle(1,mode='s')\nresult=cq.Workplane('XY').placeSketch(k0).extrude(1)",
    "a plane": "result=cq.Workplane(cq.Plane((0,0,1),(1,0,0),(0,1,1))).circle(2).extrude(1)",
    "a selector object": f"result={BOX}.faces(cq.NearestToPointSelector((0,0,9))).shell(-.1)",
    "several bodies": f"result={BOX}.union({BOX}.translate((5,0,0)))",
    "a long chain": f"result=cq.Workplane('XY'){''.join(f'.moveTo({i},0).circle(.4)' for i in range(150))}.extrude(1)",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_all_profiles_give_the_same_solid(boxes: dict[str, Sandbox], program: str) -> None:
    found = {profile: box.run([HEAD + program])[0] for profile, box in boxes.items()}
    assert {profile: execution.error for profile, execution in found.items()} == dict.fromkeys(found, "")
    assert len({execution.solid.volume for execution in found.values()}) == 1


def test_all_profiles_give_the_same_solids_on_real_programs(boxes: dict[str, Sandbox], gencad: list[Sample]) -> None:
    canonical = [normal_text(sample.code, 1024) for sample in gencad]
    told = {profile: [execution.solid.volume for execution in box.run(canonical)] for profile, box in boxes.items()}
    assert told["open"] == told["dialect"] == told["interp"]
    original = [execution.solid.volume for execution in boxes["dialect"].run([sample.code for sample in gencad])]
    assert original == [sample.solid.volume for sample in gencad]


@pytest.mark.parametrize(
    ("program", "volume"),
    [
        ("for i in range(3):\n  part = cq.Workplane().box(1,1,i+1)", 3),
        ("def make(n: float = 2) -> cq.Workplane:\n  return cq.Workplane().box(1,1,n)\npart = make()", 2),
        ("sizes: dict = {'x': 2}\npart = cq.Workplane().box(*[sizes['x'] if i else 1 for i in range(3)])", 4),
        ("from math import sqrt\nimport math\npart = cq.Workplane().box(1, sqrt(4), math.pow(2, 2))", 8),
        ("part = cq.Workplane().box(1,1,cq.Workplane().box(1,1,5).val().BoundingBox().zlen)", 5),
        ("x = [cq.Workplane().box(1,1,7)]\ncq.exporters.export(x[0], 'a.step')", 7),
        ("part = cq.Workplane().box(1,1,9)\nprint(f'{part.val().Volume()}')", 9),
    ],
)
def test_the_dialect_knows_how_people_model(boxes: dict[str, Sandbox], program: str, volume: float) -> None:
    (execution,) = boxes["dialect"].run([HEAD + program])
    assert execution.error == ""
    assert execution.solid.volume == pytest.approx(volume)


@pytest.mark.parametrize(
    "program",
    [
        "import os",
        "from cadquery import *",
        "import cadquery.occ_impl",
        "x=cq.exporters.os",
        "cq.importers.importStep('a')",
        f"{BOX}.export('a.stl')",
        "x=().__class__",
        "math=()\nx=math.__class__",
        "import math\nx=math.__getattribute__('__loader__')",
        "from math import __dict__ as x",
        "from cadquery import __class__ as x",
        "x='{0.real}'.format(1)",
        "x=f'{1:>9}'",
        "x=f'{1!r}'",
        "while True: pass",
        "try: pass\nexcept Exception: pass",
        "class A: pass",
        "x=lambda: 0",
        "with x: pass",
        "cq.Workplane.box=None",
        "print(**{})",
        "@print\ndef f(): pass",
        "global x",
        "result=cq.Workplane().text('a',5,1,fontPath='x')",
        "result=cq.Shape.importBrep('x')",
        "__import__('os')",
    ],
)
def test_the_dialect_refuses_what_is_not_modelling(boxes: dict[str, Sandbox], program: str) -> None:
    (execution,) = boxes["dialect"].run([f"{HEAD}result={BOX}\n{program}"])
    assert execution.status == "forbidden"
    assert "Forbidden: line " in execution.error


@pytest.mark.parametrize("builtin", ["open", "eval", "exec", "getattr", "setattr", "vars", "type", "ｏｐｅｎ"])
def test_the_dialect_has_no_built_in_that_leads_elsewhere(boxes: dict[str, Sandbox], builtin: str) -> None:
    (execution,) = boxes["dialect"].run([f"{HEAD}result={BOX}\nx={builtin}"])
    assert execution.error == f"NameError: name '{unicodedata.normalize('NFKC', builtin)}' is not defined"


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (f"result={BOX}", "the first line is not"),
        (f"{HEAD}for i in range(2): pass", "line 2: a line here binds one name"),
        (f"{HEAD}{BOX}", "line 2: a line here binds one name"),
        (f"{HEAD}cq={BOX}", "line 2: a line here binds one name"),
        (f"{HEAD}a=b={BOX}", "line 2: a line here binds one name"),
        (f"{HEAD}result=cq.Workplane('XY').box(1,2,1+2)", "BinOp is not part"),
        (f"{HEAD}result=cq.Workplane('XY').box(1,2,x)", "Name is not part"),
        (f"{HEAD}result=cq.Workplane('XY').box(1,2,1e300)", "a number beyond 1e+09"),
        (f"{HEAD}result=cq.Workplane('XY').box(*[1,2,3])", "Starred is not part"),
        (f"{HEAD}result=cq.Workplane('XY').box(**k)", r"** is not part"),
        (f"{HEAD}result={BOX}.val()", "Workplane.val is not in the table"),
        (f"{HEAD}result={BOX}.__init__()", "Workplane.__init__ is not in the table"),
        (f"{HEAD}result={BOX}.exportSvg('x')", "Workplane.exportSvg is not in the table"),
        (f"{HEAD}result=cq.exporters.export(1)", "cq.exporters.export is no class"),
        (f"{HEAD}result=cq.Workplane.box(1,2,3)", "cq.Workplane.box is no class"),
        (f"{HEAD}result=print(1)", "print is no class"),
        (f"{HEAD}result=cq.Workplane('XY').text('a',1,1,fontPath='f')", "fontPath is not part"),
        (f"{HEAD}result=cq.Workplane('XY').pushPoints([{'(1,1),' * 9000}]).circle(1).extrude(1)", "more than 20000"),
    ],
)
def test_interp_follows_chains_of_the_table_and_nothing_else(
    boxes: dict[str, Sandbox], program: str, reason: str
) -> None:
    (execution,) = boxes["interp"].run([program])
    assert execution.status == "forbidden"
    assert reason in execution.error


def test_a_program_that_breaks_a_serving_child_costs_only_itself(boxes: dict[str, Sandbox]) -> None:
    bomb = HEAD + "result=cq.Workplane('XY').polygon(20000000,5).extrude(1)"
    text = HEAD + "result=cq.Workplane('XY').text('a',-5,1)"
    good = [f"{HEAD}result=cq.Workplane('XY').box(1,1,{n})" for n in range(1, 21)]
    with Sandbox(workers=2, timeout_s=2.0, memory_mb=512, profile="interp") as box:
        found = box.run([*good[:7], bomb, *good[7:14], text, *good[14:]])
    assert found[7].status in ("timeout", "memory", "crash")
    assert found[15].status == "error"
    volumes = [execution.solid.volume for execution in found if execution.ok]
    assert volumes == pytest.approx(range(1, 21))
