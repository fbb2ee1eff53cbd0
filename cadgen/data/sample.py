"""A dataset is a list of samples; a folder with a manifest is one way that it lies on disk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from cadgen.json_lines import read_objects
from cadgen.label import LONGEST, is_label, shown
from cadgen.program import GRID

LONGEST_PROGRAM = 4 << 20  # bytes


class DataError(ValueError):
    """A dataset that cannot be used; the message names what is wrong and the remedy."""


@dataclass(frozen=True)
class Sample:
    """A picture (a file or its bytes) and the program that built what it shows.

    grid: the steps a unit that the program's lengths are rounded to before it is learnt; None: it is canonical already.
    step: the STEP file of the part, where there is one; family: of a generated part.
    """

    id: str
    image: Path | bytes
    code: str
    grid: float | None = None
    step: Path | None = None
    family: str | None = None


class Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=Named)


def checked(found: Iterable[tuple[str, T]]) -> Iterator[T]:
    """The samples of (place, sample). Raises `DataError`, naming the place, for an id that came before or is no label.

    Truths and rows are told apart by their id alone.
    """
    seen = set[str]()
    for place, sample in found:
        if not is_label(sample.id):
            raise DataError(
                f"{place}: the id must have 1 to {LONGEST} printable characters and is {sample.id[:40]!r}; rename it"
            )
        if sample.id in seen:
            raise DataError(f"{place}: the id {sample.id[:40]!r} came before; rows are told apart by it: rename one")
        seen.add(sample.id)
        yield sample


def read_folder(root: str | Path | None, grid: float | None = GRID) -> list[Sample]:
    """The samples of `root`: `manifest.jsonl` (id, image, code and, if need be, step) beside the files it names.

    No folder, no samples. Raises `DataError`, also for a path or a link that leads out of the folder.
    """
    if root is None:
        return []
    root = Path(root)
    manifest = root / "manifest.jsonl"
    if not manifest.is_file():
        raise DataError(
            f"{manifest} does not exist; data.root must name a folder with manifest.jsonl (id, image, code)"
        )
    samples = list(checked(_samples(root, manifest, grid)))
    if not samples:
        raise DataError(f"{manifest} is empty")
    return samples


def _samples(root: Path, manifest: Path, grid: float | None) -> Iterator[tuple[str, Sample]]:
    """(place, sample) of each line."""
    inside = root.resolve()
    for number, row in _objects(manifest):
        place = f"{manifest}, line {number}"
        sample = _sample(row, root, grid, place)
        for path in filter(None, (root / row["image"], sample.step)):
            check_inside(path, inside, place)
        yield place, sample


def _objects(manifest: Path) -> Iterator[tuple[int, dict]]:
    try:
        yield from read_objects(manifest)
    except ValueError as error:
        raise DataError(f"{error}; each line needs id, image and code: mend it or copy the folder anew") from None


def _sample(row: dict, root: Path, grid: float | None, place: str) -> Sample:
    """Of one line of the manifest. An id is a label, never a path: it may have slashes, or be a number."""
    if lacking := [name for name in ("id", "image", "code") if name not in row]:
        raise DataError(f"{place}: there is no {', '.join(lacking)}; each line needs id, image and code")
    number = isinstance(row["id"], int) and not isinstance(row["id"], bool)
    told = {**row, "id": str(row["id"]) if number else row["id"], "step": row.get("step") or ""}
    for name in ("id", "image", "code", "step"):
        if not isinstance(told[name], str):
            raise DataError(f"{place}: {name} is {str(told[name])[:40]} and must be a text in quotes")
    return Sample(told["id"], root / told["image"], told["code"], grid, root / told["step"] if told["step"] else None)


def check_inside(path: Path, folder: Path, place: str) -> None:
    """A manifest that names other files of this machine would have them drawn, executed and shown."""
    try:
        real, is_file = path.resolve(), path.is_file()
    except (OSError, ValueError, RuntimeError) as error:  # too long, a NUL byte, links in a circle
        raise DataError(f"{place}: {str(path)[:80]!r} cannot be a file ({error}); name a file in the folder") from None
    if not real.is_relative_to(folder):
        raise DataError(f"{place}: {path} lies outside {folder}; copy the file itself into the folder")
    if not is_file:
        raise DataError(f"{path} does not exist; {place} names it: copy the folder whole")


def read_beside(root: str | Path | None, grid: float | None = GRID) -> list[Sample]:
    """The samples of `root`: each picture `NAME.png|jpg|jpeg` with `NAME.py` beside it; no folder, no samples.

    Raises `DataError`, also for a picture without a program and for a program without a picture.
    """
    if root is None:
        return []
    root = Path(root)
    pictures: dict[str, Path] = {}
    for path in sorted(root.glob("*")):
        if path.suffix.lower() in (".png", ".jpg", ".jpeg"):
            if path.stem in pictures:
                raise DataError(f"{path} and {pictures[path.stem]} are pictures of one program; take one away")
            pictures[path.stem] = path
    programs = {path.stem: path for path in sorted(root.glob("*.py"))}
    if not programs:
        raise DataError(f"{root} holds no .py file; it must be a folder of pictures with programs of the same name")
    if odd := sorted(pictures.keys() ^ programs.keys()):
        lone = pictures.get(odd[0], programs.get(odd[0]))
        raise DataError(
            f"{shown(str(lone))} stands alone; each picture needs a .py file of its name and each .py file a picture"
        )
    return list(
        checked(
            (shown(str(path)), Sample(stem, pictures[stem], read_program(path), grid))
            for stem, path in programs.items()
        )
    )


def read_program(path: Path) -> str:
    """The text of a file. Raises `DataError` for one that is too long, no UTF-8 or cannot be read."""
    try:
        if path.stat().st_size > LONGEST_PROGRAM:
            raise DataError(f"{path} is longer than {LONGEST_PROGRAM >> 20} MiB; take it away")
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8; save it so, or take it and its picture away") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); copy it again, or take it away") from None
