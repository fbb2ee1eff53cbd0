"""Calls as they are said one after the other, each fitted to what the table of operations has of it."""

from dataclasses import dataclass, field
from typing import Any

from cadgen.lang.call.bind import bind
from cadgen.lang.call.state import follow
from cadgen.lang.call.value import Call, Rejected
from cadgen.lang.error import DialectError
from cadgen.lang.grammar.operation import Operation, operations, states

_LISTED = frozenset({"Points", "Places", "Directions", "Factors", "Texts"})


@dataclass
class Said:
    """calls: those that were said, in the order of execution; ends: for each note the call that says it, or why not."""

    calls: list[Call] = field(default_factory=list)
    ends: list[Call | list[Call] | DialectError] = field(default_factory=list)
    ups: dict[Call, int] = field(default_factory=dict)  # how many parents lie between a call's chain and its receiver
    line: int = 0

    def call(self, owner: str, name: str, receiver: Call | None, *arguments: Any, **keywords: Any) -> Call:
        """The call, entered. Raises `DialectError` where the table has none that takes these arguments."""
        operation = operations().get((owner, name))
        if operation is None or operation.returns == "Other":
            raise self.error(f"{owner}.{name} is outside the language")
        keywords = {key: value for key, value in keywords.items() if value is not None}
        try:
            signature, bound = bind(operation, list(arguments), keywords)
            call = Call(kind_of(operation, receiver), signature, receiver, _fitted(signature, bound), self.line)
            follow(call)
        except Rejected as rejected:
            raise self.error(str(rejected)) from None
        self.calls.append(call)
        return call

    def error(self, message: str) -> DialectError:
        return DialectError(f"line {self.line}: {message}")


def kind_of(operation: Operation, receiver: Call | None) -> str:
    """The class of what the operation returns."""
    if operation.returns in states()["AnySketch"]:
        return "Sketch"
    if operation.returns in states()["Any"]:
        return "Workplane"
    return receiver.kind if receiver else operation.returns


def _fitted(signature: Operation, bound: dict[str, Any]) -> dict[str, Any]:
    """Sequences as the types of the parameters have them: points are tuples, only what is a list of them is a list."""
    types = {parameter.name: parameter.type for parameter in signature.parameters}
    return {name: _sequence(value, types[name]) for name, value in bound.items()}


def _sequence(value: Any, kind: str) -> Any:
    if not isinstance(value, list | tuple):
        return value
    if kind in _LISTED or (kind == "Border" and value and isinstance(value[0], list | tuple)):
        item = {"Directions": "Direction"}.get(kind, "Point")
        return [_sequence(each, item) for each in value]
    plain = tuple(value)
    if kind == "Point2" and len(plain) == 3 and not plain[2]:
        return plain[:2]
    return (*plain, 0) if kind in ("Point3", "Direction") and len(plain) == 2 else plain
