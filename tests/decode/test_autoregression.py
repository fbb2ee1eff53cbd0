"""Rows that part and leave, against `transformers.generate`, where every sample is a row from beginning to end."""

import pytest
import torch

from cadgen.decode.autoregression import write
from cadgen.decode.grammar_mask import grammar_mask
from cadgen.decode.gumbel import Draw

NUM = 5


@pytest.fixture(scope="module")
def network(tiny_network):
    return tiny_network(60)


@pytest.fixture(scope="module")
def patches_BND(network):
    torch.manual_seed(1)
    with torch.no_grad():
        return network.encode(torch.rand(3, 1, 32, 32))


def generated(network, patches_BND, mask, draw, given):
    processors = [mask] if mask else []
    if draw:
        processors.append(lambda tokens, scores: draw(scores, torch.arange(len(scores))))
    start = torch.tensor([[network.decoder.config.decoder_start_token_id, *given]])
    output = network.generate(
        patches_BND.repeat_interleave(NUM, 0), logits_processor=processors, do_sample=False,
        decoder_input_ids=start.repeat(NUM * len(patches_BND), 1),
    )  # fmt: skip
    return output.sequences[:, 1 + len(given) :].tolist()


@pytest.mark.parametrize("grammar", ["none", "full"])
@pytest.mark.parametrize(
    ("temperature", "given"), [(None, ()), (0.3, ()), (5.0, ()), (1.0, ("import cadquery as cq\nresult=cq.",))]
)
def test_samples_are_those_of_rows_that_never_meet(grammar, temperature, given, network, patches_BND):
    tokens = network.tokenizer.encode(given[0])[:-1] if given else []
    end = network.tokenizer.eos_token_id
    image_BCHW = torch.arange(3.0)[:, None, None, None]

    def chance():
        return temperature and Draw(image_BCHW, NUM, temperature, 0.95, seed=3)

    expected = generated(network, patches_BND, grammar_mask(network, grammar), chance(), tokens)
    written = write(network, patches_BND, NUM, grammar_mask(network, grammar), chance(), tokens)
    for one, row in zip(written, expected, strict=True):
        assert one.tokens == row[: len(one.tokens)]
        assert one.tokens[-1] == end or len(one.tokens) == network.max_tokens
        assert end not in one.tokens[:-1]
    lengths = {len(one.tokens) for one in written}
    assert grammar == "none" or temperature is None or len(lengths) > 1  # some left before others
