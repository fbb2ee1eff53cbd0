"""Answers what a program asks of CadQuery, from the table of operations, and keeps the calls that it makes."""

import difflib
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cadgen.lang.grammar.operation import Operation, operations, states
from cadgen.lang.trace.bind import bind
from cadgen.lang.trace.python import Bound, Function, Module
from cadgen.lang.trace.state import follow
from cadgen.lang.trace.value import Call, Rejected, Unknown, parts_of

# What the classes have beside methods, which the table lists.
_ATTRIBUTES = {
    "Workplane": frozenset(["ctx", "plane", "objects", "parent"]),
    "Sketch": frozenset(["parent", "locs"]),
}
_PUBLIC = """
Workplane Sketch Plane Vector Location Assembly Color Constraint Shape Solid Compound Shell Face Wire Edge
Vertex Matrix BoundBox CQ CQContext Selector exporters importers selectors occ_impl assembly cq sketch func vis
hull utils NearestToPointSelector ParallelDirSelector DirectionSelector PerpendicularDirSelector TypeSelector
plugins units DirectionMinMaxSelector StringSyntaxSelector BoxSelector SumSelector AndSelector SubtractSelector
InverseSelector CenterNthSelector RadiusNthSelector LengthNthSelector AreaNthSelector DirectionNthSelector
BaseDirSelector sortWiresByBuildOrder Any
"""
_CADQUERY = frozenset(_PUBLIC.split())
_SUBMODULES = frozenset({"exporters", "importers", "selectors", "occ_impl", "shapes", "geom", "linalg"})


@dataclass
class Recorder:
    """`calls` holds every call with known arguments, in the order of execution."""

    calls: list[Call] = field(default_factory=list)

    def attribute(self, value: Any, name: str) -> Any:
        """What `value.name` is. Raises `Rejected` where it is nothing."""
        if isinstance(value, Module):
            if value.name == "cadquery":
                _require_known(name, _CADQUERY, "cadquery")
            return Module(f"{value.name}.{name}") if name in _SUBMODULES else Bound(value, name)
        if isinstance(value, Call):
            if value.kind in _ATTRIBUTES:
                _require_known(name, _methods(value.kind) | _ATTRIBUTES[value.kind], value.kind)
            return Bound(value, name)
        return Unknown(f"{name} is not followed")

    def call(self, function: Bound, arguments: list, keywords: dict, line: int) -> Any:
        """The `Call` that `function(*arguments, **keywords)` makes. Raises `Rejected` where CadQuery would refuse."""
        owner = function.owner
        receiver = owner if isinstance(owner, Call) else None
        if receiver:
            operation = operations().get((receiver.kind, function.name))
        else:
            of_class = isinstance(owner, Module) and owner.name.split(".")[0] == "cadquery"
            operation = operations().get((function.name, "__init__")) if of_class else None
        if operation is None or operation.returns == "Other":
            return Unknown(f"line {line}: {function.name} is outside the language")
        signature, bound = bind(operation, arguments, keywords)
        call = Call(_kind_of(operation, receiver), signature, receiver, bound, line)
        follow(call)
        unsayable = _unsayable(operation, bound)
        if unsayable:
            return Unknown(f"line {line}: {operation.name}: {unsayable}")
        self.calls.append(call)
        return call


@cache
def _methods(owner: str) -> frozenset[str]:
    return frozenset(name for kind, name in operations() if kind == owner)


def _require_known(name: str, known: frozenset[str], owner: str) -> None:
    if name not in known and not name.startswith("_"):
        close = difflib.get_close_matches(name, sorted(known), 1)
        raise Rejected("name", f"{owner} has no {name}" + (f"; did you mean {close[0]}?" if close else ""))


def _unsayable(operation: Operation, bound: dict[str, Any]) -> str:
    """Why no text can say this call, or ""."""
    types = {p.name: p.type for signature in operation.signatures for p in signature.parameters}
    for name, value in bound.items():
        blurred = [part for part in parts_of(value) if isinstance(part, Unknown)]
        if blurred:
            return blurred[0].reason
        if types[name] in ("Callback", "Shape") and value is not None:
            return f"{name} is no value that a text can give"
        if isinstance(value, Bound | Function | Module) or callable(value):
            return f"{name} is a function, which is not followed"
    return ""


def _kind_of(operation: Operation, receiver: Call | None) -> str:
    """The class of what the operation returns."""
    if operation.returns in states()["AnySketch"]:
        return "Sketch"
    if operation.returns in states()["Any"]:
        return "Workplane"
    return receiver.kind if receiver else operation.returns
