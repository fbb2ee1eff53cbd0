"""What CadQuery has: its classes, their members and what those take. Read from `cadquery.json`, made from the package.

`benchmarks/signatures.py` makes that file; no CadQuery is needed to read it.
"""

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Signature:
    """Parameters by name, without `self`.

    positional: those that may be given by position, of which `needed` have no default; named: those only by name;
    has_rest, has_names: whether `*args` and `**kwargs` follow; returns: Self, a class of CadQuery or Any.
    is_bound: called on a class, it needs no instance.
    """

    positional: tuple[str, ...]
    needed: int
    named: tuple[str, ...] = ()
    named_needed: tuple[str, ...] = ()
    has_rest: bool = False
    has_names: bool = False
    returns: str = "Any"
    is_bound: bool = False
    first_by_name: int = 0  # parameters before it cannot be given by name

    def usage(self, name: str) -> str:
        shown = [name if place < self.needed else f"[{name}]" for place, name in enumerate(self.positional)]
        return f"{name}({', '.join([*shown, *self.named])})"

    def refusal(self, count: int, keywords: Sequence[str], is_open: tuple[bool, bool] = (False, False)) -> str:
        """Why a call with `count` arguments by position and these by name cannot be bound, or "".

        is_open: whether `*something` and `**something` are passed as well, which may hold anything.
        """
        if count > len(self.positional) and not self.has_rest:
            return f"got {count} positional arguments"
        given = set(self.positional[:count])
        by_name = {*self.positional[self.first_by_name :], *self.named}
        for keyword in keywords:
            if keyword in given and keyword in by_name:
                return f"got two values for {keyword}"
            if keyword not in by_name and not self.has_names:
                return f"got no parameter {keyword}"
        if is_open[1]:
            return ""
        missing = [] if is_open[0] else [name for name in self.positional[count : self.needed] if name not in keywords]
        missing += [name for name in self.named_needed if name not in keywords]
        return f"needs {', '.join(missing)}" if missing else ""


@cache
def _table() -> dict[str, Any]:
    return json.loads((files("cadgen.lang.check") / "cadquery.json").read_text(encoding="utf-8"))


def module(name: str) -> dict[str, Any] | None:
    """Name -> class, or signatures, of what the module has; None for one that is not in the table."""
    return _table()["modules"].get(name)


def knows_all_of(kind: str) -> bool:
    """Whether the table has all that instances of the class have: no hook of its own answers for others."""
    return all(_table()["classes"][name]["closed"] for name in _line(kind))


@cache
def members(kind: str) -> frozenset[str]:
    """All that an instance of the class has."""
    return frozenset(name for base in _line(kind) for name in _table()["classes"][base]["members"])


@cache
def perhaps(kind: str) -> frozenset[str]:
    """All that an instance of the class or of one derived from it may have."""
    return members(kind).union(*(members(other) for other in _table()["classes"] if kind in _line(other)))


@cache
def signatures(kind: str, name: str) -> tuple[Signature, ...]:
    """How this member may be called; none where that is not known.

    One of a class that others are derived from may be called otherwise there; those count as well.
    """
    derived = [other for other in _table()["classes"] if kind in _line(other) and _own(other, name) is not None]
    found: list[str] = []
    for owner in dict.fromkeys([*derived, next((k for k in _line(kind) if _own(k, name) is not None), kind)]):
        if name != "__init__" or owner in _line(kind):
            told = _own(owner, name)
            if not told:
                return ()
            found += told
    return tuple(dict.fromkeys(map(signature, found)))


def _own(kind: str, name: str) -> list[str] | None:
    return _table()["classes"][kind]["members"].get(name)


@cache
def _line(kind: str) -> tuple[str, ...]:
    """The class and those that it is derived from, nearest first."""
    return tuple(dict.fromkeys(_ancestry(kind)))


def _ancestry(kind: str) -> Iterator[str]:
    waiting = [kind]
    while waiting:
        name = waiting.pop(0)
        yield name
        waiting += [base for base in _table()["classes"][name]["bases"] if base != name]


@cache
def signature(text: str) -> Signature:
    """Read from a text of the table, `class (cls, length, width=...) -> Solid`."""
    kind, _, rest = text.partition("(")
    told, _, returns = rest.rpartition(") -> ")
    arguments = ast.parse(f"lambda {told}: 0", mode="eval").body.args  # type: ignore[attr-defined]
    is_method = not kind.startswith("static") and (arguments.posonlyargs or arguments.args) != []
    is_method = is_method and (arguments.posonlyargs or arguments.args)[0].arg in ("self", "cls")
    return from_arguments(arguments, int(is_method), returns, bool(kind.strip()))


def from_arguments(
    arguments: ast.arguments, skipped: int = 0, returns: str = "Any", is_bound: bool = False
) -> Signature:
    """The signature of a function that is written with `arguments`, without the first `skipped`."""
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)][skipped:]
    needs = [d is None for d in arguments.kw_defaults]
    named = [argument.arg for argument in arguments.kwonlyargs]
    return Signature(
        positional=tuple(positional),
        needed=max(0, len(positional) - len(arguments.defaults)),
        named=tuple(named),
        named_needed=tuple(name for name, needed in zip(named, needs, strict=True) if needed),
        has_rest=arguments.vararg is not None,
        has_names=arguments.kwarg is not None,
        returns=returns,
        is_bound=is_bound,
        first_by_name=max(0, len(arguments.posonlyargs) - skipped),
    )
