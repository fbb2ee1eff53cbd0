"""Proposers: callables (network, image_BCHW) -> for each picture its candidates."""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from cadgen.decode.candidate import Candidate
from cadgen.model import Network


@dataclass(frozen=True)
class Greedy:
    """The likeliest token at each step: one candidate."""

    def __call__(self, network: Network, image_BCHW: Tensor) -> list[list[Candidate]]:
        return _generate(network, image_BCHW, num_beams=1, do_sample=False)


@dataclass(frozen=True)
class Beam:
    """Beam search; all `num_beams` programs are candidates."""

    num_beams: int = 5

    def __call__(self, network: Network, image_BCHW: Tensor) -> list[list[Candidate]]:
        return _generate(
            network, image_BCHW, num_beams=self.num_beams, num_return_sequences=self.num_beams, do_sample=False
        )


@torch.no_grad()
def _generate(network: Network, image_BCHW: Tensor, **settings) -> list[list[Candidate]]:
    output = network.generate(network.encode(image_BCHW), **settings)
    # With length_penalty 0 these are log-probabilities of each token under the model, whatever beam it came along.
    scores_KL = network.decoder.compute_transition_scores(
        output.sequences,
        cast(tuple[Tensor], output.scores),
        getattr(output, "beam_indices", None),
        normalize_logits=True,
    )
    tokens_KL = output.sequences[:, 1:]  # without the start token
    is_end_KL = tokens_KL == network.tokenizer.eos_token_id
    written_KL = is_end_KL.cumsum(1) - is_end_KL.long() == 0  # up to and with the end token; what follows is padding
    log_probability_K = scores_KL.float().masked_fill(~written_KL[:, : scores_KL.shape[1]], 0.0).sum(1)
    finished_K = is_end_KL.any(1)
    candidates = [
        Candidate(
            cast(str, network.tokenizer.decode(tokens, skip_special_tokens=True)),
            float(log_probability),
            int(written.sum()),
            bool(finished),
        )
        for tokens, log_probability, written, finished in zip(
            tokens_KL, log_probability_K, written_KL, finished_K, strict=True
        )
    ]
    each = len(candidates) // len(image_BCHW)
    return [candidates[i : i + each] for i in range(0, len(candidates), each)]
