"""Lengths that the table of operations asks to be above 0 or other than 0: the kernel itself decides.

`{}` stands for the length, {w} for a workplane, {s} for a solid, {f} for a workplane on its top and {k} for a sketch.
"""

import pytest

from cadgen.lang import Grammar, check
from cadgen.lang.grammar.operation import operations
from cadgen.shape import Execution, Sandbox

PARTS = {"w": "cq.Workplane('XY')", "s": "cq.Workplane('XY').box(40,40,40)"}
PARTS["f"] = f"{PARTS['s']}.faces('>Z').workplane()"
PARTS["k"] = f"{PARTS['w']}.sketch()"

CASES = {  # class, method, parameter: a program
    ("Workplane", "box", "length"): "{w}.box({},5,5)",
    ("Workplane", "box", "width"): "{w}.box(5,{},5)",
    ("Workplane", "box", "height"): "{w}.box(5,5,{})",
    ("Workplane", "cboreHole", "cboreDepth"): "{f}.cboreHole(4,8,{})",
    ("Workplane", "cboreHole", "depth"): "{f}.cboreHole(4,8,3,depth={})",
    ("Workplane", "chamfer", "length"): "{s}.edges('|Z').chamfer({})",
    ("Workplane", "circle", "radius"): "{w}.circle({}).extrude(5)",
    ("Workplane", "cskHole", "cskDiameter"): "{f}.cskHole(4,{},82)",
    ("Workplane", "cskHole", "depth"): "{f}.cskHole(4,8,82,depth={})",
    ("Workplane", "cutBlind", "until"): "{f}.circle(5).cutBlind({})",
    ("Workplane", "cylinder", "height"): "{w}.cylinder({},5)",
    ("Workplane", "cylinder", "radius"): "{w}.cylinder(5,{})",
    ("Workplane", "ellipse", "x_radius"): "{w}.ellipse({},5).extrude(5)",
    ("Workplane", "ellipse", "y_radius"): "{w}.ellipse(5,{}).extrude(5)",
    ("Workplane", "ellipseArc", "x_radius"): "{w}.ellipseArc({},3,angle1=0,angle2=90).lineTo(0,0).close().extrude(5)",
    ("Workplane", "ellipseArc", "y_radius"): "{w}.ellipseArc(3,{},angle1=0,angle2=90).lineTo(0,0).close().extrude(5)",
    ("Workplane", "extrude", "until"): "{w}.circle(5).extrude({})",
    ("Workplane", "fillet", "radius"): "{s}.edges('|Z').fillet({})",
    ("Workplane", "hLine", "distance"): "{w}.hLine({}).vLine(5).hLine(-9).close().extrude(5)",
    ("Workplane", "hole", "depth"): "{f}.hole(5,depth={})",
    ("Workplane", "polarLine", "distance"): "{w}.polarLine({},30).vLine(5).hLine(-9).close().extrude(5)",
    ("Workplane", "polygon", "diameter"): "{w}.polygon(6,{}).extrude(5)",
    ("Workplane", "radiusArc", "radius"): "{w}.radiusArc((1,1),{}).hLine(5).close().extrude(5)",
    ("Workplane", "sagittaArc", "sag"): "{w}.sagittaArc((5,5),{}).hLine(5).close().extrude(5)",
    ("Workplane", "shell", "thickness"): "{s}.faces('>Z').shell({})",
    ("Workplane", "slot2D", "diameter"): "{w}.slot2D(9,{}).extrude(5)",
    ("Workplane", "sphere", "radius"): "{w}.sphere({})",
    ("Workplane", "twistExtrude", "distance"): "{w}.rect(5,5).twistExtrude({},90)",
    ("Workplane", "vLine", "distance"): "{w}.vLine({}).hLine(5).vLine(-9).close().extrude(5)",
    ("Workplane", "wedge", "dx"): "{w}.wedge({},5,5,1,1,4,4)",
    ("Workplane", "wedge", "dy"): "{w}.wedge(5,{},5,1,1,4,4)",
    ("Workplane", "wedge", "dz"): "{w}.wedge(5,5,{},1,1,4,4)",
    ("Sketch", "arc", "r"): "{k}.arc((0,0),{},0,90).segment((0,0)).close().assemble().finalize().extrude(5)",
    ("Sketch", "chamfer", "d"): "{k}.rect(9,9).vertices().chamfer({}).finalize().extrude(5)",
    ("Sketch", "circle", "r"): "{k}.circle({}).finalize().extrude(5)",
    ("Sketch", "ellipse", "a1"): "{k}.ellipse({},3).finalize().extrude(5)",
    ("Sketch", "ellipse", "a2"): "{k}.ellipse(3,{}).finalize().extrude(5)",
    ("Sketch", "fillet", "d"): "{k}.rect(9,9).vertices().fillet({}).finalize().extrude(5)",
    ("Sketch", "rect", "h"): "{k}.rect(3,{}).finalize().extrude(5)",
    ("Sketch", "rect", "w"): "{k}.rect({},3).finalize().extrude(5)",
    ("Sketch", "regularPolygon", "r"): "{k}.regularPolygon({},6).finalize().extrude(5)",
    ("Sketch", "segment", "l"): "{k}.segment((0,0),(9,0)).segment({},90).close().assemble().finalize().extrude(5)",
    ("Sketch", "slot", "h"): "{k}.slot(9,{}).finalize().extrude(5)",
    ("Sketch", "slot", "w"): "{k}.slot({},3).finalize().extrude(5)",
    ("Sketch", "trapezoid", "h"): "{k}.trapezoid(9,{},80).finalize().extrude(5)",
}


def kinds() -> dict[tuple[str, str, str], str]:
    return {
        (s.owner, s.name, p.name): p.type
        for operation in operations().values()
        for s in operation.signatures
        for p in s.parameters
        if p.type in ("Size", "Extent", "Until")
    }


def program(case: tuple[str, str, str], length: str) -> str:
    parts = CASES[case].replace("{}", length)
    for letter, part in PARTS.items():
        parts = parts.replace(f"{{{letter}}}", part)
    return f"import cadquery as cq\nresult={parts}\n"


def is_body(run: Execution) -> bool:
    return run.status == "ok" and run.solid.valid and run.solid.volume > 1e-9


def test_every_such_length_has_a_case():
    assert kinds().keys() == CASES.keys()


@pytest.mark.parametrize("length", ["1", "2.5", "0", "0.0", "-1", "-0.5"])
def test_grammar_and_check_refuse_what_the_type_excludes(length):
    for case, kind in kinds().items():
        taken = float(length) > 0 or (kind != "Size" and float(length) != 0)
        assert Grammar().accepts(program(case, length)) == taken, case
        if not operations()[case[:2]].others:  # else what is not a radius may be another argument
            assert (not check(program(case, length))) == taken, case


def test_the_kernel_refuses_what_the_type_excludes():
    lengths = [(case, length) for case, kind in kinds().items() for length in ("0", "-1")[: 1 + (kind == "Size")]]
    with Sandbox(timeout_s=2.0) as sandbox:  # an arc of an ellipse without a radius hangs
        runs = sandbox.run([program(*pair) for pair in lengths])
    assert {pair for pair, run in zip(lengths, runs, strict=True) if is_body(run)} == set()


def test_the_kernel_takes_what_the_type_allows():
    """A negative extent among it, or the table would say Size."""
    lengths = [(case, length) for case, kind in kinds().items() for length in ("1", "-1")[: 1 + (kind != "Size")]]
    with Sandbox() as sandbox:
        runs = sandbox.run([program(*pair) for pair in lengths])
    assert {pair for pair, run in zip(lengths, runs, strict=True) if run.status != "ok"} == set()
