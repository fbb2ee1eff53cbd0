"""Decoding within a grammar, with networks of random weights: what they want to write is never a program."""

import numpy as np
import pytest
import torch

from cadgen.decode import Beam, Greedy, Sample, regenerate
from cadgen.decode.autoregression import write
from cadgen.decode.grammar_mask import GrammarMask, grammar_mask
from cadgen.lang import Grammar
from cadgen.lang.mask import Masker
from cadgen.model import compact

MAX_TOKENS = 70


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    sizes = {"image_size": 32, "vision_width": 64, "vision_layers": 1, "decoder_width": 64, "decoder_layers": 1}
    return compact(**sizes, max_tokens=MAX_TOKENS).eval()


@pytest.fixture(scope="module")
def image_BCHW():
    torch.manual_seed(1)
    return torch.rand(2, 3, 32, 32)


@pytest.mark.parametrize("grammar", ["basic", "full"])
@pytest.mark.parametrize(
    "propose",
    [Greedy, lambda grammar: Beam(4, grammar), lambda grammar: Sample(3, 1.5, 0.9, grammar)],
    ids=["greedy", "beam", "sample"],
)
def test_every_program_is_of_the_grammar_and_ends_in_time(propose, grammar, network, image_BCHW):
    offered = propose(grammar=grammar)(network, image_BCHW)
    assert len(offered) == 2
    for candidate in (candidate for candidates in offered for candidate in candidates):
        assert candidate.finished and candidate.num_tokens <= MAX_TOKENS
        Grammar(grammar).exact.parse(candidate.code)
        assert np.isfinite(candidate.log_probability)


def test_without_a_grammar_the_same_network_writes_no_program(network, image_BCHW):
    offered = Sample(3)(network, image_BCHW)
    assert not any(Grammar("basic").accepts(candidate.code) for candidates in offered for candidate in candidates)


def test_beams_that_change_places_keep_their_own_states(network, image_BCHW):
    """Against masks of the final programs, computed one by one from the beginning."""
    recorded = []

    class Recorder(GrammarMask):
        def __call__(self, input_ids, scores):
            masked = super().__call__(input_ids, scores)
            recorded.append((input_ids[:, 1:].numpy(), ~torch.isneginf(masked)))
            return masked

    mask = grammar_mask(network, "full")
    with torch.no_grad():
        network.generate(
            network.encode(image_BCHW), num_beams=4, do_sample=True, logits_processor=[Recorder(mask.masker)]
        )
    fresh = Masker(Grammar("full"), network.tokenizer)
    compared = 0
    for tokens_BT, allowed_BV in recorded[:20]:  # later on the budget plays a part
        for tokens, allowed in zip(tokens_BT, allowed_BV, strict=True):
            fresh.reset()
            words = fresh.masks(tokens[None])
            expected = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")[0, : len(allowed)].astype(bool)
            np.testing.assert_array_equal(allowed.numpy(), expected)
            compared += 1
    assert compared > 100


def test_a_batch_decodes_as_its_pictures_do_alone(network, image_BCHW):
    together = Beam(3, "full")(network, image_BCHW)
    alone = [Beam(3, "full")(network, image[None])[0] for image in image_BCHW]
    assert [[c.code for c in candidates] for candidates in together] == [[c.code for c in cs] for cs in alone]


def test_samples_depend_on_the_seed_and_on_nothing_else(network, image_BCHW):
    def codes(seed):
        return [c.code for candidates in Sample(3, grammar="full", seed=seed)(network, image_BCHW) for c in candidates]

    first = codes(0)
    state = torch.random.get_rng_state()
    torch.rand(1)
    assert codes(0) == first != codes(1)
    assert len(set(first)) > 1
    torch.random.set_rng_state(state)
    expected = torch.rand(3)
    torch.random.set_rng_state(state)
    codes(0)
    assert torch.equal(torch.rand(3), expected), "sampling used up random numbers of its caller"


@pytest.mark.parametrize("propose", [Greedy("full"), Beam(2, "full"), Sample(2, 0.7, 0.8, "full")])
def test_log_probability_is_that_of_the_network_without_the_grammar(propose, network, image_BCHW, monkeypatch):
    """Against a plain forward pass over the tokens that were generated."""
    rows = []
    generate = network.generate

    def record_search(*arguments, **settings):
        output = generate(*arguments, **settings)
        rows.extend(output.sequences[:, 1:].contiguous())
        return output

    def record_writing(*arguments):
        written = write(*arguments)
        rows.extend(torch.tensor(one.tokens) for one in written)
        return written

    monkeypatch.setattr(network, "generate", record_search)
    monkeypatch.setattr("cadgen.decode.propose.write", record_writing)
    candidates = propose(network, image_BCHW[:1])[0]
    for candidate, tokens_L in zip(candidates, rows, strict=True):
        with torch.no_grad():
            log_p_LV = network(image_BCHW[:1], tokens_L[None])[0].log_softmax(-1)
        positions = torch.arange(candidate.num_tokens)
        expected = log_p_LV[positions, tokens_L[: candidate.num_tokens]].sum()
        assert candidate.log_probability == pytest.approx(float(expected), rel=1e-3)


def test_a_dead_row_may_only_end_and_a_padded_vocabulary_stays_closed(network):
    mask = grammar_mask(network, "full")
    tokenizer = network.tokenizer
    start, end, pad = 0, tokenizer.eos_token_id, tokenizer.pad_token_id
    junk = tokenizer.encode("result")[0]
    head = tokenizer.encode("import cadquery as cq\n")[0]
    rows = torch.tensor([[start, junk, junk], [start, head, end], [start, end, pad], [start, pad, pad]])
    scores = mask(rows, torch.zeros(4, len(tokenizer) + 100))
    assert [row.nonzero().flatten().tolist() for row in ~torch.isneginf(scores)] == [[end]] * 4
    assert (~torch.isneginf(mask(rows[:, :1], torch.zeros(4, len(tokenizer) + 100)))).any(1).all()


def test_what_a_tokenizer_puts_before_a_text_comes_first(network):
    mask = GrammarMask(Masker(Grammar("full"), network.tokenizer), prefix=(7,))
    allowed = ~torch.isneginf(mask(torch.tensor([[0]]), torch.zeros(1, 2000)))
    assert allowed.nonzero().tolist() == [[0, 7]]
    head = network.tokenizer.encode("import cadquery as cq\n")[0]
    after = ~torch.isneginf(mask(torch.tensor([[0, 7]]), torch.zeros(1, 2000)))
    assert after[0, head] and not after[0, 7]


@pytest.mark.parametrize("propose", [Greedy, Beam, Sample])
def test_an_unknown_grammar_is_refused(propose):
    with pytest.raises(ValueError, match="grammar=ful is unknown; choose one of none, basic, full"):
        propose(grammar="ful")


BROKEN = (
    "import cadquery as cq\nresult=cq.Workplane('XY').circle(5).extrude(5)\nresult=result.cut(cq.Workplane().cirxle("
)


def test_a_broken_program_is_written_anew_from_where_it_breaks(network, image_BCHW):
    kept, anew = regenerate(network, image_BCHW, [BROKEN, "nonsense"])
    assert kept.code.startswith(BROKEN[: BROKEN.index("cirxle")])
    for candidate in (kept, anew):
        Grammar("full").exact.parse(candidate.code)
        assert candidate.finished and 0 < candidate.num_tokens < MAX_TOKENS
