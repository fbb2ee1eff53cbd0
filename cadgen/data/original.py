"""Parts that others are compared with: each by its program, its STEP file or its STL file. No pictures."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cadgen.data.hub import gencad
from cadgen.data.sample import DataError, check_inside, checked, read_program
from cadgen.json_lines import read_objects
from cadgen.label import shown

KINDS = {".py": "code", ".step": "step", ".stp": "step", ".stl": "stl"}
"""What a file holds, by the end of its name, in small letters."""

_NEEDS = "each line needs id and one of code, step and stl"


@dataclass(frozen=True)
class Original:
    """A part by what there is of it; of several the program counts, then the STEP file. family: of a generated part."""

    id: str
    code: str = ""
    step: Path | None = None
    stl: Path | None = None
    family: str | None = None


def read_originals(root: Path, split: str = "validation") -> list[Original]:
    """The parts of a dataset, in its order.

    root: a file of JSON lines (id, and one of code, step and stl, which name files beside it), or a folder: with
    `manifest.jsonl` of such lines, with the parquet files of GenCAD-Code, of which `split` is read, or with files
    NAME.py, NAME.step and NAME.stl, whose names are the ids. Raises `DataError` naming what is wrong and the remedy.
    """
    manifest = root / "manifest.jsonl"
    if manifest.is_file():
        found = list(checked(_of_lines(manifest)))
    elif not root.is_dir():
        found = list(checked(_of_lines(root)))
    elif any(root.rglob("*.parquet")):
        return [Original(one.id, one.code, family=one.family) for one in gencad(split, root)]
    else:
        found = list(checked(_of_files(root)))
    if not found:
        raise DataError(f"{root} holds no part; name a folder with manifest.jsonl, or with .py, .step or .stl files")
    return found


def files_of(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """(id, kind, path) of each file whose name ends with one of `KINDS`, by name."""
    for path in sorted(folder.iterdir()):
        if kind := KINDS.get(path.suffix.lower()):
            yield path.stem, kind, path


def _of_lines(manifest: Path) -> Iterator[tuple[str, Original]]:
    """(place, part) of each line."""
    root, inside = manifest.parent, manifest.parent.resolve()
    try:
        for number, told in read_objects(manifest):
            place = f"{manifest}, line {number}"
            one = _of_line(told, root, place)
            for path in filter(None, (one.step, one.stl)):
                check_inside(path, inside, place)
            yield place, one
    except DataError:
        raise
    except ValueError as error:
        raise DataError(f"{error}; {_NEEDS}: mend it or copy the folder anew") from None


def _of_line(told: dict, root: Path, place: str) -> Original:
    """An id may be a number. What is null, or an empty text, is not there."""
    case_id = str(told["id"]) if type(told.get("id")) is int else told.get("id")
    has = {name: told[name] for name in ("code", "step", "stl") if told.get(name)}
    if not isinstance(case_id, str) or not has:
        raise DataError(f"{place}: {_NEEDS}")
    for name, value in has.items():
        if not isinstance(value, str):
            raise DataError(f"{place}: {name} is {str(value)[:40]} and must be a text in quotes")
    files = {name: root / has[name] for name in ("step", "stl") if name in has}
    return Original(case_id, has.get("code", ""), **files)


def _of_files(folder: Path) -> Iterator[tuple[str, Original]]:
    """(place, part) of each name; NAME.py and NAME.step are one part."""
    parts: dict[str, Original] = {}
    inside = folder.resolve()
    for case_id, kind, path in files_of(folder):
        place = shown(str(path))
        check_inside(path, inside, place)
        known = parts.get(case_id, Original(case_id))
        if getattr(known, kind):
            raise DataError(f"{place}: {case_id} has another file of its kind; take one away")
        found: dict[str, Any] = {kind: read_program(path) if kind == "code" else path}
        parts[case_id] = replace(known, **found)
    yield from ((shown(str(folder / case_id)), one) for case_id, one in parts.items())
