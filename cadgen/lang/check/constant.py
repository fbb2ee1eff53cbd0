"""Arithmetic on the constants of a program, of a size that no attack makes long."""

import ast
import math
import operator
from collections.abc import Callable, Sequence

from cadgen.lang.check.facts import Constant, Fact

_LARGEST = 1e15
_LONGEST = 400
_BINARY: dict[type, Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: lambda one, other: one is None and other is None if None in (one, other) else None,
    ast.IsNot: lambda one, other: not (one is None and other is None) if None in (one, other) else None,
}
_UNARY: dict[type, Callable] = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_}


class Refused(Exception):
    """Python refuses to compute this."""


def compute(operation: ast.AST, facts: Sequence[Fact]) -> Fact:
    """The operation on numbers, flags and None. Raises `Refused` for a division by zero."""
    known = [fact.value for fact in facts if isinstance(fact, Constant)]
    if len(known) < len(facts) or any(not isinstance(value, int | float | None) for value in known):
        return None
    function = (_UNARY if len(known) == 1 else _BINARY).get(type(operation))
    if function is None:
        return None
    try:
        value = function(*known)
    except ZeroDivisionError as error:
        raise Refused(f"ZeroDivisionError: {error}") from None
    except (TypeError, OverflowError):
        return None
    is_known = isinstance(value, int | float) and abs(value) <= _LARGEST
    return Constant(value) if is_known and not (isinstance(value, float) and math.isnan(value)) else None


def formatted(facts: Sequence[Fact]) -> Fact:
    """The text that the parts make, each as `str` has it."""
    texts = [str(fact.value) for fact in facts if isinstance(fact, Constant)]
    text = "".join(texts)
    return Constant(text) if len(texts) == len(facts) and len(text) <= _LONGEST else None
