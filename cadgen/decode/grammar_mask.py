"""Keeps `transformers.generate` within a grammar: the masks of `cadgen.lang` as a logits processor.

Shapes: B rows (pictures x beams), T tokens, W words of 32 tokens, V vocabulary.
"""

import numpy as np
import torch
from torch import Tensor
from transformers import LogitsProcessor

from cadgen.lang import Grammar
from cadgen.lang.mask import Masker
from cadgen.model import Network

GRAMMARS = ("none", "basic", "full")


class GrammarMask(LogitsProcessor):
    """Scores of what the masker refuses become -inf. `prefix`: the tokens that precede every program, such as <s>."""

    def __init__(self, masker: Masker, prefix: tuple[int, ...] = ()) -> None:
        self.masker, self.prefix = masker, prefix

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        written = input_ids.shape[1] - 1  # the first token starts the decoder and belongs to no program
        if written < len(self.prefix):
            allowed_BV = torch.zeros_like(scores, dtype=torch.bool)
            allowed_BV[:, self.prefix[written]] = True
        else:
            tokens_BT = input_ids[:, 1 + len(self.prefix) :].cpu().numpy()
            mask_BW = torch.from_numpy(self.masker.masks(tokens_BT).view(np.int32)).to(scores.device)
            allowed_BV = _unpack(mask_BW, scores.shape[1])
        return scores.masked_fill(~allowed_BV, -torch.inf)


def grammar_mask(network: Network, grammar: str) -> GrammarMask | None:
    """The processor for one call of `generate`; None for the grammar "none"."""
    if grammar == "none":
        return None
    prefix = _prefix(network)
    masker = Masker(Grammar(grammar), network.tokenizer, network.max_tokens - len(prefix))
    return GrammarMask(masker, prefix)


def _prefix(network: Network) -> tuple[int, ...]:
    """What the tokenizer puts before a text, and the network has learnt to write there."""
    tokens = network.tokenizer.encode("")
    end = network.tokenizer.eos_token_id
    return tuple(tokens[: tokens.index(end)] if end in tokens else tokens)


def _unpack(mask_BW: Tensor, size: int) -> Tensor:
    """(B, V) bool; a model's vocabulary may be padded beyond the tokenizer's, and no token is there."""
    bits_BV = ((mask_BW[:, :, None] >> torch.arange(32, device=mask_BW.device)) & 1).bool().flatten(1)
    return torch.nn.functional.pad(bits_BV, (0, max(0, size - bits_BV.shape[1])))[:, :size]
