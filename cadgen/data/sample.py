"""A dataset is a list of samples; a folder with a manifest is how it lies on disk."""

import json
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from cadgen.parts.folder import write_parts
from cadgen.parts.shard import read_shard


class DataError(ValueError):
    """A dataset that cannot be used; the message names what is wrong and the remedy."""


@dataclass(frozen=True)
class Sample:
    """A picture (a file or its bytes) and the program that built what it shows."""

    id: str
    image: Path | bytes
    code: str


def read_folder(root: str | Path | None) -> list[Sample]:
    """The samples of `root`: `manifest.jsonl` (id, image, code) beside the pictures; no folder, no samples.

    Raises `DataError`.
    """
    if root is None:
        return []
    root = Path(root)
    manifest = root / "manifest.jsonl"
    if not manifest.is_file():
        raise DataError(
            f"{manifest} does not exist; data.root must name a folder with manifest.jsonl (id, image, code)"
        )
    samples = []
    for number, line in enumerate(manifest.read_text().splitlines(), 1):
        try:
            row = json.loads(line)
            picture = root / row["image"]
            sample = Sample(str(row["id"]), picture, row["code"])
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise DataError(f"{manifest}, line {number}: {error!r}; each line needs id, image and code") from None
        if not picture.is_file():
            raise DataError(f"{picture} does not exist; {manifest}, line {number} names it: copy the folder whole")
        samples.append(sample)
    if not samples:
        raise DataError(f"{manifest} is empty")
    return samples


def synthetic(num: int, seed: int, root: str | Path, workers: int = 2) -> list[Sample]:
    """`num` generated parts of this seed, made under `root` unless they lie there already."""
    folder = Path(root) / f"parts_seed{seed}"
    write_parts(folder, num, seed, workers)
    rows = chain.from_iterable(map(read_shard, sorted(folder.glob("shard-*.parquet"))))
    return [Sample(row.id, row.image, row.code) for row in islice(rows, num)]
