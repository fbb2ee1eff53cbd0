"""The slips that damage a program, and what each costs: a lost bracket, a misspelt word, a lost argument.

Costs order the repairs: what a writer drops or doubles easily is cheap, what carries a meaning is dear.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cadgen.lang.grammar.lexer import Lexicon
from cadgen.lang.grammar.lr import Automaton, Stack
from cadgen.lang.repair.edit_distance import distance
from cadgen.program import AXES

_ADD = {"mark": 1.0, "newline": 1.2, "number": 1.8, "name": 2.2, "string": 2.2, "word": 2.6}
_DROP = {"mark": 1.1, "newline": 1.3, "number": 1.7, "name": 2.0, "string": 2.0, "word": 2.2, "junk": 0.9}
_DROP_UNKNOWN_WORD = 1.8
_ADD_ONLY_CHOICE = 0.7
_DROP_DOUBLE = 0.8
_OTHER_MARK, _OTHER_NAME, _RESULT, _OTHER_NOTATION = 1.4, 1.4, 1.5, 0.5
_MISSPELT, _MISSPELT_WHOLLY = 0.3, 1.5
_MOST_MISSPELT = 0.45  # of the longer word
_KNOWN = 1.5  # to replace what the grammar knows, over what it does not know at all

_RUNS = {  # lost together: the import, an argument, a closing call; "1" is any number
    ("import cadquery as cq", "\n"): 1.5,
    (",", "1"): 1.6,
    ("1", ","): 1.6,
    ("1", ")"): 2.6,
    (".", "close", "(", ")"): 1.6,
    (",", "(", "1", ",", "1", ")"): 2.8,
    ("(", "1", ",", "1", ")", ","): 2.8,
}
_PLANES = tuple(f"'{plane}'" for plane in AXES)


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of a text: its terminals, its text and where it stood.

    start: None if it was added. is_guess: its text is only an example of what it must be.
    """

    kinds: tuple[str, ...]
    text: str
    start: int | None = None
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class Addition:
    """Items that may be missing, and the parser stack behind them."""

    cost: float
    items: tuple[Item, ...]
    after: Stack

    @property
    def is_punctuation(self) -> bool:
        return len(self.items) == 1 and not self.items[0].text.strip("()[].,=\n")


class Slips:
    """What may have gone wrong at a parser stack of one grammar. Keeps what it learns about each stack and word."""

    def __init__(self, automaton: Automaton, lexicon: Lexicon) -> None:
        self.automaton = automaton
        self.lexicon = lexicon
        self._names = {terminal.example: name for name, terminal in lexicon.terminals.items()}
        self._additions: dict[Stack, list[Addition]] = {}
        self._spellings = lru_cache(4096)(self._find_spellings)

    def match(self, stack: Stack, item: Item) -> Stack | None:
        """The stack behind `item`; None where it may not stand."""
        for kind in item.kinds:
            after = self.automaton.step(stack, kind)
            if after is not None:
                return after
        return None

    def follow(self, items: list[Item], at: int, stack: Stack) -> list[Stack]:
        """The stacks before item `at`, after it, and so on, as far as the grammar goes along."""
        stacks = [stack]
        for item in items[at:]:
            after = self.match(stacks[-1], item)
            if after is None:
                break
            stacks.append(after)
        return stacks

    def add(self, name: str, stack: Stack) -> Item:
        """An item that is not in the text: the terminal `name`, for a number any that may stand here."""
        terminal = self.lexicon.terminals[name]
        kinds = self._numbers(stack) if terminal.sort == "number" else (name,)
        return Item(kinds, terminal.example, is_guess=not terminal.is_literal)

    def additions(self, stack: Stack) -> list[Addition]:
        """What may be missing at `stack`, cheapest first."""
        if stack not in self._additions:
            found = [*self._single_additions(stack), *self._runs(stack)]
            self._additions[stack] = sorted(found, key=lambda addition: addition.cost)
        return self._additions[stack]

    def drop(self, item: Item, before: Item | None) -> float:
        """The cost of `item` being too much, behind `before`."""
        sort = self._sort(item)
        is_double = before is not None and before.text == item.text and sort != "number"
        if is_double:
            return _DROP_DOUBLE
        return _DROP_UNKNOWN_WORD if sort == "junk" and item.text.isidentifier() else _DROP[sort]

    def replacements(self, stack: Stack, item: Item) -> Iterator[Addition]:
        """What `item` may have been meant to be at `stack`."""
        extra = _KNOWN if item.kinds else 0.0
        spellings = self._spellings(item.text)
        for name in self.automaton.expected(stack):
            terminal = self.lexicon.terminals[name]
            text, cost = spellings.get(name, (terminal.example, 0.0))
            is_guess = False
            if name in spellings:
                cost += extra
            elif terminal.sort == "mark" and len(item.text) == 1:
                cost = _OTHER_MARK
            elif (terminal.sort == "name" or terminal.example == "result") and item.text.isidentifier():
                is_guess = terminal.sort == "name"
                cost = _OTHER_NAME if is_guess else _RESULT
            after = self.automaton.step(stack, name)
            if cost and text != item.text and after:
                yield Addition(cost, (Item((name,), text, item.start, is_guess),), after)

    def _sort(self, item: Item) -> str:
        return self.lexicon.terminals[item.kinds[0]].sort if item.kinds else "junk"

    def _numbers(self, stack: Stack) -> tuple[str, ...]:
        return tuple(n for n in self.automaton.expected(stack) if self.lexicon.terminals[n].sort == "number")

    def _single_additions(self, stack: Stack) -> Iterator[Addition]:
        expected = self.automaton.expected(stack)
        others = self._numbers(stack)[1:]  # one stands for all
        for name in expected:
            after = self.automaton.step(stack, name)
            if after and name not in others:
                cost = _ADD_ONLY_CHOICE if len(expected) == 1 else _ADD[self.lexicon.terminals[name].sort]
                yield Addition(cost, (self.add(name, stack),), after)

    def _runs(self, stack: Stack) -> Iterator[Addition]:
        for texts, cost in _RUNS.items():
            run: list[Item] = []
            after = stack
            for text in texts:
                name = next(iter(self._numbers(after)), None) if text == "1" else self._names.get(text)
                item = self.add(name, after) if name else None
                following = self.match(after, item) if item else None
                if not item or not following:
                    break
                run.append(item)
                after = following
            else:
                yield Addition(cost, tuple(run), after)

    def _find_spellings(self, text: str) -> dict[str, tuple[str, float]]:
        """Terminal -> its text that looks like `text`, and the cost of taking it for that."""
        found: dict[str, tuple[str, float]] = {}
        for name, terminal in self.lexicon.terminals.items():
            longer = max(len(text), len(terminal.example))
            if terminal.is_literal and terminal.sort in ("word", "string") and longer > 1:
                steps = distance(text, terminal.example, max(1, int(_MOST_MISSPELT * longer)))
                if steps is not None:
                    found[name] = terminal.example, _MISSPELT + _MISSPELT_WHOLLY * steps / longer
        for other in _other_notations(text):
            for name in self.lexicon.kinds(other):
                found.setdefault(name, (other, _OTHER_NOTATION))
        return found


def _other_notations(text: str) -> Iterator[str]:
    """Ways to write a number or a string that is not written as the grammar wants it."""
    inner = text.strip("\"'")
    if inner != text or inner.isalpha():
        yield f"'{inner}'"
        yield from (plane for plane in _PLANES if distance(f"'{inner}'", plane, 1))
    try:
        value = float(text)
    except ValueError:
        return
    digits = text.lstrip("+-")
    if len(digits) > 1 and digits.isdigit() and digits.startswith("0"):  # the point is lost
        yield f"{'-' * text.startswith('-')}0.{digits[1:]}"
    else:
        yield str(int(value)) if value.is_integer() and abs(value) < 1e9 else repr(value)
