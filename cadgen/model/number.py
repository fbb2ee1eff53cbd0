"""Tokens that are integers: neighbours on the grid should be neighbours to the network, too.

Shapes: V vocabulary, D width.
"""

import math

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast


def number_tokens(tokenizer: PreTrainedTokenizerFast) -> tuple[Tensor, Tensor]:
    """(token ids, their integers), ascending by integer."""
    found = {}
    for text, token in tokenizer.get_vocab().items():
        digits = text.removeprefix("-")
        if digits.isdecimal() and digits.isascii() and text == str(int(text)):
            found[int(text)] = token
    values = sorted(found)
    return torch.tensor([found[value] for value in values], dtype=torch.long), torch.tensor(values)


def embed_numbers(embedding_VD: Tensor, tokenizer: PreTrainedTokenizerFast, shortest: float = 4.0) -> None:
    """Replaces the rows of integers by sines and cosines of their value, of the deviation that the rows had.

    Periods run from 4 spans of the grid down to `shortest` steps: an integer begins as a blend of its neighbours.
    """
    ids, values = number_tokens(tokenizer)
    if not len(ids):
        return
    width = embedding_VD.shape[1]
    longest = 4.0 * float(values.max() - values.min() + 1)
    periods = shortest * (longest / shortest) ** torch.linspace(0, 1, width // 2)
    angle = 2 * math.pi * values[:, None] / periods
    code_ND = torch.cat([angle.sin(), angle.cos()], 1) * math.sqrt(2)
    deviation = embedding_VD[ids].std()
    with torch.no_grad():
        embedding_VD[ids, : code_ND.shape[1]] = code_ND.to(embedding_VD) * deviation


def soft_targets(tokenizer: PreTrainedTokenizerFast, size: int, spread: float) -> Tensor:
    """(V, V): for each true token the distribution to be learnt, V = `size`.

    All of it on the token itself, but for integers: there a Gaussian of deviation `spread` steps over the integers
    around it. A near miss then costs less than a far one. spread 0: the identity.
    """
    target_VV = torch.eye(size)
    ids, values = number_tokens(tokenizer)
    if spread and len(ids):
        distance = (values[:, None] - values[None]).float() / spread
        target_VV[ids[:, None], ids[None]] = torch.softmax(-0.5 * distance.square(), 1)
    return target_VV
