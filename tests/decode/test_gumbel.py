"""Draws: of the picture, not of the batch or of other random numbers."""

from itertools import chain

import pytest
import torch

from cadgen.decode import Beam, Greedy, Repaired, Sample
from cadgen.decode.gumbel import Draw
from cadgen.lang import Grammar


@pytest.fixture(scope="module")
def network(tiny_network):
    return tiny_network(24)


@pytest.fixture(scope="module")
def image_BCHW():
    torch.manual_seed(1)
    return torch.rand(16, 1, 32, 32)


def codes(offers):
    return [[one.code for one in candidates] for candidates in offers]


@pytest.mark.parametrize("grammar", ["none", "full"])
def test_a_picture_alone_and_in_a_batch_gives_the_same_programs(grammar, network, image_BCHW):
    sample = Sample(4, temperature=20.0, grammar=grammar)
    together = codes(sample(network, image_BCHW))
    torch.manual_seed(12345)
    assert together[3:5] == [codes(sample(network, image[None]))[0] for image in image_BCHW[3:5]]


def test_more_samples_are_the_fewer_and_others_and_the_first_is_greedy(network, image_BCHW):
    few, many = (codes(Sample(n, temperature=20.0)(network, image_BCHW[:2])) for n in (3, 6))
    assert [programs[:3] for programs in many] == few
    assert [programs[0] for programs in few] == [programs[0] for programs in codes(Greedy()(network, image_BCHW[:2]))]
    assert all(len(set(programs)) > 3 for programs in many)


def test_another_seed_draws_others(network, image_BCHW):
    one, other = (codes(Sample(3, temperature=20.0, seed=seed)(network, image_BCHW[:1]))[0] for seed in (0, 1))
    assert one[0] == other[0]
    assert one[1] != other[1]


def test_draws_follow_the_distribution_and_stay_in_the_nucleus():
    """Against softmax, in 4,000 draws; with top_p the unlikely end is never drawn."""
    logits = torch.tensor([[2.0, 1.0, 0.0, -1.0]])
    draw = Draw(torch.zeros(1, 1, 2, 2), 2, temperature=2.0, top_p=1.0, seed=0)
    scores = logits.repeat(2, 1)
    drawn = torch.stack([draw(scores, torch.arange(2))[1].argmax() for _ in range(4000)])
    share = torch.bincount(drawn, minlength=4) / 4000
    torch.testing.assert_close(share, (logits[0] / 2).softmax(0), atol=0.03, rtol=0)
    narrow = Draw(torch.zeros(1, 1, 2, 2), 2, temperature=2.0, top_p=0.6, seed=0)
    assert {int(narrow(scores, torch.arange(2))[1].argmax()) for _ in range(500)} == {0, 1}


@pytest.mark.parametrize("wrong", [{"temperature": 0.0}, {"top_p": 0.0}, {"num_samples": 0}])
def test_what_cannot_be_drawn_is_refused(wrong, network, image_BCHW):
    with pytest.raises(ValueError, match="out of range"):
        Sample(**{"num_samples": 2} | wrong)(network, image_BCHW[:1])


def test_repair_brings_garbage_into_the_grammar_or_leaves_it(network, image_BCHW):
    offered = Beam(3)(network, image_BCHW[:2])
    mended = Repaired(Beam(3))(network, image_BCHW[:2])
    for before, after in zip(chain(*offered), chain(*mended), strict=True):
        assert after == before or (Grammar("full").accepts(after.code) and after.log_probability is None)
