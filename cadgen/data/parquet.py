"""Parquet shards as samples: pictures stay encoded as they lie in the file.

Of strangers' files a few kB can say as many GB: a dictionary writes a picture once for all its rows, and compression
makes little of zeros. What a file expands to is counted before it becomes samples, in batches of few rows where rows
may be large; it may come to `_EXPANSION` times its size, or to 1 GiB.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING

from cadgen.data.sample import LONGEST_PROGRAM, DataError, Sample, checked
from cadgen.parts.folder import write_parts
from cadgen.parts.shard import DamagedShard, check_sum

if TYPE_CHECKING:
    import pyarrow.parquet

LARGEST_FILE = 64 << 20  # bytes of an encoded picture
_BATCH, _BATCH_BYTES = 16, 256 << 20  # rows, and about as many bytes, in memory at a time
_EXPANSION, _LEAST_EXPANSION = 10, 1 << 30  # times the size of the file; bytes that any file may expand to


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
    samples = list(islice(checked(_samples(_undamaged(paths), Columns(family="family"), None)), first, last))
    least = 1 if limit is None else limit
    if len(samples) < least:
        raise DataError(f"{root} has fewer than {first + least} samples; make more of them or ask for fewer")
    return samples


def _undamaged(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        try:
            check_sum(path)
        except (DamagedShard, OSError) as error:
            remedy = "run the python -m cadgen.parts command of its README.md again, which makes it anew"
            raise DataError(f"{error}; {remedy}") from None
        yield path


def synthetic(num: int, seed: int, root: str | Path, workers: int = 2) -> list[Sample]:
    """`num` generated parts of this seed, made under `root` unless they lie there already."""
    folder = Path(root) / f"parts_seed{seed}"
    write_parts(folder, num, seed, workers)
    return read_shards(folder, num)


def read_parquet(paths: Sequence[Path], columns: Columns, grid: float | None) -> list[Sample]:
    """All samples of the files, in order.

    Raises `DataError` naming a file that is damaged, as far as its checksums tell, has other columns, or expands to
    more than 10 times its size and 1 GiB.
    """
    return list(checked(_told_apart(_samples(paths, columns, grid))))


def _told_apart(found: Iterable[tuple[str, Sample]]) -> Iterator[tuple[str, Sample]]:
    """A published split may name a part twice, which is no reason to do without it: the second is called ID~2."""
    times = Counter[str]()
    for place, sample in found:
        times[sample.id] += 1
        again = times[sample.id]
        yield place, sample if again == 1 else replace(sample, id=f"{sample.id}~{again}")


def _samples(paths: Iterable[Path], columns: Columns, grid: float | None) -> Iterator[tuple[str, Sample]]:
    """(place, sample) of each row."""
    import pyarrow.parquet

    names = [name for name in (columns.id, columns.image, columns.code, columns.family) if name]
    for path in paths:
        try:
            with pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as file:
                if lacking := set(names) - set(file.schema_arrow.names):
                    raise DataError(f"{path} has no column {', '.join(sorted(lacking))}")
                number = count(1)
                for batch in _batches(file, path, names):
                    for row in batch.to_pylist():
                        place = f"{path}, row {next(number)}"
                        yield place, _sample(row, columns, grid, place)
        except DataError:
            raise
        except Exception as error:  # a damaged file makes pyarrow raise nearly anything
            told = " ".join(str(error).split())[:200] or type(error).__name__
            raise DataError(f"{path} cannot be read ({told}); copy or make it again") from error


def _batches(file: "pyarrow.parquet.ParquetFile", path: Path, names: Sequence[str]) -> Iterator["pyarrow.RecordBatch"]:
    """Rows, a batch at a time. Raises `DataError` where they come to too many bytes."""
    left = max(_LEAST_EXPANSION, _EXPANSION * path.stat().st_size)
    for group in range(file.metadata.num_row_groups):
        size = _told_size(file.metadata.row_group(group), names)
        num = min(_BATCH, max(1, _BATCH_BYTES // max(1, size)))  # each row may have the one value that is all of it
        _check_expansion(left - size, path)
        for batch in file.iter_batches(columns=names, batch_size=num, row_groups=[group]):
            left -= sum(map(_num_bytes, batch.columns))
            _check_expansion(left, path)
            yield batch


def _check_expansion(left: int, path: Path) -> None:
    if left < 0:
        raise DataError(
            f"{path} expands to more than {_EXPANSION} times its size and {_LEAST_EXPANSION >> 20} MiB; make it again, "
            "as several files"
        )


def _told_size(group: "pyarrow.parquet.RowGroupMetaData", names: Sequence[str]) -> int:
    """Bytes of the columns before compression, a value that comes again counted once, as the footer tells."""
    columns = map(group.column, range(group.num_columns))
    return sum(one.total_uncompressed_size for one in columns if one.path_in_schema.split(".")[0] in names)


def _num_bytes(column: "pyarrow.Array") -> int:
    """What its texts and bytes, also those in structs, take as Python's objects."""
    from pyarrow import compute, large_binary, large_string, types

    kind = column.type
    if types.is_struct(kind):
        return sum(map(_num_bytes, column.flatten()))
    if types.is_binary_view(kind) or types.is_string_view(kind):  # their lengths are asked for in vain
        return _num_bytes(column.cast(large_binary() if types.is_binary_view(kind) else large_string()))
    values = column.dictionary if types.is_dictionary(kind) else column
    texts = (types.is_string, types.is_binary, types.is_large_string, types.is_large_binary)
    if not any(is_text(values.type) for is_text in texts):
        return column.nbytes
    lengths = compute.binary_length(values).cast("int64")
    return compute.sum(lengths.take(column.indices) if types.is_dictionary(kind) else lengths).as_py() or 0


def _sample(row: dict, columns: Columns, grid: float | None, place: str) -> Sample:
    picture = row[columns.image]
    if isinstance(picture, dict):
        picture = picture.get("bytes")
    case_id, code = row[columns.id], row[columns.code]
    family = row[columns.family] if columns.family else None
    known = {
        columns.id: isinstance(case_id, str | int),
        columns.image: isinstance(picture, bytes) and len(picture) <= LARGEST_FILE,
        columns.code: isinstance(code, str) and len(code) <= LONGEST_PROGRAM,
        columns.family or "": isinstance(family, str | None),
    }
    if wrong := [name for name, fits in known.items() if not fits]:
        raise DataError(
            f"{place}: {wrong[0]} is missing, too long or of another type; a row needs an id, a picture's bytes (up to "
            f"{LARGEST_FILE >> 20} MiB) and a program's text (up to {LONGEST_PROGRAM >> 20} MiB): make the file again"
        )
    return Sample(str(case_id), picture, code, grid, family=family)
