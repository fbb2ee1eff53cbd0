"""The table of operations, `operations()`: what CadQuery offers, in which state of a chain, with which arguments.

It is read from `cadgen/api.txt`, which is Python's stub syntax; its head explains states, types and traits.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

_WITH_SOLID = {"Blank": "Solid", "Open": "OpenSolid", "Closed": "ClosedSolid"}
_WITHOUT_SOLID = {solid: state for state, solid in _WITH_SOLID.items()}


@dataclass(frozen=True)
class Parameter:
    """`positional`: normal form writes it by position; `variadic`: one or more of them (`*sketches`).

    `choices` are the values of a `Literal` type; `default` is CadQuery's own, None where it has none.
    """

    name: str
    type: str
    required: bool
    positional: bool
    variadic: bool = False
    choices: tuple = ()
    default: object = None


@dataclass(frozen=True)
class Operation:
    """A method or, as `__init__`, a constructor. `others` are further signatures of the same name, with its traits."""

    owner: str
    name: str
    parameters: tuple[Parameter, ...]
    receives: frozenset[str]
    returns: str
    traits: frozenset[str] = frozenset()
    others: tuple["Operation", ...] = ()

    @property
    def word(self) -> str:
        """What a program writes for it."""
        return self.owner if self.name == "__init__" else self.name

    @property
    def signatures(self) -> tuple["Operation", ...]:
        return (self, *self.others)

    def after(self, state: str) -> str:
        """The state of a chain after this call in `state`, of those it receives, with no construction geometry."""
        if self.returns == "Self":
            return state
        return _WITH_SOLID.get(self.returns, self.returns) if state in _WITHOUT_SOLID else self.returns


@cache
def operations() -> dict[tuple[str, str], Operation]:
    """(class, method) -> operation, in the order of the table."""
    table: dict[tuple[str, str], Operation] = {}
    for owner in _stub().body:
        if isinstance(owner, ast.ClassDef):
            for method in owner.body:
                assert isinstance(method, ast.FunctionDef), f"{owner.name} holds more than methods"
                _enter(table, _operation(owner.name, method))
    return table


@cache
def traits() -> frozenset[str]:
    """All that an operation may have."""
    return frozenset(node.name for node in _stub().body if isinstance(node, ast.FunctionDef))


@cache
def words(*asked: str) -> frozenset[str]:
    """The words that programs write for operations with one of the traits `asked`."""
    assert traits().issuperset(asked), f"not all are traits: {', '.join(asked)}"
    return frozenset(o.word for o in operations().values() if not o.traits.isdisjoint(asked))


@cache
def states() -> dict[str, frozenset[str]]:
    """Name -> states, for every group of states and every single state that a group holds."""
    groups: dict[str, frozenset[str]] = {}
    for node in _stub().body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                groups[name] = frozenset(_members(value, groups))
    return {state: frozenset({state}) for group in groups.values() for state in sorted(group)} | groups


@cache
def _stub() -> ast.Module:
    return ast.parse((files("cadgen") / "api.txt").read_text(encoding="utf-8"))


def _enter(table: dict[tuple[str, str], Operation], operation: Operation) -> None:
    key = operation.owner, operation.name
    known = table.get(key)
    if known:
        assert not operation.traits, f"{operation.word}: traits stand above the first signature"
        operation = replace(known, others=(*known.others, replace(operation, traits=known.traits)))
    table[key] = operation


def _operation(owner: str, method: ast.FunctionDef) -> Operation:
    self, *by_position = method.args.posonlyargs or method.args.args
    by_name = method.args.args if method.args.posonlyargs else by_position
    positional = by_position if method.args.posonlyargs else []
    receives = frozenset(_members(self.annotation, states())) if self.annotation else frozenset()
    assert isinstance(method.returns, ast.Name), f"{owner}.{method.name} says no state after it"
    defaults: list[ast.expr | None] = [None] * (len(positional) + len(by_name) - len(method.args.defaults))
    defaults += method.args.defaults
    parameters = [
        _parameter(argument, default, number < len(positional))
        for number, (argument, default) in enumerate(zip([*positional, *by_name], defaults, strict=True))
    ]
    if method.args.vararg:
        parameters.append(replace(_parameter(method.args.vararg, None, True), variadic=True))
    return Operation(owner, method.name, tuple(parameters), receives, method.returns.id, _traits(owner, method))


def _traits(owner: str, method: ast.FunctionDef) -> frozenset[str]:
    names = {ast.unparse(decorator) for decorator in method.decorator_list} - {"overload"}
    assert names <= traits(), f"{owner}.{method.name} has unknown traits: {', '.join(sorted(names - traits()))}"
    return frozenset(names)


def _parameter(argument: ast.arg, default: ast.expr | None, positional: bool) -> Parameter:
    value = ast.literal_eval(default) if default else None
    match argument.annotation:
        case ast.Name(id=kind):
            return Parameter(argument.arg, kind, default is None, positional, default=value)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            values = ast.literal_eval(choices)
            values = values if isinstance(values, tuple) else (values,)
            return Parameter(argument.arg, "Literal", default is None, positional, choices=values, default=value)
    raise AssertionError(f"{argument.arg} has no type")


def _members(node: ast.expr, groups: dict[str, frozenset[str]]) -> Iterator[str]:
    match node:
        case ast.BinOp(left=left, right=right):
            yield from _members(left, groups)
            yield from _members(right, groups)
        case ast.Name(id=name):
            yield from groups.get(name, {name})
