"""A trained network goes on with another tokenizer."""

import torch

from cadgen.model import compact
from cadgen.model.carry import carried
from cadgen.model.tokenizer import fit_tokenizer
from cadgen.parts import sample_program
from cadgen.program import write

SMALL = {"image_size": 32, "vision_width": 64, "vision_layers": 1, "decoder_width": 64, "decoder_layers": 1}


def test_what_both_tokenizers_write_alike_has_the_same_logits():
    network = compact(**SMALL).eval()
    programs = [write(sample_program(seed)) for seed in range(200)]
    other = carried(network, fit_tokenizer(programs, 50)).eval()
    known, given = network.tokenizer.get_vocab(), other.tokenizer.get_vocab()
    shared = sorted(known.keys() & given.keys())
    assert 100 < len(shared) < len(known)
    tokens = [token for token in ("moveTo", "7", "-12", ",", "3") if token in shared]
    image = torch.rand(1, 1, 32, 32)

    def logits(one):
        vocabulary = one.tokenizer.get_vocab()
        labels = torch.tensor([[vocabulary[token] for token in tokens]])
        return one(image, labels)[0][:, [vocabulary[token] for token in shared]]

    with torch.no_grad():
        torch.testing.assert_close(logits(other), logits(network))


def test_a_new_token_begins_as_the_mean_of_its_pieces_and_the_network_stays_as_it_was():
    network = compact(**SMALL)
    before = network.decoder.get_input_embeddings().weight.detach().clone()
    tokenizer = fit_tokenizer([").polarArray(7,0,360,5).circle(3)\n"] * 50, 400)
    other = carried(network, tokenizer)
    token = next(token for token in tokenizer.get_vocab() if "polarArray" in token)
    pieces = network.tokenizer.encode(token, add_special_tokens=False)
    assert len(pieces) > 3
    row = other.decoder.get_input_embeddings().weight[tokenizer.get_vocab()[token]]
    torch.testing.assert_close(row, before[pieces].mean(0))
    assert torch.equal(network.decoder.get_input_embeddings().weight, before)
    assert other.decoder.config.vocab_size == len(tokenizer) != len(network.tokenizer)
