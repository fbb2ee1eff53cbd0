"""`Grammar`: which texts are of it. Lark and llguidance read the same files and must agree on every text.

Rows of `full` are the statements behind the import; `{w}` stands for a workplane and `{s}` for a solid.
"""

import json
import logging
import random

import pytest
from lark import Lark
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from cadgen.lang import DialectError, Grammar, parse
from cadgen.lang.mask import Masker
from cadgen.parts import sample_program
from cadgen.program import write

W = "cq.Workplane('XY')"
S = f"{W}.box(1,2,3)"

FULL_ACCEPTED = [
    "result={s}",
    "result=cq.Workplane().sphere(1)",
    "result=cq.Workplane('front').box(1,1,1)",
    "result=cq.Workplane('ZX',origin=(0,0,-26)).circle(3).extrude(52)",
    "result=cq.Workplane(origin=(1,2,3)).circle(3).extrude(5)",
    "result=cq.Workplane(cq.Plane((0,0,0),xDir=(1,0,0),normal=(0,0,1))).circle(3).extrude(5)",
    "result=cq.Workplane(cq.Plane(cq.Vector(0,0,0))).circle(3).extrude(5)",
    "result={w}.moveTo(0,0).lineTo(9,0).threePointArc((9,5),(9,9)).close().extrude(10)",
    "result={w}.moveTo().lineTo(9,0).lineTo(1,1).close().extrude(10)",
    "result={w}.rect(4,4).rect(2,2).extrude(1,both=True)",
    "result={w}.rect(4,4,centered=(True,False)).extrude(1,combine=True,clean=False,taper=5)",
    "result={w}.circle(1).extrude('next')",
    "result={s}.faces('>Z').workplane().hole(4)",
    "result={s}.faces('>Z').workplane(offset=2,invert=True).circle(1).cutBlind(-2)",
    "result={s}.faces('<X').workplane(centerOption='CenterOfBoundBox').circle(1).cutThruAll()",
    "result={s}.edges('|Z and >X').fillet(0.5)",
    "result={s}.edges('not (<X or >X or <Y or >Y)').chamfer(1,length2=2)",
    "result={s}.faces('>(0,1,-1)').shell(-1,kind='intersection')",
    "result={s}.faces('>Z[-2]').edges('%CIRCLE').fillet(1)",
    "result={s}.edges(cq.selectors.BoxSelector((0,0,0),(1,1,1),boundingbox=True)).fillet(1)",
    "result={s}.faces(cq.NearestToPointSelector((0,0,1))).workplane().hole(1,depth=2)",
    "result={s}.faces(tag='base').workplane().cboreHole(1,2,3)",
    "result={s}.pushPoints([(0,0),(1,2)]).cskHole(1,2,82,depth=5)",
    "result={s}.rarray(2,3,4,5,center=False).hole(1)",
    "result={s}.polarArray(5,0,360,6,fill=False).hole(1)",
    "result={s}.rect(3,3,forConstruction=True).vertices().hole(1)",
    "result={s}.union({s}).cut({s},clean=False).intersect({s})",
    "result={s}.cut({w}.circle(1).extrude(2).faces('>Z').workplane().rect(1,1).extrude(1))",
    "s0={s}\nresult=s0.union(s0.translate((1,2,3))).rotate((0,0,0),(0,0,1),45)",
    "s0={s}\ns12=s0.mirror('XY',union=True)\nresult=s12",
    "w0={w}\np0=w0.moveTo(1,2).lineTo(3,4)\nc0=p0.close()\ns0=c0.extrude(3)\nresult=s0",
    "result={s}\nresult=result.union({s})\nresult=result.faces('>Z').workplane().hole(1)",
    "result={w}.circle(1).sweep({w}.lineTo(1,2).threePointArc((3,4),(5,6)))",
    "p0={w}.spline([(0,0),(1,1)],tangents=[(0,1),(1,0)])\nresult={w}.circle(1).sweep(p0,isFrenet=True,transition='round')",
    "result={w}.rect(3,3).workplane(offset=5).circle(1).loft(ruled=True)",
    "result={w}.moveTo(2,0).circle(1).revolve(angleDegrees=180,axisStart=(0,0,0),axisEnd=(0,1,0))",
    "result={w}.polygon(6,4).twistExtrude(5,90)",
    "result={w}.ellipse(3,2,rotation_angle=30).extrude(1)",
    "result={w}.slot2D(5,1,angle=90).extrude(1)",
    "result={w}.hLine(3).vLine(2).polyline([(1,1),(0,2)]).mirrorY().extrude(1)",
    "result={w}.spline([(0,0),(1,1),(2,0)],makeWire=True).extrude(1)",
    "result={w}.ellipseArc(3,2,sense=-1).close().extrude(1)",
    "result={w}.rect(2,2).offset2D(1,kind='tangent').extrude(1)",
    "result={s}.faces('>Z').wires().toPending().extrude(1)",
    "s0={w}.sketch().segment((1,2),(3,4)).close().assemble().finalize().extrude(52)\nresult=s0",
    "result={w}.sketch().rect(4,4).vertices().fillet(1).reset().push([(1,1)]).circle(1,mode='s').finalize().extrude(1)",
    "k0=cq.Sketch().trapezoid(4,3,90).edges('|Y').hull()\nresult={w}.placeSketch(k0,k0.moved(cq.Location((0,0,3)))).loft()",
    "result={s}.sketch().arc((0,0),3,0,90).segment((0,0)).close().assemble(tag='a').finalize().cutBlind(-1)",
    "result={w}.text('a<b \\' c',5,1,combine=True,font='Arial',halign='left')",
    "result={s}.tag('base').faces('>Z').workplaneFromTagged('base').hole(1)",
    "result={w}.sphere(5,direct=(0,1,0),angle1=-45)",
    "result={w}.box(1,1,1,centered=(True,True,False)).clean()",
    "result={w}.transformed(rotate=(0,45,0),offset=(1,2,3)).box(1,1,1)",
    "result={w}.box(1.5,0.25,1e-05).translate((-0.5,0,1e+20)).translate((-0.0,0e5,-1.0))",
    "result={s}.eachpoint({s},combine=True)",
    "result={s}.split(keepTop=True).section()",
    "result={s}.split({s})",
    "k0=cq.Sketch().segment((0,0),(1,0),tag='s1').segment((1,1)).constrain('s1','Fixed',None).constrain('s1','b','Angle',45)"
    ".solve().hull()\nresult={w}.placeSketch(k0).extrude(1)",
]

FULL_REJECTED = {  # what is wrong: the statements
    "the result before it is bound": "result=result",
    "the result as an argument": "result={s}\nresult=result.union(result)",
    "another name for the result": "result={s}\ns0=result\nresult=s0",
    "no result": "s0={s}",
    "the result is not last": "result={s}\ns0=result",
    "a result without a solid": "result={w}",
    "a result with a pending profile": "result={w}.circle(1)",
    "extrude of nothing": "result={w}.extrude(1)",
    "extrude of an open path": "result={w}.moveTo(0,0).lineTo(1,1).extrude(1)",
    "extrude after construction geometry": "result={w}.circle(1,forConstruction=True).extrude(1)",
    "extrude twice": "result={w}.circle(1).extrude(1).extrude(1)",
    "revolve of an open path": "result={w}.lineTo(1,1).revolve()",
    "loft of nothing": "result={w}.loft()",
    "sweep of an open path": "result={w}.lineTo(1,1).sweep({w}.lineTo(2,2))",
    "sweep along a solid": "result={w}.circle(1).sweep({s})",
    "sweep along a blank workplane": "result={w}.circle(1).sweep({w})",
    "cutThruAll without a solid": "result={w}.circle(1).cutThruAll()",
    "cutBlind without a profile": "result={s}.cutBlind(1)",
    "hole without a solid": "result={w}.hole(1)",
    "fillet without a solid": "result={w}.circle(1).fillet(1)",
    "shell of a profile": "result={w}.rect(1,1).shell(1)",
    "close without a path": "result={w}.close().extrude(1)",
    "close after a circle": "result={w}.circle(1).close().extrude(1)",
    "a circle amid a path": "result={w}.lineTo(1,1).circle(1).extrude(1)",
    "union with a profile": "result={s}.union({w}.circle(1))",
    "cut of a blank workplane": "result={w}.cut({s})",
    "a workplane in a name of solids": "s0={w}\nresult=s0",
    "a solid in a name of workplanes": "w0={s}\nresult=w0.box(1,1,1)",
    "an open path in a name of profiles": "c0={w}.lineTo(1,1)\nresult=c0.extrude(1)",
    "extrude of a name of open paths": "p0={w}.lineTo(1,1)\nresult=p0.extrude(1)",
    "a sketch in a name of workplanes": "w0=cq.Sketch()\nresult=w0.box(1,1,1)",
    "an unfinished sketch extruded": "result={w}.sketch().rect(1,1).extrude(1)",
    "finalize of an empty sketch": "result={w}.sketch().finalize().extrude(1)",
    "finalize of loose edges": "result={w}.sketch().segment((0,0),(1,1)).finalize().extrude(1)",
    "finalize of a sketch of its own": "result=cq.Sketch().rect(1,1).finalize().extrude(1)",
    "a method of the other class": "result={w}.sketch().box(1,1,1).finalize().extrude(1)",
    "assemble without edges": "result={w}.sketch().rect(1,1).assemble().finalize().extrude(1)",
    "a free name": "part={s}\nresult=part",
    "a name with a leading zero": "s01={s}\nresult=s01",
    "an unknown method": "result={w}.cube(1,1,1)",
    "a method without a call": "result={s}.clean",
    "another attribute": "result={s}.__class__",
    "a keyword of another method": "result={w}.box(1,1,1,radius=2)",
    "keywords out of order": "result={w}.circle(1).extrude(1,both=True,combine=True)",
    "a keyword twice": "result={w}.circle(1).extrude(1,both=True,both=True)",
    "a required argument by keyword": "result={w}.box(length=1,width=1,height=1)",
    "an optional argument by position": "result={s}.hole(1,2)",
    "too few arguments": "result={w}.box(1,1)",
    "too many arguments": "result={w}.box(1,1,1,1)",
    "a second argument where the first is left out": "result={w}.moveTo(,1).circle(1).extrude(1)",
    "forConstruction=False": "result={w}.circle(1,forConstruction=False).extrude(1)",
    "arithmetic": "result={w}.box(1+1,1,1)",
    "a variable": "result={w}.box(a,1,1)",
    "a string for a number": "result={w}.box('1',1,1)",
    "a fraction for a count": "result={w}.polygon(6.5,4).extrude(1)",
    "a negative count": "result={w}.polygon(-6,4).extrude(1)",
    "a plane that does not exist": "result=cq.Workplane('XX').box(1,1,1)",
    "a selector that does not parse": "result={s}.faces('>Q').shell(1)",
    "a selector with a missing parenthesis": "result={s}.edges('(|Z or |X').fillet(1)",
    "an unknown choice": "result={s}.shell(1,kind='tangent')",
    "a pair for a triple": "result={s}.translate((1,2))",
    "a triple for a pair of flags": "result={w}.rect(1,1,centered=(True,True,True)).extrude(1)",
    "an empty list of points": "result={w}.polyline([]).close().extrude(1)",
    "a tuple with a trailing comma": "result={s}.translate((1,2,3,))",
    "a number with a leading zero": "result={w}.box(01,1,1)",
    "a number that ends in a dot": "result={w}.box(1.,1,1)",
    "a positive sign": "result={w}.box(+1,1,1)",
    "two signs": "result={w}.box(--1,1,1)",
    "nan": "result={w}.box(nan,1,1)",
    "a size of 0": "result={w}.box(0.00,1,1)",
    "a size below 0": "result={w}.box(-1.5,1,1)",
    "an extent of 0": "result={w}.circle(1).extrude(-0e5)",
    "double quotes": 'result=cq.Workplane("XY").box(1,1,1)',
    "a lambda": "result={s}.each(lambda x:x)",
    "an open parenthesis": "result={w}.box(1,1,1",
    "a parenthesis too many": "result={w}.box(1,1,1))",
    "two dots": "result={w}..box(1,1,1)",
    "a statement after a semicolon": "result={s};result={s}",
    "a second import": "import os\nresult={s}",
    "a loop": "for i in x:\n pass\nresult={s}",
    "an indented statement": " result={s}",
    "another string escape": "result={w}.text('\\x41',5,1,combine=True)",
    "a tag that could be a constraint": "k0=cq.Sketch().segment((0,0)).constrain('Angle','Angle','Angle',45).hull()\n"
    "result={w}.placeSketch(k0).extrude(1)",
    "letters beyond ASCII in a text": "result={w}.text('é',5,1,combine=True)",
}

BASIC_ACCEPTED = [
    "a=1",
    "import cadquery as cq",
    "import math\nimport os.path as p",
    "from cadquery import exporters as e,Workplane",
    "solid0=wp_sketch0.add(loop0).extrude(0.0137,both=True)",
    "r=cq.Workplane(cq.Plane(cq.Vector(-0.75,.5,0.0),cq.Vector(1.0,0.0,-1e-16),cq.Vector(0.,0,1)))",
    'r=cq.Workplane("XY").polyline([(0,0),(1,2),])'.replace(",]", "]"),
    "a=b=c",
    "a,b=1,2",
    "x=(1,)",
    "x=()",
    "x=[]",
    "x=-a**-b%3//2",
    "x+=width/2",
    "show_object(result)",
    "result.val().exportStep('a.step')",
    "x=points[-1][0]",
    "f()(1)(x=2)",
    "x='it\\'s'\ny=\"a\\n\"",
    "x=True\ny=None",
    "x=((((1))))",
    "x=imports\ny=classes.in_\nz=None_",
]

BASIC_REJECTED = {
    "nothing": "",
    "an open parenthesis": "x=f(1",
    "a parenthesis too many": "x=f(1))",
    "brackets that cross": "x=[(1])",
    "an open string": "x='abc",
    "no value": "x=",
    "no target": "=1",
    "a call as the target": "f()=1",
    "a keyword as the target": "class=1",
    "a keyword as a value": "x=import",
    "a keyword as an attribute": "x.lambda=1",
    "a keyword as a parameter": "f(None=1)",
    "a constant as the target": "True=1",
    "a value after a keyword": "f(a=1,2)",
    "two values": "x=1 2",
    "two commas": "f(1,,2)",
    "a dangling operator": "x=1+",
    "a number with a leading zero": "x=01",
    "a number with a tail": "x=1a",
    "a block": "if x:\n y=1",
    "a loop": "for i in x:pass",
    "a function": "def f():return 1",
    "a lambda": "f=lambda x:x",
    "an indented statement": "x=1\n y=2",
    "a semicolon": "x=1;y=2",
    "a comprehension": "x=[i for i in y]",
    "a relative import": "from . import x",
    "a dangling import": "import ",
    "letters beyond ASCII in a name": "é=1",
    "NUL": "x=1\0",
}


def full(statements: str) -> str:
    return "import cadquery as cq\n" + statements.replace("{w}", W).replace("{s}", S) + "\n"


@pytest.fixture(scope="module")
def bytewise() -> PreTrainedTokenizerFast:
    """A tokenizer with a token for each byte, so that llguidance reads a text letter by letter."""
    alphabet = ["<pad>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE({letter: i for i, letter in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>")


@pytest.fixture(scope="module", params=["basic", "full"])
def verdicts(request, bytewise):
    """code -> whether Lark takes it, whether llguidance does."""
    grammar = Grammar(request.param)
    matcher = Masker(grammar, bytewise)._start

    def ask(code: str) -> tuple[bool, bool]:
        try:
            grammar.exact.parse(code)
            of_lark = True
        except Exception:
            of_lark = False
        copy, tokens = matcher.deep_copy(), bytewise.encode(code)
        of_llguidance = copy.validate_tokens(tokens) == len(tokens) and copy.consume_tokens(tokens)
        return of_lark, bool(of_llguidance and copy.is_accepting())

    ask.grammar = grammar.name
    return ask


@pytest.mark.parametrize("statements", FULL_ACCEPTED)
def test_full_and_basic_accept(statements):
    code = full(statements)
    Grammar("full").exact.parse(code)
    Grammar("basic").exact.parse(code)
    compile(code, "<accepted>", "exec")


@pytest.mark.parametrize("statements", FULL_REJECTED.values(), ids=FULL_REJECTED)
def test_full_rejects(statements):
    assert not Grammar("full").accepts(full(statements))


@pytest.mark.parametrize("code", BASIC_ACCEPTED)
def test_basic_accepts_and_python_does(code):
    Grammar("basic").exact.parse(code + "\n")
    compile(code, "<accepted>", "exec")
    assert not Grammar("full").accepts(code)


@pytest.mark.parametrize("code", BASIC_REJECTED.values(), ids=BASIC_REJECTED)
def test_basic_rejects(code):
    assert not Grammar("basic").accepts(code)


@pytest.mark.parametrize("grammar", ["basic", "full"])
def test_no_conflict_is_left_to_the_parser_generator(grammar, caplog):
    """Lark settles shift/reduce conflicts by itself, and only its debug log says so."""
    with caplog.at_level(logging.DEBUG, logger="lark"):
        Lark(Grammar(grammar).text, parser="lalr", debug=True)
        assert "onflict" not in caplog.text
        Lark('start: "a" | "a" start | start "b"', parser="lalr", debug=True)
        assert "onflict" in caplog.text, "the log no longer tells"


def test_there_are_enough_rows():
    assert len(FULL_ACCEPTED) + len(FULL_REJECTED) + len(BASIC_ACCEPTED) + len(BASIC_REJECTED) >= 120


def test_both_engines_agree_on_every_row(verdicts):
    rows = [full(statements) for statements in [*FULL_ACCEPTED, *FULL_REJECTED.values()]]
    rows += [f"{code}\n" for code in [*BASIC_ACCEPTED, *BASIC_REJECTED.values()]]
    assert [row for row in rows if len(set(verdicts(row))) > 1] == []


def mutants(rng: random.Random, programs: list[str], number: int) -> list[str]:
    """Programs with one or two letters, tokens or spans dropped, doubled, swapped or replaced by others' letters."""
    made = []
    for _ in range(number):
        code = rng.choice(programs)
        for _ in range(rng.randint(1, 2)):
            i, j = sorted(rng.randrange(len(code)) for _ in range(2))
            j = min(j, i + rng.randint(1, 12))
            other = rng.choice(programs)
            k = rng.randrange(len(other))
            code = rng.choice(
                [
                    code[:i] + code[i + 1 :],
                    code[:i] + code[j:],
                    code[:j] + code[i:],
                    code[:i] + rng.choice("0123456789-.,()[]='eswpck\n ") + code[i:],
                    code[:i] + other[k : k + rng.randint(1, 12)] + code[i:],
                    code[:i] + code[i : i + 1].swapcase() + code[i + 1 :],
                ]
            )
        made.append(code)
    return made


def test_both_engines_agree_on_mutants(verdicts):
    programs = [full(statements) for statements in FULL_ACCEPTED]
    programs += [write(sample_program(seed)) for seed in range(20)]
    programs += [f"{code}\n" for code in BASIC_ACCEPTED] if verdicts.grammar == "basic" else []
    rows = mutants(random.Random(0), programs, 4000)
    answers = [verdicts(row) for row in rows]
    assert [row for row, answer in zip(rows, answers, strict=True) if len(set(answer)) > 1] == []
    assert 30 < sum(of_lark for of_lark, _ in answers) < 3000, "mutants should be of both kinds"


@pytest.mark.parametrize("seed", range(50))
def test_generated_parts_are_in_normal_form(seed):
    code = write(sample_program(seed))
    Grammar("full").exact.parse(code)
    Grammar("basic").exact.parse(code)


def test_real_programs_are_straight_line_python(shared):
    rows = [json.loads(line) for line in (shared / "data" / "gencad_dev" / "manifest.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows if not Grammar("basic").accepts(row["code"])] == []


def test_parse_takes_layout_but_no_indentation():
    code = "# head\n\nimport cadquery as cq  # tail\r\n\r\n  # between\nresult = cq.Workplane( 'XY' ) .box(1, 2, 3)"
    assert parse(code) == parse(full("result={s}"))
    with pytest.raises(DialectError, match=r"^line 2, column 1: "):
        parse("import cadquery as cq\n  result=cq.Workplane().sphere(1)")
    with pytest.raises(DialectError, match=r"^line 1, column 1: "):
        parse("  import cadquery as cq\nresult=cq.Workplane().sphere(1)")


def test_the_error_names_the_place_and_what_was_expected():
    with pytest.raises(DialectError) as caught:
        parse("import cadquery as cq\nresult=cq.Workplane().lineTo(1,1).extrude(3)")
    message, line, caret = str(caught.value).splitlines()
    assert message.startswith("line 2, column 35: not of the grammar full; expected one of ")
    assert "close, " in message and "extrude" not in message
    assert line == "result=cq.Workplane().lineTo(1,1).extrude(3)" and caret == " " * 34 + "^"


def test_the_end_of_the_text_is_a_place_too():
    with pytest.raises(DialectError, match=r"^line 2, column 21: .*expected one of "):
        parse("import cadquery as cq\nresult=cq.Workplane(")
    with pytest.raises(DialectError, match=r"^line 1, column 1: "):
        parse("")


def test_an_unknown_grammar_is_refused():
    with pytest.raises(ValueError, match="grammar=fall is unknown; choose one of basic, full"):
        Grammar("fall")


def test_a_grammar_is_a_value():
    assert Grammar() == Grammar("full") and len({Grammar("full"), Grammar("full"), Grammar("basic")}) == 2
    assert Grammar("full").lark is Grammar("full").lark
