"""What a chain of CadQuery calls surely lacks: `Workplane("XY").rect(1, 1)` has no solid, `.cutBlind(1)` needs one."""

from functools import cache

from cadgen.lang.check.facts import NOTHING, Constant, Fact, Instance
from cadgen.lang.grammar.operation import Operation, operations, states

_ALL = frozenset({"solid", "faces", "profile"})
_MAY_ADD_ANYTHING = frozenset({"Callback", "Shape"})
_DRAWS_ITSELF = frozenset({"end", "first", "last", "item", "all", "each", "eachpoint"})
_NEEDS_NO_SOLID = frozenset({"clean", "combine", "section", "split", "add"})  # whatever the normal form asks for


def begun(keywords: dict[str, Fact], arguments: list[Fact]) -> frozenset[str]:
    """What `Workplane(...)` lacks: all, if it is given a plane's name and no object to begin with."""
    plane = arguments[0] if arguments else keywords.get("inPlane", Constant("XY"))
    is_named = isinstance(plane, Constant) and isinstance(plane.value, str)
    return _ALL if is_named and "obj" not in keywords and len(arguments) < 3 else NOTHING


def refusal(name: str, receiver: Instance, arguments: list[Fact]) -> str:
    """Why the kernel has nothing to work on for this call, or ""."""
    operation = _operation(receiver.kind, name)
    if operation is None or not operation.receives or receiver.kind != "Workplane":
        return ""
    if operation.receives <= states()["Pending"] and {"profile", "faces"} <= receiver.lacks:
        return f"{name} needs a closed profile before it; draw one, or close() the path"
    if _needs_solid(operation) and "solid" in receiver.lacks:
        return f"{name} needs a solid before it"
    if "needs_solid_argument" in operation.traits and arguments:
        given = arguments[0]
        if isinstance(given, Instance) and given.kind == "Workplane" and {"solid", "faces"} <= given.lacks:
            return f"{name} needs a solid as its argument; extrude its profile"
    return ""


def after(name: str, receiver: Instance, kind: str, arguments: list[Fact], keywords: dict[str, Fact]) -> Instance:
    """What is sure of the object of class `kind` that this call answers."""
    operation = _operation(receiver.kind, name)
    if receiver.kind == kind == "Sketch":
        return receiver
    if receiver.kind != "Workplane" or kind != "Workplane" or operation is None or not receiver.lacks:
        return Instance(kind)
    if any(p.type in _MAY_ADD_ANYTHING for s in operation.signatures for p in s.parameters):
        return Instance(kind)
    if name == "add":
        added = arguments[0] if arguments else None
        brings = added.lacks if isinstance(added, Instance) and added.kind == "Workplane" else NOTHING
        return Instance(kind, receiver.lacks & (brings | {"profile"}))
    lacks = receiver.lacks
    if operation.traits & {"yields_faces"} or name in ("vertices", "siblings", "ancestors", *_DRAWS_ITSELF):
        lacks -= {"faces"}
    if operation.returns == "Open":
        lacks -= {"profile"} if "makeWire" in keywords or len(arguments) > 3 else NOTHING
    elif operation.returns == "Solid":
        lacks = NOTHING
    elif operation.returns != "Self":
        lacks -= {"profile"}
    return Instance(kind, lacks)


def kind_after(name: str, receiver: Instance, told: str) -> str:
    """The class of what the call answers, "Any" where it is not sure; told: what the signature says."""
    if told != "Any":
        return receiver.kind if told == "Self" else told
    if (receiver.kind, name) == ("Sketch", "finalize"):
        return "Any" if "parent" in receiver.lacks else "Workplane"
    operation = _operation(receiver.kind, name)
    if operation is None or receiver.kind != "Workplane":
        return "Any"
    return "Workplane" if operation.returns == "Self" or operation.returns in states()["Any"] else "Any"


def kept(fact: Fact, is_stable: bool) -> Fact:
    """What is still sure of it under a name: chains that grow from it draw into what it has pending.

    is_stable: whether the program changes no workplane in place.
    """
    if isinstance(fact, Instance) and fact.kind == "Workplane" and fact.lacks:
        return Instance(fact.kind, fact.lacks - {"profile"} if is_stable else NOTHING)
    return fact


@cache
def _operation(kind: str, name: str) -> Operation | None:
    return operations().get((kind, name))


def _needs_solid(operation: Operation) -> bool:
    return operation.receives <= {"Solid", "OpenSolid", "ClosedSolid"} and operation.name not in _NEEDS_NO_SOLID
