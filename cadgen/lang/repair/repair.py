"""The program that a damaged one was meant to be: `repair(code)`.

In this order: a text that the grammar accepts stays, and so does any program that `check` finds nothing wrong with; the
cheapest few changes around each error; a text that breaks off is cut back to its last solid, or its profile is closed
and extruded; a statement that resists is left out; nothing.
"""

import time
from dataclasses import dataclass
from functools import cache

from cadgen.lang.check import check
from cadgen.lang.grammar import Grammar
from cadgen.lang.grammar.complete import Closer, closer, complete, longest_valid_prefix
from cadgen.lang.grammar.lr import Stack
from cadgen.lang.grammar.operation import words
from cadgen.lang.repair.cost import Item, Slips
from cadgen.lang.repair.edit import Edit, write
from cadgen.lang.repair.fill import fill
from cadgen.lang.repair.search import line_start, mend

__all__ = ["Edit", "Repair", "complete", "longest_valid_prefix", "repair"]

_TIME_S = 0.3
_ROUNDS = 12
_MOST = 8.0  # cost of the changes around one error
_MOST_AT_END = 2.5  # a bracket or a name; where a text breaks off, more is missing than that
_MOST_IN_A_STUMP = 1.3  # a last statement without a call is hardly worth saving
_CUT, _CUT_ITEM = 3.0, 0.05
_MOST_BRACKETS, _MOST_PLACES = 12, 40


@dataclass(frozen=True)
class Repair:
    """`code` is accepted by the grammar, or as it was, or None and `reason` says why there is none.

    cost: 0 for a text that stays, about 1 for a bracket, from 3 for a cut.
    """

    code: str | None
    edits: tuple[Edit, ...]
    cost: float
    reason: str = ""


def repair(code: str, failed: bool = False) -> Repair:
    """The text of the grammar `full` that `code` was probably meant to be; layout that is not concerned stays.

    failed: `code` is known to leave no solid. Else it stays as it is where nothing is surely wrong with it, for the
    grammar is smaller than what people write.
    """
    grammar = Grammar()
    if grammar.accepts(code) or (not failed and not check(code)):
        return Repair(code, (), 0.0)
    work = _Work(code.replace("\r\n", "\n").rstrip() + "\n")
    reason = work.run(time.perf_counter() + _TIME_S)
    if reason:
        return Repair(None, (), work.cost, reason)
    text, edits = work.write()
    if not grammar.accepts(text):
        return Repair(None, edits, work.cost, "the changes found do not fit together")
    return Repair(text, edits, work.cost)


@cache
def _tools() -> tuple[Closer, Slips]:
    tools = closer(Grammar())
    return tools, Slips(tools.automaton, tools.lexicon)


class _Work:
    """A text on its way to being repaired: `items` is what it consists of by now."""

    def __init__(self, body: str) -> None:
        self._closer, self._slips = _tools()
        self._body = body
        self._lexemes = self._closer.lexicon.scan(body)
        self.items = [Item(lexeme.kinds, lexeme.text, lexeme.start) for lexeme in self._lexemes]
        self._cuts: set[int] = set()  # where items stood that were cut
        self.cost = 0.0

    def run(self, deadline: float) -> str:
        """Changes `items` until the grammar takes them; returns why that cannot be, or nothing."""
        for _ in range(_ROUNDS):
            stacks = self._slips.follow(self.items, 0, self._closer.automaton.start)
            error = len(stacks) - 1
            if error == len(self.items) and self._closer.automaton.is_complete(stacks[-1]):
                return ""
            is_end = error >= len(self.items) - 2
            max_cost = self._most_at_end() if is_end else _MOST
            mending = mend(self._slips, self.items, stacks, max_cost, deadline)
            if mending is not None:
                self.items = mending.items
                self.cost += mending.cost
            elif not self._cut(stacks):
                return "the text breaks off before its first profile" if is_end else "too much of the text is missing"
        return "there are too many errors"

    def write(self) -> tuple[str, tuple[Edit, ...]]:
        """The text, its lost values guessed, and what was changed."""
        sources = {lexeme.start: lexeme.text for lexeme in self._lexemes}
        return write(self._body, self._lexemes, fill(self.items, self._closer.lexicon, sources), self._cuts)

    def _most_at_end(self) -> float:
        start = line_start(self.items, len(self.items) - 1)
        has_call = any(item.text == ")" for item in self.items[start:])
        return _MOST_AT_END if has_call else _MOST_IN_A_STUMP

    def _cut(self, stacks: list[Stack]) -> bool:
        """Leaves out the end of the statement with the error: back to a solid, or to a profile to extrude."""
        error = len(stacks) - 1
        if error == len(self.items):
            return self._replace(error, error, self._closing(error, stacks[error]))
        start = line_start(self.items, error)
        end = next(i for i in range(error, len(self.items)) if self.items[i].text == "\n") + 1
        whole = [place for place in range(error, start, -1) if self.items[place - 1].text == ")"]  # after whole calls
        for place in whole:
            if self._replace(place, end, self._brackets(stacks[place])):
                return True
        if end < len(self.items) or any(name[0] in "rs" for name in self._bound(0, start).values()):
            return self._replace(start, end, [])
        # A call that is half written is kept only if there is nothing else.
        return any(
            self._replace(place, end, self._closing(place, stacks[place])) for place in (*whole[:_MOST_PLACES], error)
        )

    def _replace(self, place: int, end: int, items: list[Item] | None) -> bool:
        if items is None:
            return False
        self._cuts |= {item.start for item in self.items[place:end] if item.start is not None}
        self.cost += _CUT + _CUT_ITEM * (end - place)
        self.items[place:end] = items
        return True

    def _brackets(self, stack: Stack) -> list[Item] | None:
        """The brackets, and the newline, that make a whole statement of what leads to `stack`."""
        added: list[Item] = []
        for _ in range(_MOST_BRACKETS):
            step = self._closer.automaton.step
            name = self._closer.newline if step(stack, self._closer.newline) else self._closer.closing
            after = step(stack, name)
            if after is None:
                return None
            added.append(self._slips.add(name, stack))
            if name == self._closer.newline:
                return added
            stack = after
        return None

    def _closing(self, place: int, stack: Stack) -> list[Item] | None:
        """What ends the text after `place` items and makes a solid of what is there; None if that takes inventing."""
        start = line_start(self.items, place)
        name = next(iter(self._bound(start, place).items()), None)
        closing = self._closer.close(stack, self._bound(0, start), name)
        lexemes = self._closer.lexicon.scan(closing[1]) if closing else []
        texts = {lexeme.text for lexeme in lexemes}
        is_flat = not texts.isdisjoint(words("closes_path")) and self._num_edges(place) < 2
        if not lexemes or is_flat or texts & words("stands_alone"):
            return None
        return [Item(lexeme.kinds, lexeme.text, None, lexeme.text == "1") for lexeme in lexemes]

    def _num_edges(self, place: int) -> int:
        """How many edges the path has that `place` items end with."""
        texts = [item.text for item in self.items[:place]]
        before_path = words("starts_chain", "places_pen", "closes_path")
        begin = max((i for i, text in enumerate(texts) if text in before_path), default=0)
        return sum(text in words("draws_edge") for text in texts[begin:])

    def _bound(self, start: int, end: int) -> dict[str, str]:
        """The last name of each terminal that the lines between two items bind."""
        lines = (i for i in range(start, end - 1) if i == 0 or self.items[i - 1].text == "\n")
        return {self.items[i].kinds[0]: self.items[i].text for i in lines if self.items[i + 1].text == "="}
