"""`table`: rows of cells as a Markdown table that also reads well on a terminal."""

from collections.abc import Sequence


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    lines = [head, ["-" * width for width in widths], *body]
    return "".join("| " + " | ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) + " |\n" for r in lines)
