"""Samples of a dataset as a decoder sees them, and as they are judged."""

from collections.abc import Iterator, Sequence

from PIL import Image

from cadgen.data import Sample, load_image, to_grey, to_tensor
from cadgen.decode import Case
from cadgen.eval.truth import Truth, references
from cadgen.refine.view import SIDE
from cadgen.shape import Sandbox


def case_of(case_id: str, picture: Image.Image, image_size: int) -> Case:
    """A square picture as a network of this image size and choosers see it."""
    return Case(case_id, to_tensor(picture, image_size), to_grey(picture, SIDE)[0].numpy())


def cases(samples: Sequence[Sample], image_size: int) -> Iterator[Case]:
    """The samples for a decoder, their pictures loaded one by one."""
    for sample in samples:
        yield case_of(sample.id, load_image(sample.image), image_size)


def truths_of(samples: Sequence[Sample], box: Sandbox) -> dict[str, Truth]:
    """What the samples are judged by. Raises `ValueError`, see `references`."""
    steps = {sample.id: sample.step.read_bytes() for sample in samples if sample.step}
    families = {sample.id: sample.family for sample in samples if sample.family}
    return references({sample.id: sample.code for sample in samples}, box, steps, families)
