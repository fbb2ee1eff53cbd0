"""The argument lists of calls as grammar rules: required ones by position, optional ones by keyword, all in order.

The lists of all methods share their tails, and every keyword is a rule: n optional keywords take n rules, not 2**n.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import takewhile

from cadgen.lang.grammar.operation import Parameter

ALTERNATIVE = "\n    | "

_RULES = {  # a type of the table: what is written for it
    "Length": "number",
    "Size": "size",
    "Extent": "extent",
    "Tolerance": "number",
    "Angle": "number",
    "Angles": "triple",
    "Factor": "number",
    "Factors": "numbers",
    "Count": "COUNT",
    "Int": "whole",
    "Flag": "flag",
    "Flags": "flags",
    "FlagPair": "flag_pair",
    "Text": "TEXT",
    "Tag": "TAG",
    "Selector": "selector",
    "PlaneName": "PLANE_NAME",
    "Placement": "placement",
    "Point2": "pair",
    "Point3": "triple",
    "Point": "point",
    "Points": "points",
    "Places": "places",
    "Direction": "triple",
    "Directions": "points",
    "Mirror": "mirror",
    "Border": "border",
    "Combine": "combine",
    "Until": "until",
    "Plane": "plane",
    "Location": "location",
    "Anything": "anything",
    "Construction": '"True"',
    "MakeWire": '"True"',
}


@dataclass
class Arguments:
    """Collects the `rules` of argument lists and the string literals, `texts`, that they speak of."""

    rules: list[str] = field(default_factory=list)
    _names: dict[tuple, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def text(self, value: str) -> str:
        """The terminal of the string literal `value`."""
        name = f"STR_{value.upper()}"
        assert self.texts.setdefault(name, value) == value, f"two strings that differ in case only: {value}"
        return name

    def value(self, parameter: Parameter) -> str:
        if parameter.type == "Literal":
            texts = [self.text(choice) if isinstance(choice, str) else "whole" for choice in parameter.choices]
            return f"({' | '.join(dict.fromkeys(texts))})" if len(set(texts)) > 1 else texts[0]
        return _RULES.get(parameter.type) or rule_name(parameter.type)

    def item(self, parameter: Parameter) -> str:
        value = self.value(parameter)
        if parameter.variadic:
            return f'{value} ("," {value})*'
        return value if parameter.positional else f'"{parameter.name}" "=" {value}'

    def call(self, name: str, parameters: tuple[Parameter, ...]) -> str:
        """The call of `name` with `parameters`, as the right side of a rule."""
        required = list(takewhile(lambda p: p.required and p.positional, parameters))
        rest = parameters[len(required) :]
        if required:
            items = ' "," '.join(map(self.item, required))
            return f'"{name}" "(" {items} {self.after(rest)}'
        ends = [f'"{name}" "(" ")"'] if not any(p.required for p in rest) else []
        return ALTERNATIVE.join([*ends, *([f'"{name}" "(" {self.ahead(rest)}'] if rest else [])])

    def after(self, rest: tuple[Parameter, ...]) -> str:
        """What may follow an argument when `rest` is still to come: the end, or a comma and more."""
        if not rest:
            return '")"'
        return self._named("_after_", rest, lambda: self._after(rest))

    def _after(self, rest: tuple[Parameter, ...]) -> list[str]:
        ends = [] if any(p.required for p in rest) else ['")"']
        return [*ends, f'"," {self.ahead(rest)}']

    def ahead(self, rest: tuple[Parameter, ...]) -> str:
        """One or more of `rest`, in order, and the end."""
        return self._named("_", rest, lambda: self._ahead(rest))

    def _ahead(self, rest: tuple[Parameter, ...]) -> list[str]:
        first, others = rest[0], rest[1:]
        # Python takes nothing by position behind a gap.
        behind = tuple(p for p in others if not p.positional) if first.positional else others
        skipped = [self.ahead(behind)] if behind and not first.required else []
        return [f"{self.item(first)} {self.after(others)}", *skipped]

    def _named(self, prefix: str, rest: tuple[Parameter, ...], alternatives: Callable[[], list[str]]) -> str:
        key = prefix, tuple((p.name, self.item(p), p.required) for p in rest)
        if key not in self._names:
            number = sum(other[0] == prefix and other[1][0][0] == rest[0].name for other in self._names) + 1
            self._names[key] = f"{prefix}{rule_name(rest[0].name)}_{number}"
            self.rules.append(f"{self._names[key]}: " + ALTERNATIVE.join(alternatives()))
        return self._names[key]


def rule_name(name: str) -> str:
    """The name as that of a rule: words in lower case, split where case changes."""
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name)).replace("__", "_")
