"""Judges what decoders write: a row a picture and decoding, whatever happens.

A program that does not run has IoU 0, and so has one whose solid cannot be compared; `error` says which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rich.progress import track

from cadgen.data import Sample
from cadgen.decode import Decoded, Decoder, decode
from cadgen.eval.case import cases
from cadgen.eval.journal import Journal, Verdict
from cadgen.eval.metric import METRICS, PRIMARY
from cadgen.eval.row import CONSTANT, REFERENCE, Row
from cadgen.eval.truth import Truth, structure_of
from cadgen.model import Gate, Network
from cadgen.shape import Execution, Sandbox

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
class Judged:
    """rows: one a picture and decoding; candidates: one a candidate, where they were asked for."""

    rows: list[Row]
    candidates: list[Row]


def judge_decodings(
    network: Network | Gate,
    decodings: Mapping[str, Decoder],
    samples: Sequence[Sample],
    truths: Mapping[str, Truth],
    box: Sandbox,
    oracle: bool = False,
    all_candidates: bool = False,
    is_quiet: bool = False,
    journal: Journal | None = None,
) -> Judged:
    """Decodes the samples that have a truth by each decoding and judges that, each as soon as it is decoded.

    oracle: see `verdict`; is_quiet: shows no progress; journal: gets what is judged, and what it knows already is not
    judged again.
    """
    rows, candidates = list[Row](), list[Row]()
    for name, decoder in decodings.items():
        box.forget()  # what decodings before it had executed is not to make this one seem faster
        found = journal.known(name) if journal else {}
        left = [sample for sample in samples if sample.id in truths and sample.id not in found]

        def keep(one: Decoded) -> None:
            found[one.case_id] = verdict(name, one, truths[one.case_id], box, oracle, all_candidates)  # noqa: B023
            if journal:
                journal.add(found[one.case_id])  # noqa: B023

        pictures = track(cases(left, network.sight), name, total=len(left), disable=is_quiet)
        decode(network, decoder, pictures, box, then=keep)
        verdicts = [found[sample.id] for sample in samples if sample.id in found]
        rows += rows_of(verdicts)
        candidates += [row for one in verdicts for row in one.candidates]
    return Judged(rows, candidates)


def judge(decoding: str, decoded: Sequence[Decoded], truths: Mapping[str, Truth], box: Sandbox) -> list[Row]:
    """One row a decoded case, in their order: of its best candidate."""
    found = _run([one.candidate.code for one in decoded], box)
    return [_row_of(decoding, one, 0, found, truths[one.case_id]) for one in decoded]


def verdict(
    decoding: str, one: Decoded, truth: Truth, box: Sandbox, oracle: bool = False, all_candidates: bool = False
) -> Verdict:
    """Judges one case, and those of its candidates that were asked for: what a preference can be learnt from.

    oracle: where there are several candidates also the one with the best aligned IoU, which only who knows the truth
    could choose, as a row of the decoding `<decoding>:oracle`.
    """
    several = oracle and len(one.candidates) > 1
    codes = [candidate.code for candidate in one.candidates] if several or all_candidates else []
    found = _run([one.candidate.code, *codes], box)
    return Verdict(
        _row_of(decoding, one, 0, found, truth),
        _oracle(_row_of(decoding, one, _best(one, found, truth), found, truth)) if several else None,
        tuple(_row_of(decoding, one, rank, found, truth) for rank in range(len(codes) if all_candidates else 0)),
    )


def rows_of(verdicts: Sequence[Verdict]) -> list[Row]:
    """A row a picture, then the oracle's, where it had a choice at any; at others it chose what the decoding did."""
    rows = [one.row for one in verdicts]
    if not any(one.oracle for one in verdicts):
        return rows
    return rows + [one.oracle or _oracle(one.row) for one in verdicts]


def _oracle(row: Row) -> Row:
    """Without confidence, which tells of what a decoding chose."""
    return replace(row, decoding=_ORACLE.format(row.decoding), confidence=None)


def _run(codes: Sequence[str], box: Sandbox) -> dict[str, Execution]:
    return dict(zip(codes, box.run(codes), strict=True))


def _row_of(name: str, one: Decoded, rank: int, found: Mapping[str, Execution], truth: Truth) -> Row:
    candidate = one.candidates[rank] if one.candidates else one.candidate
    row = _row(name, one.case_id, candidate.code, found[candidate.code], truth)
    row = replace(row, log_probability=candidate.log_probability, confidence=candidate.confidence)
    return replace(row, seconds=one.seconds, rank=rank)


def _best(one: Decoded, found: Mapping[str, Execution], truth: Truth) -> int:
    """The place of the first candidate with the best aligned IoU; one that runs before one that does not."""
    scores: dict[str, float] = {}
    for code in dict.fromkeys(candidate.code for candidate in one.candidates):
        solid = found[code].solid
        scores[code] = PRIMARY.score(truth, solid).value if solid else -1.0
    return max(range(len(one.candidates)), key=lambda rank: scores[one.candidates[rank].code], default=0)


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
        totals.append(sum(PRIMARY.score(truth, execution.solid).value for truth in truths.values()))
    best = totals.index(max(totals))
    return [_row(CONSTANT, case_id, CONSTANTS[best], executions[best], truth) for case_id, truth in truths.items()]


def _row(decoding: str, case_id: str, code: str, execution: Execution, truth: Truth) -> Row:
    """Without what only a decoder knows: `log_probability`, `confidence`, `seconds` and `rank`."""
    scores = {metric.name: metric.score(truth, execution.solid) for metric in METRICS if metric.applies(truth)}
    errors = (execution.error, *(one.error for one in scores.values()))
    return Row(
        id=case_id,
        decoding=decoding,
        code=code,
        status=execution.status,
        error=next(filter(None, errors), ""),
        scores={metric.name: scores[metric.name].value if metric.name in scores else None for metric in METRICS},
        log_probability=None,
        seconds=0.0,
        run_seconds=execution.seconds,
        profile=execution.profile,
        isolation=execution.isolation,
        overlap=scores[PRIMARY.name].method,
        structure=structure_of(execution.solid) if execution.solid else None,
        structure_truth=truth.structure,
        num_extrusions=truth.code.count(".extrude("),
        family=truth.family,
    )
