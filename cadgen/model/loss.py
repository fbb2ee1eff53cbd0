"""What training lowers. Shapes: B batch, L tokens, V vocabulary."""

import torch
from torch import Tensor, nn

from cadgen.model.number import NumberTargets

_IGNORED = -100


def token_loss(
    logits_BLV: Tensor, labels_BL: Tensor, label_smoothing: float = 0.0, targets: NumberTargets | None = None
) -> Tensor:
    """Mean cross-entropy over the tokens that are not -100; against what `targets` says each asks for, if given."""
    kept_BL = labels_BL != _IGNORED
    logits_TV, labels_T = logits_BLV[kept_BL].float(), labels_BL[kept_BL]
    if targets is None:
        return nn.functional.cross_entropy(logits_TV, labels_T, label_smoothing=label_smoothing)
    asked_T = targets.mean_logit(logits_TV, labels_T, targets.kinds(labels_BL)[kept_BL])
    if label_smoothing:  # over a large vocabulary a mean that counts for nothing costs as much as all else here
        asked_T = (1 - label_smoothing) * asked_T + label_smoothing * logits_TV.mean(1)
    return (logits_TV.logsumexp(1) - asked_T).mean()


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
