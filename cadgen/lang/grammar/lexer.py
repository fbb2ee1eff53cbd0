"""A damaged text cut into lexemes: each with the terminals of the grammar that it could be, junk with none.

`Lexicon.scan` never fails, which sets it apart from lark's own lexer; where that succeeds, both cut alike.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from lark import Lark
from lark.lexer import PatternStr, TerminalDef

from cadgen.lang.grammar.lr import Automaton, Stack
from cadgen.lang.grammar.pattern import Pattern

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?(?![A-Za-z0-9_]|\.[0-9])")
_QUOTED = re.compile(r"""(["'])[^"'\n]*\1""")
_HALF_QUOTED = re.compile(r"""["'][^"'\n(),=.]*|[^"'\s(),=.\[\]][^"'\n(),=.\[\]]*["']""")
_PLAIN_LINE = re.compile(r"[A-Za-z_][^=(#\n]* [^=(#\n]*(?<! )(?=[ \t]*(?:\n|$))")  # an import, if anything
_EXAMPLES = ("1", "0", "'XY'", "'>Z'", "'a'")  # what stands for a terminal that is a pattern, if it fits


@dataclass(frozen=True, slots=True)
class Lexeme:
    """`text` at offset `start`; `kinds`: the terminals that match all of it, literals before patterns."""

    kinds: tuple[str, ...]
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True)
class Terminal:
    """sort: number, name, string, newline, word or mark. example: a shortest text, for a literal the only one."""

    name: str
    sort: str
    example: str
    is_literal: bool


class Lexicon:
    """The terminals of a grammar, by name in `terminals`, without those that it ignores."""

    def __init__(self, lark: Lark) -> None:
        self._ignored = [re.compile(_regex(t)) for t in lark.terminals if t.name in lark.ignore_tokens]
        definitions = [t for t in lark.terminals if t.name not in lark.ignore_tokens]
        literals = [t for t in definitions if isinstance(t.pattern, PatternStr)]
        self._literals = {t.pattern.value: t.name for t in literals}
        self._regexes = {t.name: re.compile(_regex(t)) for t in definitions if t not in literals}
        self._by_first: dict[str, list[str]] = {}
        for text in sorted(self._literals, key=len, reverse=True):
            self._by_first.setdefault(text[0], []).append(text)
        self.kinds = lru_cache(65536)(self._kinds)

    @cached_property
    def terminals(self) -> dict[str, Terminal]:
        """Every terminal that is not ignored, by its name."""
        found = [Terminal(name, _sort(text), text, True) for text, name in self._literals.items()]
        for name in self._regexes:
            example = next((e for e in _EXAMPLES if name in self.kinds(e)), None) or self.ending(name, "") or ""
            found.append(Terminal(name, _sort(example, is_literal=False), example, False))
        return {terminal.name: terminal for terminal in found}

    def _kinds(self, text: str) -> tuple[str, ...]:
        """The terminals that match all of `text`."""
        literal = [self._literals[text]] if text in self._literals else []
        return (*literal, *(name for name, regex in self._regexes.items() if regex.fullmatch(text)))

    def ending(self, terminal: str, head: str) -> str | None:
        """The shortest text, perhaps empty, that makes `head` a whole `terminal`; None if none does."""
        regex = self._regexes.get(terminal)
        if regex is not None:
            rest = _pattern(regex.pattern).ending(head)
            # A keyword is no name, but becomes one with a digit.
            rests = () if rest is None else (rest, f"{rest}1")
            return next((text for text in rests if regex.fullmatch(head + text)), None)
        literal = self.terminals[terminal].example
        return literal[len(head) :] if literal.startswith(head) else None

    def scan(self, code: str) -> list[Lexeme]:
        """The lexemes of `code` in order; only what the grammar ignores lies between them."""
        lexemes, place = [], 0
        while place < len(code):
            end = self.skip(code, place)
            if end == place:
                text = self._cut(code, place)
                lexemes.append(Lexeme(self.kinds(text), text, place))
                end = place + len(text)
            place = end
        return lexemes

    def skip(self, code: str, place: int) -> int:
        """Where what is ignored at `place` ends."""
        return max((match.end() for regex in self._ignored if (match := regex.match(code, place))), default=place)

    def longest(self, code: str, place: int, stack: Stack, automaton: Automaton) -> tuple[int, str | None]:
        """The end and the terminal of the longest lexeme at `place` that the grammar lets stand at `stack`, or None."""
        end, found = place, None
        for text in self._by_first.get(code[place], ()):
            if code.startswith(text, place) and automaton.step(stack, self._literals[text]):
                end, found = place + len(text), self._literals[text]
                break
        for name, regex in self._regexes.items():
            if automaton.step(stack, name) and (match := regex.match(code, place)) and match.end() > end:
                end, found = match.end(), name
        return end, found

    def _cut(self, code: str, place: int) -> str:
        """The longest text at `place` that may have been one lexeme."""
        texts = [text for text in self._by_first.get(code[place], ()) if code.startswith(text, place)]
        texts += [match[0] for regex in self._regexes.values() if (match := regex.match(code, place))]
        texts = [text for text in texts if not _swallows(text)]
        best = max((text for text in texts if _is_apart(code, place + len(text))), key=len, default="")
        is_line_start = place == 0 or code[place - 1] == "\n"
        for regex in (_PLAIN_LINE, _NUMBER, _QUOTED) if is_line_start else (_NUMBER, _QUOTED):
            match = regex.match(code, place)
            if match and len(match[0]) > len(best) and not _swallows(match[0]):
                return match[0]
        word = _WORD.match(code, place)
        if word and len(word[0]) > len(best):
            return self._cut_word(code, word)
        if not texts and (half := _HALF_QUOTED.match(code, place)):
            return half[0]
        return best or max(texts, key=len, default=code[place])

    def _cut_word(self, code: str, word: re.Match) -> str:
        """An unknown word, or the known one that something is glued to where a bracket is missing: `circle5)`."""
        text = word[0]
        for length in range(len(text) - 1, 1, -1):
            head, tail = text[:length], text[length:]
            if (head in self._literals and self.kinds(tail)) or (tail in self._literals and self.kinds(head)):
                return head
        if code[word.start() - 1 : word.start()] == ".":
            return text.rstrip("0123456789") or text
        half = _HALF_QUOTED.match(code, word.start())
        return half[0] if half else text


@lru_cache(256)
def _pattern(regex: str) -> Pattern:
    return Pattern(regex)


def _regex(terminal: TerminalDef) -> str:
    return terminal.pattern.to_regexp()


def _swallows(text: str) -> bool:
    """Whether a string reaches over the end of its call to the quote that opens the next one."""
    return text[0] in "\"'" and text.find(")") >= 0 and (text.count("(") != text.count(")") or ")." in text)


def _is_apart(code: str, end: int) -> bool:
    if code[end - 1].isdigit() and code[end : end + 1] == ".":
        return not code[end + 1 : end + 2].isdigit()
    return end == len(code) or not (_is_wordy(code[end - 1]) and _is_wordy(code[end]))


def _is_wordy(character: str) -> bool:
    return character.isalnum() or character == "_"


def _sort(text: str, is_literal: bool = True) -> str:
    if text.startswith("\n"):
        return "newline"
    if text[0] in "\"'":
        return "string"
    if text[-1].isdigit() and not text[0].isalpha():
        return "number"
    if _is_wordy(text[0]):
        return "word" if is_literal else "name"
    return "mark"
