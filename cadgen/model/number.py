"""Tokens that are integers: neighbours on the grid should be neighbours to the network, too.

Shapes: V vocabulary, D width.
"""

import math
import re

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

_DEVIATIONS = 6  # what lies beyond has 2e-9 of the target
_DIGITS_AT_MOST = 9
_ITSELF, _INTEGER, _DIGITS = range(3)


def number_tokens(tokenizer: PreTrainedTokenizerFast) -> tuple[Tensor, Tensor]:
    """(token ids, their integers), ascending by integer; those of many digits, which no program has, are left out."""
    found = {}
    for text, token in tokenizer.get_vocab().items():
        digits = text.removeprefix("-")
        if len(digits) <= _DIGITS_AT_MOST and digits.isdecimal() and digits.isascii() and text == str(int(text)):
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


class NumberTargets(nn.Module):
    """What each true token asks for: itself, but for integers a Gaussian of deviation `spread` steps over those around.

    A near miss then costs less than a far one. For any tokenizer: what is spread is a token that the text says is an
    integer, which one beside a digit, a letter or a point is not (a piece of 1234, of x2, of 0.25); behind a sign that
    is a token of its own, as CodeT5's are, the digits spread over digits of the same sign.

    Sparse: a row of the K integers within six deviations for each token. Shapes: V = `size` tokens, K neighbours, the
    token itself in the middle, B batch, L tokens, T of them those with a label.
    """

    neighbours_VK: Tensor
    shares_SVK: Tensor  # S: as itself, as an integer, as digits behind a sign
    before_V: Tensor
    after_V: Tensor

    def __init__(self, tokenizer: PreTrainedTokenizerFast, size: int, spread: float):
        super().__init__()
        ids, values = number_tokens(tokenizer)
        reach = min(math.ceil(_DEVIATIONS * spread), max(0, len(ids) - 1))
        offsets_K = torch.arange(-reach, reach + 1)
        neighbours_VK = torch.arange(size)[:, None].repeat(1, len(offsets_K))
        shares_SVK = (offsets_K == 0).float().repeat(3, size, 1)
        if len(ids):
            place_NK = torch.arange(len(ids))[:, None] + offsets_K
            stands_NK = (place_NK >= 0) & (place_NK < len(ids))
            place_NK = place_NK.clamp(0, len(ids) - 1)
            energy_NK = -0.5 * ((values[place_NK] - values[:, None]) / spread).square()
            neighbours_VK[ids] = ids[place_NK]
            shares_SVK[_INTEGER, ids] = energy_NK.masked_fill(~stands_NK, -torch.inf).softmax(1)
            digits = values > 0
            same_sign_NK = stands_NK & (values[place_NK] > 0)
            behind_NK = energy_NK.masked_fill(~same_sign_NK, -torch.inf)
            shares_SVK[_DIGITS, ids[digits]] = behind_NK[digits].softmax(1)
        before_V, after_V = _joints(tokenizer, size)
        self.register_buffer("neighbours_VK", neighbours_VK, persistent=False)
        self.register_buffer("shares_SVK", shares_SVK, persistent=False)
        self.register_buffer("before_V", before_V, persistent=False)
        self.register_buffer("after_V", after_V, persistent=False)

    def kinds(self, labels_BL: Tensor) -> Tensor:
        """(B, L): as what each label stands there, a row of `shares_SVK`; labels are padded with negative numbers."""
        known_BL = labels_BL.clamp_min(0)
        before_BL = self.before_V[known_BL].roll(1, 1)
        before_BL[:, 0] = _INTEGER
        after_BL = self.after_V[known_BL].masked_fill(labels_BL < 0, True).roll(-1, 1)
        after_BL[:, -1] = True
        return before_BL.where(after_BL, _ITSELF)

    def mean_logit(self, logits_TV: Tensor, labels_T: Tensor, kinds_T: Tensor) -> Tensor:
        """(T,): the mean of the logits under what each label asks for."""
        return (logits_TV.gather(1, self.neighbours_VK[labels_T]) * self.shares_SVK[kinds_T, labels_T]).sum(1)


def _joints(tokenizer: PreTrainedTokenizerFast, size: int) -> tuple[Tensor, Tensor]:
    """For each token (V,): as what an integer stands behind it, and whether one may end before it."""
    before_V, after_V = torch.full((size,), _INTEGER), torch.ones(size, dtype=torch.bool)
    special = set(tokenizer.all_special_ids)
    for token, number in tokenizer.get_vocab().items():
        if number in special or number >= size:
            continue
        text = tokenizer.convert_tokens_to_string([token])
        if re.search(r"[\w.]$", text):
            before_V[number] = _ITSELF
        elif text.endswith("-"):
            before_V[number] = _DIGITS
        after_V[number] = re.match(r"[\w.]", text) is None
    return before_V, after_V
