"""Chains that use what other chains of their workplane drew, as one chain, in which nothing drawn is left over.

CadQuery keeps what waits to be extruded in a context that every chain grown from one workplane shares, so a statement
may draw and another one, from further up, extrude. A text says it in one chain: what drew last goes back with `end`.
What is drawn and never used is construction geometry: the points on it may be used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cadgen.lang.call.state import follow
from cadgen.lang.call.value import Call, Context, Rejected
from cadgen.lang.error import DialectError
from cadgen.lang.grammar.operation import operations

_DRAWS = frozenset({"Open", "Closed"})
_PENDING = frozenset({"Closed", "ClosedSolid"})


def untangled(calls: Sequence[Call], result: Call, ups: Mapping[Call, int]) -> tuple[Call, Sequence[Call]]:
    """The result and all calls, built anew so that no call of it is tangled. calls: in the order of execution.

    ups: how many parents lie between the chain of a call and that of its receiver. Raises `DialectError` where the
    chains do not lead back to where one goes on.
    """
    unused = _unused(calls)
    if not unused and not any(call.tangled for call in calls):
        return result, calls
    anew = _Untangling(ups, unused).of(calls)
    if result not in anew:
        raise DialectError(f"line {result.line}: the result uses what another chain drew; draw it in one chain")
    return anew[result], [anew[call] for call in calls if call in anew]


def _unused(calls: Sequence[Call]) -> set[Call]:
    """Calls that drew what no call made a solid of, and that can draw it for construction."""
    waiting: dict[int, set[Call]] = {}
    for call in calls:
        context = waiting.setdefault(id(call.context), set())
        if _draws(call):
            context.add(call)
        elif call.signature.receives <= _PENDING and call.signature.returns != "Closed":
            context.clear()
    kinds = {call: [p.name for p in call.signature.parameters] for each in waiting.values() for call in each}
    return {call for call, names in kinds.items() if "forConstruction" in names and call.signature.returns == "Closed"}


class _Untangling:
    def __init__(self, ups: Mapping[Call, int], unused: set[Call]) -> None:
        self.unused = unused
        self.ups: dict[Call, int | None] = {}
        self.known = ups
        self.anew: dict[Call, Call] = {}
        self.same: dict[Call, Call] = {}  # a call of `end` -> the call whose chain that is

    def of(self, calls: Sequence[Call]) -> dict[Call, Call]:
        for call in calls:
            try:
                self.anew[call] = self._again(call)
            except (DialectError, Rejected, KeyError):
                continue  # the result need not hang on it
        return self.anew

    def _again(self, call: Call) -> Call:
        receiver = self.anew[call.receiver] if call.receiver else None
        if receiver is not None and receiver.kind == "Workplane" and _is_about_drawn(call):
            receiver = self._after_last(receiver, call)
        arguments = {name: self._value(value) for name, value in call.arguments.items()}
        if call in self.unused:
            arguments["forConstruction"] = True
        again = replace(
            call, receiver=receiver, arguments=arguments, state="", context=Context(), solid=False, tangled=False
        )
        follow(again)
        self.ups[again] = self.known.get(call)
        return again

    def _value(self, value: Any) -> Any:
        if isinstance(value, Call):
            return self.anew[value]
        if isinstance(value, list | tuple):
            return type(value)(self._value(each) for each in value)
        return value

    def _after_last(self, receiver: Call, call: Call) -> Call:
        """The chain of the receiver, gone back to from what drew last."""
        context = receiver.context
        last = context.last
        if last is None or not (context.edges or context.wires) or self._distance(receiver, last) is not None:
            return receiver
        steps = self._distance(last, receiver)
        if steps is None:
            raise DialectError(f"line {call.line}: {call.name} uses what another chain drew; draw it in one chain")
        if steps == 0:
            return last
        back = Call("Workplane", operations()["Workplane", "end"], last, {"n": steps}, call.line)
        follow(back)
        self.same[back] = receiver
        self.ups[back] = 0
        return back

    def _distance(self, call: Call, ancestor: Call) -> int | None:
        """How many parents up the chain of `call` that of the ancestor is."""
        steps, at = 0, call
        while at is not ancestor:
            if at in self.same:
                at = self.same[at]
                continue
            up = self.ups.get(at)
            if up is None or at.receiver is None:
                return None
            steps, at = steps + up, at.receiver
        return steps


def _draws(call: Call) -> bool:
    return call.signature.returns in _DRAWS and call.kind == "Workplane" and not call.arguments.get("forConstruction")


def _is_about_drawn(call: Call) -> bool:
    return _draws(call) or call.signature.receives <= {"Open", "OpenSolid", "Closed", "ClosedSolid"}
