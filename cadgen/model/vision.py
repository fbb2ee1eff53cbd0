"""Vision encoders from their arguments: any of timm, or a ViT on a stem of convolutions."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import cast

import timm
from timm.models.vision_transformer import VisionTransformer
from timm.models.vision_transformer_hybrid import HybridEmbed
from torch import nn


def build_vision(arguments: dict) -> VisionTransformer:
    """`timm.create_model(**arguments)` without a classifier.

    The argument `stem` is our own: the widths of convolutions that make the patches (Xiao et al. 2021, "Early
    convolutions help transformers see better"). The first takes squares of 4 px, each further one halves the
    resolution; fine lines survive where a single large patch would have to take them in one step.
    """
    rest = dict(arguments)
    stem = rest.pop("stem", None)
    if stem is not None:
        backbone = _stem(rest.get("in_chans", 3), stem)
        rest |= {"embed_layer": partial(HybridEmbed, backbone=backbone), "patch_size": 1}
    return cast(VisionTransformer, timm.create_model(**rest, num_classes=0))


def _stem(num_channels: int, widths: Sequence[int]) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(num_channels, widths[0], 4, 4), nn.ReLU()]
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, 3, 2, 1), nn.ReLU()]
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(cast(nn.Parameter, layer.bias))
    return nn.Sequential(*layers)
