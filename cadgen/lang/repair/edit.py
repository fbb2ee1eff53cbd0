"""What was changed in a text: `write(body, lexemes, items)` puts items back into it and lists the edits."""

from dataclasses import dataclass

from cadgen.lang.grammar.lexer import Lexeme
from cadgen.lang.repair.cost import Item


@dataclass(frozen=True)
class Edit:
    """`old` at line and column (from 1, of the damaged text) became `new`. guess: `new` is a value that was lost.

    kind: insert, delete, replace, or cut for all that was left out at one place.
    """

    kind: str
    line: int
    column: int
    old: str
    new: str
    guess: bool = False


def write(body: str, lexemes: list[Lexeme], items: list[Item], cuts: set[int]) -> tuple[str, tuple[Edit, ...]]:
    """The text of `items`, with the layout of `body` between them, and how it differs from `body`.

    lexemes: those of `body`; items that were there keep their order. cuts: where lexemes stood that were cut.
    """
    writer = _Writer(body, cuts)
    waiting = iter(lexemes)
    for item in items:
        if item.start is None:
            writer.insert(item)
            continue
        for lexeme in waiting:
            if lexeme.start == item.start:
                writer.keep(lexeme, item)
                break
            writer.drop(lexeme)
    for lexeme in waiting:
        writer.drop(lexeme)
    return "".join(writer.parts), tuple(writer.edits)


class _Writer:
    def __init__(self, body: str, cuts: set[int]) -> None:
        self._body, self._cuts = body, cuts
        self._place = 0  # in the body
        self.parts: list[str] = []
        self.edits: list[Edit] = []

    def insert(self, item: Item) -> None:
        self._note("insert", self._place, "", item.text, item.is_guess)
        self.parts.append(item.text)

    def keep(self, lexeme: Lexeme, item: Item) -> None:
        self.parts += [self._body[self._place : lexeme.start], item.text]
        self._place = lexeme.end
        if item.text != lexeme.text:
            self._note("replace", lexeme.start, lexeme.text, item.text, item.is_guess)

    def drop(self, lexeme: Lexeme) -> None:
        is_cut = lexeme.start in self._cuts
        if not is_cut:
            self.parts.append(self._body[self._place : lexeme.start])
        self._note("cut" if is_cut else "delete", lexeme.start, lexeme.text)
        self._place = lexeme.end

    def _note(self, kind: str, start: int, old: str, new: str = "", guess: bool = False) -> None:
        """Adds an edit, or adds to the last one if it goes on there."""
        line, column = self._body.count("\n", 0, start) + 1, start - self._body.rfind("\n", 0, start)
        last = self.edits[-1] if self.edits else None
        if last and kind == last.kind == "insert" and (line, column) == (last.line, last.column):
            self.edits[-1] = Edit(kind, line, column, "", last.new + new, guess or last.guess)
        elif last and kind == last.kind == "cut":
            self.edits[-1] = Edit(kind, last.line, last.column, last.old + self._body[self._place : start] + old, "")
        else:
            self.edits.append(Edit(kind, line, column, old, new, guess))
