"""Proposers: callables (network, image_BCHW) -> for each picture its candidates.

`grammar` is "none", "basic" or "full" (see `cadgen.lang.grammar`): with one, every program is of it and ends within the
network's limit of tokens. Log-probabilities are those of the network alone, before grammar, temperature or top_p: so
candidates of all proposers compare, and a program pays for what the network would rather have written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor
from transformers import LogitsProcessor, LogitsProcessorList

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.draw import Draw
from cadgen.decode.grammar import GRAMMARS, grammar_mask
from cadgen.lang import repair
from cadgen.lang.complete import longest_valid_prefix
from cadgen.model import Network


@dataclass(frozen=True)
class Greedy:
    """The likeliest token at each step: one candidate."""

    grammar: str = "none"

    def __post_init__(self) -> None:
        _require_known(self.grammar)

    def __call__(self, network: Network, image_BCHW: Tensor) -> Offers:
        return _generate(network, image_BCHW, self.grammar, num_beams=1, do_sample=False)


@dataclass(frozen=True)
class Beam:
    """Beam search; all `num_beams` programs are candidates."""

    num_beams: int = 5
    grammar: str = "none"

    def __post_init__(self) -> None:
        _require_known(self.grammar)

    def __call__(self, network: Network, image_BCHW: Tensor) -> Offers:
        beams: dict[str, Any] = {"num_beams": self.num_beams, "num_return_sequences": self.num_beams}
        return _generate(network, image_BCHW, self.grammar, do_sample=False, **beams)


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
        return _generate(network, image_BCHW, self.grammar, draw, num_samples=self.num_samples, do_sample=False)


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
    for a program that `cadgen.lang.repair` gives up.
    """
    return [
        _generate(network, image_BCHW[i : i + 1], "full", prefix=longest_valid_prefix(code), do_sample=False)[0][0]
        for i, code in enumerate(codes)
    ]


@torch.no_grad()
def _generate(
    network: Network,
    image_BCHW: Tensor,
    grammar: str,
    draw: LogitsProcessor | None = None,
    num_samples: int = 1,
    prefix: str = "",
    **settings,
) -> Offers:
    """num_samples: rows of each picture, which `draw` tells apart."""
    processors = [one for one in (grammar_mask(network, grammar), draw) if one is not None]
    end = network.tokenizer.eos_token_id
    given = [token for token in network.tokenizer.encode(prefix) if token != end] if prefix else []
    if given:
        start = network.decoder.config.decoder_start_token_id
        settings["decoder_input_ids"] = torch.tensor([[start, *given]], device=image_BCHW.device)
    output = network.generate(
        network.encode(image_BCHW).repeat_interleave(num_samples, 0),
        logits_processor=LogitsProcessorList(processors),
        output_logits=True,
        **settings,
    )
    # The scores are what the search went by; the logits are the network's own.
    log_probability_KL = network.decoder.compute_transition_scores(
        output.sequences,
        cast(tuple[Tensor], output.logits),
        getattr(output, "beam_indices", None),
        normalize_logits=True,
    )
    program_KL = output.sequences[:, 1:]  # without the start token
    tokens_KL = program_KL[:, len(given) :]
    is_end_KL = tokens_KL == end
    written_KL = is_end_KL.cumsum(1) - is_end_KL.long() == 0  # up to and with the end token; what follows is padding
    log_probability_K = log_probability_KL.float().masked_fill(~written_KL[:, : log_probability_KL.shape[1]], 0).sum(1)
    finished_K = is_end_KL.any(1)
    candidates = [
        Candidate(
            cast(str, network.tokenizer.decode(program, skip_special_tokens=True)),
            float(log_probability),
            int(written.sum()),
            bool(finished),
        )
        for program, log_probability, written, finished in zip(
            program_KL, log_probability_K, written_KL, finished_K, strict=True
        )
    ]
    each = len(candidates) // len(image_BCHW)
    return [candidates[i : i + each] for i in range(0, len(candidates), each)]
