"""Parquet shards as samples: pictures stay encoded as they lie in the file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cadgen.data.sample import DataError, Sample
from cadgen.parts.folder import write_parts


@dataclass(frozen=True)
class Columns:
    """What a dataset calls its columns; a picture is bytes or a struct with the field `bytes`, as the hub writes it."""

    id: str = "id"
    image: str = "image"
    code: str = "code"
    family: str | None = None  # None: it has none


def read_shards(root: str | Path, limit: int | None = None, first: int = 0) -> list[Sample]:
    """Samples of the generated shards in `root`, in their order: `limit` of them from number `first` on.

    Raises `DataError`, also for fewer than `limit` samples, or none.
    """
    paths = sorted(Path(root).glob("shard-*.parquet"))
    if not paths:
        raise DataError(
            f"{root} holds no shard-*.parquet; make a dataset with python -m cadgen.parts --n N --seed S --out {root}"
        )
    last = None if limit is None else first + limit
    samples = list(islice(_samples(paths, Columns(family="family"), None), first, last))
    least = 1 if limit is None else limit
    if len(samples) < least:
        raise DataError(f"{root} has fewer than {first + least} samples; make more of them or ask for fewer")
    return samples


def synthetic(num: int, seed: int, root: str | Path, workers: int = 2) -> list[Sample]:
    """`num` generated parts of this seed, made under `root` unless they lie there already."""
    folder = Path(root) / f"parts_seed{seed}"
    write_parts(folder, num, seed, workers)
    return read_shards(folder, num)


def read_parquet(paths: Sequence[Path], columns: Columns, grid: float | None) -> list[Sample]:
    """All samples of the files, in order. Raises `DataError` naming a file that cannot be read or lacks a column."""
    return list(_samples(paths, columns, grid))


def _samples(paths: Sequence[Path], columns: Columns, grid: float | None) -> Iterator[Sample]:
    import pyarrow.parquet

    names = [name for name in (columns.id, columns.image, columns.code, columns.family) if name]
    for path in paths:
        try:
            with pyarrow.parquet.ParquetFile(path) as file:
                if lacking := set(names) - set(file.schema_arrow.names):
                    raise DataError(f"{path} has no column {', '.join(sorted(lacking))}")
                for batch in file.iter_batches(columns=names, batch_size=256):
                    for row in batch.to_pylist():
                        picture = row[columns.image]
                        yield Sample(
                            str(row[columns.id]),
                            picture["bytes"] if isinstance(picture, dict) else picture,
                            row[columns.code],
                            grid,
                            family=row[columns.family] if columns.family else None,
                        )
        except (pyarrow.ArrowException, OSError) as error:
            raise DataError(f"{path} cannot be read ({error}); copy or make it again") from error
