"""Vision encoders from their arguments: any of timm, or a ViT on a stem of convolutions."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import cast

import timm
import torch
from timm.models.vision_transformer import VisionTransformer
from timm.models.vision_transformer_hybrid import HybridEmbed
from torch import Tensor, nn


def build_vision(arguments: dict) -> VisionTransformer:
    """`timm.create_model(**arguments)` without a classifier.

    The argument `stem` is our own: the widths of convolutions that make the patches (Xiao et al. 2021, "Early
    convolutions help transformers see better"). The first takes squares of 4 px, each further one halves the
    resolution; fine lines survive where a single large patch would have to take them in one step. So is `fine`, which
    says that `Fine` belongs to it.
    """
    rest = dict(arguments)
    stem = rest.pop("stem", None)
    rest.pop("fine", None)
    if stem is not None:
        backbone = _stem(rest.get("in_chans", 3), stem)
        rest |= {"embed_layer": partial(HybridEmbed, backbone=backbone), "patch_size": 1}
    return cast(VisionTransformer, timm.create_model(**rest, num_classes=0))


class Fine(nn.Module):
    """Four patches where the ViT has one: its own, and what the stem saw before it last halved the resolution.

    It begins as the ViT's patch four times, to which a decoder attends as it would to the one.
    """

    def __init__(self, vision: VisionTransformer):
        super().__init__()
        backbone = cast(nn.Sequential, getattr(vision.patch_embed, "backbone", nn.Sequential()))
        patch = 2 ** (len(backbone) // 2 + 1)
        if len(backbone) < 4 or vision.patch_embed.img_size[0] % patch:
            raise ValueError(f"fine=True needs a stem of two widths or more, and whole patches of {patch} px")
        num_channels = cast(nn.Conv2d, backbone[-2]).in_channels
        self.norm = nn.LayerNorm(num_channels)
        self.linear = nn.Linear(num_channels, vision.embed_dim)
        height, width = cast(HybridEmbed, vision.patch_embed).grid_size
        self.position = nn.Parameter(torch.zeros(2 * height, 2 * width, vision.embed_dim))
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, vision: VisionTransformer, pixels_BCHW: Tensor) -> Tensor:
        """(B, 4 N, D): rows of fine patches after four times the patches that stand for no place."""
        backbone = cast(nn.Sequential, cast(HybridEmbed, vision.patch_embed).backbone)
        seen: list[Tensor] = []
        handle = backbone[-3].register_forward_hook(lambda module, given, found: seen.append(found))
        try:
            patches_BND = vision.forward_features(pixels_BCHW)
        finally:
            handle.remove()
        fine_BHWD = self.linear(self.norm(seen[0].movedim(1, -1))) + self.position
        height, width = fine_BHWD.shape[1:3]
        whole_BND, placed_BND = patches_BND.split([vision.num_prefix_tokens, height * width // 4], 1)
        placed_BHWD = placed_BND.unflatten(1, (height // 2, width // 2))
        placed_BHWD = placed_BHWD.repeat_interleave(2, 1).repeat_interleave(2, 2)
        return torch.cat([whole_BND.repeat(1, 4, 1), (placed_BHWD + fine_BHWD).flatten(1, 2)], 1)


def _stem(num_channels: int, widths: Sequence[int]) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(num_channels, widths[0], 4, 4), nn.ReLU()]
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, 3, 2, 1), nn.ReLU()]
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(cast(nn.Parameter, layer.bias))
    return nn.Sequential(*layers)
