"""The table of operations says what the installed CadQuery has, and nothing else."""

import ast
import inspect
from pathlib import Path

import cadquery as cq
import pytest

import cadgen.lang
from cadgen.lang.grammar import Grammar, operation
from cadgen.lang.grammar.operation import Operation, operations, states, traits, words
from cadgen.lang.grammar.rules import full_grammar

CLASSES = {
    "Workplane": cq.Workplane,
    "Sketch": cq.Sketch,
    "Plane": cq.Plane,
    "Vector": cq.Vector,
    "Location": cq.Location,
    "NearestToPointSelector": cq.selectors.NearestToPointSelector,
    "BoxSelector": cq.selectors.BoxSelector,
}
OF_ANY_NUMBER = {("Workplane", "split"), ("Sketch", "moved"), ("Vector", "__init__")}  # (*args, **kwargs)


def public_methods(owner: str) -> set[str]:
    members = inspect.getmembers_static(CLASSES[owner], lambda m: callable(m) and not isinstance(m, type))
    return {name for name, _ in members if not name.startswith("_")}


def signatures(owner: str, name: str) -> list[inspect.Signature]:
    """All that the installed package has under this name."""
    method = inspect.getattr_static(CLASSES[owner], name)
    functions = list(method.values()) if isinstance(method, dict) else [method]  # a multimethod is a dict
    return [inspect.signature(function) for function in functions]


def entries() -> list[Operation]:
    return [signature for operation in operations().values() for signature in operation.signatures]


@pytest.mark.parametrize("owner", ["Workplane", "Sketch"])
def test_every_public_method_is_in_the_table(owner):
    assert {name for cls, name in operations() if cls == owner} - {"__init__"} == public_methods(owner)


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: f"{entry.owner}.{entry.name}")
def test_parameters_are_those_of_the_installed_package(entry):
    if (entry.owner, entry.name) in OF_ANY_NUMBER:
        return
    ours = [p.name for p in entry.parameters]
    theirs = [[name for name in s.parameters if name != "self"] for s in signatures(entry.owner, entry.name)]
    assert ours in theirs
    signature = signatures(entry.owner, entry.name)[theirs.index(ours)]
    for parameter in entry.parameters:
        declared = signature.parameters[parameter.name]
        if parameter.variadic:
            assert declared.kind is declared.VAR_POSITIONAL
        elif (
            entry.owner != "Location"
        ):  # its numbers all have defaults; without the first three it is another signature
            assert parameter.required == (declared.default is declared.empty)


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: f"{entry.owner}.{entry.name}")
def test_defaults_are_those_of_the_installed_package(entry):
    if (entry.owner, entry.name) in OF_ANY_NUMBER:
        return
    ours = [p.name for p in entry.parameters]
    all_theirs = signatures(entry.owner, entry.name)
    signature = next(s for s in all_theirs if [name for name in s.parameters if name != "self"] == ours)
    for parameter in entry.parameters:
        if parameter.required or parameter.type == "Shape":
            continue
        default = signature.parameters[parameter.name].default
        if isinstance(default, cq.Vector):
            default = default.toTuple()
        assert parameter.default == default and isinstance(parameter.default, bool) == isinstance(default, bool)


def test_states_and_types_are_known():
    known = {state for group in states().values() for state in group} | {"Self", "Other", "Plane", "Vector"}
    assert {entry.returns for entry in entries()} <= known | {"Location", "Selector"}
    assert all(entry.receives for entry in entries() if entry.name != "__init__")


def test_an_operation_leaves_the_solid_behind_a_chain_there():
    circle, close, box = (operations()["Workplane", name] for name in ("circle", "close", "box"))
    assert [circle.after(state) for state in ("Blank", "Solid", "Closed")] == ["Closed", "ClosedSolid", "Closed"]
    assert close.after("OpenSolid") == "ClosedSolid" and box.after("Blank") == "Solid"
    assert operations()["Sketch", "finalize"].returns == "Closed"


@pytest.mark.parametrize("trait", sorted(traits()))
def test_every_trait_is_had_and_asked_for(trait):
    assert words(trait)
    modules = Path(cadgen.lang.__file__).parent.rglob("*.py")
    assert any(f'"{trait}"' in module.read_text(encoding="utf-8") for module in modules)


REFUSED = {  # methods of a class, what is said
    "an unknown trait": ("@draws_ege\n def line(self: Open) -> Open: ...", "unknown traits: draws_ege"),
    "a trait of a further signature": (
        "@safe\n def line(self: Open) -> Open: ...\n @overload\n @safe\n def line(self: Open, x: Length) -> Open: ...",
        "above the first signature",
    ),
}


@pytest.mark.parametrize(("methods", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_trait_that_says_nothing_is_refused(methods, message, monkeypatch):
    table = ast.parse(f"def safe(): ...\nclass Workplane:\n {methods}\n")
    monkeypatch.setattr(operation, "_stub", lambda: table)
    for kept in (traits, states):
        monkeypatch.setattr(operation, kept.__name__, kept.__wrapped__)
    with pytest.raises(AssertionError, match=message):
        operations.__wrapped__()


def test_asking_for_an_unknown_trait_is_refused():
    with pytest.raises(AssertionError, match="draws_ege"):
        words("safe", "draws_ege")


def test_traits_are_those_of_every_signature():
    segment = operations()["Sketch", "segment"]
    assert len(segment.signatures) == 3 and all(s.traits == {"draws_edge"} for s in segment.signatures)


def test_the_grammar_file_is_the_one_that_the_table_gives():
    assert Grammar("full").text == full_grammar(), "run python -m cadgen.lang.grammar.rules"
