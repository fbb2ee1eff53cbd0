"""Samples as training pairs: picture tensor and token ids of the canonical program."""

import torch
from torch import Tensor
from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerFast

from cadgen.data.image import load_image, to_tensor
from cadgen.data.sample import Sample
from cadgen.lang import DialectError, normalise

_IGNORED = -100  # a label that the loss leaves out


class Pairs(Dataset):
    """`grid` multiplies the programs' lengths before they are rounded: 1 for programs that are canonical already.

    `left_out` counts the samples whose program is outside the dialect or longer than `max_tokens`: they have no labels.
    """

    def __init__(
        self, samples: list[Sample], tokenizer: PreTrainedTokenizerFast, image_size: int, max_tokens: int, grid: float
    ):
        self.samples, self.labels, self.image_size = [], [], image_size
        for sample in samples:
            labels = _labels(sample.code, tokenizer, grid)
            if labels is not None and len(labels) <= max_tokens:
                self.samples.append(sample)
                self.labels.append(labels)
        self.left_out = len(samples) - len(self.samples)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Tensor, list[int]]:
        return to_tensor(load_image(self.samples[index].image), self.image_size), self.labels[index]


def collate(pairs: list[tuple[Tensor, list[int]]]) -> dict[str, Tensor]:
    """image: (B, 3, H, W); labels: (B, L), padded with -100."""
    images, labels = zip(*pairs, strict=True)
    rows = [torch.tensor(row) for row in labels]
    return {
        "image": torch.stack(images),
        "labels": torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=_IGNORED),
    }


def _labels(code: str, tokenizer: PreTrainedTokenizerFast, grid: float) -> list[int] | None:
    try:
        return tokenizer.encode(normalise(code, grid))
    except DialectError:
        return None
