"""What one program is worth beside its truth: `row_of`, and the rows that stand beside those of every decoding.

A program that does not run has IoU 0, and so has one whose solid cannot be compared; `error` says which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cadgen.eval.journal import Verdict
from cadgen.eval.metric import METRICS, PRIMARY
from cadgen.eval.row import CONSTANT, REFERENCE, Row
from cadgen.eval.truth import Truth, structure_of
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


def row_of(decoding: str, case_id: str, code: str, execution: Execution, truth: Truth) -> Row:
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


def reference_rows(truths: Mapping[str, Truth]) -> list[Row]:
    """Rows of the reference programs themselves: what a right answer scores, which is not 1 against a STEP file."""
    return [row_of(REFERENCE, case_id, truth.code, truth.execution, truth) for case_id, truth in truths.items()]


def constant_rows(truths: Mapping[str, Truth], box: Sandbox) -> list[Row]:
    """Rows of the one program of `CONSTANTS` with the best mean aligned IoU, answered to every picture."""
    executions = box.run(CONSTANTS)
    totals = []
    for execution in executions:
        if execution.solid is None:
            raise RuntimeError(f"a box of CONSTANTS ends with {execution.status} ({execution.error})")
        totals.append(sum(PRIMARY.score(truth, execution.solid).value for truth in truths.values()))
    best = totals.index(max(totals))
    return [row_of(CONSTANT, case_id, CONSTANTS[best], executions[best], truth) for case_id, truth in truths.items()]


def rows_of(verdicts: Sequence[Verdict]) -> list[Row]:
    """A row a picture, then the oracle's, where it had a choice at any; at others it chose what the decoding did."""
    rows = [one.row for one in verdicts]
    if not any(one.oracle for one in verdicts):
        return rows
    return rows + [one.oracle or oracle_of(one.row) for one in verdicts]


def oracle_of(row: Row) -> Row:
    """The row as the oracle's: without confidence, which tells of what a decoding chose."""
    return replace(row, decoding=_ORACLE.format(row.decoding), confidence=None)
