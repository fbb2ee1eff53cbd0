"""Drawn pairs kept as arrays: a GPU that learns faster than parts are drawn sees each of them several times.

Chunks are written while the network trains, and taken up as they come.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from cadgen.data.pairs import IGNORED
from cadgen.data.sample import DataError
from cadgen.data.source import Source

CHUNK = 1024  # pairs of a file
_POLL_S = 0.2


@dataclass(frozen=True)
class Pack:
    """The chunks in `root`, of which the first `num` pairs are learnt from; later ones may still be in the writing."""

    root: str
    num: int


def write_pack(source: Source, root: Path, num: int, workers: int) -> Iterator[int]:
    """Writes the first `num` pairs of `source` and yields how many there are; chunks that lie there stay."""
    root.mkdir(parents=True, exist_ok=True)
    missing = [number for number in range(-(-num // CHUNK)) if not path_of(root, number).exists()]
    written = -(-num // CHUNK) - len(missing)
    # Spawned: a fork would copy the locks of running threads.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for _ in pool.map(partial(_write_chunk, source, root), missing):
            written += 1
            yield min(num, written * CHUNK)


def path_of(root: Path, number: int) -> Path:
    return root / f"chunk-{number:05d}.npz"


def _write_chunk(source: Source, root: Path, number: int) -> None:
    images, labels = zip(*(source[number * CHUNK + i] for i in range(CHUNK)), strict=True)
    path = path_of(root, number)
    draft = path.with_suffix(".unfinished")
    with draft.open("wb") as file:
        np.savez_compressed(
            file,
            image=torch.stack(images).numpy(),
            lengths=np.array([len(row) for row in labels], np.int32),
            tokens=np.concatenate([np.array(row, np.int16) for row in labels]),
        )
    draft.replace(path)


class Store:
    """The pairs of a pack on `device`, as a thread reads them.

    Batches are of programs of like length. The pairs seen least often come first, so that new ones are seen at once;
    while chunks are still being written, what a step sees depends on when they come.
    """

    def __init__(self, pack: Pack, image_size: int, max_tokens: int, device: torch.device):
        self.pack = pack
        self.images = torch.empty((pack.num, 1, image_size, image_size), dtype=torch.uint8, device=device)
        self.labels = torch.empty((pack.num, max_tokens), dtype=torch.int16, device=device)
        self.lengths, self.seen = np.zeros(pack.num, np.int32), np.zeros(pack.num, np.int32)
        self.ready = 0
        self.failure: Exception | None = None
        threading.Thread(target=self._read, daemon=True).start()

    def batches(self, num: int, size: int, window: int, seed: tuple[int, ...]) -> Iterator[dict[str, Tensor]]:
        """`num` batches of `size`; `window` of them are filled together, by length."""
        rng = np.random.default_rng(seed)
        for _ in range(num // window):
            chosen = self._choose(size * window, rng)
            by_length = chosen[np.argsort(self.lengths[chosen], kind="stable")].reshape(window, size)
            for rows in by_length[rng.permutation(window)]:
                yield self._batch(rows)

    def _choose(self, num: int, rng: np.random.Generator) -> np.ndarray:
        while self.ready < min(num, self.pack.num):
            if self.failure:
                raise self.failure
            time.sleep(_POLL_S)
        ready = self.ready
        order = np.lexsort((rng.random(ready), self.seen[:ready]))
        chosen = np.resize(order[:num], num)
        np.add.at(self.seen, chosen, 1)
        return chosen

    def _batch(self, rows: np.ndarray) -> dict[str, Tensor]:
        at = torch.from_numpy(rows).to(self.images.device)
        longest = int(self.lengths[rows].max())
        return {"image": self.images[at], "labels": self.labels[at, :longest].long()}

    def _read(self) -> None:
        try:
            for number in count():
                if self.ready == self.pack.num:
                    return
                path = path_of(Path(self.pack.root), number)
                while not path.exists():
                    time.sleep(_POLL_S)
                self._take(path)
        except Exception as error:  # told by the thread that trains
            self.failure = error

    def _take(self, path: Path) -> None:
        with np.load(path) as file:
            images, lengths, tokens = file["image"], file["lengths"], file["tokens"]
        if images.shape[1:] != self.images.shape[1:] or lengths.max() > self.labels.shape[1]:
            raise DataError(f"{path} holds pictures of {images.shape[-1]} px; make a pack for this network's size")
        labels = np.full((len(lengths), self.labels.shape[1]), IGNORED, np.int16)
        labels[np.arange(labels.shape[1]) < lengths[:, None]] = tokens
        first, last = self.ready, min(self.ready + len(lengths), self.pack.num)
        self.images[first:last] = torch.from_numpy(images[: last - first]).to(self.images.device)
        self.labels[first:last] = torch.from_numpy(labels[: last - first]).to(self.images.device)
        self.lengths[first:last] = lengths[: last - first]
        if self.images.is_cuda:
            torch.cuda.synchronize(self.images.device)
        self.ready = last
