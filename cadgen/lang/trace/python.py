"""The part of Python that the evaluation of a program computes with."""

import ast
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cadgen.lang.trace.limits import MAX_ITEMS, TooLong
from cadgen.lang.trace.value import Rejected, Unknown

_SLOW_MATH = ("factorial", "comb", "perm", "prod")
BINARY: dict[type, Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda item, container: item in container,
    ast.NotIn: lambda item, container: item not in container,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
}
SOLID_OPERATORS: dict[type, str] = {ast.Add: "union", ast.BitOr: "union", ast.Sub: "cut", ast.BitAnd: "intersect"}
UNARY: dict[type, Callable] = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_}
_PURE = (abs, min, max, int, float, round, sum, len, str, bool, sorted, any, all)
LISTING = (range, enumerate, zip, list, tuple, reversed, set)
BUILTINS: dict[str, Any] = {f.__name__: f for f in (*_PURE, *LISTING, dict)}
METHODS: dict[type, set[str]] = {
    list: {"append", "extend", "insert", "pop", "reverse", "sort", "index", "count", "copy", "clear", "remove"},
    dict: {"items", "keys", "values", "get", "update"},
    str: {"upper", "lower", "strip", "split", "startswith", "endswith"},
    tuple: {"index", "count"},
    set: {"add"},
}
_OUTSIDE = """
os sys subprocess socket shutil ctypes importlib pathlib multiprocessing threading signal pickle marshal inspect
builtins gc tempfile glob io urllib http requests asyncio runpy code pty resource mmap
"""
FORBIDDEN = frozenset(_OUTSIDE.split())
FORBIDDEN_CALLS = frozenset({"exec", "eval", "open", "compile", "__import__", "input", "breakpoint", "globals", "vars"})


@dataclass(frozen=True)
class Module:
    name: str


@dataclass(frozen=True)
class Bound:
    """A method or a module's function that has not been called yet."""

    owner: Any
    name: str


@dataclass(frozen=True)
class Function:
    """A function or lambda of the program, with the scopes it sees."""

    name: str
    arguments: ast.arguments
    body: list[ast.stmt] | ast.expr
    scopes: tuple[dict[str, Any], ...]
    defaults: tuple[Any, ...]


def of_math(name: str) -> Any:
    if not hasattr(math, name):
        raise Rejected("name", f"math has no {name}")
    return Unknown(f"math.{name} is not followed") if name in _SLOW_MATH else getattr(math, name)


def call_method(method: Bound, arguments: tuple, keywords: dict) -> Any:
    if method.name not in METHODS[type(method.owner)]:
        return Unknown(f"{method.name} is not followed")
    result = getattr(method.owner, method.name)(*arguments, **keywords)
    if len(method.owner) > MAX_ITEMS:
        raise TooLong(f"a list of {len(method.owner)} values")
    return list(result) if method.name in ("items", "keys", "values") else result


def call_builtin(function: Callable, arguments: tuple, keywords: dict) -> Any:
    result = function(*arguments, **keywords)
    return list(result) if function in (enumerate, zip, reversed) else result
