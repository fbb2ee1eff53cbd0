"""The profile `interp`: straight-line programs of the table of operations, followed without executing Python.

`import cadquery as cq`, then lines `name=chain`. A chain begins at a name or a class of the table and calls methods of
the table; arguments are numbers, texts, tuples, lists, names and chains. There is no other way to reach an object.
"""

import ast
from math import isfinite
from typing import Any

import cadquery as cq
from methods import methods
from program import Forbidden, Namespace, serialised

_LARGEST = 1e9
_MAX_NODES = 20_000
_CLASSES = {
    **{f"cq.{name}": getattr(cq, name) for name in methods() if hasattr(cq, name)},
    **{f"cq.selectors.{name}": getattr(cq.selectors, name) for name in methods() if hasattr(cq.selectors, name)},
}


def run(code: bytes, takehome: bool = False) -> bytes:
    """`serialised` of the program's names, as `program.run` has it."""
    return serialised(names_of(code), takehome)


def names_of(code: bytes) -> Namespace:
    """What the program binds."""
    tree = ast.parse(code)
    if sum(1 for _ in ast.walk(tree)) > _MAX_NODES:
        raise Forbidden(f"the program has more than {_MAX_NODES} parts")
    match tree.body:
        case [ast.Import(names=[ast.alias(name="cadquery", asname="cq")]), *statements]:
            pass
        case _:
            raise Forbidden("the first line is not 'import cadquery as cq'")
    names = Namespace()
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() | ast.Name() as value) if name != "cq":
                names[name] = _value(value, names)
            case _:
                raise Forbidden(f"line {statement.lineno}: a line here binds one name to a chain of calls")
    return names


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    match node:
        case ast.Constant(value=bool() | str() | None):
            return node.value
        case ast.Constant(value=int() | float() as number):
            return _number(node, number)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -_number(node, number)
        case ast.Tuple(elts=elements):
            return tuple(_value(element, names) for element in elements)
        case ast.List(elts=elements):
            return [_value(element, names) for element in elements]
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Call():
            return _chain(node, names)
    raise Forbidden(f"line {node.lineno}: {type(node).__name__} is not part of a chain of calls")


def _chain(node: ast.Call, names: dict[str, Any]) -> Any:
    """In a loop, not by recursion: a program may be one chain of hundreds of calls."""
    calls = [node]
    while isinstance(calls[-1].func, ast.Attribute) and isinstance(calls[-1].func.value, ast.Call):
        calls.append(calls[-1].func.value)
    value = None
    for number, call in enumerate(reversed(calls)):
        act = _start(call, names) if number == 0 else _method(call, value)
        value = act(*(_value(argument, names) for argument in call.args), **_keywords(call, names))
    return value


def _start(call: ast.Call, names: dict[str, Any]) -> Any:
    path = ast.unparse(call.func)
    if path in _CLASSES:
        return _CLASSES[path]
    match call.func:
        case ast.Attribute(value=ast.Name(id=name)) if name in names:
            return _method(call, names[name])
    raise Forbidden(f"line {call.lineno}: {path[:60]} is no class of the table and no method of a known name")


def _method(call: ast.Call, value: Any) -> Any:
    assert isinstance(call.func, ast.Attribute)
    known = methods().get(type(value).__name__, frozenset())
    if call.func.attr not in known or call.func.attr.startswith("_"):
        raise Forbidden(f"line {call.lineno}: {type(value).__name__}.{call.func.attr} is not in the table")
    return getattr(value, call.func.attr)


def _keywords(call: ast.Call, names: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for keyword in call.keywords:
        if keyword.arg is None or keyword.arg == "fontPath":
            raise Forbidden(f"line {call.lineno}: {keyword.arg or '**'} is not part of this profile")
        found[keyword.arg] = _value(keyword.value, names)
    return found


def _number(node: ast.expr, value: float) -> float:
    if not isfinite(value) or abs(value) > _LARGEST:
        raise Forbidden(f"line {node.lineno}: a number beyond {_LARGEST:g}")
    return value
