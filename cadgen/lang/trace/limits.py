"""How much the evaluation of a program may compute."""

import ast
from typing import Any

MAX_ITEMS = 20_000
_MAX_BITS = 256


class TooLong(Exception):
    """The walk was ended: the program computes more than a description of a part needs."""


def require_small(node: Any, values: tuple) -> None:
    """Refuses numbers and lists that only an attack would make."""
    operation = getattr(node, "op", None)
    if isinstance(operation, ast.Pow) and any(isinstance(v, int) and abs(v) > 10_000 for v in values):
        raise TooLong(f"line {node.lineno}: a power too large to compute")
    if isinstance(operation, ast.Mult) and any(isinstance(v, str | list | tuple) for v in values):
        times = max((v for v in values if isinstance(v, int)), default=0)
        if times * max((len(v) for v in values if isinstance(v, str | list | tuple)), default=0) > MAX_ITEMS:
            raise TooLong(f"line {node.lineno}: a list too long to compute")
    if any(isinstance(v, int) and v.bit_length() > _MAX_BITS for v in values):
        raise TooLong(f"line {node.lineno}: a number too large to compute")
    for value in values:
        require_short(node, value)


def require_flat(node: Any, values: tuple) -> None:
    """Refuses lists of lists of lists that hold more than they were made of, which Python would walk through."""
    waiting, count = list(values), 0
    while waiting:
        item = waiting.pop()
        count += 1
        if count > MAX_ITEMS:
            raise TooLong(f"line {node.lineno}: more than {MAX_ITEMS} values are too many to follow")
        if isinstance(item, list | tuple | dict):
            waiting.extend(item.values() if isinstance(item, dict) else item)


def require_short(node: Any, value: Any) -> None:
    if isinstance(value, range | list | tuple | str | dict) and len(value) > MAX_ITEMS:
        raise TooLong(f"line {node.lineno}: {len(value)} values are too many to follow")
