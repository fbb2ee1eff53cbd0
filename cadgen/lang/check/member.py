"""Members of modules and of objects: which there are, and what is said of one that there is not."""

import ast
import difflib
import math

from cadgen.lang.check import library
from cadgen.lang.check.facts import Class, Constant, Fact, Function, Instance, Module
from cadgen.lang.check.finding import Findings, place_of


def of_module(findings: Findings, owner: Module, name: str, node: ast.AST) -> Fact:
    """What a module has under this name; reported where it has nothing."""
    if owner.name == "math":
        if not hasattr(math, name):
            _missing(findings, node, "math", name, frozenset(dir(math)))
        return Constant(getattr(math, name)) if name in ("pi", "e", "tau") else None
    entries = library.module(owner.name)
    if entries is None or name.startswith("_"):
        return None
    if name not in entries:
        _missing(findings, node, owner.name, name, frozenset(entries))
        return None
    entry = entries[name]
    if isinstance(entry, str):
        return Class(entry)
    inner = f"{owner.name}.{name}"
    if library.module(inner) is not None:
        return Module(inner)
    return Function(name, tuple(map(library.signature, entry))) if entry else None


def is_member(findings: Findings, owner: Instance | Class, name: str, node: ast.AST) -> bool:
    """Whether there is such a member; reported where there surely is none."""
    known = library.perhaps(owner.kind)
    if name not in known and library.knows_all_of(owner.kind) and not name.startswith("_") and name != "mro":
        _missing(findings, node, owner.kind, name, known)
    return name in known


def _missing(findings: Findings, node: ast.AST, owner: str, name: str, known: frozenset[str]) -> None:
    if not findings.muted:
        close = difflib.get_close_matches(name, sorted(known), 1)
        findings.add(
            *place_of(node), "name", f"{owner} has no {name}" + (f"; did you mean {close[0]}?" if close else "")
        )
