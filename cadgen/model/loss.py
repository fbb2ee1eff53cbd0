"""What training lowers. Shapes: B batch, L tokens, V vocabulary."""

import torch
from torch import Tensor, nn

_IGNORED = -100


def token_loss(
    logits_BLV: Tensor, labels_BL: Tensor, label_smoothing: float = 0.0, targets_VV: Tensor | None = None
) -> Tensor:
    """Mean cross-entropy over the tokens that are not -100; against rows of `targets_VV` where they are given."""
    kept_BL = labels_BL != _IGNORED
    logits_TV, labels_T = logits_BLV[kept_BL].float(), labels_BL[kept_BL]
    target = labels_T if targets_VV is None else targets_VV[labels_T]
    return nn.functional.cross_entropy(logits_TV, target, label_smoothing=label_smoothing)


def token_accuracy(logits_BLV: Tensor, labels_BL: Tensor) -> Tensor:
    """The share of tokens that are the likeliest, each after the true ones before it."""
    kept_BL = labels_BL != _IGNORED
    return (logits_BLV.argmax(-1) == labels_BL)[kept_BL].float().mean()


def presence_loss(logits_BV: Tensor, labels_BL: Tensor) -> Tensor:
    """Binary cross-entropy, summed over the vocabulary: does each token stand in the program at all?"""
    present_BV = torch.zeros_like(logits_BV, dtype=torch.float)
    row_T, column_T = (labels_BL != _IGNORED).nonzero(as_tuple=True)
    present_BV[row_T, labels_BL[row_T, column_T]] = 1.0
    return nn.functional.binary_cross_entropy_with_logits(logits_BV.float(), present_BV, reduction="sum") / len(
        logits_BV
    )
