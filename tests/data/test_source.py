from collections import Counter

import numpy as np
import pytest
import torch

from cadgen.data import DataError, Mixture, Sample, Stream, open_source
from cadgen.model import compact
from cadgen.picture import Sight

CODE = "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,0)).moveTo(0,0).circle({}).extrude({})\n"


@pytest.fixture(scope="module")
def tokenizer():
    return compact(image_size=64).tokenizer


def drawn(seed, size):
    """A picture and a program that say the seed."""
    picture = np.zeros((size, size, 3), np.uint8)
    picture[0, :8] = np.frombuffer((seed % 2**64).to_bytes(8, "little"), np.uint8)[:, None]
    return picture, CODE.format(1 + seed % 383, 1 + seed // 383 % 383)


def samples(num, png, first=1):
    return [Sample(str(n), png, CODE.format(n, 10)) for n in range(first, first + num)]


def radii(source, tokenizer, positions):
    programs = [tokenizer.decode(source[p][1], skip_special_tokens=True) for p in positions]
    return [int(text.split(".circle(")[1].split(")")[0]) for text in programs]


def test_every_round_shows_each_sample_once_in_an_order_of_its_own(tokenizer, png):
    source = open_source(samples(20, png), tokenizer, Sight(("grey",), 16), 100, seed=3)
    rounds = [radii(source, tokenizer, range(start, start + 20)) for start in (0, 20, 40)]
    assert all(sorted(round_) == list(range(1, 21)) for round_ in rounds)
    assert len({tuple(round_) for round_ in rounds}) == 3
    assert rounds[1] == radii(
        open_source(samples(20, png), tokenizer, Sight(("grey",), 16), 100, seed=3), tokenizer, range(20, 40)
    )


def test_a_stream_never_draws_the_same_seed_twice_and_depends_on_its_own_seed(tokenizer):
    def seeds(seed):
        source = open_source(Stream(drawn, seed, size=16), tokenizer, Sight(("grey",), 16), 100, seed=0)
        return [bytes(source[position][0][0, 0, :8]) for position in (*range(500), 10**9, 10**9 + 1)]

    assert len(set(seeds(1)) | set(seeds(2))) == 2 * 502
    assert seeds(1) == seeds(1)


def test_a_stream_shows_each_pair_as_often_as_asked_in_other_batches_and_draws_it_once(tokenizer):
    calls = []

    def draw(seed, size):
        calls.append(seed)
        return drawn(seed, size)

    def source():
        return open_source(Stream(draw, 1, size=16, shown=3), tokenizer, Sight(("grey",), 16), 100, seed=0)

    echoed = source()
    rows = [bytes(echoed[position][0][0, 0, :8]) for position in range(4800)]
    assert len(calls) == len(set(calls)) == 1600
    for start in (0, 2400):
        showings = [rows[start + 800 * number : start + 800 * (number + 1)] for number in range(3)]
        assert len({*map(frozenset, showings)}) == 1 and len(set(showings[0])) == 800
        assert len({*map(tuple, showings)}) == 3
    assert not {*rows[:2400]} & {*rows[2400:]}
    resumed = source()
    assert [bytes(resumed[position][0][0, 0, :8]) for position in range(3000, 3100)] == rows[3000:3100]


def test_a_stream_that_shows_nothing_is_refused(tokenizer):
    with pytest.raises(DataError, match="shown=0"):
        open_source(Stream(drawn, 1, size=16, shown=0), tokenizer, Sight(("grey",), 16), 100, seed=0)


def test_a_stream_draws_anew_what_is_held_out_or_too_long(tokenizer):
    long = CODE.format(1, 1).replace("(0,0)", "(0,0)" + ".circle(5)" * 50)
    draws = {0: CODE.format(7, 7), 1: long, 2: CODE.format(9, 9)}
    stream = Stream(lambda seed, size: (np.zeros((size, size, 3), np.uint8), draws[seed]))
    source = open_source(stream, tokenizer, Sight(("grey",), 16), 60, seed=0, held_out={CODE.format(7, 7)})
    assert radii(source, tokenizer, [0]) == [9]


def test_a_stream_that_gives_only_what_is_held_out_is_an_error(tokenizer):
    stream = Stream(lambda seed, size: (np.zeros((size, size, 3), np.uint8), CODE.format(7, 7)))
    with pytest.raises(DataError, match="position 5"):
        open_source(stream, tokenizer, Sight(("grey",), 16), 60, seed=0, held_out={CODE.format(7, 7)})[5]


def test_a_mixture_keeps_its_shares_and_goes_through_each_part_in_turn(tokenizer, png):
    stream = Stream(lambda seed, size: (np.zeros((size, size, 3), np.uint8), CODE.format(300, seed % 380 + 1)))
    parts = {
        "few": {"samples": samples(10, png), "weight": 1},
        "many": {"samples": samples(90, png, first=101), "weight": 2.5},
        "drawn": {"samples": stream, "weight": 0.5},
    }
    source = open_source(Mixture(**parts), tokenizer, Sight(("grey",), 16), 100, seed=0)
    seen = Counter(radii(source, tokenizer, range(2000)))
    assert sum(seen[n] for n in range(1, 11)) == 500
    assert seen[300] == 250
    assert {seen[n] for n in range(1, 11)} == {50}
    assert {seen[n] for n in range(101, 191)} <= {13, 14}


@pytest.mark.parametrize("weight", [0, -1])
def test_a_mixture_refuses_a_part_without_weight(weight):
    with pytest.raises(DataError, match="weight over 0"):
        Mixture(a={"samples": [], "weight": weight})


def test_training_programs_that_are_validation_programs_are_left_out(tokenizer, png):
    source = open_source(samples(4, png), tokenizer, Sight(("grey",), 16), 100, seed=0, held_out={CODE.format(2, 10)})
    assert set(radii(source, tokenizer, range(9))) == {1, 3, 4}
    with pytest.raises(DataError, match="no training samples"):
        open_source([], tokenizer, Sight(("grey",), 16), 100, seed=0)
    with pytest.raises(DataError, match="none of 4 programs"):
        open_source(samples(4, png), tokenizer, Sight(("grey",), 16), 5, seed=0)


def test_a_picture_of_a_source_is_grey_and_of_the_size_that_was_asked_for(tokenizer, png):
    for training in (samples(2, png), Stream(drawn)):
        picture, _ = open_source(training, tokenizer, Sight(("grey",), 32), 100, seed=0)[1]
        assert picture.shape == (1, 32, 32) and picture.dtype == torch.uint8
