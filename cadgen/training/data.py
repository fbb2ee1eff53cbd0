"""The LightningDataModule: which samples a step sees follows from the seed and the step alone."""

from collections.abc import Iterator, Sequence
from functools import cached_property, partial

import lightning as L
import torch
import torch.distributed
from torch.utils.data import DataLoader, Dataset, Sampler

from cadgen.data import DataError, Pairs, Sample, Source, Training, collate, collate_by_length, in_dialect, open_source
from cadgen.model import Network


class Positions(Sampler[int]):
    """The positions of one epoch in the endless row of training pairs; ranks take turns.

    period: after so many the row begins again. Lightning calls `set_epoch`, on resuming too, which is all the state
    there is.
    """

    def __init__(self, length: int, period: int | None = None):
        self.length, self.period, self.epoch = length, period, 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[int]:
        rank, ranks = _rank()
        first = self.epoch * self.length * ranks + rank
        for position in range(first, first + self.length * ranks, ranks):
            yield position % self.period if self.period else position


class _Batches(DataLoader):
    """A loader whose items are lists of batches, handed on one by one."""

    def __init__(
        self, source: Source, num_batches: int, batch_size: int, window: int, num_train: int | None, **settings
    ):
        if num_batches % window:
            raise ValueError(f"steps_per_epoch={num_batches} must be a multiple of window={window}; change either")
        super().__init__(
            _AsDataset(source),
            window * batch_size,
            sampler=Positions(num_batches * batch_size, num_train),
            collate_fn=partial(collate_by_length, batch_size=batch_size),
            **settings,
        )
        self.num_batches = num_batches

    def __len__(self) -> int:
        return self.num_batches

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:  # type: ignore[override]
        for batches in super().__iter__():
            yield from batches


class _AsDataset(Dataset):
    def __init__(self, source: Source):
        self.source = source

    def __getitem__(self, position: int):
        return self.source[position]


class CadData(L.LightningDataModule):
    """train: samples, or what is drawn or mixed; val: the samples that the decodings are judged on.

    steps_per_epoch: batches an epoch; window: so many batches are filled together, by length; learn_val: keep training
    samples that are validation samples too; num_train: only the first so many training samples, over and over; limit:
    only the first so many validation samples, the others being held out of training all the same.
    """

    def __init__(
        self,
        network: Network,
        train: Training,
        val: Sequence[Sample],
        batch_size: int = 16,
        steps_per_epoch: int = 200,
        num_workers: int = 1,
        window: int = 1,
        learn_val: bool = False,
        num_train: int | None = None,
        limit: int | None = None,
        seed: int = 0,
    ):
        super().__init__()
        if not val:
            raise DataError("these data have no validation samples; give data.val")
        if limit is not None and limit < 1:
            raise ValueError(f"limit={limit}: judge at least one sample, or all of them (limit=null)")
        self.train_samples, self.val_samples = train, list(val)[:limit]
        self.held_out = [] if learn_val else val
        self.network, self.batch_size, self.window = network, batch_size, window
        self.steps_per_epoch, self.num_train = steps_per_epoch, num_train
        self.num_workers, self.seed = num_workers, seed

    @cached_property
    def source(self) -> Source:
        held_out = {sample.code for sample in in_dialect(self.held_out)}
        network = self.network
        return open_source(
            self.train_samples, network.tokenizer, network.sight, network.max_tokens, self.seed, held_out
        )

    @cached_property
    def val_pairs(self) -> Pairs:
        network = self.network
        pairs = Pairs(self.val_samples, network.tokenizer, network.sight, network.max_tokens)
        if not len(pairs):
            raise DataError(f"none of {len(self.val_samples)} validation programs is in the dialect and short enough")
        return pairs

    def train_dataloader(self) -> DataLoader:
        sizes = self.steps_per_epoch, self.batch_size, self.window
        return _Batches(self.source, *sizes, num_train=self.num_train, **self._loading)

    def val_dataloader(self) -> DataLoader:
        rank, ranks = _rank()
        count = len(self.val_pairs)
        # As many for each rank, some twice if need be: a rank with a batch more would wait for the others for ever.
        chosen = [position % count for position in range(rank, -(-count // ranks) * ranks, ranks)]
        return DataLoader(self.val_pairs, self.batch_size, sampler=chosen, collate_fn=collate, **self._loading)

    @property
    def _loading(self) -> dict:
        return {"num_workers": self.num_workers, "persistent_workers": False, "pin_memory": torch.cuda.is_available()}


def _rank() -> tuple[int, int]:
    group = torch.distributed
    return (group.get_rank(), group.get_world_size()) if group.is_available() and group.is_initialized() else (0, 1)
