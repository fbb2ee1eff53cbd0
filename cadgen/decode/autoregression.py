"""Programs written a token at a time, without beams. What has read the same is one row to the network.

`transformers.generate` computes every row up to the end of the longest. Here samples of one picture are one row until
they part, and a row ends with its program.

Shapes: B pictures, S samples, R rows, N patches, D width, T tokens so far, V vocabulary.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from transformers import DynamicCache, EncoderDecoderCache

from cadgen.model import Network

Mask = Callable[[Tensor, Tensor], Tensor]
Draw = Callable[[Tensor, Tensor], Tensor]


@dataclass
class Written:
    """tokens: without the start token and what was given; log_probability: of them, natural, by the network alone."""

    tokens: list[int] = field(default_factory=list)
    log_probability: float = 0.0


@torch.no_grad()
def write(
    network: Network,
    patches_BND: Tensor,
    num_samples: int = 1,
    mask: Mask | None = None,
    draw: Draw | None = None,
    given: Sequence[int] = (),
) -> list[Written]:
    """`num_samples` programs of each picture, one picture after the other.

    mask: (tokens_RT from the start token on, scores_RV) -> scores_RV; draw: (scores_SV, numbers of the samples) ->
    scores_SV, of which the largest is written; given: tokens that every program begins with.
    """
    end, start = network.tokenizer.eos_token_id, network.decoder.config.decoder_start_token_id
    device, count = patches_BND.device, len(patches_BND)
    rows = _Rows(network, patches_BND, torch.tensor([[start, *given]], device=device).repeat(count, 1))
    row_S = torch.arange(count, device=device).repeat_interleave(num_samples)
    sample_S = torch.arange(len(row_S), device=device)
    written = [Written() for _ in range(len(row_S))]
    for _ in range(network.max_tokens):
        logits_RV = rows.read()
        scores_SV = (logits_RV if mask is None else mask(rows.tokens_RT, logits_RV))[row_S]
        token_S = (scores_SV if draw is None else draw(scores_SV, sample_S)).argmax(-1)
        log_p_S = logits_RV.log_softmax(-1)[row_S, token_S]
        for sample, token, log_p in zip(sample_S.tolist(), token_S.tolist(), log_p_S.tolist(), strict=True):
            written[sample].tokens.append(token)
            written[sample].log_probability += log_p
        goes_on_S = token_S != end
        sample_S, row_S, token_S = sample_S[goes_on_S], row_S[goes_on_S], token_S[goes_on_S]
        if not len(sample_S):
            break
        size = logits_RV.shape[1]
        grown_R, row_S = (row_S * size + token_S).unique(return_inverse=True)
        rows.grow(grown_R // size, grown_R % size)
    return written


class _Rows:
    """Distinct texts that grow, and what the network remembers of having read them."""

    def __init__(self, network: Network, patches_RND: Tensor, tokens_RT: Tensor) -> None:
        self.network, self.patches_RND, self.tokens_RT = network, patches_RND, tokens_RT
        self.unread_RT = tokens_RT
        self.cache = EncoderDecoderCache(DynamicCache(), DynamicCache())

    def read(self) -> Tensor:
        """(R, V) logits of each row's next token; to be asked once between two `grow`."""
        return self.network.next_logits(self.patches_RND, self.unread_RT, self.cache)

    def grow(self, parent_R: Tensor, token_R: Tensor) -> None:
        """Each new row is its parent, a number of an old one, and one token more."""
        if len(parent_R) != len(self.tokens_RT) or (parent_R[1:] == parent_R[:-1]).any():
            self.cache.batch_select_indices(parent_R)
            self.patches_RND, self.tokens_RT = self.patches_RND[parent_R], self.tokens_RT[parent_R]
        self.unread_RT = token_R[:, None]
        self.tokens_RT = torch.cat((self.tokens_RT, self.unread_RT), 1)
