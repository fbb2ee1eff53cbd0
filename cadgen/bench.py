"""Runs a decoder over pictures and judges what it writes: rows.

Every picture gives one row a decoding, whatever happens: a program that does not run has IoU 0, and so has one whose
solid cannot be compared; `error` says which.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from cadgen.decode import Candidate, Decoder
from cadgen.model import Network
from cadgen.record import Row
from cadgen.shape import Execution, Sandbox, Score, Solid, iou_cadcoder, iou_takehome, overlap_aligned, score

CONSTANT = "constant"
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
    """A picture and the reference program that its solid is judged by."""

    id: str
    code: str
    image_CHW: Tensor


@dataclass(frozen=True)
class Decoded:
    """The candidate chosen for a case, and the seconds a picture of its batch took."""

    case_id: str
    candidate: Candidate
    seconds: float


def decode(network: Network, decoder: Decoder, cases: Iterable[Case], batch_size: int = 16) -> list[Decoded]:
    """The first candidate of each case."""
    found, batch = [], []
    for case in cases:
        batch.append(case)
        if len(batch) == batch_size:
            found += decode_batch(network, decoder, [c.id for c in batch], torch.stack([c.image_CHW for c in batch]))
            batch = []
    if batch:
        found += decode_batch(network, decoder, [c.id for c in batch], torch.stack([c.image_CHW for c in batch]))
    return found


def decode_batch(network: Network, decoder: Decoder, ids: Sequence[str], image_BCHW: Tensor) -> list[Decoded]:
    """`decode` for pictures that are a batch already."""
    device = next(network.parameters()).device
    started = time.perf_counter()
    offered = decoder(network, image_BCHW.to(device))
    seconds = (time.perf_counter() - started) / len(ids)
    return [Decoded(case_id, candidates[0], seconds) for case_id, candidates in zip(ids, offered, strict=True)]


def references(codes: dict[str, str], box: Sandbox) -> dict[str, Solid]:
    """The solid of each reference program by id.

    They are other people's programs and read as such. Raises `ValueError` for one that does not run: the data are at
    fault.
    """
    solids = {}
    for case_id, execution in zip(codes, box.run(list(codes.values()), profile="open"), strict=True):
        if execution.solid is None:
            raise ValueError(
                f"the reference program of {case_id} ends with {execution.status} ({execution.error}); "
                "take it out of the dataset"
            )
        solids[case_id] = execution.solid
    return solids


def judge(decoding: str, decoded: Sequence[Decoded], truths: dict[str, Solid], box: Sandbox) -> list[Row]:
    """One row a decoded case, in their order."""
    executions = box.run([one.candidate.code for one in decoded])
    rows = []
    for one, execution in zip(decoded, executions, strict=True):
        row = _row(decoding, one.case_id, one.candidate.code, execution, truths[one.case_id])
        rows.append(replace(row, log_probability=one.candidate.log_probability, seconds=one.seconds))
    return rows


def constant_rows(truths: dict[str, Solid], box: Sandbox) -> list[Row]:
    """Rows of the one program of `CONSTANTS` with the best mean aligned IoU, answered to every picture."""
    executions = box.run(CONSTANTS)
    totals = []
    for execution in executions:
        if execution.solid is None:
            raise RuntimeError(f"a box of CONSTANTS ends with {execution.status} ({execution.error})")
        scores = score(overlap_aligned, [(truth, execution.solid) for truth in truths.values()])
        totals.append(sum(one.value for one in scores))
    best = totals.index(max(totals))
    return [_row(CONSTANT, case_id, CONSTANTS[best], executions[best], truth) for case_id, truth in truths.items()]


def _row(decoding: str, case_id: str, code: str, execution: Execution, truth: Solid) -> Row:
    """Without what only a decoder knows: `log_probability` and `seconds`."""
    aligned = takehome = cadcoder = Score(0.0)
    if execution.solid is not None:
        pair = [(truth, execution.solid)]
        aligned, takehome, cadcoder = (
            score(metric, pair)[0] for metric in (overlap_aligned, iou_takehome, iou_cadcoder)
        )
    return Row(
        id=case_id,
        decoding=decoding,
        code=code,
        status=execution.status,
        error=execution.error or aligned.error or takehome.error or cadcoder.error,
        iou_aligned=aligned.value,
        iou_takehome=takehome.value,
        iou_cadcoder=cadcoder.value,
        log_probability=None,
        seconds=0.0,
        run_seconds=execution.seconds,
        profile=execution.profile,
        isolation=execution.isolation,
        overlap=aligned.method,
    )
