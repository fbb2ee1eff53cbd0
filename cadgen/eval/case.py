"""Samples of a dataset as a decoder sees them, and as they are judged."""

from collections.abc import Iterator, Sequence

from PIL import Image

from cadgen.data import ImageError, Sample, load_image, to_grey, to_tensor
from cadgen.decode import Case
from cadgen.eval.truth import LeftOut, Truth, references
from cadgen.refine.view import SIDE
from cadgen.shape import Sandbox


def case_of(case_id: str, picture: Image.Image, image_size: int) -> Case:
    """A square picture as a network of this image size and choosers see it."""
    return Case(case_id, to_tensor(picture, image_size), to_grey(picture, SIDE)[0].numpy())


def cases(samples: Sequence[Sample], image_size: int) -> Iterator[Case]:
    """The samples for a decoder, their pictures loaded one by one."""
    for sample in samples:
        yield case_of(sample.id, load_image(sample.image), image_size)


def truths_of(samples: Sequence[Sample], box: Sandbox, strict: bool = False) -> tuple[dict[str, Truth], list[LeftOut]]:
    """What the samples are judged by, and the samples at fault, which are judged by nothing.

    A sample is at fault whose reference leaves no solid, or whose picture cannot be read. strict: then it ends the work
    instead. Raises `ValueError` then.
    """
    faults = [fault for sample in samples if (fault := _fault_of_picture(sample))]
    sound = _without(samples, faults)
    steps = {sample.id: sample.step.read_bytes() for sample in sound if sample.step}
    families = {sample.id: sample.family for sample in sound if sample.family}
    truths, refused = references({sample.id: sample.code for sample in sound}, box, steps, families)
    faults += refused
    if strict and faults:
        told = f"{faults[0].id}: {faults[0].error}"
        raise ValueError(f"{told}; take it out of the dataset, or leave such samples out (strict=false)")
    return truths, faults


def _fault_of_picture(sample: Sample) -> LeftOut | None:
    try:
        load_image(sample.image)
    except ImageError as error:
        return LeftOut(sample.id, "picture", str(error))
    return None


def _without(samples: Sequence[Sample], faults: Sequence[LeftOut]) -> list[Sample]:
    gone = {fault.id for fault in faults}
    return [sample for sample in samples if sample.id not in gone]
