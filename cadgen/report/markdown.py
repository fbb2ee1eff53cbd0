"""`table`: rows of cells as a Markdown table that also reads well on a terminal."""

from collections.abc import Sequence

from cadgen.label import shown

Cells = tuple[list[str], list[list[str]]]
"""Head and body of a table."""

_MEANT = str.maketrans({letter: f"\\{letter}" for letter in "\\|<"})  # what would end a cell or begin a tag


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Any text can be a cell: what Markdown or a terminal would obey is escaped."""
    head, *body = [[shown(cell.translate(_MEANT)) for cell in row] for row in (head, *body)]
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    lines = [head, ["-" * width for width in widths], *body]
    return "".join("| " + " | ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) + " |\n" for r in lines)
