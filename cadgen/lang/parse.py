"""Text to tree: `parse(code)` accepts the sketch-and-extrude dialect and names the place where a text leaves it."""

from functools import cache
from importlib.resources import files
from keyword import iskeyword

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput


class DialectError(ValueError):
    """A program outside the dialect. The message names line, column and what was expected."""


@cache
def _parser() -> Lark:
    grammar = (files("cadgen.lang") / "dialect.lark").read_text()
    return Lark(grammar, parser="lalr", propagate_positions=True)


def parse(code: str) -> Tree:
    """The tree of `code`. Raises `DialectError` for any text that `dialect.lark` does not accept."""
    text = code.rstrip() + "\n"
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        expected = sorted(getattr(error, "accepts", None) or getattr(error, "allowed", None) or [])
        raise DialectError(
            f"line {error.line}, column {error.column}: not in the dialect; expected one of "
            f"{', '.join(expected)}\n{error.get_context(text)}"
        ) from None
    _require_python(tree)
    return tree


def _require_python(tree: Tree) -> None:
    """Refuses what the grammar lets through and Python does not: an indented statement, a keyword as a name."""
    for statement in tree.children:
        if statement.meta.column > 1:
            raise DialectError(f"line {statement.meta.line}, column {statement.meta.column}: unexpected indent")
    for name in tree.scan_values(lambda token: isinstance(token, Token) and token.type == "NAME"):
        if iskeyword(name) or name == "cq":
            raise DialectError(f"line {name.line}, column {name.column}: {name} cannot name an object")
