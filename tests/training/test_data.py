import numpy as np
import pytest
import torch

from cadgen.data import Sample, Stream
from cadgen.model import compact
from cadgen.training import data as training_data
from cadgen.training.data import CadData

CODE = "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,0)).moveTo(0,0).circle({}).extrude(5)\n"


@pytest.fixture(scope="module")
def network():
    sizes = {"vision_width": 64, "vision_layers": 1, "decoder_width": 64, "decoder_layers": 1}
    return compact(image_size=32, stem=(8, 16), sees=("grey",), **sizes)


def draw(seed, size):
    """A picture that says the seed; a program of a length that varies with it."""
    picture = np.full((size, size, 3), 255, np.uint8)
    picture[0, :8] = np.frombuffer(seed.to_bytes(8, "little"), np.uint8)[:, None]
    return picture, CODE.format("3)" + ".circle(4)" * (seed % 7) + ".circle(2")


def loader(network, workers=0, window=3, seed=0, **settings):
    val = [Sample("0", b"", CODE.format(9))]
    sizes = {"steps_per_epoch": 6, "num_workers": workers, "window": window}
    data = CadData(network, Stream(draw, seed, size=32), val, 4, **sizes, **settings)
    return data.train_dataloader()


def seeds(batches):
    return [tuple(int.from_bytes(bytes(row[0, 0, :8]), "little") for row in batch["image"]) for batch in batches]


def test_the_pairs_of_a_run_do_not_hang_on_the_number_of_workers(network):
    assert seeds(loader(network, workers=2)) == seeds(loader(network))


def test_no_pair_comes_twice_in_any_epoch_of_any_rank(network, monkeypatch):
    seen = []
    for rank in range(3):
        monkeypatch.setattr(training_data, "_rank", lambda rank=rank: (rank, 3))
        for epoch in range(2):
            batches = loader(network)
            batches.sampler.set_epoch(epoch)
            seen += [seed for batch in seeds(batches) for seed in batch]
    assert len(seen) == len(set(seen)) == 3 * 2 * 24


def test_the_first_pairs_come_again_in_every_batch_and_epoch_where_only_so_many_are_asked_for(network):
    batches = loader(network, window=1, num_train=4)
    first = seeds(batches)
    batches.sampler.set_epoch(1)
    assert {tuple(sorted(batch)) for batch in first + seeds(batches)} == {tuple(sorted(first[0]))}
    assert sorted(first[0]) == sorted(seeds(loader(network, window=1))[0])


def test_a_limit_shortens_what_is_judged_and_not_what_is_held_out_of_training(network):
    val = [Sample(str(number), b"", CODE.format(number)) for number in range(1, 6)]
    data = CadData(network, [Sample("t", b"", CODE.format(5)), Sample("u", b"", CODE.format(6))], val, limit=2)
    assert data.val_samples == val[:2]
    assert [sample.id for sample in data.source.pairs.samples] == ["u"]
    with pytest.raises(ValueError, match="limit=0"):
        CadData(network, val, val, limit=0)


def test_a_window_pads_little_and_has_the_promised_number_of_batches(network):
    plain, sorted_ = list(loader(network, window=1)), list(loader(network, window=6))
    assert len(plain) == len(sorted_) == len(loader(network)) == 6
    padding = [sum(int((batch["labels"] == -100).sum()) for batch in batches) for batches in (plain, sorted_)]
    assert padding[1] < padding[0] / 2
    assert sorted(s for batch in seeds(plain) for s in batch) == sorted(s for batch in seeds(sorted_) for s in batch)
    lengths = [batch["labels"].shape[1] for batch in sorted_]
    assert lengths != sorted(lengths)
    assert all(torch.is_tensor(batch["image"]) and batch["image"].dtype == torch.uint8 for batch in plain)


def test_a_window_that_does_not_divide_the_epoch_is_refused(network):
    with pytest.raises(ValueError, match="must be a multiple of window=4"):
        loader(network, window=4)


@pytest.mark.parametrize(("num", "ranks"), [(5, 2), (1, 3), (4, 2)])
def test_every_rank_validates_as_many_pairs_and_together_all(num, ranks, network, monkeypatch):
    val = [Sample(str(number), b"", CODE.format(number + 1)) for number in range(num)]
    data = CadData(network, Stream(draw, 0, size=32), val, batch_size=1, num_workers=0)
    chosen = []
    for rank in range(ranks):
        monkeypatch.setattr(training_data, "_rank", lambda rank=rank: (rank, ranks))
        chosen.append(list(data.val_dataloader().sampler))
    assert len({len(positions) for positions in chosen}) == 1
    assert {position for positions in chosen for position in positions} == set(range(num))
