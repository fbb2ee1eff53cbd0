"""The shortest way to end a text that was begun: `complete(prefix)`.

One search over the parser stacks of a grammar, with nothing but insertions. What it learns about a stack and about a
line is kept, so that a text that grows token by token is ended again and again for little more than look-ups.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import count
from typing import NamedTuple

from cadgen.lang.error import DialectError
from cadgen.lang.grammar.grammar import Grammar
from cadgen.lang.grammar.lexer import Lexicon
from cadgen.lang.grammar.lr import END, Automaton, Stack
from cadgen.lang.grammar.operation import words

_UNBOUND = 40.0  # a name that nothing is bound to: grammatical, but the program would stop there
_RISK = 1.5  # tokens that a closing may be longer to do without a call that the kernel may refuse
_SAFE = ("result", "cq", "True")  # besides safe operations
_MOST_CAUTIOUS = 3000  # nodes


def complete(prefix: str, grammar: Grammar | None = None) -> str:
    """The shortest text that `grammar` (default: full) accepts behind `prefix`; it ends with a newline.

    The shortest that the kernel is likely to build: a few tokens more are spent on `.extrude(1)` rather than `.loft()`,
    and no name is used before it is bound. Raises `DialectError` if nothing can follow.
    """
    return closer(grammar or Grammar()).complete(prefix)


def longest_valid_prefix(code: str, grammar: Grammar | None = None) -> str:
    """The head of `code`, in whole tokens, that `complete` can end; to generate the rest anew."""
    return closer(grammar or Grammar()).longest_valid_prefix(code)


@cache
def closer(grammar: Grammar) -> "Closer":
    """The closer of this grammar, with all it has learnt."""
    return Closer(grammar)


@dataclass(frozen=True)
class _Place:
    """The parser before offset `at` of a text; `bound`: the last name of each terminal that is bound by then.

    skipped: what was ignored just before; name: the terminal and text that the statement may be about to bind.
    """

    at: int
    stack: Stack
    bound: tuple[tuple[str, str], ...] = ()
    name: tuple[str, str] | None = None
    skipped: str = ""

    def after_line(self) -> "_Place":
        """The same where the statement has ended, its name bound."""
        bound = dict(self.bound) | dict([self.name] if self.name else [])
        return replace(self, bound=tuple(sorted(bound.items())), name=None)


class _Node(NamedTuple):
    """A step of a closing: the stack, the terminals of bound names, and of the name that its statement binds."""

    stack: Stack
    bound: frozenset[str]
    name: str | None


class Closer:
    """Ends texts of one grammar. `automaton` and `lexicon` are the grammar's, for others to use."""

    def __init__(self, grammar: Grammar) -> None:
        self.name = grammar.name
        self.automaton = Automaton(grammar.lark)
        self.lexicon = Lexicon(grammar.lark)
        terminals = self.lexicon.terminals.values()
        self.newline, self.closing, self._equals = (
            next(t.name for t in terminals if t.example == text) for text in ("\n", ")", "=")
        )
        self._names = frozenset(t.name for t in terminals if t.sort == "name" or t.example == "result")
        safe = words("safe").union(_SAFE)
        self._risky = {t.name for t in terminals if t.sort == "name" or (t.sort == "word" and t.example not in safe)}
        self._costs = {t.name: 1.0 + _RISK * (t.name in self._risky) for t in terminals}
        self._closings: dict[_Node, tuple[float, str]] = {}
        self._read_line = lru_cache(1024)(self._read_from)
        self._end_tail = lru_cache(4096)(self._ways_from)

    def complete(self, prefix: str) -> str:
        """See the function of this name."""
        places = self._read(prefix)
        endings = [ending for place in places[-4:] for ending in self._endings(prefix, place)]
        if not endings:
            head = prefix[: places[-1].at]
            line, column = head.count("\n") + 1, len(head) - head.rfind("\n")
            raise DialectError(f"line {line}, column {column}: nothing of the grammar {self.name} can end this")
        return min(endings, key=lambda ending: (ending[0], len(ending[1])))[1]

    def longest_valid_prefix(self, code: str) -> str:
        """See the function of this name."""
        # A comment within a statement would swallow what ends it, so layout at the end is left out.
        return code[: max((place.at for place in self._read(code) if not place.skipped), default=0)]

    def _read(self, text: str) -> list[_Place]:
        """The places of the last line that was reached, at least the start of the text."""
        places: tuple[_Place, ...] = (_Place(0, self.automaton.start),)
        start = 0
        for line in text.splitlines(keepends=True):
            if places[-1].at != start:
                break
            last = places[-1]
            moved = self._read_line(line, last.stack, last.bound)
            places = tuple(_Place(start + p.at, p.stack, p.bound, p.name, p.skipped) for p in moved)
            start += len(line)
        return list(places)

    def _read_from(self, line: str, stack: Stack, bound: tuple[tuple[str, str], ...]) -> tuple[_Place, ...]:
        places = [_Place(0, stack, bound)]
        while places[-1].at < len(line):
            following = self._next(line, places[-1])
            if following is None:
                break
            places.append(following)
        return tuple(places)

    def _next(self, line: str, place: _Place) -> _Place | None:
        """The place behind the lexeme, or what is ignored, at `place`; None if nothing fits."""
        end, terminal = self.lexicon.longest(line, place.at, place.stack, self.automaton)
        if terminal is None:
            end = self.lexicon.skip(line, place.at)
            return _Place(end, place.stack, place.bound, place.name, line[place.at : end]) if end > place.at else None
        after = self.automaton.step(place.stack, terminal)
        assert after is not None
        bound, name = place.bound, place.name
        if terminal in self._names and self._may_bind(after):
            name = terminal, line[place.at : end]
        here = _Place(end, after, bound, name)
        return here.after_line() if terminal == self.newline else here

    def _may_bind(self, after_name: Stack) -> bool:
        return self.automaton.step(after_name, self._equals) is not None

    def _endings(self, prefix: str, place: _Place) -> tuple[tuple[float, str], ...]:
        """(cost, text) of ways to go on at `place`, whose tail is the beginning of a lexeme or empty."""
        tail, at = prefix[place.at :], place.at
        if "#" in place.skipped and not tail and not place.skipped.endswith("\n"):
            tail, at = place.skipped, at - len(place.skipped)  # only a newline ends it
        is_line = at == 0 or prefix[at - 1] == "\n"
        return self._end_tail(tail, is_line, _Place(0, place.stack, place.bound, place.name))

    def _ways_from(self, tail: str, is_line: bool, place: _Place) -> tuple[tuple[float, str], ...]:
        """`_endings`, with what they follow from and no more, so that they can be kept."""
        is_unseen = tail.lstrip(" \t")[:1] in ("", "#") and "\n" not in tail
        if tail and is_unseen:
            closing = self._closing(place.stack, place, "\n") if is_line else self._end(self.newline, "\n", "", place)
            return tuple(closing)
        if not tail:
            return tuple(self._closing(place.stack, place, ""))
        fitting = ((t, self._rest(t, tail, dict(place.bound))) for t in self.automaton.expected(place.stack))
        return tuple(
            ending
            for terminal, rest in fitting
            if rest is not None
            for ending in self._end(terminal, rest, tail, place)
        )

    def _rest(self, terminal: str, tail: str, bound: dict[str, str]) -> str | None:
        name = bound.get(terminal, "")
        return name[len(tail) :] if name.startswith(tail) else self.lexicon.ending(terminal, tail)

    def _end(self, terminal: str, rest: str, tail: str, place: _Place) -> list[tuple[float, str]]:
        after = self.automaton.step(place.stack, terminal)
        if after is None:
            return []
        name, cost = place.name, self._costs[terminal] - 1.0
        if terminal == self.newline:
            return self._closing(after, place.after_line(), rest, cost)
        if terminal in self._names and self._may_bind(after):
            name = terminal, tail + rest
        elif terminal in self._names and dict(place.bound).get(terminal) != tail + rest:
            cost += _UNBOUND
        return self._closing(after, replace(place, name=name), rest, cost)

    def _closing(self, stack: Stack, place: _Place, begun: str, cost: float = 0.0) -> list[tuple[float, str]]:
        closing = self.close(stack, dict(place.bound), place.name)
        return [(cost + closing[0], begun + closing[1])] if closing else []

    def close(self, stack: Stack, bound: dict[str, str], name: tuple[str, str] | None) -> tuple[float, str] | None:
        """The cost and text of the cheapest closing from `stack`, None if there is none.

        bound: the last name of each terminal that is bound; name: terminal and text of what the statement binds.
        """
        node = _Node(stack, frozenset(bound), name[0] if name else None)
        cost = self._cheapest(node)
        if cost is None:
            return None
        texts = []
        while (terminal := self._closings[node][1]) != END:
            if terminal == self.newline and name:
                bound = bound | dict([name])
            texts.append(bound.get(terminal) or self.lexicon.terminals[terminal].example)
            node = self._after(node, terminal)[0]
        return cost, "".join(texts)

    def _after(self, node: _Node, terminal: str) -> tuple[_Node, float]:
        """Where `terminal` leads, and what it costs."""
        after = self.automaton.step(node.stack, terminal)
        assert after is not None
        if terminal == self.newline and node.name:
            return _Node(after, node.bound | {node.name}, None), self._costs[terminal]
        is_unbound = terminal in self._names and terminal not in node.bound and not self._may_bind(after)
        return _Node(after, node.bound, node.name), self._costs[terminal] + _UNBOUND * is_unbound

    def _cheapest(self, source: _Node) -> float | None:
        """The cost of the cheapest closing; each node on its way gets an entry in `_closings`."""
        if source not in self._closings and not self._search(source, is_cautious=True):
            self._search(source, is_cautious=False)
        return self._closings[source][0] if source in self._closings else None

    def _search(self, source: _Node, is_cautious: bool) -> bool:
        number = count()
        # Ordered by the cost so far and one for each bracket that is still open.
        heap: list[tuple[float, int, float, _Node, tuple | None, bool]] = []
        heapq.heappush(heap, (0.0, next(number), 0.0, source, None, False))
        done: set[_Node] = set()
        while heap and not (is_cautious and len(done) > _MOST_CAUTIOUS):
            _, _, cost, node, trail, is_end = heapq.heappop(heap)
            if is_end:
                self._remember(node, trail)
                return True
            if node in done:
                continue
            done.add(node)
            rest = self._known(source, node)
            if rest is not None:
                heapq.heappush(heap, (cost + rest, next(number), cost, node, trail, True))
                continue
            for terminal in self._ways(node, is_cautious):
                after, more = self._after(node, terminal)
                least = cost + more + after.stack.num_open
                heapq.heappush(heap, (least, next(number), cost + more, after, (trail, node, terminal, more), False))
        return False

    def _known(self, source: _Node, node: _Node) -> float | None:
        """The cost of the closing from `node` if it needs no search, or one that begins with a new statement."""
        if self.automaton.is_complete(node.stack):
            self._closings[node] = 0.0, END
        elif source.name and not node.name:  # what follows a statement is the same however it ends
            return self._cheapest(node)
        return self._closings[node][0] if node in self._closings else None

    def _ways(self, node: _Node, is_cautious: bool) -> Iterable[str]:
        """The terminals to try: cautiously only harmless ones, unless there are none."""
        expected = self.automaton.expected(node.stack)
        safe = [t for t in expected if t in node.bound or t not in self._risky] if is_cautious else None
        return safe or expected

    def _remember(self, last: _Node, trail: tuple | None) -> None:
        cost = self._closings[last][0]
        while trail is not None:
            trail, node, terminal, more = trail
            cost += more
            self._closings[node] = cost, terminal
