"""How a half-written lexeme may end: `Pattern(regex).ending("-")` is "1" for a number.

The subset of regular expressions that our grammars use: no anchors, no back references; lookaround is passed over.
"""

import re._constants as sre
import re._parser as sre_parser
from functools import lru_cache

_OTHER = "\x80"  # stands for every character that is not listed
_ALPHABET = "1'\"\n) " + "023456789" + "".join(chr(i) for i in range(33, 127)) + "\t\r" + _OTHER  # preferred ones first
_LETTERS = tuple(dict.fromkeys(_ALPHABET))
_ORDER = {letter: number for number, letter in enumerate(_LETTERS)}

_Edges = list[tuple[frozenset[str] | None, int]]  # None: without reading a character


class Pattern:
    """A regular expression as a nondeterministic automaton, built from its end to its start."""

    def __init__(self, regex: str) -> None:
        self._edges: list[_Edges] = [[]]
        self._start = self._sequence(sre_parser.parse(regex), 0)  # state 0 accepts
        self.ending = lru_cache(4096)(self._ending)

    def _ending(self, head: str) -> str | None:
        """The shortest text, perhaps empty, that makes `head` a whole lexeme; None if none does."""
        states = self._close({self._start})
        for character in head:
            states = self._read(states, character if character in _ORDER else _OTHER)
            if not states:
                return None
        seen, layer = {states}, [(states, "")]
        while layer:
            for states, text in layer:
                if 0 in states:
                    return text
            following = []
            for states, text in layer:
                for character in self._samples(states):
                    after = self._read(states, character)
                    if after not in seen:
                        seen.add(after)
                        following.append((after, text + character))
            layer = following
        return None

    def _samples(self, states: frozenset[int]) -> list[str]:
        """A preferred character for each way on."""
        letters = {min(letters, key=_ORDER.__getitem__) for s in states for letters, _ in self._edges[s] if letters}
        return sorted(letters, key=_ORDER.__getitem__)

    def _read(self, states: frozenset[int], character: str) -> frozenset[int]:
        moved = {to for state in states for letters, to in self._edges[state] if letters and character in letters}
        return self._close(moved)

    def _close(self, states: set[int]) -> frozenset[int]:
        waiting = list(states)
        while waiting:
            for letters, to in self._edges[waiting.pop()]:
                if letters is None and to not in states:
                    states.add(to)
                    waiting.append(to)
        return frozenset(states)

    def _state(self, edges: _Edges) -> int:
        self._edges.append(edges)
        return len(self._edges) - 1

    def _sequence(self, nodes, after: int) -> int:
        for operation, argument in reversed(list(nodes)):
            after = self._node(operation, argument, after)
        return after

    def _node(self, operation, argument, after: int) -> int:
        if operation is sre.BRANCH:
            return self._state([(None, self._sequence(branch, after)) for branch in argument[1]])
        if operation is sre.SUBPATTERN:
            return self._sequence(argument[-1], after)
        if operation in (sre.ASSERT, sre.ASSERT_NOT):
            return after  # the caller looks whether the whole lexeme is one
        if operation in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            low, high, body = argument
            return self._repeat(low, high, body, after)
        return self._state([(_letters(operation, argument), after)])

    def _repeat(self, low: int, high: int, body, after: int) -> int:
        if high is sre.MAXREPEAT:
            loop = self._state([(None, after)])
            self._edges[loop].append((None, self._sequence(body, loop)))
            last = loop
        else:
            last = after
            for _ in range(high - low):
                last = self._state([(None, after), (None, self._sequence(body, last))])
        for _ in range(low):
            last = self._sequence(body, last)
        return last


def _letters(operation, argument) -> frozenset[str]:
    """The characters that one single-character node of the parsed expression reads."""
    if operation is sre.LITERAL:
        return frozenset([chr(argument)])
    if operation is sre.NOT_LITERAL:
        return frozenset(_LETTERS) - {chr(argument)}
    if operation is sre.ANY:
        return frozenset(_LETTERS) - {"\n"}
    if operation is not sre.IN:
        raise ValueError(f"{operation} in a terminal's pattern; write it without anchors and references")
    negated = argument[0][0] is sre.NEGATE
    listed = frozenset().union(*(_listed(*item) for item in argument[negated:]))
    return frozenset(_LETTERS) - listed if negated else listed


def _listed(operation, argument) -> frozenset[str]:
    if operation is sre.RANGE:
        return frozenset(letter for letter in _LETTERS if argument[0] <= ord(letter) <= argument[1])
    if operation is sre.CATEGORY:
        tests = {sre.CATEGORY_DIGIT: str.isdigit, sre.CATEGORY_SPACE: str.isspace}
        word = lambda letter: letter.isalnum() or letter == "_"  # noqa: E731
        return frozenset(filter(tests.get(argument, word), _LETTERS))
    return frozenset([chr(argument)])
