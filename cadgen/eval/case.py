"""Samples of a dataset as a decoder sees them."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from cadgen.data import Sample
from cadgen.decode import Case
from cadgen.picture import Picture, Seen, Sight, Sights, published, read, see
from cadgen.shape import Camera


def case_of(
    case_id: str,
    pictures: Sequence[Picture],
    sight: Sight | Sights,
    seen: Sequence[Seen] | None = None,
    cameras: Sequence[Camera | None] | None = None,
) -> Case:
    """Pictures of one part as a network and choosers see them. seen: what `see` told of them, where that is known.

    cameras: where each was taken from, where that is known. Raises `PictureError` where one is empty.
    """
    seen = tuple(seen or map(see, pictures))
    exact = tuple(published(picture) or one for picture, one in zip(pictures, seen, strict=True))
    shown = sight.of(exact) if isinstance(sight, Sights) else sight
    image_KCHW = np.stack([shown.of(*pair) for pair in zip(pictures, seen, strict=True)]) / np.float32(255)
    return Case(case_id, torch.from_numpy(image_KCHW), exact, tuple(cameras or [None] * len(pictures)))


def cases(samples: Sequence[Sample], sight: Sight | Sights) -> Iterator[Case]:
    """The samples for a decoder, their pictures read one by one."""
    for sample in samples:
        yield case_of(sample.id, [read(sample.image)], sight)
