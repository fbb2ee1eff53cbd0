"""One folder a picture, named after it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

SHEET = "sheet.png"
_LONGEST_NAME = 255  # bytes of a file's name, on every usual file system


def folder_names(images: Sequence[Path]) -> list[str]:
    """The names of the folders; those that came before or mean another place get a number."""
    taken = {"", ".", "..", SHEET}  # "..png" has the stem "."
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(2))
    names: list[str] = []
    for path in images:
        name = path.stem
        while name in taken:
            name = _numbered(path.stem, next(numbers[path.stem]))
        taken.add(name)
        names.append(name)
    return names


def _numbered(stem: str, number: int) -> str:
    """With the number behind it, the stem cut where the two would be too long for a file system."""
    end = f"_{number}"
    stem = stem[:_LONGEST_NAME]
    while len((stem + end).encode("utf-8", "surrogatepass")) > _LONGEST_NAME:
        stem = stem[:-1]
    return stem + end
