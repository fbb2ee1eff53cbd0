"""Answers what a program asks of CadQuery, from the table of operations, and keeps the calls that it makes."""

import difflib
import re
import reprlib
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cadgen.lang.api import Operation, Parameter, operations, states
from cadgen.lang.grammar import Grammar
from cadgen.lang.interpret import Bound, Function, Module
from cadgen.lang.read import NAMED_FRAMES
from cadgen.lang.value import Call, Rejected, Unknown, parts_of

# What the classes have beside the table: attributes, and methods that only write files or show a picture.
_BESIDE = {
    "Workplane": frozenset("ctx plane objects parent toOCC toSvg exportSvg export".split()),
    "Sketch": frozenset("parent locs importDXF export".split()),
}
_CADQUERY = frozenset(
    "Workplane Sketch Plane Vector Location Assembly Color Constraint Shape Solid Compound Shell Face Wire Edge Vertex "
    "Matrix BoundBox CQ CQContext Selector exporters importers selectors occ_impl assembly cq sketch func vis hull utils "
    "NearestToPointSelector ParallelDirSelector DirectionSelector PerpendicularDirSelector TypeSelector plugins units "
    "DirectionMinMaxSelector StringSyntaxSelector BoxSelector SumSelector AndSelector SubtractSelector InverseSelector "
    "CenterNthSelector RadiusNthSelector LengthNthSelector AreaNthSelector DirectionNthSelector BaseDirSelector "
    "StringSyntaxSelector sortWiresByBuildOrder Any".split()
)
_WHOLE = frozenset({"circle", "rect", "polygon", "ellipse", "slot2D"})  # leave an open path as it is
_SUBMODULES = frozenset({"exporters", "importers", "selectors", "occ_impl", "shapes", "geom", "linalg"})
_NUMBERS = frozenset({"Length", "Tolerance", "Angle", "Factor"})
_TUPLES = frozenset({"Point2", "Point3", "Point", "Direction", "Angles"})


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
            if value.kind in _BESIDE:
                _require_known(name, _methods(value.kind) | _BESIDE[value.kind], value.kind)
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
        _follow(call)
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


def bind(operation: Operation, arguments: list, keywords: dict[str, Any]) -> tuple[Operation, dict[str, Any]]:
    """The first signature that the arguments fit, and they by its names. Raises `Rejected` where they fit none."""
    refusals = []
    for signature in operation.signatures:
        try:
            return signature, _bind(signature, arguments, keywords)
        except Rejected as refusal:
            refusals.append(refusal)
    raise refusals[0]


def _bind(operation: Operation, arguments: list, keywords: dict[str, Any]) -> dict[str, Any]:
    parameters = operation.parameters
    if parameters and parameters[-1].variadic:
        return {parameters[-1].name: tuple(arguments)}
    if operation.owner == "Vector" and len(arguments) == 1 and isinstance(arguments[0], tuple | list):
        arguments = list(arguments[0])
    names = [p.name for p in parameters]
    if len(arguments) > len(names):
        raise Rejected("arity", f"{_usage(operation)} got {len(arguments)} positional arguments")
    bound = dict(zip(names, arguments, strict=False))
    for name, value in keywords.items():
        if name not in names or name in bound:
            raise Rejected("arity", f"{_usage(operation)} got {'two values for' if name in bound else 'no parameter'} {name}")
        bound[name] = value
    missing = [p.name for p in parameters if p.required and p.name not in bound]
    if missing:
        raise Rejected("arity", f"{_usage(operation)} needs {', '.join(missing)}")
    for parameter in parameters:
        if parameter.name in bound and not fits(parameter, bound[parameter.name]):
            value = bound[parameter.name]
            shown = value.kind if isinstance(value, Call) else reprlib.repr(value)
            raise Rejected("type", f"{_usage(operation)}: {parameter.name} is a {parameter.type}, not {shown}")
    return {name: bound[name] for name in names if name in bound}


def _usage(operation: Operation) -> str:
    name = operation.owner if operation.name == "__init__" else operation.name
    return f"{name}({', '.join(p.name if p.required else f'[{p.name}]' for p in operation.parameters)})"


def fits(parameter: Parameter, value: Any) -> bool:
    """Whether CadQuery could take `value`; what is not known fits."""
    kind = parameter.type
    if isinstance(value, Unknown) or value is None:
        return True
    if kind in _NUMBERS:
        return isinstance(value, int | float)
    if kind in ("Count", "Int"):
        return isinstance(value, int)
    if kind in _TUPLES:
        return _is_point(value)
    if kind in ("Points", "Places", "Directions") or kind == "Border" and not isinstance(value, Call):
        return isinstance(value, list | tuple) and all(_is_point(item) or isinstance(item, Call) for item in value)
    if kind == "Anything":
        return not isinstance(value, list)
    if kind == "Text":
        return isinstance(value, str)
    if kind == "Selector":
        return _selects(value) if isinstance(value, str) else isinstance(value, Call)
    if kind == "Literal":
        return not isinstance(value, str) or value in parameter.choices
    if kind == "Placement":
        return value in NAMED_FRAMES if isinstance(value, str) else not isinstance(value, int | float)
    if kind == "Until":
        return isinstance(value, int | float | Call) or value in ("next", "last")
    if kind in states():
        return not isinstance(value, int | float | str | tuple | list)
    return True


def _selects(text: str) -> bool:
    """Whether `text` is a selector as the grammar knows them; nested parentheses are beyond it and pass."""
    written = " ".join(text.upper().split() if text.startswith("%") else text.split())
    return text.count("(") > 1 or bool(_selector().fullmatch(f"'{written}'"))


@cache
def _selector() -> re.Pattern[str]:
    return re.compile(Grammar("full").lark.get_terminal("SELECTOR").pattern.to_regexp())


def _is_point(value: Any) -> bool:
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Call):
        return value.kind in ("Vector", "Location")
    known = isinstance(value, tuple | list) and 1 < len(value) < 4
    return known and all(isinstance(item, int | float | Unknown) for item in value)


def _kind_of(operation: Operation, receiver: Call | None) -> str:
    if operation.name == "sketch":
        return "Sketch"
    if operation.name == "finalize":
        return "Workplane"
    if receiver:
        return receiver.kind
    return operation.owner if operation.returns != "Selector" else "Selector"


def _follow(call: Call) -> None:
    """Moves the state of the chain on. Raises `Rejected` where CadQuery finds nothing to work on."""
    receives = call.signature.receives
    if call.kind == "Sketch":
        call.state = call.signature.after(call.receiver.state if call.receiver else "")
        return
    if call.kind != "Workplane" or call.receiver is None:
        call.solid = None if call.arguments.get("obj") is not None else False
        call.state = "Blank"
        return
    parent = _workplane_of(call.receiver)
    if parent is None:
        raise Rejected("state", "finalize needs a sketch that grew from a workplane")
    call.context, call.solid = parent.context, parent.solid
    if receives <= {"Solid", "OpenSolid", "ClosedSolid"} or call.name in ("cut", "intersect"):
        _require_solid(call)
    if receives <= {"Closed", "ClosedSolid"}:
        _require_profile(call)
    if receives <= {"Open", "OpenSolid"} and not call.context.edges:
        raise Rejected("state", f"{call.name} needs an open path before it")
    for value in call.arguments.values():
        if isinstance(value, Call) and value.solid is False and call.name in ("cut", "union"):
            raise Rejected("state", f"{call.name} needs a solid as its argument")
    _move_on(call)


def _workplane_of(call: Call | None) -> Call | None:
    while call and call.kind != "Workplane":
        call = call.receiver
    return call


def _require_solid(call: Call) -> None:
    if call.solid is False:
        raise Rejected("state", f"{call.name} needs a solid before it")


def _require_profile(call: Call) -> None:
    if call.context.wires or _selects_faces(call.receiver):
        return
    remedy = "close() the path" if call.context.edges else "draw one"
    raise Rejected("state", f"{call.name} needs a closed profile before it; {remedy}")


def _selects_faces(call: Call | None) -> bool:
    """Whether faces lie on the stack, which extrude takes as well as pending wires."""
    while call and call.name in ("faces", "first", "last", "item", "tag", "filter", "sort", "add", "end", "placeSketch", "finalize"):
        if call.name not in ("tag", "first", "last", "item"):
            return True
        call = call.receiver
    return False


def _move_on(call: Call) -> None:
    context, after = call.context, call.signature.returns
    consumes = call.signature.receives <= {"Closed", "ClosedSolid"}
    if not call.arguments.get("forConstruction"):
        if after in ("Open", "Closed") or consumes:
            call.tangled = (context.edges or context.wires) and not _descends(call, context.last)
            context.last = call
        if after == "Open" and not call.arguments.get("makeWire"):
            context.edges = True
        elif after in ("Open", "Closed"):
            context.edges, context.wires = context.edges and call.name in _WHOLE, True
        elif after == "Solid":
            call.solid, context.wires = True, context.wires and not consumes
    pending = "Open" if context.edges else "Closed" if context.wires else ""
    call.state = pending + ("Solid" if call.solid else "") or "Blank"


def _descends(call: Call, ancestor: Call | None) -> bool:
    """Whether `ancestor` lies up the chain of `call`."""
    step: Call | None = call
    while step and step is not ancestor:
        step = step.receiver
    return step is not None
