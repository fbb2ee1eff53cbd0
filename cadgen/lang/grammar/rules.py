"""The text of `full.lark`, made from the table of operations; `python -m cadgen.lang.grammar.rules` writes it.

A chain is a left-recursive rule for each state it can be in, so `extrude` is simply not there after an open path.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from cadgen.lang.grammar.argument_list import ALTERNATIVE, Arguments, rule_name
from cadgen.lang.grammar.operation import Operation, Parameter, operations, states
from cadgen.program import NAMED_FRAMES

_UNSAYABLE = ("Callback", "Shape")
_CHAINS = ("Blank", "Open", "Closed", "Solid", "OpenSolid", "ClosedSolid")
_AGAIN = ("Solid", "OpenSolid", "ClosedSolid")
_SKETCHES = ("SketchBlank", "SketchOpen", "Sketch")

_HEAD = """\
// The normal form of CadQuery programs. Written by `python -m cadgen.lang.grammar.rules` from api.txt: change those.
//
// One token for each Python token and no %ignore: two engines read this file, and one of them masks raw text with it.
// No two terminals match the same text, but for TEXT and TAG, which match other strings too; none stands beside those.

// A chain that goes on from the result is a state of its own (_again): nothing else may name the result, and it only
// after it was bound.
start: "import cadquery as cq" _NL _first _later*

_first: bind* bind_result
_later: bind* (bind_result | bind_again)
bind_result: "result" "=" solid _NL
bind_again: "result" "=" solid_again _NL
bind: W "=" blank _NL
    | P "=" open _NL
    | C "=" closed _NL
    | S "=" solid _NL
    | K "=" sketch _NL
"""

_VALUES = """\
number: extent | ZERO | ZERO_FLOAT
extent: size | NEGATIVE | NEGATIVE_FLOAT
size: COUNT | FLOAT
whole: COUNT | ZERO | NEGATIVE
flag: "True" | "False"
flags: flag | "(" flag "," flag "," flag ")"
flag_pair: flag | "(" flag "," flag ")"
pair: "(" number "," number ")"
    | "cq" "." vector_pair
triple: "(" number "," number "," number ")"
    | "cq" "." vector
point: pair | triple
numbers: "[" number ("," number)* "]"
points: "[" point ("," point)* "]"
places: "[" _place ("," _place)* "]"
_place: point | location
placement: PLANE_NAME | plane
mirror: PLANE_NAME | triple
border: points | path
combine: flag | {cut} | {a} | {s}
until: extent | {next} | {last}
anything: number | point | "None"
selector: SELECTOR | "cq" "." nearest_to_point_selector | "cq" "." "selectors" "." box_selector
plane: "cq" "." new_plane
location: "cq" "." new_location
"""

_EXPONENT = "(e[+-]?[0-9]{1,2})"
_FRACTION = r"((0\.0{0,17}[1-9][0-9]{0,17}|[1-9][0-9]{0,8}\.[0-9]{1,18})EXPONENT?|[1-9][0-9]{0,8}EXPONENT)"

_TERMINALS = r"""
W: /w(0|[1-9][0-9]{0,3})/
P: /p(0|[1-9][0-9]{0,3})/
C: /c(0|[1-9][0-9]{0,3})/
S: /s(0|[1-9][0-9]{0,3})/
K: /k(0|[1-9][0-9]{0,3})/
COUNT: /[1-9][0-9]{0,8}/
NEGATIVE: /-[1-9][0-9]{0,8}/
ZERO: /0/
FLOAT: /FRACTION/
NEGATIVE_FLOAT: /-FRACTION/
ZERO_FLOAT: /-?0(\.0{1,18}EXPONENT?|EXPONENT)/
TEXT: /'([ -&(-\[\]-~]|\\[\\'n]){0,80}'/
TAG: /'([ -&(-@BEG-KMNPQS-\[\]-~]|\\[\\'n])([ -&(-\[\]-~]|\\[\\'n]){0,79}'/
PLANE_NAME: /'(FRAMES)'/
"""


def full_grammar() -> str:
    """The whole text of `full.lark`."""
    writer = Arguments()
    calls = [call for op in operations().values() for signature in op.signatures for call in _calls(signature)]
    bodies: dict[str, list[str]] = {}
    for call in calls:
        bodies.setdefault(call.rule, []).append(writer.call(call.written, call.parameters))
    chains = "\n".join([*_chains(calls), *_sketches(calls), *_unions()])
    methods = "\n".join(f"{rule}: " + ALTERNATIVE.join(alternatives) for rule, alternatives in bodies.items())
    values = _VALUES.format(**{word: writer.text(word) for word in ("cut", "a", "s", "next", "last")})
    texts = "\n".join(f"{name}: \"'{value}'\"" for name, value in sorted(writer.texts.items()))
    patterns = _TERMINALS.replace("FRACTION", _FRACTION).replace("EXPONENT", _EXPONENT)
    patterns = patterns.replace("FRAMES", "|".join(NAMED_FRAMES))
    terminals = f'{patterns}SELECTOR: {_selector()}\n_NL: "\\n"\n{texts}\n'
    return "\n".join([_HEAD, chains, "", methods, "", *writer.rules, "", values.rstrip(), terminals])


@dataclass(frozen=True)
class _Call:
    """One way to call an operation: some flags change the state that it leaves, and those get a rule of their own."""

    rule: str
    written: str
    owner: str
    receives: frozenset[str]
    returns: str
    parameters: tuple[Parameter, ...]


def _calls(operation: Operation) -> Iterator[_Call]:
    parameters = [p for p in operation.parameters if p.type not in _UNSAYABLE]
    if operation.returns == "Other" or any(p.type in _UNSAYABLE and p.required for p in operation.parameters):
        return
    rule, written = _rule_of(operation)
    plain = tuple(p for p in parameters if p.type not in ("Construction", "MakeWire"))
    yield _Call(rule, written, operation.owner, operation.receives, operation.returns, plain)
    for kind, suffix, returns in (("Construction", "_construction", "Self"), ("MakeWire", "_wire", "Closed")):
        if any(p.type == kind for p in parameters):
            # With both flags the first decides: construction geometry never waits for anything.
            kept = [replace(p, required=True) if p.type == kind else p for p in parameters]
            kept = [p for p in kept if p.type != "Construction" or kind == "Construction"]
            yield _Call(rule + suffix, written, operation.owner, operation.receives, returns, tuple(kept))


def _rule_of(operation: Operation) -> tuple[str, str]:
    if operation.name != "__init__":
        prefix = "draw_" if operation.owner == "Sketch" else "do_"
        return prefix + rule_name(operation.name), operation.name
    if operation.owner == "Vector":
        return ("vector", "Vector") if len(operation.parameters) == 3 else ("vector_pair", "Vector")
    name = rule_name(operation.owner)
    return (name if name.endswith("selector") else f"new_{name}"), operation.owner


def _chains(calls: list[_Call]) -> Iterator[str]:
    """A rule for each state of a workplane chain, and one for each set of methods that act alike on states."""
    starts = {"Blank": ['"cq" "." new_workplane', "W"], "Open": ["P"], "Closed": ["C"], "Solid": ["S"]}
    alternatives = {state: starts.get(state, []) for state in _CHAINS}
    methods = [c for c in calls if c.owner == "Workplane" and c.rule != "new_workplane" and c.returns != "SketchBlank"]
    yield from _grouped(methods, alternatives, "_of_")
    for state in ("Blank", "Closed", "Solid", "ClosedSolid"):
        after = "ClosedSolid" if state.endswith("Solid") else "Closed"
        alternatives[after].append(f'{rule_name(state)} "." do_sketch drawing "." draw_finalize')
    for state in _CHAINS:
        yield f"{rule_name(state)}: " + ALTERNATIVE.join(alternatives[state])
    for state in _AGAIN:
        steps = [step.split(" ", 1) for step in alternatives[state] if " " in step]
        kept = [f"{before}_again {step}" for before, step in steps if before in map(rule_name, _AGAIN)]
        yield f"{rule_name(state)}_again: " + ALTERNATIVE.join([*(['"result"'] if state == "Solid" else []), *kept])


def _sketches(calls: list[_Call]) -> Iterator[str]:
    """A rule for each state of a sketch: twice, since one that a workplane began may not be bound to a name."""
    alternatives: dict[str, list[str]] = {"SketchBlank": ['"cq" "." new_sketch'], "SketchOpen": [], "Sketch": ["K"]}
    methods = [c for c in calls if c.owner == "Sketch" and c.rule not in ("new_sketch", "draw_finalize")]
    yield from _grouped(methods, alternatives, "_drawn_")
    for state in _SKETCHES:
        yield f"{rule_name(state)}: " + ALTERNATIVE.join(alternatives[state])
    for state in _SKETCHES:
        steps = [step.replace("sketch", "drawing", 1) for step in alternatives[state] if step.startswith("sketch")]
        yield f"{rule_name(state).replace('sketch', 'drawing')}: " + ALTERNATIVE.join(
            [*([""] if state == "SketchBlank" else []), *steps]
        )


def _grouped(methods: list[_Call], alternatives: dict[str, list[str]], prefix: str) -> Iterator[str]:
    """The rules of methods that act alike; they are entered in the `alternatives` of the states that they lead to."""

    def alike(call: _Call) -> tuple:
        return sorted(call.receives), call.returns

    for number, (_, group) in enumerate(groupby(sorted(methods, key=alike), key=alike), 1):
        members = list(group)
        name = f"{prefix}{rule_name(members[0].returns)}_{number}"
        yield f"{name}: " + " | ".join(dict.fromkeys(call.rule for call in members))
        operation = Operation("", "", (), members[0].receives, members[0].returns)
        for state in alternatives:
            if state in members[0].receives:
                alternatives[operation.after(state)].append(f'{rule_name(state)} "." {name}')


def _unions() -> Iterator[str]:
    """A rule for each group of states that a parameter asks for."""
    asked = {p.type for op in operations().values() for s in op.signatures for p in s.parameters} | {"Path"}
    for name in sorted(asked & set(states()) - {*_CHAINS, *_SKETCHES}):
        yield f"{rule_name(name)}: " + " | ".join(rule_name(state) for state in _CHAINS if state in states()[name])


def _selector() -> str:
    """The regular expression of CadQuery's selector strings, without nested parentheses."""
    number = r"-?[0-9]{1,9}(\.[0-9]{1,9})?"
    axis = rf"([XYZ]|XY|XZ|YZ|\({number},{number},{number}\))"
    kinds = "LINE|CIRCLE|ELLIPSE|HYPERBOLA|PARABOLA|BEZIER|BSPLINE|OFFSET"
    kinds += "|PLANE|CYLINDER|CONE|SPHERE|TORUS|REVOLUTION|EXTRUSION|OTHER"
    named = "front|back|left|right|top|bottom"
    index = r"(\[-?[0-9]{1,3}\])?"
    one = rf"(not )?({axis}|(>|<|>>|<<){axis}{index}|[|#+-]{axis}|%({kinds})|{named})"
    several = rf"{one}( (and|or|exc|except) {one}){{0,5}}"
    return f"/'({several}|(not )?\\({several}\\)( (and|or|exc|except) ({one}|\\({several}\\))){{0,3}})'/"


if __name__ == "__main__":
    (Path(__file__).parent / "full.lark").write_text(full_grammar(), encoding="utf-8")
