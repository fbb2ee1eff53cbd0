import time
from threading import Event

import pytest
import torch

from cadgen.decode import Beam, Case, Decoder, Greedy, Likelihood, decode
from cadgen.decode.share import decode_all


@pytest.fixture(scope="module")
def network(tiny_network):
    return tiny_network(12)


@pytest.fixture(scope="module")
def cases():
    torch.manual_seed(1)
    return [Case(str(number), torch.rand(1, 1, 32, 32), (None,), (None,)) for number in range(5)]


class Watched:
    """A proposer that is slow and counts its calls; equal to others of its number."""

    calls = 0

    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        return isinstance(other, Watched) and self.number == other.number

    def __call__(self, network, image_BCHW):
        Watched.calls += 1
        time.sleep(0.05)
        return Greedy()(network, image_BCHW)


def worst_first(offers, pictures, execute):
    return [sorted(candidates, key=lambda candidate: candidate.log_probability) for candidates in offers]


@pytest.fixture
def encoded(network, monkeypatch):
    """The sizes of the batches that were encoded."""
    sizes, encode = [], network.encode
    monkeypatch.setattr(network, "encode", lambda image_BCHW: sizes.append(len(image_BCHW)) or encode(image_BCHW))
    return sizes


def test_each_decoder_answers_as_it_does_alone(network, cases, encoded, box):
    decoders = {
        "greedy": Decoder(Greedy(), Likelihood()),
        "beam": Decoder(Beam(3), Likelihood()),
        "worst": Decoder(Beam(3), worst_first),
    }
    alone = {name: decode(network, decoder, cases, box, batch_size=3) for name, decoder in decoders.items()}
    encoded.clear()
    together = decode_all(network, decoders, iter(cases), box, batch_size=3)
    assert encoded == [3, 2]
    for name in decoders:
        assert [one.case_id for one in together[name]] == [case.id for case in cases]
        assert [one.candidate for one in together[name]] == [one.candidate for one in alone[name]]
    assert together["worst"][0].candidate != together["beam"][0].candidate


def test_equal_proposers_are_asked_once_and_each_decoder_is_charged_for_it(network, cases, box):
    Watched.calls = 0
    decoders = {name: Decoder(Watched(number), Likelihood()) for name, number in (("a", 1), ("b", 1), ("c", 2))}
    decoded = decode_all(network, decoders, cases, box, batch_size=5)
    assert Watched.calls == 2
    assert all(one.seconds > 0.05 / 5 for found in decoded.values() for one in found)
    assert decoded["b"][0].seconds == pytest.approx(decoded["a"][0].seconds, rel=0.2)


def test_no_pictures_give_no_answers(network, box):
    assert decode_all(network, {"greedy": Decoder(Greedy(), Likelihood())}, [], box) == {"greedy": []}


def test_pictures_are_taken_at_the_pace_of_the_chooser(network, cases, box):
    """Else a progress bar over the pictures stands at its end while most of the work is still to be done."""
    taken, chosen, ahead = [], [], []

    def counted():
        for case in cases:
            taken.append(case)
            ahead.append(len(taken) - len(chosen))
            yield case

    def slow(offers, pictures, execute):
        time.sleep(0.1)
        chosen.extend(offers)
        return offers

    decoded = decode(network, Decoder(Greedy(), slow), counted(), box, batch_size=1)
    assert [one.case_id for one in decoded] == [case.id for case in cases]
    assert max(ahead) <= 3


def test_what_follows_a_case_comes_in_order_and_never_while_the_network_works(network, cases, box):
    """Else its time would stand in the seconds of other cases."""
    at_work, followed, disturbed = [], [], []

    def propose(network, image_BCHW):
        at_work.append(True)
        time.sleep(0.05)
        at_work.clear()
        return Greedy()(network, image_BCHW)

    def then(decoded):
        followed.append(decoded.case_id)
        time.sleep(0.05)
        disturbed.extend(at_work)

    decoded = decode(network, Decoder(propose, Likelihood()), cases, box, batch_size=1, then=then)
    assert followed == [one.case_id for one in decoded] == [case.id for case in cases]
    assert not disturbed


def test_an_error_in_what_follows_is_raised(network, cases, box):
    def then(decoded):
        if decoded.case_id == "3":
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        decode(network, Decoder(Greedy(), Likelihood()), cases, box, batch_size=2, then=then)


@pytest.mark.parametrize("then", [None, lambda decoded: None], ids=["nothing follows", "something follows"])
def test_all_of_a_batch_is_chosen_from_while_the_network_writes_the_next(then, network, cases, box):
    chosen, all_chosen, in_time = [], Event(), []

    def propose(network, image_BCHW):
        if chosen or len(image_BCHW) == 1:  # the second batch
            in_time.append(all_chosen.wait(60))
        return Greedy()(network, image_BCHW)

    def choose(offers, pictures, execute):
        chosen.extend(offers)
        if len(chosen) == 4:
            all_chosen.set()
        return offers

    decode(network, Decoder(propose, choose), cases, box, batch_size=4, then=then)
    assert in_time == [True]
