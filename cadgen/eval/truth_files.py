"""The truths of datasets: their files read with bounds, their programs executed, and what is at fault with them."""

import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from cadgen.data import Sample
from cadgen.eval.truth import LeftOut, Truth, references
from cadgen.picture import PictureError, read, see
from cadgen.shape import STEP_LIMIT, Sandbox


def truths_of(samples: Sequence[Sample], box: Sandbox, strict: bool = False) -> tuple[dict[str, Truth], list[LeftOut]]:
    """What the samples are judged by, and the samples at fault, which are judged by nothing.

    A sample is at fault whose reference leaves no solid, or whose picture or STEP file cannot be read. strict: then it
    ends the work instead. Raises `ValueError` then.
    """
    faults = [fault for sample in samples if (fault := _fault_of_picture(sample))]
    found = {sample.id: _read_step(sample.id, sample.step) for sample in _without(samples, faults) if sample.step}
    steps = {case_id: content for case_id, content in found.items() if isinstance(content, bytes)}
    faults += [fault for fault in found.values() if isinstance(fault, LeftOut)]
    sound = _without(samples, faults)
    families = {sample.id: sample.family for sample in sound if sample.family}
    truths, refused = references({sample.id: sample.code for sample in sound}, box, steps, families)
    faults += refused
    if strict and faults:
        told = f"{faults[0].id}: {faults[0].error}"
        raise ValueError(f"{told}; take it out of the dataset, or leave such samples out (strict=false)")
    return truths, faults


def tell_left_out(faults: Sequence[LeftOut], most: int = 20) -> None:
    """Names the samples at fault on stderr, with the reason; `most` of them."""
    for fault in faults[:most]:
        print(f"left out: {fault.id}: {fault.error}", file=sys.stderr)
    if len(faults) > most:
        print(f"left out: {len(faults) - most} more", file=sys.stderr)


def _fault_of_picture(sample: Sample) -> LeftOut | None:
    try:
        see(read(sample.image))
    except PictureError as error:
        return LeftOut(sample.id, "picture", str(error))
    return None


def _read_step(case_id: str, path: Path) -> bytes | LeftOut:
    """Never more of it than the sandbox would read, and never what is no file: a pipe would be waited for."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return LeftOut(case_id, "error", f"the STEP file {path} is no regular file")
        if status.st_size > STEP_LIMIT:
            told = f"has {status.st_size} bytes, over the limit of {STEP_LIMIT}"
            return LeftOut(case_id, "too_large", f"the STEP file {path} {told}")
        with path.open("rb") as file:
            return file.read(STEP_LIMIT + 1)
    except OSError as error:
        return LeftOut(case_id, "error", f"the STEP file {path} cannot be read ({error.strerror or error})")


def _without(samples: Sequence[Sample], faults: Sequence[LeftOut]) -> list[Sample]:
    gone = {fault.id for fault in faults}
    return [sample for sample in samples if sample.id not in gone]
