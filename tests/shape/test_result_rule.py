"""Which variable is the result, whatever people call it and however they hand it over. Volumes are by hand."""

import math

import pytest

from cadgen.shape import Sandbox

HEAD = "import cadquery as cq\n"
BLOCK = "b=cq.Workplane().box(1,1,1)\n"
BODY = "body=cq.Workplane().box(3,3,1)\n"
PLATE = "tool=cq.Workplane().box(1,1,9)\nplate=cq.Workplane().box(4,4,1).cut(tool)\n"
TWO = "w=cq.Workplane().pushPoints([(0,0),(3,0)]).box(1,1,1,combine=False)\n"
STEP = "cq.exporters.export({}, 'part.step')\n"

NAMED = {  # program, volume, name
    "several solids of a stack": (
        "result=cq.Workplane().rect(8,6,forConstruction=True).vertices().box(1,1,2,combine=False)",
        8,
        "result",
    ),
    "a solid at each point": (
        "def made(at): return cq.Solid.makeBox(1,1,1).moved(at)\n"
        "result=cq.Workplane().pushPoints([(0,0),(3,0),(6,0)]).eachpoint(made)",
        3,
        "result",
    ),
    "solids that are selected": (
        "result=cq.Workplane().box(1,1,1).union(cq.Workplane().center(5,0).box(2,1,1)).solids()",
        3,
        "result",
    ),
    "one solid twice on a stack": (BLOCK + "result=b.add(b.val())", 1, "result"),
    "a solid beside wires": (BLOCK + "result=b.add(cq.Workplane().rect(1,1).val())", 1, "result"),
    "before a later one": (BLOCK + "result=b.translate((1,0,0))\nlarger=b.val().scale(3)", 1, "result"),
    "before what is shown": (PLATE + "result=tool\nshow_object(plate)", 9, "result"),
    "before what is exported": (PLATE + "part=tool\n" + STEP.format("plate"), 9, "part"),
}
LAST = {
    "helpers first, the part last": (
        "w0=cq.Workplane('XY')\nr=w0.box(2,3,4).union(w0.workplane(offset=2).circle(1).extrude(3))",
        24 + 3 * math.pi,
        "r",
    ),
    "the cutter first": (
        "hole=cq.Workplane().circle(1).extrude(9,both=True)\nplate=cq.Workplane().box(10,10,2)\nfinal=plate.cut(hole)",
        200 - 2 * math.pi,
        "final",
    ),
    "an assembly, its parts in their places": (
        "block=cq.Workplane().box(3,3,3)\npin=cq.Workplane().box(1,1,2)\n"
        "assy=cq.Assembly(block).add(pin,loc=cq.Location((0,0,2.5)))",
        29,
        "assy",
    ),
    "an older name bound anew": (BODY + "hole=cq.Workplane().box(1,1,9)\nbody=body.cut(hole)", 8, "body"),
    "bound anew in a loop": (
        BODY + "for x in (-3,0,3):\n  pin=cq.Workplane().center(x,0).box(1,1,3)\n  body=body.union(pin)",
        9 + 3 + 2 + 3,
        "body",
    ),
    "a profile after it": (BODY + "outline=cq.Workplane().rect(1,1)", 9, "body"),
    "a number after it": (BODY + "result=9", 9, "body"),
    "a shape of its own": (BLOCK + "bare=b.val().scale(2)", 8, "bare"),
    "a known name for its profile": ("shape=cq.Workplane().rect(2,3)\nbody=shape.extrude(4)", 24, "body"),
    "a known name for a number": ("part=3\nbody=cq.Workplane().box(1,1,part)", 3, "body"),
    "only a sketch is shown": (PLATE + "show_object(cq.Sketch().rect(1,1))", 15, "plate"),
}
SHOWN = {
    "shown": (PLATE + "show_object(plate)\nlater=tool", 15, "plate"),
    "with options": (PLATE + "show_object(plate, name='p', options={'alpha': 0.5})\nlater=tool", 15, "plate"),
    "without a name": (PLATE + "show_object(plate.translate((0,0,1)))\nlater=tool", 15, ""),
    "several, one of them twice": (
        PLATE + "other=tool.translate((9,0,0))\nfor one in (plate,other,plate): show_object(one)",
        24,
        "plate, other",
    ),
    "beside what is debugged": (PLATE + "debug(tool)\nshow_object(plate)\ndebug(tool)", 15, "plate"),
    "beside what is exported": (PLATE + "show_object(plate)\n" + STEP.format("tool"), 15, "plate"),
    "only debugged": (PLATE + "debug(plate)\nlater=tool", 15, "plate"),
    "by another name": (PLATE + "show(plate)\nlater=tool", 15, "plate"),
}
EXPORTED = {
    "exported": (PLATE + STEP.format("plate") + "later=tool", 15, "plate"),
    "in two formats": (PLATE + STEP.format("plate") + "cq.exporters.export(plate, 'a.stl')", 15, "plate"),
    "after another": (PLATE + STEP.format("tool") + STEP.format("plate") + "later=tool", 15, "plate"),
    "a stack of solids": (TWO + STEP.format("w"), 2, "w"),
    "beside what is debugged": (PLATE + "debug(tool)\n" + STEP.format("plate") + "later=tool", 15, "plate"),
}
OPEN = {  # rule, program, volume, name: what the profile dialect does not let in
    "bound in a function": ("last", "def f():\n  global w\n  w=cq.Workplane().box(1,2,3)\nf()", 6, "w"),
    "where there is a viewer": ("shown", PLATE + "if 'show_object' in globals(): show_object(tool)", 9, "tool"),
    "a viewer of its own": ("last", PLATE + "def show_object(*_): pass\nshow_object(tool)", 15, "plate"),
    "by the library": ("shown", PLATE + "from cadquery.vis import show\nshow(plate)\nlater=tool", 15, "plate"),
    "an assembly": ("exported", PLATE + "cq.Assembly().add(plate).save('a.step')\nlater=tool", 15, ""),
    "by a chain": ("exported", PLATE + "plate.export('a.stl')\nlater=tool", 15, "plate"),
    "by a shape": ("exported", PLATE + "plate.val().exportStep('a.step')\nlater=tool", 15, ""),
    "into a stream": ("last", PLATE + "import io\ntool.val().exportBrep(io.BytesIO())", 15, "plate"),
}
PROGRAMS = {
    f"{rule}: {what}": (rule, *told)
    for rule, table in {"named": NAMED, "last": LAST, "shown": SHOWN, "exported": EXPORTED}.items()
    for what, told in table.items()
}
ABOVE = "a solid lies up its chain"
NO_SOLID = {  # program -> what is said
    "": "no variable holds a CadQuery object; assign it to one of solid, result, ",
    "sketch=cq.Sketch().rect(1,1)": "sketch holds 1 Sketch but no solid; place it on a workplane",
    "result=cq.Workplane().rect(1,1)": "result holds 1 Wire but no solid; extrude or revolve it",
    "w=cq.Workplane().pushPoints([(0,0),(3,0)]).rect(1,1)": "w holds 2 Wires but no solid; extrude or revolve it",
    BLOCK + "result=b.faces('|Z')": f"result holds 2 Faces but no solid; {ABOVE}",
    BLOCK + "result=b.faces('>Z').workplane()": f"result holds nothing; {ABOVE}",
    "result=cq.Workplane()": "result holds nothing; build one",
    "result=cq.Assembly()": "result holds 1 Compound but no solid; build one",
    "show_object(cq.Workplane().rect(1,1))": "the result holds 1 Wire but no solid; extrude or revolve it",
}


@pytest.mark.parametrize("profile", ["open", "dialect"])
def test_the_result_is_what_the_program_says_it_is(box: Sandbox, profile: str) -> None:
    programs = PROGRAMS | (OPEN if profile == "open" else {})
    found = box.run([HEAD + code for _, code, *_ in programs.values()], profile=profile)
    told = {
        name: (one.rule, one.solid and round(one.solid.volume, 6), one.name, one.error)
        for name, one in zip(programs, found, strict=True)
    }
    assert told == {name: (rule, round(volume, 6), of, "") for name, (rule, _, volume, of) in programs.items()}


def test_what_follows_chains_only_takes_the_same(box: Sandbox) -> None:
    chains = "hole=cq.Workplane('XY').circle(1).extrude(9)\nplate=cq.Workplane('XY').box(4,4,1)\nhole=plate.cut(hole)"
    (found,) = box.run([HEAD + chains], profile="interp")
    assert (found.rule, found.name) == ("last", "hole")
    assert found.solid.volume == pytest.approx(16 - math.pi / 2)


def test_what_holds_no_solid_is_named(box: Sandbox) -> None:
    found = box.run([HEAD + code for code in NO_SOLID])
    assert [one.status for one in found] == ["no_solid"] * len(NO_SOLID)
    told = {code: one.error for code, one in zip(NO_SOLID, found, strict=True)}
    assert {code: words for code, words in told.items() if NO_SOLID[code] not in words} == {}


def test_a_format_that_nobody_writes_is_the_mistake_of_the_program(box: Sandbox) -> None:
    (found,) = box.run([HEAD + PLATE + "cq.exporters.export(plate, 'plate.doc')"])
    assert found.status == "error" and "Unknown extension" in found.error


def test_the_rule_of_the_take_home_evaluation_takes_the_first(box: Sandbox) -> None:
    expected = {  # program -> rule, name, volume
        PLATE: ("first", "tool", 9),
        PLATE + "part=plate": ("named", "part", 15),
        PLATE + "tool=plate": ("first", "tool", 15),
        PLATE + "show_object(plate)": ("first", "tool", 9),
        TWO: ("first", "w", 1),
        "result=cq.Workplane().rect(1,1)\n" + PLATE: ("", "", None),
    }
    chains = "a=cq.Workplane('XY').box(1,1,2)\nb=cq.Workplane('XY').box(1,1,3)"
    with Sandbox(workers=1, timeout_s=30.0, rule="takehome") as parity:
        found = parity.run([HEAD + code for code in expected])
        (by_chains,) = parity.run([HEAD + chains], profile="interp")
    told = [(one.rule, one.name, one.solid and round(one.solid.volume, 6)) for one in found]
    assert told == [*expected.values()]
    assert (by_chains.rule, by_chains.name, by_chains.solid.volume) == ("first", "a", pytest.approx(2))
    with pytest.raises(ValueError, match="rule='last' is unknown"):
        Sandbox(rule="last")


@pytest.mark.parametrize(
    "said", ["b'named result'", "b'best result' + data", "data", "b'named ' + data[:1]", "b'x' * 5000 + data"]
)
def test_a_program_that_tells_no_rule_leaves_no_result(box: Sandbox, said: str) -> None:
    lines = [
        "import io, os",
        "stream = io.BytesIO()",
        "cq.Workplane().box(1,2,3).val().exportBin(stream)",
        "data = bytes([10]) + stream.getvalue()",
        f"said = {said}",
        "os.write(3, b'ok'.ljust(16) + len(said).to_bytes(8, 'little') + said)",
        "os._exit(0)",
    ]
    (found,) = box.run([HEAD + "\n".join(lines)])
    assert (found.status, found.rule, found.solid) == ("crash", "", None)
