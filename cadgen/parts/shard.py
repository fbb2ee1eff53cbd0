"""Parquet shards of pairs: columns id, image (PNG), code, family. What a shard needs to be gone on from lies in it."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

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


def write_shard(path: Path, rows: Sequence[Row], settings: Settings, next_draw: int) -> None:
    """The whole shard or, after a kill, none. next_draw: the first draw that was not looked at for it."""
    told = json.dumps({"next_draw": next_draw, **asdict(settings)})
    schema = pa.schema(_FIELDS, metadata={_KEY: told.encode()})
    table = pa.Table.from_pylist([asdict(row) for row in rows], schema)
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(table, unfinished, compression="zstd")
    os.replace(unfinished, path)


def read_shard(path: Path) -> list[Row]:
    return [Row(**row) for row in pq.read_table(path).to_pylist()]


def column(path: Path, name: str) -> list:
    return pq.read_table(path, columns=[name])[name].to_pylist()


def origin(path: Path) -> tuple[Settings, int]:
    """The settings of the shard's dataset, and the draw that follows it."""
    told = json.loads(pq.read_schema(path).metadata[_KEY])
    next_draw = told.pop("next_draw")
    return Settings(**told), next_draw
