"""Straight-line texts to calls, without executing them: imports, then names bound to numbers and to chains of calls.

It is the language of `interp` in the sandbox and of what this project writes, with the layout of people: numbers may be
computed of numbers and names, and `cadquery` may have any name.
"""

import ast
import operator
from dataclasses import dataclass, field
from typing import Any

from cadgen.lang.call.value import Call
from cadgen.lang.canonical.said import Said
from cadgen.lang.error import DialectError
from cadgen.result_rule import choose

_MAX_NODES = 20_000
_LARGEST = 1e12
_BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def straight(code: str) -> tuple[list[Call], Call]:
    """The calls of a text, in order, and of them that which made its result. Raises `DialectError`."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        raise DialectError(f"line {line}: syntax: {getattr(error, 'msg', None) or error}") from None
    if sum(1 for _ in ast.walk(tree)) > _MAX_NODES:
        raise DialectError(f"the program has more than {_MAX_NODES} parts")
    reader = _Reader()
    try:
        for statement in tree.body:
            reader.statement(statement)
    except RecursionError:
        raise DialectError("the program is nested too deeply") from None
    return reader.said.calls, reader.result()


@dataclass
class _Reader:
    """names: what is bound; modules: names of cadquery and of parts of it, with what leads to them."""

    said: Said = field(default_factory=Said)
    names: dict[str, Any] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Import(names=names) if all(each.name == "cadquery" for each in names):
                self.modules.update(each.asname or each.name for each in names)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found = self.value(value)
                self.names.pop(name, None)  # the order is that in which names were bound last
                self.names[name] = found
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case _:
                raise self.error(node, f"{type(node).__name__} is no step of a straight text; normalise() the program")

    def result(self) -> Call:
        """By `cadgen.result_rule`, as far as names tell."""
        parts = {name: call for name, call in self.names.items() if isinstance(call, Call) and call.kind == "Workplane"}
        choice = choose(parts, (), lambda call: call.solid)
        found = choice.values[0] if choice else None
        if found is None or found.solid is False:
            raise DialectError("the program leaves no solid in its result variable; end it with result=...extrude(...)")
        return found

    def value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=bool() | str() | int() | float() | None as value):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.number(operand)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.number(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return self.computed(node, _BINARY[type(op)], self.number(left), self.number(right))
            case ast.Tuple(elts=elements):
                return tuple(self.value(element) for element in elements)
            case ast.List(elts=elements):
                return [self.value(element) for element in elements]
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.Name(id=name):
                raise self.error(node, f"name: {name} is not defined")
            case ast.Call():
                return self.chain(node)
        raise self.error(node, f"{type(node).__name__} is no part of a straight text; normalise() the program")

    def computed(self, node: ast.expr, compute: Any, left: float, right: float) -> float:
        try:
            found = compute(left, right)
        except (ArithmeticError, ValueError) as error:
            raise self.error(node, str(error)) from None
        if abs(found) > _LARGEST:
            raise self.error(node, f"a number beyond {_LARGEST:g}")
        return found

    def number(self, node: ast.expr) -> float:
        value = self.value(node)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(node, "a number is needed here")
        return value

    def chain(self, node: ast.Call) -> Any:
        """In a loop, not by recursion: a text may be one chain of hundreds of calls."""
        calls = [node]
        while isinstance(calls[-1].func, ast.Attribute) and isinstance(calls[-1].func.value, ast.Call):
            calls.append(calls[-1].func.value)
        found: Any = None
        for number, call in enumerate(reversed(calls)):
            found = self.call(call, found, number == 0)
        return found

    def call(self, node: ast.Call, receiver: Any, begins: bool) -> Call:
        if not isinstance(node.func, ast.Attribute):
            raise self.error(node, "a chain begins at cadquery or at a name")
        name, owner = node.func.attr, node.func.value
        module = ast.unparse(owner).split(".")[0] if begins else ""
        if begins and module not in self.modules:
            receiver = self.value(owner)
        arguments = [self.value(argument) for argument in node.args]
        if any(keyword.arg is None for keyword in node.keywords):
            raise self.error(node, "** is no part of a straight text")
        keywords = {str(keyword.arg): self.value(keyword.value) for keyword in node.keywords}
        self.said.line = node.lineno if begins else node.func.end_lineno or node.lineno
        if begins and module in self.modules:
            return self.said.call(name, "__init__", None, *arguments, **keywords)
        if not isinstance(receiver, Call):
            raise self.error(node, f"{name} is called on what is no part")
        return self.said.call(receiver.kind, name, receiver, *arguments, **keywords)

    def error(self, node: Any, message: str) -> DialectError:
        return DialectError(f"line {node.lineno}: {message}")
