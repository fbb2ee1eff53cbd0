"""Writes down what CadQuery has: `python benchmarks/signatures.py` makes `cadgen/lang/check/cadquery.json` anew.

A program is checked without CadQuery at hand, so its classes, their members and what those take are kept as a table. It
is read off the installed package; a test makes it again and compares.
"""

import ast
import inspect
import json
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, TypeVar

import cadquery as cq
from multimethod import multimethod

import cadgen

PLACE = Path(cadgen.__file__).parent / "lang/check/cadquery.json"
MODULES = ("cadquery", "cadquery.selectors", "cadquery.exporters", "cadquery.importers", "cadquery.func")
_ALIASES = {"cadquery.exporters": "cadquery.occ_impl.exporters", "cadquery.importers": "cadquery.occ_impl.importers"}
_MORE = ("cadquery.occ_impl.shapes",)  # whose classes are met, though no program names them

Table = dict[str, Any]


def main() -> None:
    PLACE.write_text(written(), encoding="utf-8")


def written() -> str:
    """The table as text, a member a line, so that what a new CadQuery changes can be read in a difference."""
    return json.dumps(table(), indent=1, sort_keys=True) + "\n"


def table() -> Table:
    """modules: name -> {name in it -> class, module or signatures}; classes: name -> {bases, members}."""
    modules = {name: import_module(_ALIASES.get(name, name)) for name in (*MODULES, *_MORE)}
    classes = {
        value.__name__: value
        for module in modules.values()
        for value in vars(module).values()
        if inspect.isclass(value) and value.__module__.startswith("cadquery")
    }
    for value in list(classes.values()):
        classes |= {base.__name__: base for base in value.__mro__ if base.__module__.startswith("cadquery")}
    return {
        "version": cq.__version__.split("+")[0],
        "modules": {name: _names(modules[name], classes) for name in MODULES},
        "classes": {name: _class(value, classes) for name, value in classes.items()},
    }


def _names(module: Any, classes: dict[str, type]) -> Table:
    parts = {part.name: [] for part in iter_modules(getattr(module, "__path__", []))}
    names = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return parts | {name: _named(value, classes) for name, value in names.items()}


def _named(value: Any, classes: dict[str, type]) -> Any:
    if inspect.isclass(value) and value in classes.values():
        return value.__name__
    own = inspect.isfunction(value) and value.__module__.startswith("cadquery") and not hasattr(value, "register")
    return _signatures(value, classes) if own else []


def _class(value: type, classes: dict[str, type]) -> Table:
    members: Table = {name: [] for name in (*_assigned(value), *inspect.get_annotations(value))}
    for name, member in vars(value).items():
        if not name.startswith("_") or name in ("__init__", "__add__", "__sub__", "__mul__"):
            members[name] = _signatures(member, classes)
    bases = [base.__name__ for base in value.__bases__]
    is_known = all(base is object or base.__module__.startswith(("cadquery", "abc")) for base in value.__mro__)
    has_hook = any("__getattr__" in vars(base) for base in value.__mro__)
    return {
        "bases": [base for base in bases if base in classes],
        "closed": is_known and not has_hook,
        "members": members,
    }


def _assigned(value: type) -> list[str]:
    """What its methods set on `self`."""
    own = next((node for node in _parsed(value.__module__).body if getattr(node, "name", "") == value.__name__), None)
    return [
        node.attr
        for node in (ast.walk(own) if own else ())
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"
    ]


@cache
def _parsed(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(import_module(module)))


def _signatures(member: Any, classes: dict[str, type]) -> list[str]:
    """How it may be called, one text a signature; none where it is no function, or takes what its signature hides."""
    kind = {staticmethod: "static ", classmethod: "class "}.get(type(member), "")
    function = getattr(member, "__func__", member) if kind else member
    functions = list(function.values()) if isinstance(function, multimethod) else [function]
    if not all(inspect.isfunction(each) for each in functions):
        return []
    return sorted({kind + _signature(each, classes) for each in functions})


def _signature(function: Any, classes: dict[str, type]) -> str:
    found = inspect.signature(function)
    told = ast.arguments([], [], None, [], [], None, [])
    for parameter in found.parameters.values():
        argument = ast.arg(parameter.name)
        has_default = parameter.default is not parameter.empty
        default = ast.Constant(...) if has_default else None
        if parameter.kind is parameter.VAR_POSITIONAL:
            told.vararg = argument
        elif parameter.kind is parameter.VAR_KEYWORD:
            told.kwarg = argument
        elif parameter.kind is parameter.KEYWORD_ONLY:
            told.kwonlyargs.append(argument)
            told.kw_defaults.append(default)
        else:
            (told.posonlyargs if parameter.kind is parameter.POSITIONAL_ONLY else told.args).append(argument)
            told.defaults += [default] if default else []
    return f"({ast.unparse(told)}) -> {_returned(found, classes)}"


def _returned(found: inspect.Signature, classes: dict[str, type]) -> str:
    """Self, a class of the table, or Any: where the annotation leaves a choice, nothing is sure."""
    told = found.return_annotation
    first = next(iter(found.parameters.values()), None)
    if isinstance(told, TypeVar):
        return "Self" if first and first.name in ("self", "cls") and first.annotation == told else "Any"
    name = told if isinstance(told, str) else getattr(told, "__name__", "")
    return name.strip("\"'") if name.strip("\"'") in classes else "Any"


if __name__ == "__main__":
    main()
