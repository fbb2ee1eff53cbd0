"""Draws that follow from the picture: each sample has a stream of chance of its own.

Shapes: B pictures, S samples, K of them drawn, V vocabulary.
"""

import zlib

import torch
from torch import Tensor


class Draw:
    """Scores plus Gumbel noise: their largest is a draw from softmax(scores / temperature) (Gumbel 1954).

    Each sample has a generator of its own, seeded by the picture's pixels and the sample's number. The first of a
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

    def __call__(self, scores_SV: Tensor, sample_S: Tensor) -> Tensor:
        """sample_S: which of the samples of the batch, `num_samples` of each picture, the scores are of."""
        drawn_SV, numbers = scores_SV.float(), sample_S.tolist()
        places = [place for place, number in enumerate(numbers) if number % self.num_samples]
        if places:
            noise_KV = torch.stack(
                [torch.rand(scores_SV.shape[1], generator=self.generators[numbers[place]]) for place in places]
            )
            noise_KV = -torch.log(-torch.log(noise_KV.clamp(1e-20, 1 - 1e-7))).to(scores_SV.device)
            drawn_SV = drawn_SV.clone()
            drawn_SV[places] = _nucleus(drawn_SV[places] / self.temperature, self.top_p) + noise_KV
        return drawn_SV


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
