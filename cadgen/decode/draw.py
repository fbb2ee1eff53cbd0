"""Draws that follow from the picture: sampling within `transformers.generate` without its one stream of chance.

Shapes: B pictures, K rows (pictures x samples), V vocabulary.
"""

import zlib

import torch
from torch import Tensor
from transformers import LogitsProcessor


class Draw(LogitsProcessor):
    """Scores plus Gumbel noise: their largest is a draw from softmax(scores / temperature) (Gumbel 1954).

    Each row has a generator of its own, seeded by the picture's pixels and the row's number. The first row of a
    picture has no noise: it is the greedy program. top_p: only the likeliest tokens of so much probability.
    """

    def __init__(self, image_BCHW: Tensor, num_samples: int, temperature: float, top_p: float, seed: int):
        if temperature <= 0 or not 0 < top_p <= 1 or num_samples < 1:
            raise ValueError(f"num_samples={num_samples}, temperature={temperature}, top_p={top_p}: out of range")
        self.num_samples, self.temperature, self.top_p = num_samples, temperature, top_p
        self.generators = [
            torch.Generator().manual_seed(_hash(image_CHW, seed, number))
            for image_CHW in image_BCHW
            for number in range(num_samples)
        ]

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        scaled_KV = _nucleus(scores.float() / self.temperature, self.top_p)
        noise_KV = torch.stack([torch.rand(scores.shape[1], generator=each) for each in self.generators])
        noise_KV = -torch.log(-torch.log(noise_KV.clamp(1e-20, 1 - 1e-7))).to(scores.device)
        noise_KV[:: self.num_samples] = 0
        drawn_KV = scaled_KV + noise_KV
        drawn_KV[:: self.num_samples] = scores[:: self.num_samples].float()
        return drawn_KV


def _hash(image_CHW: Tensor, seed: int, number: int) -> int:
    """32 bits, which is all that torch's generator takes of a seed."""
    pixels = zlib.crc32(image_CHW.cpu().contiguous().numpy().tobytes())
    return zlib.crc32(f"{seed} {number}".encode(), pixels)


def _nucleus(scores_KV: Tensor, top_p: float) -> Tensor:
    """-inf for what lies beyond the likeliest tokens whose probabilities add up to `top_p`; the first always stays."""
    if top_p == 1:
        return scores_KV
    sorted_KV, order_KV = scores_KV.sort(descending=True)
    p_KV = sorted_KV.softmax(-1)
    beyond_KV = p_KV.cumsum(-1) - p_KV >= top_p
    return scores_KV.masked_fill(torch.zeros_like(beyond_KV).scatter(1, order_KV, beyond_KV), -torch.inf)
