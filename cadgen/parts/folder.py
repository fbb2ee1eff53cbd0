"""A dataset of generated parts on disk: shards, a card, a contact sheet.

Draws are numbered; a draw whose program came before is passed over. What a draw gives depends on its number alone, and
they are looked at in their order: neither the number of workers nor a kill changes a byte, and a shard that was damaged
since is made again as it was.
"""

import hashlib
import multiprocessing
import os
import sys
import threading
from collections import Counter, deque
from collections.abc import Generator, Iterator, Mapping, Set
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from io import BytesIO
from itertools import count, islice
from pathlib import Path

import numpy as np
from PIL import Image
from rich.progress import Progress

from cadgen.parts.full import FULL
from cadgen.parts.part import Draft, sample_draft, weights_of
from cadgen.parts.shard import (
    ROWS,
    DamagedShard,
    Row,
    Settings,
    check_sum,
    column,
    note_sum,
    origin,
    path_of,
    read_shard,
    read_sums,
    write_shard,
)  # fmt: skip
from cadgen.paths import sha256_of
from cadgen.shape import Sandbox, Solid, render

SIZE = 448  # of the published pictures
_LARGEST_SIZE = 4096
_CHUNK = 25  # draws handed to a worker at a time

_CARD = """---
license: cc0-1.0
---
# {num} generated parts

Canonical CadQuery programs of generated mechanical parts, each with its picture ({size} x {size}), in parquet shards:
`id`, `image` (PNG), `code`, `family`. No two programs are equal. Made by

    {command}

Licence: CC0-1.0.

| family | parts |
| --- | --- |
{counts}
"""

Drawn = tuple[Draft, bytes]  # the picture is empty where the CAD kernel has to build the part first


def write_parts(
    out: Path, num: int, seed: int, workers: int = 2, size: int = SIZE, families: Mapping[str, float] | None = None
) -> None:
    """Fills `out` up to `num` parts; what lies there already stays, but for damaged shards: they are made again.

    families: weights by name. Raises `ValueError` if `out` holds parts of another seed, size or mix, and for numbers
    that nothing could be made of.
    """
    if num < 1 or not 1 <= size <= _LARGEST_SIZE:
        raise ValueError(f"{num} parts of {size} px cannot be made; give 1 part or more, of 1 to {_LARGEST_SIZE} px")
    settings = Settings(seed, size, weights_of(families))
    out.mkdir(parents=True, exist_ok=True)
    seen, rows, first = _resume(out, settings, workers)
    with Progress() as progress, ExitStack() as stack:
        task = progress.add_task(f"parts, seed {seed}", total=num, completed=len(seen))
        parts = _parts(stack, settings, first, workers)
        while len(seen) < num:
            draw, code, family, image = next(parts)
            if code in seen:
                continue
            rows.append(Row(f"{len(seen):08d}", image, code, family))
            seen.add(code)
            progress.advance(task)
            if len(rows) == ROWS or len(seen) == num:
                write_shard(path_of(out, (len(seen) - 1) // ROWS), rows, settings, draw + 1)
                rows = []
    write_contact_sheet(out)
    _write_card(out, settings, len(seen))


def draw_seed(seed: int, draw: int) -> int:
    """The seed of a draw of a dataset."""
    return int(hashlib.sha256(f"{seed}/{draw}".encode()).hexdigest()[:12], 16)


def write_contact_sheet(out: Path, columns: int = 10, num: int = 100, size: int = 160) -> Path:
    """A PNG of the first parts of the folder, to look at."""
    pictures = (Image.open(BytesIO(image)).convert("RGB") for image in column(path_of(out, 0), "image")[:num])
    tiles = [np.asarray(picture.resize((size, size), Image.Resampling.BOX)) for picture in pictures]
    tiles += [np.full((size, size, 3), 255, np.uint8)] * (-len(tiles) % columns)
    lines = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    path = out / "contact_sheet.png"
    Image.fromarray(np.vstack(lines)).save(path)
    return path


def _resume(out: Path, settings: Settings, workers: int) -> tuple[set[str], list[Row], int]:
    """The programs that lie in `out`, the rows of a shard that is not full yet, and the next draw."""
    seen: set[str] = set()
    rows: list[Row] = []
    draw = 0
    last = _last_shard(out)
    _check_settings(out, settings, last)
    for number in range(last + 1):
        path = path_of(out, number)
        try:
            rows, following = _held(path, number, seen, number < last)
        except DamagedShard as error:
            print(f"{error}; it is made again", file=sys.stderr)
            if number == last:  # how many parts it had is not known
                path.unlink(missing_ok=True)
                note_sum(path, None)
                return seen, [], draw
            rows, following = _again(number, settings, draw, seen, workers)
            write_shard(path, rows, settings, following)
        seen.update(row.code for row in rows)
        draw = following
    return seen, rows if len(rows) < ROWS else [], draw


def _last_shard(out: Path) -> int:
    """Its number, -1 where there is none."""
    numbers = [path.stem.removeprefix("shard-") for path in out.glob("shard-*.parquet")]
    return max((int(number) for number in numbers if number.isdecimal()), default=-1)


def _check_settings(out: Path, settings: Settings, last: int) -> None:
    """Before anything is made again: a folder of other parts is left as it is, whatever the state of its shards."""
    for number in range(last + 1):
        try:
            theirs, _ = origin(path_of(out, number))
            check_sum(path_of(out, number))
        except DamagedShard:
            continue
        if theirs != settings:
            raise ValueError(f"{out} holds parts of {theirs}, not of {settings}; choose another folder")


def _held(path: Path, number: int, seen: Set[str], full: bool) -> tuple[list[Row], int]:
    """The rows of a shard and the next draw. Raises `DamagedShard`, also for one that does not follow what was seen."""
    rows, _, following = read_shard(path)
    ids = [f"{number * ROWS + place:08d}" for place in range(len(rows))]
    codes = {row.code for row in rows}
    right_number = len(rows) == ROWS if full else 0 < len(rows) <= ROWS
    if not right_number or [row.id for row in rows] != ids or len(codes) < len(rows) or codes & seen:
        raise DamagedShard(f"{path} does not follow the shards before it")
    if path.name not in read_sums(path.parent):
        note_sum(path, sha256_of(path))
    return rows, following


def _again(number: int, settings: Settings, first: int, seen: Set[str], workers: int) -> tuple[list[Row], int]:
    """The rows of a full shard from draw `first` on, after the programs that were seen, and the next draw."""
    rows: dict[str, Row] = {}
    with ExitStack() as stack:
        for draw, code, family, image in _parts(stack, settings, first, workers):
            if code not in seen and code not in rows:
                rows[code] = Row(f"{number * ROWS + len(rows):08d}", image, code, family)
            if len(rows) == ROWS:
                return list(rows.values()), draw + 1
    raise AssertionError


def _parts(stack: ExitStack, settings: Settings, first: int, workers: int) -> Iterator[tuple[int, str, str, bytes]]:
    """(draw, code, family, picture) from draw `first` on, without the programs that the CAD kernel refuses."""
    box = stack.enter_context(Sandbox(workers)) if settings.families.keys() & FULL.keys() else None
    chunks = stack.enter_context(closing(_chunks(settings, first, workers)))
    for start, drawn in zip(count(first, _CHUNK), chunks, strict=False):
        for number, (draft, image) in enumerate(_built(drawn, box, settings.size), start):
            if image:
                yield number, draft.code, draft.family, image


def _chunks(settings: Settings, first: int, workers: int) -> Generator[list[Drawn], None, None]:
    starts = count(first, _CHUNK)
    if workers < 2:
        yield from map(partial(_draw_chunk, settings), starts)
    spawn = multiprocessing.get_context("spawn")  # a fork would copy the locks of running threads
    pool = ProcessPoolExecutor(workers, spawn, _end_with_parent)
    try:
        waiting = deque(pool.submit(_draw_chunk, settings, start) for start in islice(starts, 2 * workers))
        while True:
            yield waiting.popleft().result()
            waiting.append(pool.submit(_draw_chunk, settings, next(starts)))
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _draw_chunk(settings: Settings, start: int) -> list[Drawn]:
    drafts = [sample_draft(draw_seed(settings.seed, draw), settings.families) for draw in range(start, start + _CHUNK)]
    return [(draft, _png(draft.solid, settings.size) if draft.solid else b"") for draft in drafts]


def _built(drawn: list[Drawn], box: Sandbox | None, size: int) -> list[Drawn]:
    """The same, with the pictures of what only the CAD kernel builds; those it refuses stay without."""
    if box is None:
        return drawn
    executions = iter(box.run([draft.code for draft, image in drawn if not image]))
    built = []
    for draft, image in drawn:
        if not image:
            solid = next(executions).solid
            image = _png(solid, size) if solid and solid.valid else b""
        built.append((draft, image))
    return built


def _png(solid: Solid, size: int) -> bytes:
    file = BytesIO()
    Image.fromarray(render(solid, size)).save(file, "PNG")
    return file.getvalue()


def _write_card(out: Path, settings: Settings, num: int) -> None:
    counts: Counter[str] = Counter()
    for path in sorted(out.glob("shard-*.parquet")):
        counts.update(column(path, "family"))
    families = (
        [] if settings.families == weights_of(None) else [f"--family {k}={v:g}" for k, v in settings.families.items()]
    )
    size = "" if settings.size == SIZE else f" --size {settings.size}"
    command = f"python -m cadgen.parts --n {num} --seed {settings.seed} --out DIR{size} {' '.join(families)}".rstrip()
    table = "\n".join(f"| {family} | {number} |" for family, number in counts.most_common())
    (out / "README.md").write_text(_CARD.format(num=num, size=settings.size, command=command, counts=table))
