"""Values that a call of CadQuery refuses: a text for a length, a selector that is none, a spline of one point."""

import reprlib
from functools import cache

from cadgen.lang.check.facts import Constant, Fact, Instance, Items
from cadgen.lang.check.library import Signature
from cadgen.lang.check.selector_text import is_selector
from cadgen.lang.grammar.operation import operations
from cadgen.program import NAMED_FRAMES

_NUMBERS = {
    "Length": "a length",
    "Size": "a length above 0",
    "Extent": "a length other than 0",
    "Angle": "an angle in degrees",
}
_UNTIL = "a length other than 0, 'next' or 'last'"
_TAKEN_ANYWAY = {  # by the kernel, though the normal form does not write them
    ("offset2D", "d"),
    ("offset2D", "kind"),
    ("splineApprox", "minDeg"),
    ("splineApprox", "maxDeg"),
    ("text", "halign"),
    ("text", "valign"),
    ("combine", "tol"),
}


def refusal(
    name: str, receiver: Instance, signatures: tuple[Signature, ...], values: list[Fact], named: dict[str, Fact]
) -> str:
    """Why the call cannot take these values, or "". name: of the method, for a constructor `__init__`."""
    if len(signatures) != 1:
        return ""
    signature = signatures[0]
    given = dict(zip(signature.positional, values, strict=False)) | named
    types = _types(receiver.kind, name)
    for parameter, fact in given.items():
        wanted = _wanted(types.get(parameter, ("", ())), fact)
        if wanted and (name, parameter) not in _TAKEN_ANYWAY:
            return f"{signature.usage(_word(receiver, name))}: {parameter} is {wanted}, not {_shown(fact)}"
    return _spline(given) if (receiver.kind, name) == ("Workplane", "spline") else ""


@cache
def _types(kind: str, name: str) -> dict[str, tuple[str, tuple]]:
    """Parameter -> type and choices in the table of operations; nothing of one that may be called in several ways."""
    operation = operations().get((kind, name))
    if operation is None or operation.others:
        return {}
    return {parameter.name: (parameter.type, parameter.choices) for parameter in operation.parameters}


def _wanted(declared: tuple[str, tuple], fact: Fact) -> str:
    """What the parameter takes, if it surely does not take `fact`; else ""."""
    kind, choices = declared
    value = fact.value if isinstance(fact, Constant) else None
    if kind in _NUMBERS:
        is_wrong = isinstance(value, str) or isinstance(fact, Items)
        if isinstance(value, int | float):
            is_wrong = (kind == "Size" and value <= 0) or (kind == "Extent" and value == 0)
        return _NUMBERS[kind] if is_wrong else ""
    if kind == "Until":
        is_none = isinstance(value, str) and value not in ("next", "last")
        return _UNTIL if is_none or (isinstance(value, int | float) and value == 0) else ""
    if kind in ("Count", "Int"):
        return "a whole number" if isinstance(value, float | str) else ""
    if kind == "Selector":
        return "one of CadQuery's selectors" if isinstance(value, str) and not is_selector(value) else ""
    if kind == "Placement":
        return "the name of a plane" if isinstance(value, str) and value not in NAMED_FRAMES else ""
    if kind == "Literal":
        return f"one of {', '.join(map(repr, choices))}" if isinstance(value, str) and value not in choices else ""
    return ""


def _spline(given: dict[str, Fact]) -> str:
    """The interpolation takes two points at least, and no tangents, two, or one for each point."""
    points, tangents = given.get("listOfXYTuple"), given.get("tangents")
    starts = given.get("includeCurrent", Constant(False))
    if not isinstance(points, Items) or not isinstance(starts, Constant):
        return ""
    count = points.count + bool(starts.value)
    if count < 2:
        return f"spline needs two points at least, it got {count}; includeCurrent=True begins at the current one"
    if isinstance(tangents, Items) and tangents.count not in (0, 2, count):
        return f"spline takes two tangents or one for each of its {count} points, not {tangents.count}"
    return ""


def _word(receiver: Instance, name: str) -> str:
    return receiver.kind if name == "__init__" else name


def _shown(fact: Fact) -> str:
    if isinstance(fact, Items):
        return f"{fact.count} values"
    return reprlib.repr(fact.value) if isinstance(fact, Constant) else "this"
