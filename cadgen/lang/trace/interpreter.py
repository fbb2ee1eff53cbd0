"""Partial evaluation of Python: constants, loops and functions are computed, CadQuery calls are handed on.

Nothing of the program is executed by Python: its syntax tree is walked, arithmetic happens on plain numbers of bounded
size, and the walk ends after `_MAX_STEPS` nodes. What it does not follow becomes `Unknown`.
"""

import ast
import builtins
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from cadgen.lang.trace.limits import MAX_ITEMS, TooLong, require_flat, require_short, require_small
from cadgen.lang.trace.python import (
    BINARY,
    BUILTINS,
    FORBIDDEN,
    FORBIDDEN_CALLS,
    LISTING,
    METHODS,
    SOLID_OPERATORS,
    UNARY,
    Bound,
    Function,
    Module,
    call_builtin,
    call_method,
    of_math,
)
from cadgen.lang.trace.value import Call, Issue, Rejected, Unknown, parts_of

_MAX_STEPS = 400_000
_MAX_DEPTH = 40
_MAX_FORMAT = 6


class _Return(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


Library = Callable[[Bound, list[Any], dict[str, Any], int], Any]


@dataclass
class Interpreter:
    """Walks a program. `library` answers calls on CadQuery; `attribute` says what a name of CadQuery is."""

    library: Library
    attribute: Callable[[Any, str], Any]
    issues: list[Issue] = field(default_factory=list)
    scopes: tuple[dict[str, Any], ...] = field(default_factory=lambda: ({},))
    _steps: int = 0
    _depth: int = 0

    def run(self, tree: ast.Module) -> dict[str, Any]:
        """The names that the program leaves behind."""
        try:
            self._block(tree.body)
        except (_Return, _Break, _Continue):
            pass  # Python's compiler has refused these outside of functions and loops
        return self.scopes[0]

    def _block(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self._count(statement)
            handler = getattr(self, f"_do_{type(statement).__name__}", None)
            if handler:
                handler(statement)
            else:
                self._forget(statement)

    def _count(self, node: ast.AST) -> None:
        self._steps += 1
        if self._steps > _MAX_STEPS:
            raise TooLong(f"line {getattr(node, 'lineno', 0)}: the program computes too long")

    def _forget(self, statement: ast.stmt) -> None:
        """What an unfollowed statement assigns is unknown from here on."""
        unknown = Unknown(f"line {statement.lineno}: {type(statement).__name__} is not followed")
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.scopes[-1][node.id] = unknown

    def _report(self, node: Any, kind: str, message: str) -> Unknown:
        issue = Issue(kind, node.lineno, node.col_offset + 1, message)
        if issue not in self.issues:
            self.issues.append(issue)
        return Unknown(f"line {node.lineno}: {message}")

    # Statements

    def _do_Expr(self, statement: ast.Expr) -> None:
        self._value(statement.value)

    def _do_Pass(self, statement: ast.Pass) -> None:
        pass

    def _do_Import(self, statement: ast.Import) -> None:
        for alias in statement.names:
            root = alias.name.split(".")[0]
            if root in FORBIDDEN:
                self._report(
                    statement, "forbidden", f"{alias.name} is no part of describing a solid; remove the import"
                )
            self.scopes[-1][alias.asname or root] = Module(alias.name if alias.asname else root)

    def _do_ImportFrom(self, statement: ast.ImportFrom) -> None:
        module = statement.module or ""
        if module.split(".")[0] in FORBIDDEN:
            self._report(statement, "forbidden", f"{module} is no part of describing a solid; remove it")
        for alias in statement.names:
            if alias.name == "*":
                names = [n for n in dir(math) if n[0] != "_"] if module == "math" else ["Workplane", "Sketch", "Vector"]
            else:
                names = [alias.name]
            for name in names:
                self.scopes[-1][alias.asname or name] = self._attribute(Module(module), name, statement)

    def _do_Assign(self, statement: ast.Assign) -> None:
        value = self._value(statement.value)
        for target in statement.targets:
            self._bind(target, value)

    def _do_AnnAssign(self, statement: ast.AnnAssign) -> None:
        if statement.value is not None:
            self._bind(statement.target, self._value(statement.value))

    def _do_AugAssign(self, statement: ast.AugAssign) -> None:
        load = ast.copy_location(ast.BinOp(_as_load(statement.target), statement.op, statement.value), statement)
        self._bind(statement.target, self._value(load))

    def _do_For(self, statement: ast.For) -> None:
        values = self._value(statement.iter)
        if isinstance(values, Unknown | Call | Bound):
            self._bind(statement.target, Unknown(f"line {statement.lineno}: a loop over values that are not known"))
            self._perhaps(statement, statement.body)
            return
        for item in self._items(values, statement):
            self._bind(statement.target, item)
            try:
                self._block(statement.body)
            except _Continue:
                continue
            except _Break:
                return
        self._block(statement.orelse)

    def _do_While(self, statement: ast.While) -> None:
        while self._truth(statement.test):
            try:
                self._count(statement)
                self._block(statement.body)
            except _Continue:
                continue
            except _Break:
                return
        self._block(statement.orelse)

    def _do_If(self, statement: ast.If) -> None:
        condition = self._value(statement.test)
        if isinstance(condition, Unknown):
            self._perhaps(statement, statement.body, statement.orelse)
        else:
            self._block(statement.body if condition else statement.orelse)

    def _perhaps(self, statement: ast.stmt, *blocks: list[ast.stmt]) -> None:
        """Walks what may or may not run, for its mistakes; what it binds is unknown afterwards."""
        for block in blocks:
            try:
                self._block(block)
            except (_Return, _Break, _Continue):
                pass
        self._forget(statement)

    def _do_Try(self, statement: ast.Try) -> None:
        for part in (statement.body, statement.orelse, statement.finalbody):
            self._block(part)

    def _do_FunctionDef(self, statement: ast.FunctionDef) -> None:
        self.scopes[-1][statement.name] = self._function(statement.name, statement.args, statement.body)

    def _do_Return(self, statement: ast.Return) -> None:
        raise _Return(None if statement.value is None else self._value(statement.value))

    def _do_Break(self, statement: ast.Break) -> None:
        raise _Break

    def _do_Continue(self, statement: ast.Continue) -> None:
        raise _Continue

    def _do_Global(self, statement: ast.Global) -> None:
        for name in statement.names:
            if name in self.scopes[0]:
                self.scopes[-1][name] = self.scopes[0][name]

    # Expressions

    def _value(self, node: ast.expr) -> Any:
        self._count(node)
        handler = getattr(self, f"_get_{type(node).__name__}", None)
        if handler is None:
            return Unknown(f"line {node.lineno}: {type(node).__name__} is not followed")
        return handler(node)

    def _get_Constant(self, node: ast.Constant) -> Any:
        return node.value

    def _get_Name(self, node: ast.Name) -> Any:
        for scope in reversed(self.scopes):
            if node.id in scope:
                return scope[node.id]
        if node.id in BUILTINS:
            return BUILTINS[node.id]
        if node.id in ("show_object", "debug", "__name__", "__file__") or hasattr(builtins, node.id):
            return "__main__" if node.id == "__name__" else Bound(Module("builtins"), node.id)
        return self._report(node, "name", f"{node.id} is not defined")

    def _get_Tuple(self, node: ast.Tuple) -> tuple:
        return tuple(self._elements(node.elts))

    def _get_List(self, node: ast.List) -> list:
        return self._elements(node.elts)

    def _elements(self, nodes: list[ast.expr]) -> list:
        items: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                items.extend(self._items(self._value(node.value), node))
            else:
                items.append(self._value(node))
        return items

    def _get_Dict(self, node: ast.Dict) -> Any:
        if any(key is None for key in node.keys):
            return Unknown(f"line {node.lineno}: ** is not followed")
        keys = [self._value(key) for key in node.keys if key]
        values = [self._value(value) for value in node.values]
        if not all(isinstance(key, str | int | float | bool | tuple) for key in keys):
            return Unknown(f"line {node.lineno}: these keys are not followed")
        return dict(zip(keys, values, strict=True))

    def _get_BinOp(self, node: ast.BinOp) -> Any:
        left, right = self._value(node.left), self._value(node.right)
        if isinstance(left, Call) and left.kind == "Workplane" and type(node.op) in SOLID_OPERATORS:
            return self._call(node, Bound(left, SOLID_OPERATORS[type(node.op)]), [right], {})
        return self._compute(node, BINARY.get(type(node.op)), left, right)

    def _get_UnaryOp(self, node: ast.UnaryOp) -> Any:
        return self._compute(node, UNARY.get(type(node.op)), self._value(node.operand))

    def _get_Compare(self, node: ast.Compare) -> Any:
        left = self._value(node.left)
        for operation, other in zip(node.ops, node.comparators, strict=True):
            right = self._value(other)
            holds = self._compute(node, BINARY[type(operation)], left, right)
            if isinstance(holds, Unknown) or not holds:
                return holds
            left = right
        return True

    def _get_BoolOp(self, node: ast.BoolOp) -> Any:
        value: Any = None
        for operand in node.values:
            value = self._value(operand)
            if isinstance(value, Unknown):
                return value
            if bool(value) == isinstance(node.op, ast.Or):
                return value
        return value

    def _get_IfExp(self, node: ast.IfExp) -> Any:
        return self._value(node.body if self._truth(node.test) else node.orelse)

    def _get_Subscript(self, node: ast.Subscript) -> Any:
        value, index = self._value(node.value), self._value(node.slice)
        return self._compute(node, lambda v, i: v[i], value, index)

    def _get_Slice(self, node: ast.Slice) -> Any:
        bounds = [None if part is None else self._value(part) for part in (node.lower, node.upper, node.step)]
        return next((b for b in bounds if isinstance(b, Unknown)), None) or slice(*bounds)

    def _get_JoinedStr(self, node: ast.JoinedStr) -> Any:
        pieces = [self._value(part) for part in node.values]
        return next((p for p in pieces if isinstance(p, Unknown)), None) or "".join(map(str, pieces))

    def _get_FormattedValue(self, node: ast.FormattedValue) -> Any:
        form = "" if node.format_spec is None else self._value(node.format_spec)
        if not isinstance(form, str) or len(form) > _MAX_FORMAT:
            return Unknown(f"line {node.lineno}: this format is not followed")
        return self._compute(node, lambda value: format(value, form), self._value(node.value))

    def _get_ListComp(self, node: ast.ListComp) -> Any:
        found: list[Any] = []
        outer, self.scopes = self.scopes, (*self.scopes, {})
        self._generate(node.generators, lambda: found.append(self._value(node.elt)))
        self.scopes = outer
        return found

    _get_GeneratorExp = _get_ListComp
    _get_SetComp = _get_ListComp

    def _generate(self, generators: list[ast.comprehension], emit: Callable[[], None]) -> None:
        if not generators:
            return emit()
        first, *rest = generators
        for item in self._items(self._value(first.iter), first.iter):
            self._bind(first.target, item)
            if all(self._truth(test) for test in first.ifs):
                self._generate(rest, emit)

    def _get_Lambda(self, node: ast.Lambda) -> Function:
        return self._function("lambda", node.args, node.body)

    def _get_Attribute(self, node: ast.Attribute) -> Any:
        return self._attribute(self._value(node.value), node.attr, node)

    def _attribute(self, value: Any, name: str, node: Any) -> Any:
        if name.startswith("__") and not isinstance(value, Unknown):
            return self._report(node, "forbidden", f"{name}: a part has no use for Python's inner names")
        if isinstance(value, Unknown):
            return Unknown(value.reason)
        try:
            if value == Module("math"):
                return of_math(name)
            if type(value) in METHODS:
                if not hasattr(value, name):
                    raise Rejected("name", f"{type(value).__name__} has no {name}")
                return Bound(value, name)
            return self.attribute(value, name)
        except Rejected as error:
            return self._report(node, error.kind, str(error))

    def _get_Call(self, node: ast.Call) -> Any:
        function = self._value(node.func)
        arguments = self._elements(node.args)
        keywords: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self._value(keyword.value)
            keywords.update({keyword.arg: value} if keyword.arg else value if isinstance(value, dict) else {})
        return self._call(node, function, arguments, keywords)

    def _call(self, node: ast.expr, function: Any, arguments: list, keywords: dict) -> Any:
        if isinstance(function, Unknown):
            return function
        if isinstance(function, Module):
            return Unknown(f"line {node.lineno}: {function.name} is not followed")
        if isinstance(function, Function):
            return self._enter(node, function, arguments, keywords)
        if isinstance(function, Bound) and function.owner == Module("builtins"):
            if function.name in FORBIDDEN_CALLS:
                return self._report(node, "forbidden", f"{function.name}() reaches outside the description of a part")
            return Unknown(f"line {node.lineno}: {function.name} is not followed")
        if isinstance(function, Bound) and type(function.owner) in METHODS:
            return self._compute(node, lambda *a: call_method(function, a, keywords), *arguments, symbolic=True)
        if isinstance(function, Bound):
            try:
                return self.library(function, arguments, keywords, node.lineno)
            except Rejected as error:
                return self._report(node, error.kind, str(error))
        if callable(function):
            symbolic = function in LISTING or function in (len, dict, reversed)
            return self._compute(node, lambda *a: call_builtin(function, a, keywords), *arguments, symbolic=symbolic)
        return self._report(node, "type", f"{type(function).__name__} cannot be called")

    def _enter(self, node: ast.expr, function: Function, arguments: list, keywords: dict) -> Any:
        names = [a.arg for a in function.arguments.posonlyargs + function.arguments.args]
        scope = dict(zip(names[len(names) - len(function.defaults) :], function.defaults, strict=True))
        scope.update(zip(names, arguments, strict=False))
        scope.update(keywords)
        missing = [name for name in names if name not in scope]
        simple = not (function.arguments.vararg or function.arguments.kwarg or function.arguments.kwonlyargs)
        if not simple:
            return Unknown(f"line {node.lineno}: starred parameters are not followed")
        if missing or len(arguments) > len(names) or set(scope) - set(names):
            return self._report(node, "arity", f"{function.name} takes {', '.join(names) or 'nothing'}")
        if self._depth >= _MAX_DEPTH:
            raise TooLong(f"line {node.lineno}: {function.name} calls itself too often")
        outer, self.scopes, self._depth = self.scopes, (*function.scopes, scope), self._depth + 1
        try:
            if isinstance(function.body, ast.expr):
                return self._value(function.body)
            self._block(function.body)
        except _Return as result:
            return result.value
        finally:
            self.scopes, self._depth = outer, self._depth - 1
        return None

    def _function(self, name: str, arguments: ast.arguments, body: Any) -> Function:
        return Function(name, arguments, body, self.scopes, tuple(self._value(d) for d in arguments.defaults))

    # What both need

    def _compute(self, node: Any, operation: Callable | None, *values: Any, symbolic: bool = False) -> Any:
        """`operation` on `values`, unless one of them is not known; symbolic: it only moves values about."""
        if operation is None:
            return Unknown(f"line {node.lineno}: this operator is not followed")
        blurred = [part for value in values for part in parts_of(value)]
        direct = [value for value in values if isinstance(value, Unknown | Call)]
        if direct or (blurred and not symbolic and not isinstance(node, ast.Subscript | ast.BinOp)):
            reasons = [part.reason for part in direct + blurred if isinstance(part, Unknown)]
            return Unknown(reasons[0] if reasons else f"line {node.lineno}: only the kernel knows this value")
        if any(isinstance(value, Bound | Module | Function) for value in values) and not symbolic:
            return Unknown(f"line {node.lineno}: this value is not followed")
        try:
            require_small(node, values)
            if isinstance(node, ast.Compare | ast.FormattedValue) or (isinstance(node, ast.Call) and not symbolic):
                require_flat(node, values)
            result = operation(*values)
            require_short(node, result)
            return result
        except Rejected as error:
            return self._report(node, error.kind, str(error))
        except (ArithmeticError, TypeError, ValueError, LookupError, AttributeError) as error:
            return self._report(node, "type", f"{type(error).__name__}: {error}")

    def _truth(self, node: ast.expr) -> bool:
        value = self._value(node)
        if isinstance(value, Unknown):
            raise TooLong(f"line {node.lineno}: the way on depends on a value that is not known ({value.reason})")
        return bool(value)

    def _items(self, value: Any, node: Any) -> list[Any]:
        if isinstance(value, Unknown | Call | Bound):
            raise TooLong(f"line {node.lineno}: a loop over values that are not known")
        try:
            items = list(value)
        except TypeError:
            self._report(node, "type", f"{type(value).__name__} cannot be looped over")
            return []
        if len(items) > MAX_ITEMS:
            raise TooLong(f"line {node.lineno}: a loop over {len(items)} values")
        return items

    def _bind(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self.scopes[-1].pop(target.id, None)  # the order is that in which names were bound last
            self.scopes[-1][target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            self._unpack(target, value)
        elif isinstance(target, ast.Subscript):
            container, index = self._value(target.value), self._value(target.slice)
            if isinstance(container, list | dict) and not isinstance(index, Unknown):
                self._compute(target, lambda: container.__setitem__(index, value))

    def _unpack(self, target: ast.Tuple | ast.List, value: Any) -> None:
        if isinstance(value, Unknown | Call):
            items: list[Any] = [Unknown(f"line {target.lineno}: parts of a value that is not known")] * len(target.elts)
        else:
            items = self._items(value, target)
        if len(items) != len(target.elts):
            self._report(target, "type", f"{len(target.elts)} names for {len(items)} values")
        for element, item in zip(target.elts, items, strict=False):
            self._bind(element, item)


def _as_load(target: Any) -> Any:
    node = ast.parse(ast.unparse(target), mode="eval").body
    return ast.copy_location(node, target)
