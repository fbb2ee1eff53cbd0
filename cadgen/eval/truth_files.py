"""The truths of datasets: their files read with bounds, their programs executed, and what is at fault with them."""

import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from cadgen.data import Sample
from cadgen.data.original import Original
from cadgen.eval.truth import LeftOut, Truth, comparable, references
from cadgen.picture import PictureError, read, see
from cadgen.shape import STEP_LIMIT, STL_LIMIT, Execution, Sandbox, read_stl


def truths_of(samples: Sequence[Sample], box: Sandbox, strict: bool = False) -> tuple[dict[str, Truth], list[LeftOut]]:
    """What the samples are judged by, and the samples at fault, which are judged by nothing.

    A sample is at fault whose reference leaves no solid, or whose picture or STEP file cannot be read. strict: then it
    ends the work instead. Raises `ValueError` then.
    """
    faults = [fault for sample in samples if (fault := _fault_of_picture(sample))]
    originals = [Original(one.id, one.code, one.step, family=one.family) for one in _without(samples, faults)]
    truths, refused = truths_of_originals(originals, box)
    faults += refused
    if strict and faults:
        told = f"{faults[0].id}: {faults[0].error}"
        raise ValueError(f"{told}; take it out of the dataset, or leave such samples out (strict=false)")
    return truths, faults


def truths_of_originals(
    originals: Sequence[Original], box: Sandbox, title: str | None = None
) -> tuple[dict[str, Truth], list[LeftOut]]:
    """What parts are judged by, in their order, and those that leave no solid; title: of a progress bar."""
    files = {one.id: path for one in originals if not one.code and (path := one.step or one.stl)}
    found = {one.id: read_file(one.step, "STEP file", STEP_LIMIT) for one in originals if one.code and one.step}
    steps = {case_id: content for case_id, content in found.items() if isinstance(content, bytes)}
    faults = [LeftOut(name, one.status, one.error) for name, one in found.items() if isinstance(one, Execution)]
    without = {*files, *(fault.id for fault in faults)}
    programs = {one.id: one.code for one in originals if one.id not in without}
    families = {one.id: one.family for one in originals if one.family}
    truths, refused = references(programs, box, steps, families, title)
    faults += refused
    found_in = map(comparable, read_solids(list(files.values()), box))
    for (case_id, path), read_one in zip(files.items(), found_in, strict=True):
        if read_one.solid is None:
            faults.append(LeftOut(case_id, read_one.status, f"{path} ends with {read_one.status} ({read_one.error})"))
        else:
            step = None if path.suffix.lower() == ".stl" else read_one.solid
            truths[case_id] = Truth("", read_one, step, families.get(case_id))
    return {one.id: truths[one.id] for one in originals if one.id in truths}, faults


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


def read_file(path: Path, what: str, limit: int) -> bytes | Execution:
    """The bytes of a STEP or STL file, never more than `limit`; else what became of it, as of a program that fails.

    Nothing is read of what is no file: a pipe would be waited for. what: as it is called.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return Execution("error", f"the {what} {path} is no regular file")
        if status.st_size > limit:
            return Execution("too_large", f"the {what} {path} has {status.st_size} bytes, over the limit of {limit}")
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        return Execution("error", f"the {what} {path} cannot be read ({error.strerror or error})")


def read_solids(paths: Sequence[Path], box: Sandbox) -> list[Execution]:
    """What each STEP or STL file holds: STEP is read in the cage, STL is numbers alone."""
    steps: dict[Path, bytes] = {}
    found: dict[Path, Execution] = {}
    for path in paths:
        is_stl = path.suffix.lower() == ".stl"
        content = read_file(path, "STL file", STL_LIMIT) if is_stl else read_file(path, "STEP file", STEP_LIMIT)
        if isinstance(content, Execution):
            found[path] = content
        elif is_stl:
            found[path] = read_stl(content)
        else:
            steps[path] = content
    found |= zip(steps, box.read_steps(list(steps.values())), strict=True)
    return [found[path] for path in paths]


def _without(samples: Sequence[Sample], faults: Sequence[LeftOut]) -> list[Sample]:
    gone = {fault.id for fault in faults}
    return [sample for sample in samples if sample.id not in gone]
