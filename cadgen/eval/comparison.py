"""What one program is worth beside its truth: `row_of`, and the rows that stand beside those of every decoding.

A program that does not run has IoU 0, and so has one whose solid cannot be compared; `error` says which.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from rich.console import Console
from rich.progress import track

from cadgen.eval.journal import Verdict
from cadgen.eval.metric import METRICS, PRIMARY
from cadgen.eval.row import CONSTANT, REFERENCE, Row
from cadgen.eval.truth import Truth, structure_of
from cadgen.shape import Execution, Sandbox, Solid, chamfer_cadrille, score
from cadgen.shape.batch import DIED, spread

K = TypeVar("K")

_ORACLE = "{}:oracle"
_MANY = 20  # comparisons that take long enough to show how far they are
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
        num_extrusions=truth.code.count(".extrude(") if truth.code else None,
        family=truth.family,
        chamfer_cadrille=_chamfer(truth, execution.solid),
    )


def _chamfer(truth: Truth, prediction: Solid | None) -> float | None:
    """None where there is nothing to measure a distance to: no number says that as 0 does of an IoU."""
    if prediction is None:
        return None
    (found,) = score(chamfer_cadrille, [(truth.solid, prediction)])
    return None if found.error else found.value


def rows_beside(truths: Mapping[str, Truth], box: Sandbox, workers: int = 1) -> list[Row]:
    """What stands beside every decoding: the constant's rows, and the references' where they have STEP files too."""
    rows = constant_rows(truths, box, workers)
    if any(truth.step and truth.code for truth in truths.values()):
        rows += reference_rows(truths, workers)
    return rows


def reference_rows(truths: Mapping[str, Truth], workers: int = 1) -> list[Row]:
    """Rows of the reference programs themselves: what a right answer scores, which is not 1 against a STEP file."""
    answers = {case_id: (truth.code, truth.execution) for case_id, truth in truths.items()}
    return _rows(REFERENCE, answers, truths, workers)


def constant_rows(truths: Mapping[str, Truth], box: Sandbox, workers: int = 1) -> list[Row]:
    """Rows of the one program of `CONSTANTS` with the best mean aligned IoU, answered to every picture.

    workers: processes that compare.
    """
    executions = box.run(CONSTANTS)
    pairs: list[tuple[Solid, Solid]] = []
    for execution in executions:
        if execution.solid is None:
            raise RuntimeError(f"a box of CONSTANTS ends with {execution.status} ({execution.error})")
        pairs += [(truth.solid, execution.solid) for truth in truths.values()]
    scores = score(PRIMARY.measure, pairs, workers, "constant" if len(pairs) > _MANY else "")
    values = np.array([one.value for one in scores]).reshape(len(CONSTANTS), len(truths))
    best = int(values.sum(axis=1).argmax())
    return _rows(CONSTANT, dict.fromkeys(truths, (CONSTANTS[best], executions[best])), truths, workers)


def compared(
    jobs: Iterable[tuple[K, tuple[str, str, str, Execution]]], truths: Mapping[str, Truth], workers: int
) -> Iterator[tuple[K, Row]]:
    """(key, `row_of`(decoding, id, code, execution, its truth)) of each job, as they come; see `spread`."""
    told: dict[K, tuple] = {}

    def with_truth() -> Iterator[tuple[K, tuple]]:
        for key, job in jobs:
            told[key] = job
            *answer, execution = job
            truth = truths[job[1]]
            yield key, (*job, truth) if workers == 1 else (*answer, _light(execution), _light_truth(truth))

    for key, row in spread(row_of, with_truth(), workers):
        decoding, case_id, code, execution = told.pop(key)
        yield key, row or row_of(decoding, case_id, code, replace(execution, solid=None, error=DIED), truths[case_id])


def _light(execution: Execution) -> Execution:
    """Without the B-rep, which no metric reads and a process need not be sent."""
    return replace(execution, solid=execution.solid and replace(execution.solid, brep=b""))


def _light_truth(truth: Truth) -> Truth:
    return replace(truth, execution=_light(truth.execution), step=truth.step and replace(truth.step, brep=b""))


def _rows(
    decoding: str, answers: Mapping[str, tuple[str, Execution]], truths: Mapping[str, Truth], workers: int
) -> list[Row]:
    jobs = ((case_id, (decoding, case_id, *answer)) for case_id, answer in answers.items())
    found = compared(jobs, truths, workers if len(truths) > 1 else 1)
    console = Console(stderr=True)
    is_quiet = len(answers) <= _MANY or not console.is_terminal
    rows = dict(track(found, decoding, len(answers), console=console, transient=True, disable=is_quiet))
    return [rows[case_id] for case_id in answers]


def rows_of(verdicts: Sequence[Verdict]) -> list[Row]:
    """A row a picture, then the oracle's, where it had a choice at any; at others it chose what the decoding did."""
    rows = [one.row for one in verdicts]
    if not any(one.oracle for one in verdicts):
        return rows
    return rows + [one.oracle or oracle_of(one.row) for one in verdicts]


def oracle_of(row: Row) -> Row:
    """The row as the oracle's: without confidence, which tells of what a decoding chose."""
    return replace(row, decoding=_ORACLE.format(row.decoding), confidence=None)
