"""Two networks that read together: each gets the pictures that it knows."""

import numpy as np
import pytest
import torch

from cadgen.decode import Candidate, Decoder, decode
from cadgen.eval.case import case_of
from cadgen.kernel import build
from cadgen.model import Gate, compact, fingerprint, load_reader, save_network
from cadgen.model import checkpoint as checkpoint_module
from cadgen.parts import sample_program
from cadgen.picture import Picture, Sights
from cadgen.shape import Execution, render


class Box:
    workers = 2

    def run(self, codes):
        return [Execution("error") for _ in codes]


def writes_the_shape(network, image_NCHW):
    """A proposer whose text tells who was asked and what for."""
    return [[Candidate(f"{network.sees} {tuple(image.shape)}", -1.0, 1, True)] for image in image_NCHW]


def first(offers, parts, execute):
    return offers


@pytest.fixture(scope="module")
def gate():
    torch.manual_seed(0)
    return Gate(compact(sees=["grey"]), compact(sees=["drawing", "shade"]))


@pytest.fixture(scope="module")
def pictures():
    """A published one and the same in blue."""
    drawn = render(build(sample_program(3)))
    blue = np.where((drawn == 255).all(-1, keepdims=True), drawn, np.uint8([60, 110, 220]))
    return {"published": Picture(drawn), "blue": Picture(blue)}


@pytest.mark.parametrize("order", [("published", "blue"), ("blue", "published"), ("blue", "blue")], ids=str)
def test_pictures_go_to_the_network_that_knows_them_and_come_back_in_their_order(gate, pictures, order):
    cases = [case_of(f"{number} {name}", [pictures[name]], gate.sight) for number, name in enumerate(order)]
    decoded = decode(gate, Decoder(writes_the_shape, first), cases, Box())
    told = {name: f"{network.sees} {(len(network.sees), 224, 224)}"
            for name, network in (("published", gate.exact), ("blue", gate.other))}  # fmt: skip
    assert [one.candidate.code for one in decoded] == [told[name] for name in order]


def test_pictures_of_one_part_of_which_one_has_another_look_all_go_to_one_network(gate, pictures):
    case = case_of("both", [pictures["published"], pictures["blue"]], gate.sight)
    assert len(case.image_KCHW) == 2
    assert gate.of(case.seen) is gate.other
    assert isinstance(gate.sight, Sights) and gate.sight.of(case.seen) == gate.other.sight


def test_the_shipped_networks_read_together_and_any_other_alone(tmp_path, monkeypatch, gate):
    for name, network in (("compact", gate.exact), ("any_picture", gate.other)):
        save_network(network, tmp_path / name)
    monkeypatch.setattr(checkpoint_module, "SHIPPED", tmp_path / "compact")
    monkeypatch.setattr(checkpoint_module, "ANY_PICTURE", tmp_path / "any_picture")
    both, alone = load_reader("shipped"), load_reader(str(tmp_path / "compact"))
    assert isinstance(both, Gate) and both.other.sees == ("drawing", "shade")
    assert alone.sees == gate.exact.sees and alone.of([]) is alone
    assert fingerprint("shipped") not in (None, fingerprint(str(tmp_path / "compact")))
    (tmp_path / "any_picture" / "config.json").unlink()
    assert not isinstance(load_reader("shipped"), Gate)
