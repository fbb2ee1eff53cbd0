"""Proposers: callables (network, image_BCHW) -> for each picture its candidates.

`grammar` is "none", "basic" or "full" (see `cadgen.lang.grammar`): with one, every program is of it and ends within the
network's limit of tokens. Log-probabilities are those of the network alone, before grammar, temperature or top_p: so
candidates of all proposers compare, and a program pays for what the network would rather have written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor
from transformers import LogitsProcessorList

from cadgen.decode.autoregression import write
from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.grammar_mask import GRAMMARS, grammar_mask
from cadgen.decode.gumbel import Draw
from cadgen.lang import repair
from cadgen.lang.grammar.complete import longest_valid_prefix
from cadgen.model import Network

# A search keeps the logits of all its tokens, and its scores, 4 bytes each: with CodeT5's vocabulary those of a few
# pictures at once.
_MOST_LOGITS = 1 << 28


@dataclass(frozen=True)
class Greedy:
    """The likeliest token at each step: one candidate."""

    grammar: str = "none"

    def __post_init__(self) -> None:
        _require_known(self.grammar)

    def __call__(self, network: Network, image_BCHW: Tensor) -> Offers:
        return _write(network, image_BCHW, self.grammar)


@dataclass(frozen=True)
class Beam:
    """Beam search; all `num_beams` programs are candidates."""

    num_beams: int = 5
    grammar: str = "none"

    def __post_init__(self) -> None:
        _require_known(self.grammar)
        if self.num_beams < 1:
            raise ValueError(f"num_beams={self.num_beams}: there has to be one at least")

    def __call__(self, network: Network, image_BCHW: Tensor) -> Offers:
        a_picture = self.num_beams * network.max_tokens * network.decoder.config.vocab_size
        some = image_BCHW.split(max(1, _MOST_LOGITS // a_picture))
        return [offer for few in some for offer in _search(network, few, self.grammar, self.num_beams)]


@dataclass(frozen=True)
class Sample:
    """The likeliest token at each step, and independent draws: `num_samples` programs. `top_p` comes after the grammar.

    What is drawn for a picture follows from its pixels, `seed` and the number of the draw: not from the rest of the
    batch, and more samples are the fewer and others.
    """

    num_samples: int = 6
    temperature: float = 1.0
    top_p: float = 1.0
    grammar: str = "none"
    seed: int = 0

    def __post_init__(self) -> None:
        _require_known(self.grammar)

    def __call__(self, network: Network, image_BCHW: Tensor) -> Offers:
        draw = Draw(image_BCHW, self.num_samples, self.temperature, self.top_p, self.seed)
        return _write(network, image_BCHW, self.grammar, self.num_samples, draw)


@dataclass(frozen=True)
class Repaired:
    """What `propose` offers, each program of it repaired where the grammar refuses it and `repair` knows how."""

    propose: Callable[[Network, Tensor], Offers]

    def __call__(self, network: Network, image_BCHW: Tensor) -> Offers:
        return [[_repaired(one) for one in candidates] for candidates in self.propose(network, image_BCHW)]


def _repaired(candidate: Candidate) -> Candidate:
    code = repair(candidate.code).code
    if code is None or code == candidate.code:
        return candidate
    return Candidate(code, None, candidate.num_tokens, True)


def _require_known(grammar: str) -> None:
    if grammar not in GRAMMARS:
        raise ValueError(f"grammar={grammar} is unknown; choose one of {', '.join(GRAMMARS)}")


def regenerate(network: Network, image_BCHW: Tensor, codes: Sequence[str]) -> list[Candidate]:
    """For each picture its program in `codes`, the longest valid beginning kept and the rest written anew.

    Greedy, within the grammar `full`. `num_tokens` and `log_probability` are those of the new tokens. The last resort
    for a program that `cadgen.lang.repair.repair` gives up.
    """
    return [
        _write(network, image_BCHW[i : i + 1], "full", prefix=longest_valid_prefix(code))[0][0]
        for i, code in enumerate(codes)
    ]


@torch.no_grad()
def _write(
    network: Network,
    image_BCHW: Tensor,
    grammar: str,
    num_samples: int = 1,
    draw: Draw | None = None,
    prefix: str = "",
) -> Offers:
    """The likeliest programs where nothing is drawn; all begin with `prefix`."""
    end = network.tokenizer.eos_token_id
    given = [token for token in network.tokenizer.encode(prefix) if token != end] if prefix else []
    mask = grammar_mask(network, grammar)
    written = write(network, network.encode(image_BCHW), num_samples, mask, draw, given)
    return _of_each(
        [
            Candidate(
                _text(network, [*given, *one.tokens]), one.log_probability, len(one.tokens), one.tokens[-1] == end
            )
            for one in written
        ],
        len(image_BCHW),
    )


@torch.no_grad()
def _search(network: Network, image_BCHW: Tensor, grammar: str, num_beams: int) -> Offers:
    """What beam search ends with."""
    mask = grammar_mask(network, grammar)
    output = network.generate(
        network.encode(image_BCHW),
        logits_processor=LogitsProcessorList([mask] if mask else []),
        output_logits=True,
        do_sample=False,
        num_beams=num_beams,
        num_return_sequences=num_beams,
    )
    # The scores are what the search went by; the logits are the network's own.
    log_probability_KL = network.decoder.compute_transition_scores(
        output.sequences,
        cast(tuple[Tensor], output.logits),
        getattr(output, "beam_indices", None),
        normalize_logits=True,
    )
    tokens_KL = output.sequences[:, 1:]  # without the start token
    is_end_KL = tokens_KL == network.tokenizer.eos_token_id
    written_KL = is_end_KL.cumsum(1) - is_end_KL.long() == 0  # up to and with the end token; what follows is padding
    log_probability_K = log_probability_KL.float().masked_fill(~written_KL[:, : log_probability_KL.shape[1]], 0).sum(1)
    return _of_each(
        [
            Candidate(_text(network, tokens), float(log_probability), int(written.sum()), bool(is_end.any()))
            for tokens, log_probability, written, is_end in zip(
                tokens_KL, log_probability_K, written_KL, is_end_KL, strict=True
            )
        ],
        len(image_BCHW),
    )


def _text(network: Network, tokens: list[int] | Tensor) -> str:
    return cast(str, network.tokenizer.decode(tokens, skip_special_tokens=True))


def _of_each(candidates: list[Candidate], num_pictures: int) -> Offers:
    each = len(candidates) // num_pictures
    return [candidates[i : i + each] for i in range(0, len(candidates), each)]
