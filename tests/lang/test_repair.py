"""`repair`, `complete` and `longest_valid_prefix`: what becomes of a damaged text, and how a begun one ends."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadgen.lang import DialectError, Grammar
from cadgen.lang.repair import repair
from cadgen.lang.repair.repair import Edit, complete, longest_valid_prefix
from cadgen.parts import sample_program
from cadgen.program import write
from cadgen.shape import Sandbox

IMPORT = "import cadquery as cq\n"
FULL, BASIC = Grammar("full"), Grammar("basic")

PLATE = (
    "result=cq.Workplane('XZ',origin=(0,8,0)).moveTo(-5,-3).lineTo(5,-3).lineTo(5,3).lineTo(-5,3).close()"
    ".moveTo(0,0).circle(2).extrude(16)\n"
)
PIN = "result=result.union(cq.Workplane('XY',origin=(0,0,5)).moveTo(1,0).circle(2).moveTo(1,0).circle(1).extrude(9))\n"
ARC = "result=cq.Workplane('YZ').moveTo(0,-9).lineTo(6,-9).threePointArc((9,0),(6,9)).lineTo(0,9).close().extrude(4)\n"
SKETCH = (
    "w0=cq.Workplane('ZX',origin=(0,0,-26))\n"
    "s0=w0.sketch().segment((1,2),(3,4)).segment((9,5)).close().assemble().finalize().extrude(52)\n"
    "result=cq.Workplane('XY').box(9,8,7).faces('>Z').workplane(offset=0.5).hole(4).edges('|Z').fillet(0.25)\n"
    "result=result.union(s0)\n"
)
RECT = "result=cq.Workplane().rect(4,5).extrude(2)\n"

CORNERS = "result=cq.Workplane().moveTo(9,7).lineTo(9,9).polyline([(2,2),(5,2),(5,4),(2,4)]).close().extrude(2)\n"

RESTORED = {  # program, what is damaged, by what
    "a closing bracket": (PLATE, "lineTo(5,3)", "lineTo(5,3"),
    "an opening bracket": (PLATE, "circle(2)", "circle2)"),
    "an opening bracket before a sign": (PLATE, "moveTo(-5", "moveTo-5"),
    "the bracket of a tuple": (PLATE, "origin=(0", "origin=0"),
    "the bracket of a point": (ARC, "((9,0)", "((9,0"),
    "the bracket of an inner chain": (PLATE + PIN, "extrude(9))", "extrude(9)"),
    "the bracket of an empty call": (PLATE, "close()", "close("),
    "a bracket too much": (PLATE + PIN, "extrude(9))", "extrude(9)))"),
    "a comma": (PLATE, "'XZ',", "'XZ'"),
    "a comma before a sign": (PLATE, "(-5,-3)", "(-5-3)"),
    "a comma before a keyword": (RECT.replace("(2", "(2,both=True"), "2,both", "2both"),
    "a comma twice": (PLATE, "(5,3)", "(5,,3)"),
    "a point": (PLATE, ").close", ")close"),
    "a point twice": (PLATE, ".close", "..close"),
    "a decimal point": (SKETCH, "fillet(0.25)", "fillet(025)"),
    "an equals sign": (SKETCH, "w0=cq", "w0cq"),
    "a quote before": (PLATE, "'XZ'", "XZ'"),
    "a quote behind": (PLATE, "'XZ'", "'XZ"),
    "the quote of a selector": (SKETCH, "'>Z'", ">Z'"),
    "double quotes": (PLATE, "'XZ'", '"XZ"'),
    "a letter dropped": (PLATE, "circle", "cicle"),
    "a letter changed": (PLATE, "extrude", "extrade"),
    "a letter doubled": (PLATE, "moveTo(0", "mooveTo(0"),
    "letters swapped": (PLATE, "Workplane", "Wrokplane"),
    "capitals": (ARC, "threePointArc", "threepointarc"),
    "half a word": (PLATE, "extrude", "extr"),
    "a short name": (PLATE, "cq.Work", "qc.Work"),
    "a keyword": (PLATE, "origin", "orgin"),
    "the import": (PLATE, "import cadquery as", "imprt cadqueryas"),
    "no import": (PLATE, IMPORT, ""),
    "the name of the result": (PLATE, "result=", "reslut="),
    "no result": (RECT, "result=", "s0="),
    "a strange character": (PLATE, "lineTo(5,3)", "lineTo(5,?3)"),
    "a strange character in a word": (PLATE, "extrude", "extr$ude"),
    "a strange character in a number": (PLATE, "(16)", "(1%6)"),
    "an indentation": (PLATE, "result=", "  result="),
    "an unclosed path": (PLATE, ".close().move", ".move"),
    "an unclosed path before its sweep": (ARC, ".close()", ""),
    "the x of a corner": (PLATE, "lineTo(5,-3)", "lineTo(-3)"),
    "the y of a corner": (PLATE, "lineTo(5,3)", "lineTo(5)"),
    "a zero of an origin": (PLATE, "(0,8,0)", "(8,0)"),
    "the y of a listed corner": (CORNERS, "(2,2)", "(2)"),
    "the end of an arc": (ARC, "(6,9)", "(6)"),
    "a depth, of a body about the origin": (PLATE, "extrude(16)", "extrude()"),
    "three things at a time": (PLATE + PIN, "lineTo(5,3).lineTo(-5,3).close()", "linTo(5,3.lineTo(-5,3)close()"),
}

TRUNCATED = {
    "a bracket": (PLATE[:-2], PLATE),
    "the second body": (PLATE + PIN[:70], PLATE),
    "the name of the result": (PLATE + PIN[:3], PLATE),
    "a method": (RECT[:-1] + ".edges('|Z').fil", RECT[:-1] + ".edges('|Z')\n"),
    "all after another solid": (RECT.replace("result", "s0") + "result=s0.cut(cq.Work", RECT),
    "the sweep": (PLATE[:-12], PLATE),
    "the end of a path": (ARC[: ARC.index(").close")], ARC.replace(".lineTo(0,9)", "").replace("(4)", "(9)")),
}

HOPELESS = {
    "nothing": "",
    "words": "a part like this one",
    "no profile": IMPORT + PLATE[:45],
    "one line": IMPORT + PLATE[:65],
    "a line after another path": IMPORT + "p0=cq.Workplane().lineTo(1,0).lineTo(1,1)\nresult=cq.Workplane().lineTo(5,5",
    "a profile only": IMPORT + "w0=cq.Workplane()\n",
}

COMPLETED = {  # head, rest
    "the import": ("imp", "ort cadquery as cq\nresult=cq.Workplane().sphere(1)\n"),
    "a line end": (IMPORT + RECT[:-1], "\n"),
    "nothing": (IMPORT + RECT, ""),
    "a number": (IMPORT + "result=cq.Workplane().circle(1).extrude(-", "1)\n"),
    "a method": (IMPORT + "result=cq.Workplane().rect(1,1).ext", "rude(1)\n"),
    "a string": (IMPORT + "result=cq.Workplane('Y", "X').sphere(1)\n"),
    "a selector": (IMPORT + RECT[:-1] + ".faces('>Z or <", "X')\n"),
    "a path": (IMPORT + "result=cq.Workplane().lineTo(1,1).lineTo(2,1)", ".close().extrude(1)\n"),
    "a sketch": (IMPORT + "s3=cq.Workplane().sketch()", ".circle(1).finalize().extrude(1)\nresult=s3\n"),
    "a name that is bound": (IMPORT + "s12=cq.Workplane().sphere(1)\nresult=s", "12\n"),
    "no name that is not": (IMPORT + "result=", "cq.Workplane().sphere(1)\n"),
    "a comment": (IMPORT + RECT[:-1] + "  # don", "\n"),
}


@pytest.mark.parametrize(("program", "old", "new"), RESTORED.values(), ids=RESTORED.keys())
def test_a_slip_is_undone(program: str, old: str, new: str) -> None:
    assert (IMPORT + program).count(old) >= 1
    damaged = (IMPORT + program).replace(old, new, 1)
    assert not FULL.accepts(damaged)
    done = repair(damaged, failed=True)
    assert done.code == IMPORT + program
    assert done.edits and 0 < done.cost < 6 and not done.reason


@pytest.mark.parametrize(("head", "expected"), TRUNCATED.values(), ids=TRUNCATED.keys())
def test_a_text_that_breaks_off_is_cut_back_or_closed(head: str, expected: str) -> None:
    assert repair(IMPORT + head, failed=True).code == IMPORT + expected


@pytest.mark.parametrize("text", HOPELESS.values(), ids=HOPELESS.keys())
def test_where_there_is_nothing_to_repair_the_reason_is_given(text: str) -> None:
    done = repair(text, failed=True)
    assert done.code is None and done.reason


def test_edits_say_what_was_done_where() -> None:
    done = repair((IMPORT + PLATE).replace("circle(2)", "cirlce()"))
    assert done.edits == (
        Edit("replace", 2, 114, "cirlce", "circle"),
        Edit("insert", 2, 121, "", "5", guess=True),
    )
    assert repair(IMPORT + RECT + "result=res").edits == (Edit("cut", 3, 1, "result=res\n", ""),)


def test_the_layout_around_a_slip_stays() -> None:
    text = IMPORT + "# a plate\n\nresult = cq.Workplane( 'XY' ).rect(4 , 5.extrude(2)  # thin\n"
    assert repair(text).code == text.replace("5.", "5).")


def test_an_unknown_name_gets_one_new_name_throughout() -> None:
    text = IMPORT + "plate=cq.Workplane().rect(4,5).extrude(2)\nresult=plate.union(plate)\n"
    assert repair(text, failed=True).code == text.replace("plate", "s0")


def test_a_statement_that_resists_is_left_out() -> None:
    broken = "result=result % result @ (1 2 3 4 5 6 7 8 9 ! ! ! ! ! (((( ((( (\n"
    assert repair(IMPORT + PLATE + broken + PIN).code == IMPORT + PLATE + PIN


def test_concentric_circles_do_not_become_one() -> None:
    assert "circle(2).moveTo(1,0).circle(1).extrude" in (
        repair(IMPORT + (PLATE + PIN).replace("(2).m", "().m")).code or ""
    )


@pytest.mark.parametrize(("head", "rest"), COMPLETED.values(), ids=COMPLETED.keys())
def test_a_begun_text_is_ended_the_short_way(head: str, rest: str) -> None:
    assert complete(head) == rest
    assert FULL.accepts(head + rest)


@pytest.mark.parametrize("head", [IMPORT + "result=cq.Workplane()x", "from os import", IMPORT + "result=)"])
def test_what_no_program_begins_with_cannot_be_ended(head: str) -> None:
    with pytest.raises(DialectError, match=r"^line [12], column "):
        complete(head)


@pytest.mark.parametrize(
    "program", [PLATE + PIN, ARC, SKETCH, *(write(sample_program(seed))[len(IMPORT) :] for seed in (2, 5))]
)
def test_every_head_of_a_program_can_be_ended(program: str) -> None:
    text = IMPORT + program
    for end in range(len(text) + 1):
        assert FULL.accepts(text[:end] + complete(text[:end])), text[:end]
        if end % 5 == 0:
            assert BASIC.accepts(text[:end] + complete(text[:end], BASIC)), text[:end]


def test_the_longest_valid_prefix_ends_before_the_first_token_that_does_not_fit() -> None:
    assert longest_valid_prefix(IMPORT + "result=cq.Workplane().moveTo(1,2).crcle(5)") == (
        IMPORT + "result=cq.Workplane().moveTo(1,2)."
    )
    assert longest_valid_prefix("import os") == ""
    assert longest_valid_prefix(IMPORT + PLATE) == IMPORT + PLATE


@given(st.integers(0, 10**6))
@settings(max_examples=10)
def test_a_program_of_the_grammar_stays_as_it_is(seed: int) -> None:
    code = write(sample_program(seed))
    done = repair(code)
    assert (done.code, done.edits, done.cost) == (code, (), 0.0)


@given(st.integers(0, 10**4), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.text(max_size=3)), max_size=4))
@settings(max_examples=60)
def test_whatever_was_damaged_the_outcome_is_accepted_or_has_a_reason(seed: int, damages: list) -> None:
    code = write(sample_program(seed))
    for where, num_dropped, added in damages:
        place = int(where * len(code))
        code = code[:place] + added + code[place + num_dropped :]
    done = repair(code, failed=True)
    assert (done.code is None) == bool(done.reason)
    if done.code is not None:
        assert FULL.accepts(done.code)
        again = repair(done.code)
        assert (again.code, again.edits) == (done.code, ())
    head = longest_valid_prefix(code)
    assert code.startswith(head)
    assert FULL.accepts(head + complete(head))


RUNNING = {  # not of the grammar; volume
    "names of its own": ("height=6.0\nwidth=8.0\nresult=cq.Workplane().box(width,height,1)\nshow=None", 48),
    "a loop": (
        "result=cq.Workplane().box(8,6,2)\nfor x in (-2,2):\n"
        "    result=result.cut(cq.Workplane().center(x,0).box(1,1,9))",
        92,
    ),
    "another name than result": ("part=cq.Workplane().box(1,2,3)\n", 6),
    "double quotes": ('result=cq.Workplane("XY").box(1,2,3)', 6),
    "a plug-in": (
        "def slab(self,h): return self.rect(2,2).extrude(h)\ncq.Workplane.slab=slab\nresult=cq.Workplane().slab(1)",
        4,
    ),
    "a sketch in a sketch": (
        "w=cq.Workplane('XY')\nresult=w.sketch().rect(8,6).face(w.sketch().rect(2,2),mode='s').finalize().extrude(2)",
        88,
    ),
}


def test_what_runs_stays_as_it_is() -> None:
    texts = [IMPORT + text for text, _ in RUNNING.values()]
    assert not any(map(FULL.accepts, texts))
    assert [repair(text).code for text in texts] == texts
    with Sandbox() as sandbox:
        solids = [run.solid for run in sandbox.run(texts)]
    assert [solid.volume if solid else 0 for solid in solids] == pytest.approx([v for _, v in RUNNING.values()])


def test_real_programs_that_run_stay_as_they_are(shared: Path) -> None:
    lines = (shared / "data" / "llm_programs_dev.jsonl").read_text().splitlines()
    codes = [row["code"] for row in map(json.loads, lines) if row["runs"]]
    foreign = [code for code in codes if not FULL.accepts(code)][:100]
    assert len(foreign) == 100 and [repair(code).code for code in foreign] == foreign


UNBOUND = {
    "an unknown profile": "result=c1.extrude(1)\n",
    "a name of its own": "s0=s0.union(s0)\nresult=s0\n",
    "a name that is bound later": "result=s0.clean()\ns0=cq.Workplane().sphere(1)\nresult=s0\n",
    "within an argument": "result=cq.Workplane().sphere(1).union(s3)\n",
}


@pytest.mark.parametrize("text", UNBOUND.values(), ids=UNBOUND.keys())
def test_a_name_that_nothing_binds_is_not_accepted(text: str) -> None:
    assert not FULL.accepts(IMPORT + text)
    assert FULL.accepts(repair(IMPORT + text).code or IMPORT + RECT)
    with pytest.raises(DialectError, match=r"^line [23], column \d+: [cs]\d is bound nowhere before"):
        FULL.parse(IMPORT + text)


def test_time_is_bounded_however_bad_the_text() -> None:
    repair(IMPORT + "x")  # loads the grammar
    broken = (PLATE + PIN) * 3
    for text in (broken.replace(")", ""), broken.replace("(", " "), broken[::-1], "(" * 900, "lineTo(" * 200):
        start = time.process_time()
        repair(IMPORT + text)
        assert time.process_time() - start < 2.0, text[:60]
