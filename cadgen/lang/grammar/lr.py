"""The LALR automaton of a grammar on shared stacks: a step is a look-up, and equal stacks are one object.

Nothing is parsed into trees here. Knows only lark's parse table, so it works for every grammar that lark has built.
"""

from lark import Lark
from lark.parsers.lalr_analysis import Shift

END = "$END"
_BRACKETS = ("(", "[", ")", "]")


class Stack:
    """A parser state on top of another stack; made by `Automaton` only, which keeps one object for each content."""

    __slots__ = ("_moves", "_pushed", "below", "expected", "num_open", "state")

    def __init__(self, state: int, below: "Stack | None", num_open: int) -> None:
        self.num_open = num_open  # brackets
        self.state = state
        self.below = below
        self.expected: tuple[str, ...] | None = None  # filled in by Automaton.expected
        self._pushed: dict[int, Stack] = {}
        self._moves: dict[str, Stack | None] = {}


class Automaton:
    """Which terminal may follow which: `start`, then `step` by `step`, until `is_complete`."""

    def __init__(self, lark: Lark) -> None:
        table = lark.parser.parser._parse_table
        (start,) = table.start_states.values()
        (self._end_state,) = table.end_states.values()
        self._shifts: list[dict[str, int]] = [{} for _ in table.states]
        self._reductions: list[dict[str, tuple[str, int]]] = [{} for _ in table.states]
        for state, actions in table.states.items():
            for symbol, (action, argument) in actions.items():
                if action is Shift:
                    self._shifts[state][str(symbol)] = argument
                else:
                    self._reductions[state][str(symbol)] = (argument.origin.name, len(argument.expansion))
        brackets = {
            t.name: 1 if t.pattern.value in "([" else -1 for t in lark.terminals if t.pattern.value in _BRACKETS
        }
        self._opening = [0 for _ in table.states]  # by the symbol that leads to a state, of which there is but one
        for shifts in self._shifts:
            for symbol, state in shifts.items():
                self._opening[state] = brackets.get(symbol, 0)
        self._terminals = frozenset(terminal.name for terminal in lark.terminals)
        self.start = Stack(start, None, 0)

    def step(self, stack: Stack, terminal: str) -> Stack | None:
        """The stack after `terminal`; None where the grammar does not let it stand."""
        try:
            return stack._moves[terminal]
        except KeyError:
            result = stack._moves[terminal] = self._step(stack, terminal)
            return result

    def is_complete(self, stack: Stack) -> bool:
        """Whether the text may end here."""
        return self.step(stack, END) is not None

    def expected(self, stack: Stack) -> tuple[str, ...]:
        """The terminals that may stand here, in alphabetical order, without the end of the text."""
        if stack.expected is None:
            candidates = (self._shifts[stack.state].keys() | self._reductions[stack.state].keys()) & self._terminals
            stack.expected = tuple(name for name in sorted(candidates) if self.step(stack, name) is not None)
        return stack.expected

    def _step(self, stack: Stack, terminal: str) -> Stack | None:
        while True:
            target = self._shifts[stack.state].get(terminal)
            if target is not None:
                return self._push(stack, target)
            rule = self._reductions[stack.state].get(terminal)
            if rule is None:
                return None
            symbol, length = rule
            for _ in range(length):
                assert stack.below is not None
                stack = stack.below
            stack = self._push(stack, self._shifts[stack.state][symbol])
            if terminal == END and stack.state == self._end_state:
                return stack

    def _push(self, stack: Stack, state: int) -> Stack:
        found = stack._pushed.get(state)
        if found is None:
            found = stack._pushed[state] = Stack(state, stack, stack.num_open + self._opening[state])
        return found
