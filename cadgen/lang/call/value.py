"""Calls of CadQuery with constants and other calls as arguments."""

from dataclasses import dataclass, field
from typing import Any

from cadgen.lang.grammar.operation import Operation


class Rejected(Exception):
    """An operation that Python or CadQuery would refuse. `kind` is that of an `Issue`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass
class Context:
    """What CadQuery shares between all chains that grew from one workplane: open edges and closed wires that wait.

    last: the call that changed it last; a chain that does not descend from it sees what another one drew.
    """

    edges: bool = False
    wires: bool = False
    last: "Call | None" = None


@dataclass(eq=False, repr=False)
class Call:
    """A CadQuery object: the call that made it, with constant arguments or other calls.

    kind: its class (Workplane, Sketch, Plane, Vector, ...); signature: its row of the table; arguments: by parameter
    name; solid: whether a solid lies on the stack or up the chain, None where it cannot be told; state: of the chain
    after it, as the table names it; tangled: it uses what another chain drew.
    """

    kind: str
    signature: Operation
    receiver: "Call | None"
    arguments: dict[str, Any]
    line: int
    state: str = ""
    context: Context = field(default_factory=Context)
    solid: bool | None = False
    tangled: bool = False

    @property
    def name(self) -> str:
        return self.signature.name


def parts_of(value: Any) -> list[Call]:
    """The calls that `value` directly consists of, through tuples, lists and dicts."""
    found: list[Call] = []
    waiting, seen = [value], set()
    while waiting:
        item = waiting.pop()
        if isinstance(item, Call):
            found.append(item)
        elif isinstance(item, list | tuple | dict) and id(item) not in seen:  # a list may hold itself
            seen.add(id(item))
            waiting.extend(item.values() if isinstance(item, dict) else item)
    return found
