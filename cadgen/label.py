"""Names that strangers give: `is_label` says whether one can stand in rows and tables, `shown` tells any in a line."""

LONGEST = 200  # characters


def is_label(text: str) -> bool:
    """Whether it has 1 to `LONGEST` characters, all of them printable."""
    return 0 < len(text) <= LONGEST and text.isprintable()


def shown(text: str) -> str:
    r"""The text with escapes (\n, \x1b, \udce9) for what a terminal would obey or could not show."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
