"""A dataset is a list of samples; a folder with a manifest is one way that it lies on disk."""

import json
from dataclasses import dataclass
from pathlib import Path

from cadgen.program import GRID


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


def read_folder(root: str | Path | None, grid: float | None = GRID) -> list[Sample]:
    """The samples of `root`: `manifest.jsonl` (id, image, code and, if need be, step) beside the files it names.

    No folder, no samples. Raises `DataError`.
    """
    if root is None:
        return []
    root = Path(root)
    manifest = root / "manifest.jsonl"
    if not manifest.is_file():
        raise DataError(
            f"{manifest} does not exist; data.root must name a folder with manifest.jsonl (id, image, code)"
        )
    samples, seen = [], set[str]()
    for number, line in enumerate(manifest.read_text().splitlines(), 1):
        try:
            row = json.loads(line)
            picture, step = root / row["image"], root / row["step"] if row.get("step") else None
            sample = Sample(str(row["id"]), picture, row["code"], grid, step)
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise DataError(f"{manifest}, line {number}: {error!r}; each line needs id, image and code") from None
        for path in filter(None, (picture, step)):
            if not path.is_file():
                raise DataError(f"{path} does not exist; {manifest}, line {number} names it: copy the folder whole")
        if sample.id in seen:
            raise DataError(f"{manifest}, line {number}: the id {sample.id} came before; rows are told apart by it")
        seen.add(sample.id)
        samples.append(sample)
    if not samples:
        raise DataError(f"{manifest} is empty")
    return samples


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
        raise DataError(f"{lone} stands alone; each picture needs a .py file of its name and each .py file a picture")
    return [Sample(stem, pictures[stem], path.read_text(), grid) for stem, path in programs.items()]
