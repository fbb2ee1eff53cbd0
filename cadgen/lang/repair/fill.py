"""What a reader would write for a value that is lost: points in line with their neighbours, zeros in origins.

Guesses only: nothing here can know the number that stood there.
"""

from collections import Counter
from dataclasses import dataclass, replace
from itertools import combinations

from cadgen.lang.grammar.lexer import Lexicon
from cadgen.lang.grammar.operation import words
from cadgen.lang.repair.cost import Item
from cadgen.lang.repair.point import Near, Point, Slots, likely_point
from cadgen.program import AXES

_HEIGHTS = {f"'{name}'": axes[2] for plane, axes in AXES.items() for name in (plane, plane[::-1])}
"""Plane, named either way round -> the coordinate of its height."""

_NEW_PATH = ("starts_chain", "places_pen", "closes_path", "lists_corners")
_NEAR = 60  # items


@dataclass(frozen=True)
class _Call:
    """The bracket at item `opening`, after `word`; `numbers`: where its items are, if it holds only numbers."""

    opening: int
    word: str
    numbers: tuple[int, ...]
    parent: str

    @property
    def is_point(self) -> bool:
        is_tuple = not self.word
        return len(self.numbers) == 2 and (is_tuple or self.word in words("takes_point"))


def fill(items: list[Item], lexicon: Lexicon, sources: dict[int, str]) -> list[Item]:
    """`items` with a text for each guess; a guessed number may change places with the others of its bracket.

    sources: the text that stood at an item's start before.
    """
    items = list(items)
    calls = _calls(items, lexicon)
    for call in calls:
        if any(items[i].is_guess for i in call.numbers):
            _place(items, call, _Numbers(items, calls, call).guess(), lexicon)
    renamed: dict[str, str] = {}
    for i, item in enumerate(items):
        sort = lexicon.terminals[item.kinds[0]].sort if item.is_guess else ""
        if sort == "name":
            source = sources.get(item.start, "") if item.start is not None else ""
            text = renamed.get(source) or _name(items, i)
            items[i] = replace(item, text=text)
            renamed |= {source: text} if source else {}
    return items


def _calls(items: list[Item], lexicon: Lexicon) -> list[_Call]:
    calls: list[_Call] = []
    open_at: list[int] = []
    for i, item in enumerate(items):
        if item.text == "(":
            open_at.append(i)
        elif item.text == ")" and open_at:
            start = open_at.pop()
            inner = items[start + 1 : i]
            are_numbers = all(it.text == "," for it in inner[1::2]) and all(
                lexicon.terminals[it.kinds[0]].sort == "number" for it in inner[::2]
            )
            numbers = tuple(range(start + 1, i, 2)) if are_numbers and len(inner) % 2 else ()
            calls.append(_Call(start, _word(items, start), numbers, _word(items, open_at[-1]) if open_at else ""))
    return sorted(calls, key=lambda call: call.opening)


def _word(items: list[Item], opening: int) -> str:
    """The method or the keyword that a bracket belongs to."""
    before = [item.text for item in items[max(0, opening - 2) : opening]]
    word = before[0] if before[1:] == ["="] else before[-1] if before else ""
    return word if word.isidentifier() else ""


def _place(items: list[Item], call: _Call, values: tuple[str | None, ...], lexicon: Lexicon) -> None:
    """Writes the numbers of `call`: the ones of the text in their order, `values` where they are not None."""
    first, last = call.numbers[0], call.numbers[-1]
    old = [item for item in items[first : last + 1] if item.start is not None]
    pattern = items[next(i for i in call.numbers if items[i].is_guess)]
    comma = items[first + 1].kinds if last > first else ()
    new: list[Item] = []
    for slot, value in enumerate(values):
        if slot:
            new.append(old.pop(0) if old and old[0].text == "," else Item(comma, ","))
        if value is None:
            new.append(old.pop(0))
        else:
            fits = not set(pattern.kinds).isdisjoint(lexicon.kinds(value))
            new.append(replace(pattern, text=value) if fits else pattern)
    items[first : last + 1] = new


class _Numbers:
    """The numbers of one call, some of them lost, among all calls of the program."""

    def __init__(self, items: list[Item], calls: list[_Call], call: _Call) -> None:
        self._items, self._calls, self._call = items, calls, call
        self._known = [items[i].text for i in call.numbers if not items[i].is_guess]

    def guess(self) -> tuple[str | None, ...]:
        """For each slot a guessed text, or None for the next number that is there."""
        call = self._call
        if call.is_point:
            point, slots = likely_point([float(text) for text in self._known], self._near(), self._is_possible)
            return tuple(_write(point[k]) if k in slots else None for k in range(2))
        if len(call.numbers) == 3:
            return self._triple()
        usual = self._usual() or "1"
        return tuple(usual if self._items[i].is_guess else None for i in call.numbers)

    def _is_possible(self, slots: Slots) -> bool:
        """Whether the numbers may be lost from these slots, given where the commas are that were kept."""
        numbers = self._call.numbers
        old = [item.text for item in self._items[numbers[0] : numbers[-1] + 1] if item.start is not None]
        for slot in range(len(numbers)):
            if slot and old[:1] == [","]:
                old.pop(0)
            if slot not in slots and (not old or old.pop(0) == ","):
                return False
        return not old

    def _triple(self) -> tuple[str | None, ...]:
        """Zeros where they are missing, so that what is left is the height of the plane."""
        before = [item.text for item in self._items[max(0, self._call.opening - 5) : self._call.opening]]
        height = next((_HEIGHTS[text] for text in before if text in _HEIGHTS), 2)

        def num_misplaced(slots: Slots) -> int:
            known = iter(self._known)
            texts = ["0" if k in slots else next(known) for k in range(3)]
            return sum(text != "0" for k, text in enumerate(texts) if k != height)

        choices = [slots for slots in combinations(range(3), 3 - len(self._known)) if self._is_possible(slots)]
        slots = min(reversed(choices), key=num_misplaced)
        return tuple("0" if k in slots else None for k in range(3))

    def _usual(self) -> str | None:
        """The number that calls of the same word use most, nearest first; else what the sizes around suggest."""
        call, items = self._call, self._items
        alike = [c for c in self._calls if c.word == call.word and len(c.numbers) == len(call.numbers)]
        alike.sort(key=lambda other: abs(other.opening - call.opening))
        texts = Counter(items[i].text for c in alike for i in c.numbers if not items[i].is_guess)
        if texts:
            usual = texts.most_common(1)[0][0]
            return self._other_radius(usual) if call.word == "circle" and usual.isdigit() else usual
        if self._known:
            return self._known[-1]
        heights = [items[i].text.lstrip("-") for c in self._calls if c.word == "origin" for i in c.numbers]
        height = max((int(text) for text in heights if text.isdigit()), default=0)
        return str(2 * height) if height and call.word == "extrude" else self._usual_size()  # about the origin

    def _usual_size(self) -> str | None:
        """The number used most around the call, of those that are no detail."""
        near = self._items[max(0, self._call.opening - _NEAR) : self._call.opening + _NEAR]
        sizes = [abs(int(item.text)) for item in near if item.text.lstrip("-").isdigit() and not item.is_guess]
        texts = Counter(str(size) for size in sizes if size > 0 and size >= max(sizes) / 4)
        return texts.most_common(1)[0][0] if texts else None

    def _other_radius(self, radius: str) -> str:
        """`radius`; half or twice that if there is such a circle around the same centre, before or after."""
        mine = self._centre(self._call)
        for other in self._calls:
            is_around = other.word == "circle" and other is not self._call and self._centre(other) == mine
            if is_around and [self._items[i].text for i in other.numbers] == [radius]:
                is_inner = other.opening < self._call.opening
                return str(max(1, int(radius) // 2)) if is_inner else str(2 * int(radius))
        return radius

    def _centre(self, circle: _Call) -> list[str]:
        before = self._calls[self._calls.index(circle) - 1]
        return [*(self._items[i].text for i in before.numbers), "0", "0"][:2]

    def _near(self) -> Near:
        paths: list[list[_Call]] = [[]]
        mine: list[_Call] = []
        for other in self._calls:
            if other.word in words(*_NEW_PATH):
                paths.append([])
            if other.is_point:
                paths[-1].append(other)
            if other is self._call:
                mine = paths[-1]
        on_path = frozenset(point for other in mine if (point := self._read(other)))
        others = frozenset(point for path in paths for other in path if (point := self._read(other)))
        at = mine.index(self._call)
        on_arc = self._is_on_arc(self._call)
        beside = (mine[at - 1], mine[(at + 1) % len(mine)])
        before, after = (None if self._is_on_arc(c) and not on_arc else self._read(c) for c in beside)
        return Near(before, after, on_path, others - on_path, on_arc)

    def _read(self, call: _Call) -> Point | None:
        x, y = (self._items[i] for i in call.numbers)
        return None if x.is_guess or y.is_guess else (float(x.text), float(y.text))

    def _is_on_arc(self, call: _Call) -> bool:
        return call.parent == "threePointArc" and self._items[call.opening - 1].text == "("


def _write(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def _name(items: list[Item], at: int) -> str:
    """A fresh name where one is bound, the last bound one where one is used."""
    item = items[at]
    bound = [
        other.text
        for i, other in enumerate(items[:-1])
        if items[i + 1].text == "=" and item.kinds[0] in other.kinds and not (other.is_guess and i >= at)
    ]
    if items[at + 1].text == "=":
        return next(name for k in range(len(items)) if (name := f"{item.text[0]}{k}") not in bound)
    return bound[-1] if bound else item.text
