import pytest
import torch

from cadgen.decode import Beam, Decoder, Greedy, Likelihood, load_decoder, propose


@pytest.fixture(scope="module")
def network(tiny_network):
    return tiny_network(12)


@pytest.fixture(scope="module")
def image_BCHW():
    torch.manual_seed(1)
    return torch.rand(3, 3, 32, 32)


@pytest.mark.parametrize(("proposer", "num_candidates"), [(Greedy(), 1), (Beam(4), 4)])
def test_every_picture_gets_its_candidates(proposer, num_candidates, network, image_BCHW):
    offered = Decoder(proposer, Likelihood())(network, image_BCHW)
    assert [len(candidates) for candidates in offered] == [num_candidates] * 3
    assert all(candidate.num_tokens <= 12 for candidates in offered for candidate in candidates)


def test_log_probability_is_what_the_network_gives_the_tokens(network, image_BCHW):
    """Against a plain forward pass over the decoded tokens."""
    with torch.no_grad():
        output = network.generate(network.encode(image_BCHW), num_beams=3, num_return_sequences=3)
        tokens_KL = output.sequences[:, 1:].contiguous()
        images = image_BCHW.repeat_interleave(3, 0)
        log_p_KLV = network(images, tokens_KL).log_softmax(-1)
    chosen_KL = log_p_KLV.gather(2, tokens_KL[..., None])[..., 0]
    is_end_KL = tokens_KL == network.tokenizer.eos_token_id
    after_end_KL = is_end_KL.cumsum(1) - is_end_KL.long() > 0
    expected = chosen_KL.masked_fill(after_end_KL, 0).sum(1).reshape(3, 3)
    offered = Beam(3)(network, image_BCHW)
    got = torch.tensor([[candidate.log_probability for candidate in candidates] for candidates in offered])
    torch.testing.assert_close(got, expected, atol=1e-3, rtol=1e-3)


def test_beams_of_a_large_vocabulary_are_searched_a_few_pictures_at_a_time(network, image_BCHW, monkeypatch):
    together, seen = Beam(3)(network, image_BCHW), []
    search = propose._search

    def spied(network, few, *rest):
        seen.append(len(few))
        return search(network, few, *rest)

    monkeypatch.setattr(propose, "_search", spied)
    assert len(Beam(3)(network, image_BCHW)) == len(image_BCHW) and seen == [len(image_BCHW)]
    monkeypatch.setattr(propose, "_MOST_LOGITS", 1)
    alone = Beam(3)(network, image_BCHW)
    assert seen[1:] == [1] * len(image_BCHW)
    assert [[one.code for one in of] for of in alone] == [[one.code for one in of] for of in together]


def test_beam_search_finds_a_program_at_least_as_likely_as_the_greedy_one(network, image_BCHW):
    def mean(candidate):
        return candidate.log_probability / candidate.num_tokens

    greedy = Decoder(Greedy(), Likelihood())(network, image_BCHW)
    beam = Decoder(Beam(8), Likelihood())(network, image_BCHW)
    assert all(mean(b[0]) >= mean(g[0]) - 1e-4 for b, g in zip(beam, greedy, strict=True))


def test_one_beam_is_greedy_and_none_is_refused(network, image_BCHW):
    greedy, beam = Greedy()(network, image_BCHW), Beam(1)(network, image_BCHW)
    assert [[one.code for one in of] for of in beam] == [[one.code for one in of] for of in greedy]
    with pytest.raises(ValueError, match="num_beams=0"):
        Beam(0)


def test_a_batch_decodes_as_its_pictures_do_alone(network, image_BCHW):
    together = Greedy()(network, image_BCHW)
    alone = [Greedy()(network, image[None])[0] for image in image_BCHW]
    assert [c[0].code for c in together] == [c[0].code for c in alone]


def test_a_decoding_is_named_by_its_file():
    assert load_decoder("greedy") == Decoder(Greedy(), Likelihood())
    assert load_decoder("beam") == Decoder(Beam(5), Likelihood())
    with pytest.raises(ValueError, match="decoding=grady is unknown; choose one of beam, best_of_n, grammar,"):
        load_decoder("grady")
