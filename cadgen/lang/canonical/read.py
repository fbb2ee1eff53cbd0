"""Calls to float-valued steps: what a program of extruded and turned sketches builds, without executing it.

CadQuery keeps the open path and the pending loops in a context that every chain grown from one workplane shares, and
where to draw next in the chain itself; `Sketch` is a chain, and its copies share the context.
"""

from collections.abc import Sequence
from dataclasses import replace

from cadgen.lang.canonical.arguments import Arguments, NoFold, Sketch
from cadgen.lang.canonical.float_step import Body, Frame
from cadgen.lang.canonical.handlers import HANDLERS
from cadgen.lang.error import DialectError
from cadgen.lang.trace.value import Call

_Value = Sketch | Body | Frame


def read(calls: Sequence[Call], result: Call) -> Body:
    """The steps of `result`, one of `calls`, which are in the order of execution.

    Raises `NoFold` where it is no fold of steps along the axes, joined and cut, `DialectError` where it is wrong.
    """
    values: dict[Call, _Value | DialectError] = {}
    for call in calls:
        values[call] = _replay(call, values)
    body = values[result]
    if isinstance(body, DialectError):
        raise body
    if isinstance(body, Sketch | Frame):
        raise DialectError("the program leaves no solid in its result variable; end it with result=...extrude(...)")
    return body


def _replay(call: Call, values: dict[Call, _Value | DialectError]) -> _Value | DialectError:
    receiver = values[call.receiver] if call.receiver else None
    if isinstance(receiver, DialectError):
        return receiver
    try:
        if isinstance(receiver, Sketch):
            if receiver.shared.broken:
                raise receiver.shared.broken
            receiver = replace(receiver)
        return _apply(call, receiver, values)
    except DialectError as error:
        if isinstance(receiver, Sketch):
            receiver.shared.broken = error
        return error


def _apply(call: Call, receiver: _Value | None, values: dict) -> _Value:
    key = ("sketch" if isinstance(receiver, Sketch) else "body" if receiver is not None else call.kind, call.name)
    handler = HANDLERS.get(key)
    if handler is None:
        raise NoFold(f"line {call.line}: {call.kind}.{call.name} is no step of extruding sketches along the axes")
    return handler(receiver, Arguments(call, values))
