"""Where training pairs come from: endless rows, each addressed by its position alone.

What stands at a position follows from the seed and the position, so that a run resumes exactly, and ranks and workers
that take different positions see no pair more often than is asked.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Protocol

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from cadgen.data.pairs import Pair, Pairs
from cadgen.data.sample import DataError, Sample
from cadgen.picture import Picture, PictureError, Sight

Draw = Callable[[int, int], tuple[np.ndarray, str]]  # (seed, size) -> ((H, W, 3 or 4) uint8, canonical program)
_BLOCK = 1000  # a mixture keeps its shares exactly in every block of so many positions
_ATTEMPTS = 64
_KEPT = 800  # pairs that are shown again together, 80 MB of them


class Source(Protocol):
    def __getitem__(self, position: int) -> Pair: ...


@dataclass(frozen=True)
class Stream:
    """Pairs drawn when they are needed: `draw` is called with a seed of its own for every one.

    size: of the pictures, in pixels, as large as the published ones; a network may see them smaller. shown: how often
    each pair is, in other batches each time (Choi et al. 2019, "Faster neural network training with data echoing"):
    to draw one and see its picture takes longer than to learn from it. Each worker draws what it shows: two save less.
    """

    draw: Draw
    seed: int = 0
    size: int = 448
    shown: int = 1


class Mixture:
    """Parts in shares of their weights: name -> {samples: list of samples or a stream, weight: a number}."""

    def __init__(self, **parts: dict):
        self.samples = [part["samples"] for part in parts.values()]
        weights = [float(part["weight"]) for part in parts.values()]
        if not parts or min(weights) <= 0:
            raise DataError(f"a mixture needs parts, each with a weight over 0, and not {', '.join(parts)}: {weights}")
        self.weights = weights


Training = Sequence[Sample] | Stream | Mixture


def open_source(
    training: Training, tokenizer: PreTrainedTokenizerFast, sight: Sight, max_tokens: int, seed: int,
    held_out: Collection[str] = (),
) -> Source:  # fmt: skip
    """The endless row of what `training` describes, without the programs in `held_out`. Raises `DataError`."""
    rest = (tokenizer, sight, max_tokens, seed, held_out)
    if isinstance(training, Mixture):
        return _Mixed([open_source(part, *rest) for part in training.samples], training.weights, seed)
    if isinstance(training, Stream):
        if training.shown < 1:
            raise DataError(f"shown={training.shown}: a pair is shown once at least")
        drawn = _Drawn(training, tokenizer, sight, max_tokens, held_out)
        return _Echoed(drawn, training.shown, training.seed) if training.shown > 1 else drawn
    kept = [sample for sample in training if sample.code not in held_out]
    if not kept:
        raise DataError("these data have no training samples; give data.train_root=FOLDER or use data=synthetic")
    pairs = Pairs(kept, tokenizer, sight, max_tokens)
    if not len(pairs):
        raise DataError(f"none of {len(kept)} programs is in the dialect and short enough to learn from")
    return _Rounds(pairs, seed)


class _Rounds:
    """A dataset over and over, shuffled anew in every round."""

    def __init__(self, pairs: Pairs, seed: int):
        self.pairs, self.seed = pairs, seed

    def __getitem__(self, position: int) -> Pair:
        round_, at = divmod(position, len(self.pairs))
        return self.pairs[int(_order(len(self.pairs), self.seed, round_)[at])]


@lru_cache(maxsize=4)
def _order(num: int, seed: int, round_: int) -> np.ndarray:
    return np.random.default_rng([seed, round_]).permutation(num)


class _Drawn:
    def __init__(
        self,
        stream: Stream,
        tokenizer: PreTrainedTokenizerFast,
        sight: Sight,
        max_tokens: int,
        held_out: Collection[str],
    ):
        self.stream, self.tokenizer, self.sight = stream, tokenizer, sight
        self.max_tokens, self.held_out = max_tokens, frozenset(held_out)

    def __getitem__(self, position: int) -> Pair:
        """What is held out, too long or not seen on its picture gives way to the next draw of this position."""
        for attempt in range(_ATTEMPTS):
            seed = (self.stream.seed << 48) + position * _ATTEMPTS + attempt
            picture, code = self.stream.draw(seed, self.stream.size)
            labels = self.tokenizer.encode(code)
            if len(labels) > self.max_tokens or code in self.held_out:
                continue
            with suppress(PictureError):
                return torch.from_numpy(self.sight.of(Picture.of(picture))), labels
        raise DataError(
            f"none of {_ATTEMPTS} programs drawn for position {position} has up to {self.max_tokens} tokens and a "
            "picture that shows something"
        )


class _Echoed:
    """So many pairs at a time `shown` times over, each time in another order."""

    def __init__(self, source: Source, shown: int, seed: int):
        self.source, self.shown, self.seed, self.kept = source, shown, seed, dict[int, Pair]()

    def __getitem__(self, position: int) -> Pair:
        round_, at = divmod(position, _KEPT)
        block = round_ // self.shown
        number = block * _KEPT + int(_order(_KEPT, self.seed, round_)[at])
        if number not in self.kept:
            self.kept = {other: pair for other, pair in self.kept.items() if abs(other // _KEPT - block) <= 1}
            self.kept[number] = self.source[number]
        return self.kept[number]


class _Mixed:
    def __init__(self, sources: Sequence[Source], weights: Sequence[float], seed: int):
        self.sources, self.seed = sources, seed
        self.counts = _shares(weights)
        self.ends = list(accumulate(self.counts))

    def __getitem__(self, position: int) -> Pair:
        block, at = divmod(position, _BLOCK)
        place = int(_order(_BLOCK, self.seed, block)[at])
        part = bisect_right(self.ends, place)
        start = self.ends[part] - self.counts[part]
        return self.sources[part][block * self.counts[part] + place - start]


def _shares(weights: Sequence[float]) -> list[int]:
    """How many of `_BLOCK` positions each weight gets: the largest remainders are rounded up."""
    exact = [_BLOCK * weight / sum(weights) for weight in weights]
    counts = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: counts[i] - exact[i])
    for i in by_remainder[: _BLOCK - sum(counts)]:
        counts[i] += 1
    return counts
