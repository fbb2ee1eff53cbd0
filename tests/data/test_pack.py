import numpy as np
import pytest
import torch

from cadgen.data import DataError, Pack, Store, pack
from cadgen.data.pack import path_of, write_pack


class Numbered:
    """Pair `i` shows its number and has 1 + i % 5 tokens, all of them i % 100."""

    def __getitem__(self, position):
        return torch.full((1, 8, 8), position % 256, dtype=torch.uint8), [position % 100] * (1 + position % 5)


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(pack, "CHUNK", 16)
    for number in range(4):
        pack._write_chunk(Numbered(), tmp_path, number)
    return tmp_path


def store(root, num, size=8):
    return Store(Pack(str(root), num), size, 6, torch.device("cpu"))


def test_a_batch_holds_pictures_with_their_own_programs_and_pads_to_the_longest(root):
    for batch in store(root, 64).batches(8, 4, 4, (0,)):
        numbers = batch["image"][:, 0, 0, 0].long()
        labels = batch["labels"]
        assert torch.equal((labels != -100).sum(1), 1 + numbers % 5)
        assert all(set(row[row != -100].tolist()) == {int(n) % 100} for n, row in zip(numbers, labels, strict=True))
        assert int((labels != -100).sum(1).max()) == labels.shape[1]


def test_every_pair_is_seen_before_any_is_seen_twice(root):
    kept = store(root, 60)
    seen = [int(n) for batch in kept.batches(15, 4, 15, (0,)) for n in batch["image"][:, 0, 0, 0]]
    assert sorted(seen) == list(range(60))
    list(kept.batches(15, 4, 3, (1,)))
    assert np.array_equal(kept.seen, np.full(60, 2))


def test_chunks_that_lie_there_are_not_drawn_again(root):
    before = path_of(root, 0).stat().st_mtime_ns
    assert list(write_pack(Numbered(), root, 64, 1)) == []
    assert path_of(root, 0).stat().st_mtime_ns == before


def test_chunks_may_come_while_batches_are_taken(root):
    late = path_of(root, 3)
    hidden = late.rename(late.with_suffix(".later"))
    kept = store(root, 64)
    batches = kept.batches(16, 4, 8, (0,))
    assert len(next(batches)["image"]) == 4
    hidden.rename(late)
    assert len(list(batches)) == 15


def test_a_pack_of_another_size_is_an_error(root):
    with pytest.raises(DataError, match="8 px"):
        list(store(root, 64, size=16).batches(1, 4, 1, (0,)))
