"""Parts as long as asked: what plain CadQuery, on its own, says of the programs."""

import json
import subprocess
import sys

import pytest

from cadgen.parts import sample_part
from cadgen.program import (
    Array,
    Circle,
    Extrude,
    Grid,
    Revolve,
    Tilt,
    Tilted,
    Wheel,
    rectangle,
    scaled,
    stands,
    write,
)
from cadgen.size import SizeError, fold_of, length_mm, sized

# Each program of stdin, one after the other: its volume, and the box around a fine mesh of its surfaces.
ORACLE = """
import json, sys
for code in json.load(sys.stdin):
    names = {}
    exec(code, names)
    shape = names["result"].val()
    points, _ = shape.tessellate(3e-4 * shape.BoundingBox().DiagonalLength, 0.05)
    spans = [[getattr(point, axis) for point in points] for axis in "xyz"]
    print(json.dumps([shape.Volume(), [max(span) - min(span) for span in spans], len(shape.Solids()), shape.isValid()]))
"""
BLOCK = Extrude("union", "XY", -24, 24, (rectangle(-192, -100, 192, 100),))
HOLES = (rectangle(-4, -6, 4, 6), Circle((0, 0), 2))
STEPS = {
    "extrude": (BLOCK,),
    "extrude along y": (Extrude("union", "XZ", 7, 24, (rectangle(-192, -100, 12, 100),)),),
    "revolve": (Revolve("union", "XZ", 3, 1, 7, (rectangle(7, -50, 199, 51),)),),
    "revolve around x": (Revolve("union", "XY", 0, 0, -9, (rectangle(-30, -9, 61, 101), rectangle(20, 50, 27, 60))),),
    "grid": (BLOCK, Array("cut", "XY", -24, 24, Grid((-150, -60), (50, 41), (5, 3)), HOLES)),
    "grid of a row": (BLOCK, Array("cut", "XY", 0, 24, Grid((-150, 3), (50, 1), (7, 1)), HOLES[:1])),
    "wheel": (BLOCK, Array("cut", "XY", -5, 24, Wheel((3, 0), 61, 17, 7), HOLES[1:])),
    "tilted": (BLOCK, Tilted(Extrude("cut", "XY", -300, 300, (Circle((0, 0), 31),)), (Tilt(1, (11, 5), 33),))),
    "tilted twice": (Tilted(BLOCK, (Tilt(0, (3, 5), 20), Tilt(2, (0, 0), -41))),),
    "tilted revolve": (Tilted(Revolve("union", "YZ", 0, 1, 0, (rectangle(0, 0, 40, 90),)), (Tilt(1, (0, 0), 45),)),),
    "thin": (Extrude("union", "XY", 0, 1, (rectangle(-192, -3, 192, 4), Circle((0, 0), 2))),),
    "drilled": (BLOCK, Extrude("cut", "XZ", -50, 100, (Circle((7, 8), 9),))),
    "drilled from y and x": (
        BLOCK,
        Extrude("cut", "XZ", -100, 30, (Circle((7, 8), 9), Circle((90, -8), 9))),
        Extrude("cut", "YZ", 100, 192, (Circle((7, 8), 9),)),
    ),
    "drilled under a step": (
        BLOCK,
        Extrude("union", "XY", 24, 60, (rectangle(-50, -50, 50, 50),)),
        Extrude("cut", "XY", 0, 60, (Circle((0, 0), 9), Circle((90, 8), 9))),
    ),
    "with holes": (Extrude("union", "XZ", -5, 9, (Circle((20, 30), 100), Circle((20, 80), 9), Circle((20, 30), 30))),),
    "rings": (Extrude("union", "YZ", -5, 9, tuple(Circle((20, 30), radius) for radius in (100, 80))),),
    "touching": (BLOCK, Extrude("union", "XY", 24, 61, (rectangle(-77, -31, 78, 33),))),
}
FAMILIES = [None, *("revolve", "leaning", "arrayed", "counterbore", "polar_array"), *("chamfer", "fillet", "shell")]


@pytest.fixture(scope="module")
def in_plain_cadquery():
    """(programs) -> for each volume, extents, number of bodies, whether it is valid."""

    def told(codes):
        done = subprocess.run(
            [sys.executable, "-c", ORACLE], input=json.dumps(codes), capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stderr
        return list(map(json.loads, done.stdout.splitlines()))

    return told


def check(parts, sizes, box, oracle):
    """Scales them all and has the oracle compare what came out with what was; returns what came out."""
    found = [sized(code, fold_of(code), solid, size, box) for (code, solid), size in zip(parts, sizes, strict=True)]
    told = oracle([*(one.code for one in found), *(code for code, _ in parts)])
    for one, size, now, was in zip(found, sizes, told[: len(found)], told[len(found) :], strict=True):
        (volume, extents, bodies, valid), factor = now, size / max(was[1])
        assert max(extents) == pytest.approx(size, rel=1e-3), one.code
        assert extents == pytest.approx([factor * length for length in was[1]], abs=1e-3 * size), one.code
        assert volume == pytest.approx(was[0] * factor**3, rel=1e-3), one.code
        assert (bodies, valid) == (was[2], was[3]), one.code
        assert one.extents_mm == pytest.approx(extents, abs=1e-3 * size)
        assert one.execution.solid.volume == pytest.approx(volume, rel=1e-6)
    return found


def test_every_type_of_step_is_as_long_as_asked(box, in_plain_cadquery):
    codes = list(map(write, STEPS.values()))
    parts = [(code, execution.solid) for code, execution in zip(codes, box.run(codes), strict=True)]
    found = check(parts, [120 if n % 2 else 3.3 for n in range(len(parts))], box, in_plain_cadquery)
    assert not any(one.by_line for one in found)


def first_part(box, family):
    """Of this family; some seeds of some ask for what the kernel cannot do."""
    for seed in range(20):
        try:
            return sample_part(seed, box, family and {family: 1})
        except RuntimeError:
            continue
    raise AssertionError(f"no part of {family}")


def test_generated_parts_are_as_long_as_asked_and_those_that_are_no_folds_by_a_last_line(box, in_plain_cadquery):
    drawn = [first_part(box, family) for family in FAMILIES]
    sizes = [float(137 * n + 9) for n in range(len(drawn))]
    found = check([(part.code, part.solid) for part in drawn], sizes, box, in_plain_cadquery)
    by_line = {part.family for part, one in zip(drawn, found, strict=True) if one.by_line}
    assert by_line == {"chamfer", "fillet", "shell"}
    for part, one in zip(drawn, found, strict=True):
        assert not one.by_line or (one.code.startswith(part.code) and one.code.count("\n") == part.code.count("\n") + 1)


def test_numbers_have_as_few_decimals_as_the_part_allows():
    whole = [f"{write(scaled(STEPS[name], 100 / 384 * 100), 2)}" for name in ("extrude", "wheel")]
    assert whole[0].splitlines()[1] == (
        "result=cq.Workplane('XY',origin=(0,0,-6.25)).moveTo(-50,-26.04).lineTo(50,-26.04).lineTo(50,26.04)"
        ".lineTo(-50,26.04).close().extrude(12.5)"
    )
    assert ".polarArray(15.89,17,360,7).circle(0.52).extrude(7.55)" in whole[1]
    assert write((BLOCK,), 0) == write((BLOCK,))
    assert not stands(scaled(STEPS["thin"], 0.2))


def test_a_thin_part_gets_the_decimals_that_it_needs_and_no_more(box):
    thin, block = (write(STEPS[name]) for name in ("thin", "extrude"))
    thin_solid, block_solid = (execution.solid for execution in box.run([thin, block]))
    assert ".extrude(0.2604)" in sized(thin, fold_of(thin), thin_solid, 100, box).code
    assert ".extrude(12.5)" in sized(block, (BLOCK,), block_solid, 100, box).code
    assert ".extrude(0.125)" in sized(block, (BLOCK,), block_solid, 1, box).code


@pytest.mark.parametrize(
    ("text", "length"),
    [("120", 120), ("120mm", 120), ("12cm", 120), ("4.5in", 114.3), (" 4.5 IN ", 114.3), (".5", 0.5), ("0.1", 0.1)],
)
def test_a_length_is_read_with_its_unit(text, length):
    assert length_mm(text) == pytest.approx(length)


@pytest.mark.parametrize(
    "text", ["", "mm", "0", "-5", "12ft", "1e3", "nan", "inf", "1,5", "0.05", "1e9", "100001", "9" * 400, "１２", "5 5"]
)
def test_what_is_no_length_that_a_part_can_have_is_told_with_the_remedy(text):
    with pytest.raises(SizeError, match="give"):
        length_mm(text)


def test_a_part_that_comes_out_as_another_one_is_refused(box, monkeypatch):
    code = write(STEPS["extrude"])
    (execution,) = box.run([code])
    other = "import cadquery as cq\nresult=cq.Workplane().box(50,20,10)"
    monkeypatch.setattr("cadgen.size._scaled", lambda *_: [(one, "interp", False) for one in (other, "result=1")])
    with pytest.raises(SizeError, match="cannot be made 120 mm long: forbidden: "):
        sized(code, STEPS["extrude"], execution.solid, 120, box)
    monkeypatch.setattr("cadgen.size._scaled", lambda *_: [(other, "interp", False)])
    with pytest.raises(SizeError, match="what comes out is another part"):
        sized(code, STEPS["extrude"], execution.solid, 120, box)


def test_all_bodies_of_the_last_name_are_scaled(box):
    code = "import cadquery as cq\nw=cq.Workplane()\nr=w.pushPoints([(0,0),(3,0)]).box(1,1,1,combine=False)\n"
    (execution,) = box.run([code])
    found = sized(code, (), execution.solid, 40, box)
    assert found.by_line
    assert found.execution.solid.volume == pytest.approx(2 * 10**3)


HEAD = "import cadquery as cq\n"
FILLET = "cq.Workplane().box(3,2,1).edges().fillet(0.2)"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("base=cq.Workplane().box(3,2,1)\npart=base.edges().fillet(0.2)\n", "part"),
        (f"width=3\nheight=width/2\nwheel={FILLET}", "wheel"),
        (f"part=7\nhalf=part/2\nbody={FILLET}", "body"),
        (f"for n in range(3):\n  if n > 1:\n    body={FILLET}\n", "body"),
        (f"result=cq.Workplane().box(1,1,1)\nfor n in range(2):\n  result={FILLET}", "result"),
        (f"a={FILLET}\nresult=a", "result"),
    ],
)
def test_the_result_of_a_program_is_scaled_whatever_it_is_called(code, name, box):
    code = HEAD + code
    (execution,) = box.run([code])
    found = sized(code, (), execution.solid, 60, box)
    last = f"{name}={name}.newObject([one.scale(20) for one in {name}.vals()])"
    assert found.by_line and found.code.splitlines()[-1] == last
    assert found.extents_mm == pytest.approx((60, 40, 20), rel=1e-6)


@pytest.mark.parametrize("code", ["a=1\nb=2\nc=3\ncq.Workplane()", "x=(", "(" * 9000, "\0"])
def test_a_program_that_binds_no_part_is_refused_after_a_few_tries(code, box, build):
    (solid,) = build("result=cq.Workplane().box(3,2,1)")
    with pytest.raises(SizeError, match="cannot be made 60 mm long: "):
        sized(HEAD + code, (), solid, 60, box)


def test_the_extents_of_a_solid_are_those_of_its_surfaces_and_not_of_a_mesh(box, build):
    solids = build(
        "result=cq.Workplane().circle(50).extrude(30)",
        "result=cq.Workplane().sphere(50)",
        "result=cq.Workplane().box(40,30,2).rotate((0,0,0),(0,1,0),30)",
    )
    found = [box.extents(solid) for solid in solids]
    assert found[0] == pytest.approx((100, 100, 30), rel=1e-6)
    assert found[1] == pytest.approx((100, 100, 100), rel=1e-6)
    assert found[2] == pytest.approx((40 * 3**0.5 / 2 + 1, 30, 20 + 3**0.5), rel=1e-6)
