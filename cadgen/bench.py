"""Runs a decoder over pictures and judges what it writes: rows.

Every picture gives one row a decoding, whatever happens: a program that does not run has IoU 0, and so has one whose
solid cannot be compared; `error` says which.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import torch
from torch import Tensor

from cadgen.decode import Candidate, Decoder, Offers, Picture
from cadgen.model import Network
from cadgen.record import CONSTANT, REFERENCE, Row
from cadgen.shape import (
    Execution,
    NotManifold,
    Sandbox,
    Score,
    Solid,
    Structure,
    iou_cadcoder,
    iou_takehome,
    overlap_aligned,
    score,
    structure,
)

_ORACLE = "{}:oracle"
_BOX = "import cadquery as cq\nresult=cq.Workplane('XY').rect({0},{1}).extrude({2})\n"
# Boxes, plates and bars that a model without eyes might always answer.
CONSTANTS = tuple(
    _BOX.format(*size)
    for size in (
        (384, 384, 384),
        (384, 384, 192),
        (384, 384, 48),
        (384, 256, 96),
        (384, 192, 192),
        (384, 192, 24),
        (384, 64, 64),
    )
)


@dataclass(frozen=True)
class Case:
    """A picture, as the network and as choosers see it, and the reference program that its solid is judged by."""

    id: str
    code: str
    image_CHW: Tensor
    picture: Picture


@dataclass(frozen=True)
class Truth:
    """What a case is judged by: its reference program, what became of that, and the solid of a reference STEP file.

    family: of the generated part.
    """

    code: str
    execution: Execution
    step: Solid | None = None
    family: str | None = None

    @property
    def solid(self) -> Solid:
        """Of the program: `references` lets none through that leaves none."""
        assert self.execution.solid is not None
        return self.execution.solid

    @cached_property
    def structure(self) -> Structure | None:
        return _structure(self.solid)


@dataclass(frozen=True)
class Decoded:
    """The candidates of a case, best first, and the seconds a picture of its batch took: proposing and choosing."""

    case_id: str
    candidates: list[Candidate]
    seconds: float

    @property
    def candidate(self) -> Candidate:
        """The best; where nothing was offered, a program that is empty and so wrong."""
        return self.candidates[0] if self.candidates else Candidate("", None, 0, False)


def decode(
    network: Network, decoder: Decoder, cases: Iterable[Case], box: Sandbox, batch_size: int = 16
) -> list[Decoded]:
    """Every case's candidates. Those of one batch are executed and drawn while the network writes the next one's."""
    with ThreadPoolExecutor(1) as beside:
        waiting: list[Future[list[Decoded]]] = []
        for batch in batches(cases, batch_size):
            if len(waiting) > 1:
                waiting[-2].result()  # the network is no more ahead than it need be: whoever counts cases sees the pace
            waiting.append(beside.submit(_chosen, decoder, batch, *_proposed(network, decoder, batch), box))
        return [one for decoded in waiting for one in decoded.result()]


def batches(cases: Iterable[Case], size: int) -> Iterator[list[Case]]:
    """`size` at a time; what is left comes last."""
    rest = iter(cases)
    while batch := list(islice(rest, size)):
        yield batch


def _proposed(network: Network, decoder: Decoder, cases: Sequence[Case]) -> tuple[Offers, float]:
    """Candidates in the proposer's order, and the seconds a picture took."""
    device = next(network.parameters()).device
    started = time.perf_counter()
    offers = decoder.propose(network, torch.stack([case.image_CHW for case in cases]).to(device))
    return offers, (time.perf_counter() - started) / len(cases)


def _chosen(decoder: Decoder, cases: Sequence[Case], offers: Offers, seconds: float, box: Sandbox) -> list[Decoded]:
    started = time.perf_counter()
    ordered = decoder.choose(offers, [case.picture for case in cases], box.run)
    seconds += (time.perf_counter() - started) / len(cases)
    return [Decoded(case.id, candidates, seconds) for case, candidates in zip(cases, ordered, strict=True)]


def references(
    codes: Mapping[str, str], box: Sandbox, steps: Mapping[str, bytes] = {}, families: Mapping[str, str] = {}
) -> dict[str, Truth]:
    """The truth of each reference program by id; steps, families: STEP files and families, of those that have one.

    They are other people's programs and read as such: any Python. Raises `ValueError` for one that does not run, and
    for a file without a solid: the data are at fault.
    """
    executions = dict(zip(codes, box.run(list(codes.values()), profile="open"), strict=True))
    files = dict(zip(steps, box.read_steps(list(steps.values())), strict=True))
    for what, found in (("reference program", executions), ("STEP file", files)):
        for case_id, execution in found.items():
            if not execution.ok:
                told = f"{execution.status} ({execution.error})"
                raise ValueError(f"the {what} of {case_id} ends with {told}; take it out of the dataset")
    return {
        case_id: Truth(
            codes[case_id], execution, files[case_id].solid if case_id in files else None, families.get(case_id)
        )
        for case_id, execution in executions.items()
    }


def judge(
    decoding: str, decoded: Sequence[Decoded], truths: Mapping[str, Truth], box: Sandbox, oracle: bool = False
) -> list[Row]:
    """One row a decoded case, in their order.

    oracle: then one more for each, of the decoding `<decoding>:oracle`, where any has several candidates: the one with
    the best aligned IoU, which only who knows the truth could choose.
    """
    several = oracle and any(len(one.candidates) > 1 for one in decoded)
    codes = [candidate.code for one in decoded for candidate in (one.candidates if several else [one.candidate])]
    found = dict(zip(codes, box.run(codes), strict=True))
    chosen = [(decoding, one, one.candidate) for one in decoded]
    if several:
        best = (_best(one.candidates, found, truths[one.case_id]) for one in decoded)
        chosen += [(_ORACLE.format(decoding), one, candidate) for one, candidate in zip(decoded, best, strict=True)]
    rows = []
    for name, one, candidate in chosen:
        row = _row(name, one.case_id, candidate.code, found[candidate.code], truths[one.case_id])
        rows.append(replace(row, log_probability=candidate.log_probability, seconds=one.seconds))
    return rows


def _best(candidates: Sequence[Candidate], found: Mapping[str, Execution], truth: Truth) -> Candidate:
    """The first of those with the best aligned IoU; one that runs before one that does not."""
    scores = {}
    for code in dict.fromkeys(candidate.code for candidate in candidates):
        solid = found[code].solid
        scores[code] = score(overlap_aligned, [(truth.solid, solid)])[0].value if solid else -1.0
    return max(candidates, key=lambda candidate: scores[candidate.code])


def reference_rows(truths: Mapping[str, Truth]) -> list[Row]:
    """Rows of the reference programs themselves: what a right answer scores, which is not 1 against a STEP file."""
    return [_row(REFERENCE, case_id, truth.code, truth.execution, truth) for case_id, truth in truths.items()]


def constant_rows(truths: Mapping[str, Truth], box: Sandbox) -> list[Row]:
    """Rows of the one program of `CONSTANTS` with the best mean aligned IoU, answered to every picture."""
    executions = box.run(CONSTANTS)
    totals = []
    for execution in executions:
        if execution.solid is None:
            raise RuntimeError(f"a box of CONSTANTS ends with {execution.status} ({execution.error})")
        scores = score(overlap_aligned, [(truth.solid, execution.solid) for truth in truths.values()])
        totals.append(sum(one.value for one in scores))
    best = totals.index(max(totals))
    return [_row(CONSTANT, case_id, CONSTANTS[best], executions[best], truth) for case_id, truth in truths.items()]


def _row(decoding: str, case_id: str, code: str, execution: Execution, truth: Truth) -> Row:
    """Without what only a decoder knows: `log_probability` and `seconds`."""
    aligned = takehome = cadcoder = step = Score(0.0)
    if execution.solid is not None:
        pair = [(truth.solid, execution.solid)]
        aligned, takehome, cadcoder = (
            score(metric, pair)[0] for metric in (overlap_aligned, iou_takehome, iou_cadcoder)
        )
        if truth.step is not None:
            step = score(iou_cadcoder, [(truth.step, execution.solid)])[0]
    errors = (execution.error, *(one.error for one in (aligned, takehome, cadcoder, step)))
    return Row(
        id=case_id,
        decoding=decoding,
        code=code,
        status=execution.status,
        error=next(filter(None, errors), ""),
        iou_aligned=aligned.value,
        iou_takehome=takehome.value,
        iou_cadcoder=cadcoder.value,
        log_probability=None,
        seconds=0.0,
        run_seconds=execution.seconds,
        profile=execution.profile,
        isolation=execution.isolation,
        overlap=aligned.method,
        iou_cadcoder_step=step.value if truth.step else None,
        structure=_structure(execution.solid) if execution.solid else None,
        structure_truth=truth.structure,
        num_extrusions=truth.code.count(".extrude("),
        family=truth.family,
    )


def _structure(solid: Solid) -> Structure | None:
    try:
        return structure(solid)
    except NotManifold:
        return None
