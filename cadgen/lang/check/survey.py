"""What a program does anywhere in its text that makes less of it sure: a class it patches, a list that it changes."""

import ast
import sys
from collections import Counter
from dataclasses import dataclass

from cadgen.lang.grammar.operation import operations

_KNOWN_MODULES = sys.stdlib_module_names | {"cadquery", "OCP", "numpy", "scipy"}
_IN_PLACE = frozenset({"objects", "parent", "ctx", "plane", "newObject"})


@dataclass(frozen=True)
class Survey:
    """What holds of the whole program.

    patched: names of attributes that it sets somewhere, or asks whether they are there; is_open: it may patch any
    class; distant: names that a function binds outside of itself; postpones: annotations are not computed; loud: names
    whose list may change; is_stable: no workplane is changed in place.
    """

    patched: frozenset[str]
    is_open: bool
    distant: frozenset[str]
    postpones: bool
    loud: frozenset[str]
    is_stable: bool


def survey(tree: ast.Module) -> Survey:
    """Looks at each node once."""
    patched: set[str] = set()
    distant: set[str] = set()
    reads: Counter[str] = Counter()
    quiet: Counter[str] = Counter()
    is_open, is_stable, postpones = False, True, sys.version_info >= (3, 14)
    words = {name for _, name in operations()}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Load()):
                is_stable &= name not in _IN_PLACE
                is_stable &= not (name == "add" and isinstance(node.value, ast.Name))
            case ast.Attribute(attr=name):
                patched.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                distant.update(names)
            case ast.Call(func=ast.Name(id="hasattr" | "getattr"), args=[_, ast.Constant(value=str(name)), *_]):
                patched.add(name)  # it knows that there may be none
            case ast.Name(id="setattr" | "exec" | "eval" | "__import__" | "delattr"):
                is_open = True
            case ast.Import(names=names):
                is_open |= any(_root(alias.name) not in _KNOWN_MODULES for alias in names)
            case ast.ImportFrom(module=module, level=level):
                postpones |= module == "__future__" and any(alias.name == "annotations" for alias in node.names)
                is_open |= bool(level) or _root(module or "") not in _KNOWN_MODULES
            case ast.Call(func=ast.Attribute(attr=name)) if name in words:
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                quiet.update(value.id for value in given if isinstance(value, ast.Name))
            case ast.AugAssign(target=ast.Name(id=name)):
                reads[name] += 1
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            reads[node.id] += 1
    loud = frozenset(name for name, count in reads.items() if count > quiet[name])
    return Survey(frozenset(patched), is_open, frozenset(distant), postpones, loud, is_stable)


def _root(module: str) -> str:
    return module.split(".")[0]
