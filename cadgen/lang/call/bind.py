"""Which arguments an operation of CadQuery takes: `bind(operation, arguments, keywords)`."""

import re
import reprlib
from functools import cache
from typing import Any

from cadgen.lang.call.value import Call, Rejected
from cadgen.lang.grammar import Grammar
from cadgen.lang.grammar.operation import Operation, Parameter, states
from cadgen.program import NAMED_FRAMES

_NUMBERS = frozenset({"Length", "Size", "Extent", "Tolerance", "Angle", "Factor"})
_WORDS = {
    "Size": "a length above 0",
    "Extent": "a length other than 0",
    "Until": "a length other than 0, 'next' or 'last'",
}
_TUPLES = frozenset({"Point2", "Point3", "Point", "Direction", "Angles"})


def bind(operation: Operation, arguments: list, keywords: dict[str, Any]) -> tuple[Operation, dict[str, Any]]:
    """The first signature that the arguments fit, and they by its names. Raises `Rejected` where they fit none."""
    refusals = []
    for signature in operation.signatures:
        try:
            return signature, _bind(signature, arguments, keywords)
        except Rejected as refusal:
            refusals.append(refusal)
    raise refusals[0]


def _bind(operation: Operation, arguments: list, keywords: dict[str, Any]) -> dict[str, Any]:
    parameters = operation.parameters
    if parameters and parameters[-1].variadic:
        return {parameters[-1].name: tuple(arguments)}
    if operation.owner == "Vector" and len(arguments) == 1 and isinstance(arguments[0], tuple | list):
        arguments = list(arguments[0])
    names = [p.name for p in parameters]
    if len(arguments) > len(names):
        raise Rejected("arity", f"{_usage(operation)} got {len(arguments)} positional arguments")
    bound = dict(zip(names, arguments, strict=False))
    for name, value in keywords.items():
        if name not in names or name in bound:
            raise Rejected(
                "arity", f"{_usage(operation)} got {'two values for' if name in bound else 'no parameter'} {name}"
            )
        bound[name] = value
    missing = [p.name for p in parameters if p.required and p.name not in bound]
    if missing:
        raise Rejected("arity", f"{_usage(operation)} needs {', '.join(missing)}")
    for parameter in parameters:
        if parameter.name in bound and not fits(parameter, bound[parameter.name]):
            value = bound[parameter.name]
            shown = value.kind if isinstance(value, Call) else reprlib.repr(value)
            wanted = _WORDS.get(parameter.type, f"a {parameter.type}")
            raise Rejected("type", f"{_usage(operation)}: {parameter.name} is {wanted}, not {shown}")
    return {name: bound[name] for name in names if name in bound}


def _usage(operation: Operation) -> str:
    name = operation.owner if operation.name == "__init__" else operation.name
    return f"{name}({', '.join(p.name if p.required else f'[{p.name}]' for p in operation.parameters)})"


def fits(parameter: Parameter, value: Any) -> bool:
    """Whether CadQuery could take `value`."""
    kind = parameter.type
    if value is None:
        return True
    if kind in _NUMBERS:
        return isinstance(value, int | float) and _reaches(kind, value)
    if kind in ("Count", "Int"):
        return isinstance(value, int)
    if kind in _TUPLES:
        return _is_point(value)
    if kind in ("Points", "Places", "Directions") or (kind == "Border" and not isinstance(value, Call)):
        return isinstance(value, list | tuple) and all(_is_point(item) or isinstance(item, Call) for item in value)
    if kind == "Anything":
        return not isinstance(value, list)
    if kind == "Text":
        return isinstance(value, str)
    if kind == "Selector":
        return _selects(value) if isinstance(value, str) else isinstance(value, Call)
    if kind == "Literal":
        return not isinstance(value, str) or value in parameter.choices
    if kind == "Placement":
        return value in NAMED_FRAMES if isinstance(value, str) else not isinstance(value, int | float)
    if kind == "Until":
        is_length = isinstance(value, int | float) and _reaches("Extent", value)
        return is_length or isinstance(value, Call) or value in ("next", "last")
    if kind in states():
        return not isinstance(value, int | float | str | tuple | list)
    return True


def _reaches(kind: str, value: float) -> bool:
    """Whether the kernel makes something of a length of this value."""
    return value > 0 if kind == "Size" else kind != "Extent" or value != 0


def _selects(text: str) -> bool:
    """Whether `text` is a selector as the grammar knows them; nested parentheses are beyond it and pass."""
    written = " ".join(text.upper().split() if text.startswith("%") else text.split())
    return text.count("(") > 1 or bool(_selector().fullmatch(f"'{written}'"))


@cache
def _selector() -> re.Pattern[str]:
    return re.compile(Grammar("full").lark.get_terminal("SELECTOR").pattern.to_regexp())


def _is_point(value: Any) -> bool:
    if isinstance(value, Call):
        return value.kind in ("Vector", "Location")
    known = isinstance(value, tuple | list) and 1 < len(value) < 4
    return known and all(isinstance(item, int | float) for item in value)
