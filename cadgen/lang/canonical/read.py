"""Calls to float-valued steps: what a program of extruded and turned sketches builds, without executing it.

CadQuery keeps the open path and the pending loops in a context that every chain grown from one workplane shares; where
to draw next and the solid to go on with are of the chain itself. `Sketch` is a chain, its copies share the context.
"""

from collections.abc import Sequence
from dataclasses import replace

from cadgen.lang.call.value import Call
from cadgen.lang.canonical.arguments import Arguments, FaceOf, NoFold, Sketch
from cadgen.lang.canonical.float_frame import Frame
from cadgen.lang.canonical.float_step import Body
from cadgen.lang.canonical.handlers import HANDLERS
from cadgen.lang.error import DialectError

_Value = Sketch | FaceOf | Frame
_DRAWS = frozenset({"Open", "Closed"})


def read(calls: Sequence[Call], result: Call) -> Body:
    """The steps of `result`, one of `calls`, which are in the order of execution.

    Raises `NoFold` where it is no fold of steps along the axes, joined and cut, `DialectError` where it is wrong.
    """
    values: dict[Call, _Value | DialectError] = {}
    for call in calls:
        values[call] = _replay(call, values)
    chain = values[result]
    if isinstance(chain, DialectError):
        raise chain
    if isinstance(chain, Sketch) and chain.whole:
        return chain.body
    if isinstance(chain, FaceOf) or (isinstance(chain, Sketch) and chain.body):
        raise NoFold("the result is a selection or a sketch on a solid")
    raise DialectError("the program leaves no solid in its result variable; end it with result=...extrude(...)")


def _replay(call: Call, values: dict[Call, _Value | DialectError]) -> _Value | DialectError:
    receiver = values[call.receiver] if call.receiver else None
    if isinstance(receiver, DialectError):
        return receiver
    try:
        if isinstance(receiver, Sketch):
            if receiver.shared.broken and _is_about_loops(call):
                raise receiver.shared.broken
            receiver = replace(receiver)
        return _apply(call, receiver, values)
    except DialectError as error:
        if isinstance(receiver, Sketch) and _is_about_loops(call):
            receiver.shared.broken = error
        return error


def _is_about_loops(call: Call) -> bool:
    """Whether the call draws loops or makes something of those that were drawn."""
    return call.signature.returns in _DRAWS or call.signature.receives <= {"Closed", "ClosedSolid"}


def _apply(call: Call, receiver: _Value | None, values: dict) -> _Value:
    handler = HANDLERS.get((_kind_of(call, receiver), call.name))
    if handler is None and isinstance(receiver, Sketch):
        receiver.whole = False
        handler = HANDLERS.get(("sketch", call.name))
    if handler is None:
        raise NoFold(f"line {call.line}: {call.kind}.{call.name} is no step of extruding sketches along the axes")
    return handler(receiver, Arguments(call, values))


def _kind_of(call: Call, receiver: _Value | None) -> str:
    if isinstance(receiver, Sketch):
        return "body" if receiver.whole else "sketch"
    return "face" if isinstance(receiver, FaceOf) else call.kind
