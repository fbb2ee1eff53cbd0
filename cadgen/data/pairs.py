"""Samples as training pairs: what a network sees of a picture, and the token ids of the canonical program."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from random import Random

import torch
from torch import Tensor
from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerFast

from cadgen.data.normal import canonical_codes
from cadgen.data.sample import Sample
from cadgen.picture import Sight, read

Pair = tuple[Tensor, list[int]]
_IGNORED = -100  # a label that the loss leaves out


class Pairs(Dataset[Pair]):
    """`left_out` counts the samples whose program is outside the dialect or longer than `max_tokens`."""

    def __init__(self, samples: Sequence[Sample], tokenizer: PreTrainedTokenizerFast, sight: Sight, max_tokens: int):
        self.samples: list[Sample] = []
        self.labels: list[list[int]] = []
        self.sight = sight
        for sample in in_dialect(samples):
            labels = tokenizer.encode(sample.code)
            if len(labels) <= max_tokens:
                self.samples.append(sample)
                self.labels.append(labels)
        self.left_out = len(samples) - len(self.samples)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Pair:
        return torch.from_numpy(self.sight.of(read(self.samples[index].image))), self.labels[index]


def in_dialect(samples: Sequence[Sample]) -> list[Sample]:
    """The samples with their programs in canonical text; those that have none are left out."""
    found: list[Sample] = []
    for grid, group in groupby(samples, key=lambda sample: sample.grid):
        some = list(group)
        codes = [s.code for s in some] if grid is None else canonical_codes([s.code for s in some], grid)
        found += [
            replace(sample, code=code, grid=None) for sample, code in zip(some, codes, strict=True) if code is not None
        ]
    return found


def collate(pairs: Sequence[Pair]) -> dict[str, Tensor]:
    """image: (B, C, H, W) uint8; labels: (B, L), padded with -100."""
    images, labels = zip(*pairs, strict=True)
    rows = [torch.tensor(row) for row in labels]
    return {
        "image": torch.stack(images),
        "labels": torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=_IGNORED),
    }


def collate_by_length(pairs: Sequence[Pair], batch_size: int) -> list[dict[str, Tensor]]:
    """Batches of programs of like length, so that little is padded, in an order that does not go by length.

    The order is a fixed one: every rank of a distributed run sees its long batches at the same time.
    """
    ordered = sorted(pairs, key=lambda pair: len(pair[1]))
    batches = [ordered[i : i + batch_size] for i in range(0, len(ordered), batch_size)]
    Random(len(batches)).shuffle(batches)
    return [collate(batch) for batch in batches]
