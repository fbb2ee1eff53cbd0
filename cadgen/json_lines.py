"""Files of JSON lines from strangers, read with bounds."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO

EMPTY = "it is no JSON (the line is empty)"
LONGEST_LINE = 16 << 20  # bytes; the longest programs that models write have some hundred kB


def read_objects(path: Path) -> Iterator[tuple[int, dict]]:
    """(number from 1, object) of every line, one at a time.

    Raises `ValueError`, naming the line, for what is longer than `LONGEST_LINE`, no UTF-8, no JSON or no object, and
    for a file that cannot be read.
    """
    for number, found in read_lines(path):
        if isinstance(found, str):
            raise ValueError(f"{path}, line {number}: {found}")
        yield number, found


def read_lines(path: Path) -> Iterator[tuple[int, dict | str]]:
    """The same of a file whose bad lines cost only themselves: in their place comes what is wrong with them.

    What is wrong with an empty line is `EMPTY`.
    """
    try:
        with _opened(path) as file:
            number = 0
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                found: dict | str
                try:
                    found = _object(line)
                except (ValueError, RecursionError) as error:
                    found = str(error)
                yield number, found
                while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
                    line = file.readline(LONGEST_LINE + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror or error})") from None


def read_object(path: Path) -> dict:
    """The object of a file that holds just one. Raises `ValueError` as `read_objects` does."""
    try:
        with _opened(path) as file:
            return _object(file.read(LONGEST_LINE + 1))
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror or error})") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: {error}") from None


def _opened(path: Path) -> IO[bytes]:
    """A pipe would be waited for, and a device might never end."""
    if path.exists() and not path.is_file():
        raise OSError("it is no file")
    return path.open("rb")


def _object(text: bytes) -> dict:
    if not text.strip():
        raise ValueError(EMPTY)
    if len(text) > LONGEST_LINE:
        raise ValueError(f"it is longer than {LONGEST_LINE >> 20} MiB")
    try:
        found = json.loads(text.decode())
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except ValueError as error:
        raise ValueError(f"it is no JSON ({error})") from None
    if not isinstance(found, dict):
        raise ValueError(f"it is a {type(found).__name__} and no object")
    if b"\\u" in text:
        _check_text(found)
    return found


def _check_text(found: dict) -> None:
    """JSON may spell half a character, which no file could hold."""
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half a character (a lone surrogate)") from None
