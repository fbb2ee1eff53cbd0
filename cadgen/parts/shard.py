"""Parquet shards of pairs: columns id, image (PNG), code, family. What a shard needs to be gone on from lies in it.

Beside them lies SHA256SUMS, as `sha256sum -c` reads it. A shard without a line there, as of older datasets, is taken
at its word.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cadgen.paths import draft_of, sha256_of, write_whole

SUMS = "SHA256SUMS"
ROWS = 1000  # of a full shard
_KEY = b"cadgen.parts"
_FIELDS = (("id", pa.string()), ("image", pa.binary()), ("code", pa.string()), ("family", pa.string()))


@dataclass(frozen=True)
class Row:
    id: str
    image: bytes
    code: str
    family: str


@dataclass(frozen=True)
class Settings:
    """What the parts of a dataset follow from."""

    seed: int
    size: int
    families: dict[str, float]


def path_of(out: Path, number: int) -> Path:
    return out / f"shard-{number:05d}.parquet"


class DamagedShard(ValueError):
    """A shard that is not as it was written; the message names it."""


def write_shard(path: Path, rows: Sequence[Row], settings: Settings, next_draw: int) -> None:
    """The whole shard or, after a kill, none. next_draw: the first draw that was not looked at for it."""
    told = json.dumps({"next_draw": next_draw, **asdict(settings)})
    schema = pa.schema(_FIELDS, metadata={_KEY: told.encode()})
    table = pa.Table.from_pylist([asdict(row) for row in rows], schema)
    with draft_of(path) as draft:
        pq.write_table(table, draft, compression="zstd")
        found = sha256_of(draft)
        note_sum(path, None)  # a kill before the next one must not leave the sum of another shard
    note_sum(path, found)


def read_shard(path: Path) -> tuple[list[Row], Settings, int]:
    """All of a shard: its rows, the settings of its dataset, and the draw that follows it. Raises `DamagedShard`."""
    try:
        check_sum(path)
        rows = [Row(**row) for row in pq.read_table(path).to_pylist()]
        return rows, *origin(path)
    except (DamagedShard, PermissionError):
        raise
    except Exception as error:  # pyarrow raises nearly anything
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> DamagedShard:
    told = "it is missing" if isinstance(error, FileNotFoundError) else " ".join(str(error).split())[:200]
    return DamagedShard(f"{path} is damaged ({told or type(error).__name__})")


def check_sum(path: Path) -> None:
    """Raises `DamagedShard` for a file that has not the sum which is noted of it."""
    noted = read_sums(path.parent).get(path.name)
    if noted is not None and noted != sha256_of(path):
        raise DamagedShard(f"{path} is damaged (it has not the checksum of {SUMS})")


def read_sums(out: Path) -> dict[str, str]:
    """File name -> SHA-256 in hexadecimal, empty where nothing is noted."""
    try:
        lines = (out / SUMS).read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return {}
    return {name: found for found, _, name in (line.partition("  ") for line in lines)}


def note_sum(path: Path, found: str | None) -> None:
    """Notes the sum of a shard beside it, or that it is not known."""
    sums = {name: noted for name, noted in read_sums(path.parent).items() if name != path.name}
    if found is not None:
        sums[path.name] = found
    write_whole(path.parent / SUMS, "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)))


def column(path: Path, name: str) -> list:
    return pq.read_table(path, columns=[name])[name].to_pylist()


def origin(path: Path) -> tuple[Settings, int]:
    """The settings of the shard's dataset, and the draw that follows it, as its footer says. Raises `DamagedShard`."""
    try:
        told = json.loads(pq.read_schema(path).metadata[_KEY])
        next_draw = told.pop("next_draw")
        return Settings(**told), next_draw
    except PermissionError:
        raise
    except Exception as error:  # pyarrow raises nearly anything
        raise _damaged(path, error) from None
