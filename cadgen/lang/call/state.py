"""What a chain holds after each call, as CadQuery keeps it: open edges, closed wires that wait, a solid."""

from cadgen.lang.call.value import Call, Rejected


def follow(call: Call) -> None:
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
    if receives <= {"Solid", "OpenSolid", "ClosedSolid"}:
        _require_solid(call)
    if receives <= {"Closed", "ClosedSolid"}:
        _require_profile(call)
    if receives <= {"Open", "OpenSolid"} and not call.context.edges:
        raise Rejected("state", f"{call.name} needs an open path before it")
    if "needs_solid_argument" in call.signature.traits:
        _require_solid_argument(call)
    _move_on(call)


def _workplane_of(call: Call | None) -> Call | None:
    while call and call.kind != "Workplane":
        call = call.receiver
    return call


def _require_solid(call: Call) -> None:
    if call.solid is False:
        raise Rejected("state", f"{call.name} needs a solid before it")


def _require_solid_argument(call: Call) -> None:
    if any(isinstance(value, Call) and value.solid is False for value in call.arguments.values()):
        raise Rejected("state", f"{call.name} needs a solid as its argument")


def _require_profile(call: Call) -> None:
    if call.context.wires or _selects_faces(call.receiver):
        return
    remedy = "close() the path" if call.context.edges else "draw one"
    raise Rejected("state", f"{call.name} needs a closed profile before it; {remedy}")


def _selects_faces(call: Call | None) -> bool:
    """Whether faces may lie on the stack, which extrude takes as well as pending wires."""
    while call and "picks" in call.signature.traits:
        call = call.receiver
    return call is not None and "yields_faces" in call.signature.traits


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
            context.edges, context.wires = context.edges and "stands_alone" in call.signature.traits, True
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
