"""Calls to normal form: `rewrite(result, grid)` writes any part with literal arguments, one statement a solid."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from cadgen.lang.call.value import Call, parts_of
from cadgen.lang.error import DialectError
from cadgen.lang.grammar.operation import Parameter
from cadgen.program.text import decimal

_DIGITS = 6  # of angles and factors, which do not lie on the grid
_LETTERS = {"Blank": "w", "Open": "p", "Closed": "c", "Solid": "s", "Sketch": "k"}
_PURE_NUMBERS = frozenset({"Direction", "Angles", "Flags", "Mirror"})


def rewrite(result: Call, grid: float, calls: Sequence[Call] = (), digits: int = 0) -> str:
    """The normal form of `result`, its lengths multiplied by `grid` and rounded, written with so many decimals.

    calls: all of the program, of which some may have tagged what the result needs beside its chain. Raises
    `DialectError` where chains share what they drew, which straight chains cannot say.
    """
    tagged = _tagged_beside(result, calls)
    order = list(dict.fromkeys(call for end in (*tagged, result) for call in _ancestry(end)))
    for call in order:
        if call.tangled:
            raise DialectError(f"line {call.line}: {call.name} uses what another chain drew; draw it in one chain")
    return _Writer(grid, order, tagged, digits).program(result)


def _ancestry(result: Call) -> Iterator[Call]:
    """Every call that `result` needs, once, each after those that it needs."""
    seen: set[Call] = set()
    stack: list[tuple[Call, bool]] = [(result, False)]
    while stack:
        call, ready = stack.pop()
        if ready:
            yield call
        elif call not in seen:
            seen.add(call)
            stack.append((call, True))
            stack.extend((needed, False) for needed in reversed(_needed(call)))


def _tagged_beside(result: Call, calls: Sequence[Call]) -> list[Call]:
    """The calls of `tag` that the result refers to by name alone."""
    ancestry = set(_ancestry(result))
    written = {call.arguments["name"] for call in ancestry if call.name == "tag"}
    asked = {_tag_of(call) for call in ancestry} - written - {None}
    found = [call for call in calls if call.name == "tag" and call.arguments["name"] in asked]
    return [call for call in found if call.kind == "Workplane"]


def _tag_of(call: Call) -> str | None:
    if call.kind != "Workplane" or call.name == "tag":
        return None
    return call.arguments.get("name" if call.name == "workplaneFromTagged" else "tag")


def _needed(call: Call) -> list[Call]:
    receiver = [call.receiver] if call.receiver else []
    return receiver + parts_of(call.arguments)


class _Writer:
    """Writes calls; those that are used more than once and have a state that a name can have get a name."""

    def __init__(self, grid: float, order: list[Call], tagged: Sequence[Call] = (), digits: int = 0) -> None:
        self.grid, self.say = grid, decimal(digits)
        self.lines = ["import cadquery as cq"]
        self.texts: dict[Call, str] = {}
        uses = Counter(needed for call in order for needed in _needed(call))
        numbers: Counter[str] = Counter()
        for call in order[:-1]:
            self.texts[call] = self._text(call)
            letter = _LETTERS.get(call.state) if call.kind in ("Workplane", "Sketch") else None
            if (uses[call] > 1 or call in tagged) and letter:
                name = f"{letter}{numbers[letter]}"
                numbers[letter] += 1
                self.lines.append(f"{name}={self.texts[call]}")
                self.texts[call] = name

    def program(self, result: Call) -> str:
        """The statements: one for each solid along the chain of the result."""
        tail, steps = [], ""
        while result.receiver and not self._is_named(result):
            steps = self._step(result) + steps
            result = result.receiver
            if result.receiver and _is_whole(result) and not self._is_named(result):
                tail.append(f"result=result{steps}")
                steps = ""
        body = (self.texts.get(result) or self._text(result)) + steps
        return "\n".join([*self.lines, f"result={body}", *reversed(tail)]) + "\n"

    def _is_named(self, call: Call) -> bool:
        return call in self.texts and "." not in self.texts[call]

    def _text(self, call: Call) -> str:
        if call.receiver is None:
            module = "cq.selectors" if call.signature.owner == "BoxSelector" else "cq"
            return f"{module}.{call.signature.owner}({self._arguments(call)})"
        return self.texts[call.receiver] + self._step(call)

    def _step(self, call: Call) -> str:
        return f".{call.name}({self._arguments(call)})"

    def _arguments(self, call: Call) -> str:
        signature, given = call.signature, call.arguments
        by_position = [p for p in signature.parameters if p.positional]
        needed = [i + 1 for i, p in enumerate(by_position) if p.required or given.get(p.name) is not None]
        written = []
        for parameter in by_position[: max(needed, default=0)]:
            value = given.get(parameter.name, parameter.default)
            if parameter.variadic:
                written += [self._value(item, parameter) for item in value]
            else:
                written.append(self._value(value, parameter))
        for parameter in signature.parameters:
            value = given.get(parameter.name)
            if parameter.positional or value is None:
                continue
            text = self._value(value, parameter)
            if parameter.default is None or text != self._value(parameter.default, parameter):
                written.append(f"{parameter.name}={text}")
        return ",".join(written)

    def _value(self, value: Any, parameter: Parameter) -> str:
        kind = parameter.type
        if isinstance(value, Call):
            if value.kind != "Vector":
                return self.texts[value]
            value = tuple(value.arguments.get(name, 0) for name in "xyz")
        if kind == "Selector" and value.startswith("%"):
            return repr(value.upper())
        if kind in ("Points", "Places", "Directions", "Factors") or isinstance(value, list):
            item = {"Directions": "Direction", "Factors": "Factor"}.get(kind, "Point")
            return f"[{','.join(self._value(v, Parameter('', item, True, True)) for v in value)}]"
        if isinstance(value, tuple):
            scale = 1 if kind in _PURE_NUMBERS else self.grid
            return f"({','.join(v if isinstance(v, str) else self._number(v, scale) for v in value)})"
        if kind in ("Length", "Size", "Extent", "Until") and not isinstance(value, str):
            return self.say(_length(value, self.grid))
        if kind in ("Flag", "Construction", "MakeWire"):
            return str(bool(value))
        return _pure(value)

    def _number(self, value: Any, grid: float) -> str:
        """A literal of a length, where the grid is not 1, or of another number."""
        return _pure(value) if grid == 1 or isinstance(value, bool | str) else self.say(_round(value * grid))


def _is_whole(call: Call) -> bool:
    """Whether the call leaves a solid of its own making, and nothing that waits."""
    signature = call.signature
    changes = signature.returns == "Solid" or signature.receives == {"Solid", "ClosedSolid"}
    return call.kind == "Workplane" and changes and call.state == "Solid"


def _length(value: float, grid: float) -> int:
    """On the grid; what is not nothing does not become nothing."""
    rounded = _round(value * grid)
    if rounded == 0 and value != 0:
        rounded = 1 if value > 0 else -1
    return rounded


def _round(value: float) -> int:
    return int(value + 0.5) if value >= -0.5 else -int(-value + 0.5)


def _pure(value: Any) -> str:
    """A literal of what is no length: numbers shortest, strings in single quotes."""
    if isinstance(value, bool | str) or value is None:
        return repr(value)
    rounded = round(float(value), _DIGITS)
    return str(int(rounded)) if rounded == int(rounded) else f"{rounded:.{_DIGITS}f}".rstrip("0")
