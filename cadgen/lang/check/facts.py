"""What is sure of a value before the program runs. None stands for everything that is not."""

import ast
from dataclasses import dataclass
from typing import Any

from cadgen.lang.check.library import Signature

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Instance:
    """An object of a CadQuery class, or of one that is derived from it.

    lacks: of a workplane, what is surely not there: "solid" on the stack or up the chain, "faces" on the stack,
    "profile" pending; of a sketch, "parent" where it did not grow from a workplane.
    """

    kind: str
    lacks: frozenset[str] = NOTHING


@dataclass(frozen=True)
class Class:
    """A class of CadQuery."""

    kind: str


@dataclass(frozen=True)
class Module:
    name: str


@dataclass(frozen=True)
class Function:
    """A function of CadQuery's modules."""

    name: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, eq=False)
class Routine:
    """A function of the program, and the scope that it was written in."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    scope: Any


@dataclass(frozen=True)
class Constant:
    """A number, string, flag or None."""

    value: Any


@dataclass(frozen=True)
class Items:
    """A list or tuple of that many items, which are sure or not."""

    count: int
    is_list: bool


Fact = Instance | Class | Module | Function | Routine | Constant | Items | None


def join(one: Fact, other: Fact) -> Fact:
    """What is sure of a value that is one of the two."""
    if isinstance(one, Instance) and isinstance(other, Instance) and one.kind == other.kind:
        return Instance(one.kind, one.lacks & other.lacks)
    if isinstance(one, Constant) and isinstance(other, Constant) and type(one.value) is not type(other.value):
        return None  # 1 == True
    return one if one == other else None
