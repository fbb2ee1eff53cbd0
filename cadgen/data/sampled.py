"""Pairs as a `Stream` draws them, but so many and always the same: parts in many looks, to be judged on."""

import io

from PIL import Image

from cadgen.data.sample import Sample
from cadgen.data.source import Draw


def drawn(draw: Draw, num: int, seed: int, size: int = 448) -> list[Sample]:
    """The first `num` pairs of this seed, pictures encoded in memory. A stream of another seed draws none of them."""
    samples = []
    for number in range(num):
        picture, code = draw((seed << 48) + number, size)
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "PNG")
        samples.append(Sample(f"{seed}-{number}", file.getvalue(), code))
    return samples
