"""Foreign programs in the canonical dialect, computed once: the results lie on disk, keyed by the programs.

A program that is outside the dialect has no canonical text.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

import cadgen.lang
from cadgen.data.sample import DataError
from cadgen.lang import normalise_all
from cadgen.paths import write_whole
from cadgen.shape import Sandbox


def canonical_codes(codes: Sequence[str], grid: float, workers: int = 2) -> list[str | None]:
    """The canonical text of each program, None where there is none; from `cache_folder()` when it is known there.

    Raises `DataError` where that cannot be written.
    """
    path = cache_folder() / f"{_key(codes, grid)}.json"
    known = _known(path, len(codes))
    if known is not None:
        return known
    try:
        path.parent.mkdir(parents=True, exist_ok=True)  # before the work, not after it
        found = _normalise_all(codes, grid, workers)
        write_whole(path, json.dumps(found))
    except OSError as error:
        raise DataError(
            f"{path.parent} cannot be written ({error.strerror or error}); make room there, or set CADGEN_CACHE to "
            "another folder"
        ) from None
    return found


def _known(path: Path, num: int) -> list[str | None] | None:
    """What lies there; None where nothing does, or something else: it is computed anew then."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError):
        return None
    fits = isinstance(found, list) and len(found) == num and all(isinstance(code, str | None) for code in found)
    return found if fits else None


def cache_folder() -> Path:
    """CADGEN_CACHE, by default ~/.cache/cadgen."""
    return Path(os.environ.get("CADGEN_CACHE", Path.home() / ".cache" / "cadgen"))


def _normalise_all(codes: Sequence[str], grid: float, workers: int) -> list[str | None]:
    with Sandbox(workers=workers) as box:
        return [text if isinstance(text, str) else None for text in normalise_all(codes, grid, box, "normal form")]


def _sources() -> list[Path]:
    """The files that say what is canonical."""
    package = Path(cadgen.lang.__file__).parents[1]
    found = [path for folder in ("lang", "program", "shape/caged") for path in sorted((package / folder).rglob("*"))]
    return [*(path for path in found if path.suffix in (".py", ".lark")), package / "api.txt"]


def _key(codes: Sequence[str], grid: float) -> str:
    """Of the programs and of the code that rewrites them."""
    told = hashlib.sha256(f"{grid}\n".encode())
    for source in _sources():
        told.update(source.read_bytes())
    for code in codes:
        told.update(hashlib.sha256(code.encode()).digest())
    return told.hexdigest()[:32]
