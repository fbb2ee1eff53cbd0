"""Grammars as values: `Grammar("full").accepts(code)`.

`full` is the normal form of CadQuery programs (see `rules`), `basic` is straight-line Python. Lark reads a grammar to
check and repair texts, llguidance reads the same text to mask tokens.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from keyword import kwlist

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput
from lark.lexer import PatternStr, TerminalDef

from cadgen.lang.error import DialectError

NAMES = ("basic", "full")

# What Lark may skip beyond the language of the file: empty lines, comments, blanks between tokens, but no indentation.
# The low priority leaves the blanks of "import x as y" to the grammar.
_LAYOUT = r"""
_EMPTY_LINE.-1: /(?m:^)[ \t]*(#[^\n]*)?\n/
_COMMENT.-1: /#[^\n]*/
_BLANK.-1: /(?<=[^ \t\n])[ \t]+/
%ignore _EMPTY_LINE
%ignore _COMMENT
%ignore _BLANK
"""
_KEYWORDS = "|".join(kwlist)
_NAMES = ("W", "P", "C", "S", "K")  # of `full`, for what is bound


@dataclass(frozen=True)
class Grammar:
    """The grammar of this name, "basic" or "full"."""

    name: str = "full"

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise ValueError(f"grammar={self.name} is unknown; choose one of {', '.join(NAMES)}")

    @property
    def text(self) -> str:
        """The grammar file."""
        return _read(self.name)

    @property
    def lark(self) -> Lark:
        """The LALR(1) parser of this grammar that also takes layout: blanks, comments, empty lines."""
        return _load(self.name, layout=True)

    @property
    def exact(self) -> Lark:
        """The LALR(1) parser of this grammar and nothing more: it takes what a masker lets through."""
        return _load(self.name, layout=False)

    def accepts(self, code: str) -> bool:
        """Whether `parse` takes `code`."""
        try:
            self.parse(code)
        except DialectError:
            return False
        return True

    def parse(self, code: str) -> Tree:
        """The tree of `code`. Raises `DialectError` with line, column and what was expected there."""
        text = code.replace("\r\n", "\n").rstrip() + "\n"
        try:
            tree = self.lark.parse(text)
        except UnexpectedInput as error:
            raise DialectError(_describe(error, text, self)) from None
        if self.name == "full":
            _require_bound(tree, text)
        return tree

    def for_masks(self) -> str:
        """The text for llguidance, whose regular expressions have a complement and no look-ahead."""
        return _replace_name(self.text, rf"\1 & ~/({_KEYWORDS})/")


def parse(code: str) -> Tree:
    """The tree of a program in normal form. Raises `DialectError` for any other text."""
    return Grammar("full").parse(code)


@cache
def _read(name: str) -> str:
    return (files("cadgen.lang.grammar") / f"{name}.lark").read_text(encoding="utf-8")


@cache
def _load(name: str, *, layout: bool) -> Lark:
    text = _replace_name(_read(name), rf"NAME: /(?!({_KEYWORDS})(?![A-Za-z0-9_]))\2/")
    return Lark(text + (_LAYOUT if layout else ""), parser="lalr", propagate_positions=True)


def _replace_name(text: str, replacement: str) -> str:
    # Lark lets a keyword win over a name and llguidance takes both, so neither may take it as a name.
    return re.sub(r"^(NAME: /(.*)/)$", replacement, text, flags=re.MULTILINE)


def _describe(error: UnexpectedInput, text: str, grammar: Grammar) -> str:
    names = sorted(getattr(error, "accepts", None) or getattr(error, "allowed", None) or [])
    expected = ", ".join(sorted({_shown(grammar.lark.get_terminal(name)) for name in names if name != "$END"}))
    line, column = max(error.line, 1), max(error.column, 1)
    return (
        f"line {line}, column {column}: not of the grammar {grammar.name}; expected one of {expected or 'nothing'}\n"
        f"{error.get_context(text).rstrip()}"
    )


def _require_bound(tree: Tree, text: str) -> None:
    """Refuses a name that no statement before binds: that is no matter of a grammar without context."""
    bound: set[str] = set()
    for statement in tree.children:
        assert isinstance(statement, Tree)
        tokens = (one for part in statement.iter_subtrees_topdown() for one in part.children if isinstance(one, Token))
        names = sorted((one for one in tokens if one.type in _NAMES), key=lambda one: one.start_pos or 0)
        target = names.pop(0) if statement.data == "bind" else None
        for name in names:
            if name not in bound:
                line, column = name.line or 1, name.column or 1
                shown = text.split("\n")[line - 1] + "\n" + " " * (column - 1) + "^"
                raise DialectError(f"line {line}, column {column}: {name} is bound nowhere before\n{shown}")
        bound |= {str(target)} if target else set()


def _shown(terminal: TerminalDef) -> str:
    """The terminal's own text where it has but one, else its name."""
    if terminal.name == "_NL":
        return "the end of the line"
    return terminal.pattern.value.strip() if isinstance(terminal.pattern, PatternStr) else terminal.name
