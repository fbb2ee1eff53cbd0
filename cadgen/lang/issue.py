"""A place where a program is wrong."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Issue:
    """What is wrong, and where.

    kind: syntax, name, arity, type or state, and for a program that was run the status of its `Execution`; line and
    column count from 1; message: what was expected; context: the line and a caret under the place, as Lark prints it.
    """

    kind: str
    line: int
    column: int
    message: str
    context: str = ""

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.kind}: {self.message}\n{self.context}"
