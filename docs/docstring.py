"""`restructured`: docstrings as they are written here, with Markdown's backticks, as reStructuredText."""

import re
from collections.abc import Sequence

_SPAN = re.compile(r"`[^`]+`")
_MEANT = re.compile(r"([*|]|_(?!\w))")  # what would begin emphasis, a substitution or a reference


def restructured(lines: Sequence[str]) -> list[str]:
    """The lines, all outside backticks meant as it stands; a list gets the empty line that it needs before it."""
    found: list[str] = []
    for line in lines:
        if line.startswith("- ") and found and found[-1] and not found[-1].startswith(("- ", "  ")):
            found.append("")
        found.append(_escaped(line))
    return found


def _escaped(line: str) -> str:
    outside, spans = _SPAN.split(line), _SPAN.findall(line)
    kept = [_MEANT.sub(r"\\\1", text) for text in outside]
    for place, span in enumerate(spans):
        kept[place] += span
        if kept[place + 1][:1].isalnum():
            kept[place] += "\\ "
    return "".join(kept)
