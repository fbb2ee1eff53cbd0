"""The LightningDataModule: which samples a step sees follows from the seed and the step alone."""

from collections.abc import Iterator
from functools import cached_property

import lightning as L
import torch
import torch.distributed
from torch.utils.data import DataLoader, Sampler

from cadgen.data import DataError, Pairs, Sample, collate
from cadgen.model import Network


class Stream(Sampler[int]):
    """An endless reshuffled stream of indices, cut into epochs of `length`; ranks take turns.

    Lightning calls `set_epoch`, on resuming too, which is all the state there is.
    """

    def __init__(self, num_samples: int, length: int, seed: int):
        self.num_samples, self.length, self.seed, self.epoch = num_samples, length, seed, 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[int]:
        rank, ranks = _rank()
        first = self.epoch * self.length * ranks + rank
        for position in range(first, first + self.length * ranks, ranks):
            round_, at = divmod(position, self.num_samples)
            yield self._order(round_)[at]

    def _order(self, round_: int) -> list[int]:
        if getattr(self, "_shuffled_round", None) != round_:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + round_)
            self._shuffled_round = round_
            self._shuffled = torch.randperm(self.num_samples, generator=generator).tolist()
        return self._shuffled


class CadData(L.LightningDataModule):
    """train, val: samples (val: those that the decodings are judged on); grid: see `cadgen.data.Pairs`.

    steps_per_epoch: batches between two validations; learn_val: keep training samples that are validation samples too.
    """

    def __init__(
        self,
        network: Network,
        train: list[Sample],
        val: list[Sample],
        grid: float,
        batch_size: int = 16,
        steps_per_epoch: int = 200,
        num_workers: int = 1,
        learn_val: bool = False,
        seed: int = 0,
    ):
        super().__init__()
        if not train:
            raise DataError("these data have no training samples; give data.train_root=FOLDER or use data=synthetic")
        held_out = set() if learn_val else {sample.code for sample in val}
        self.val_samples = val
        self.train_samples = [sample for sample in train if sample.code not in held_out]
        self.network, self.grid, self.batch_size = network, grid, batch_size
        self.steps_per_epoch, self.num_workers, self.seed = steps_per_epoch, num_workers, seed

    @cached_property
    def train_pairs(self) -> Pairs:
        return self._pairs(self.train_samples)

    @cached_property
    def val_pairs(self) -> Pairs:
        return self._pairs(self.val_samples)

    def train_dataloader(self) -> DataLoader:
        length = self.steps_per_epoch * self.batch_size
        return self._loader(self.train_pairs, Stream(len(self.train_pairs), length, self.seed))

    def val_dataloader(self) -> DataLoader:
        rank, ranks = _rank()
        return self._loader(self.val_pairs, list(range(rank, len(self.val_pairs), ranks)))

    def _pairs(self, samples: list[Sample]) -> Pairs:
        network = self.network
        pairs = Pairs(samples, network.tokenizer, network.image_size, network.max_tokens, self.grid)
        if not len(pairs):
            raise DataError(f"none of {len(samples)} programs is in the dialect and short enough to learn from")
        return pairs

    def _loader(self, pairs: Pairs, sampler) -> DataLoader:
        return DataLoader(
            pairs,
            self.batch_size,
            sampler=sampler,
            collate_fn=collate,
            num_workers=self.num_workers,
            persistent_workers=False,
            pin_memory=torch.cuda.is_available(),
        )


def _rank() -> tuple[int, int]:
    group = torch.distributed
    return (group.get_rank(), group.get_world_size()) if group.is_available() and group.is_initialized() else (0, 1)
