"""Judges what other people's models answered: every answer a row, whatever it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress

from cadgen.eval.comparison import Judged, compared, oracle_of, row_of, rows_of
from cadgen.eval.journal import Journal, Verdict
from cadgen.eval.prediction import Prediction
from cadgen.eval.row import Row
from cadgen.eval.truth import Truth
from cadgen.eval.truth_files import read_solids
from cadgen.lang import repair
from cadgen.shape import Execution, Sandbox

T = TypeVar("T")
Run = Callable[[Sequence[str]], list[Execution]]
_Place = tuple[str, Prediction]

MISSING, UNREADABLE = "missing", "unreadable"
"""Statuses of rows of parts that nothing was answered to, and of answers that are neither program nor file."""

_NOTHING = Prediction(fault="there is no prediction")
_LONGEST_MENDED = 64 << 10  # bytes; the sandbox executes nothing longer


@dataclass(frozen=True)
class Harness:
    """What executes programs, and how.

    run: the sandbox's, or a cluster's; box: reads STEP files; workers: processes that compare solids; mends:
    whether a program that leaves no solid is repaired, and counts if it leaves one then.
    """

    run: Run
    box: Sandbox
    workers: int = 1
    mends: bool = False

    def executed(self, answers: Sequence[Prediction]) -> list[tuple[str, Execution]]:
        """(program, what became of it) of each answer; the program is "" where there is a file."""
        codes = list(dict.fromkeys(one.code for one in answers if not one.fault and one.file is None))
        programs = dict(zip(codes, zip(codes, self.run(codes), strict=True), strict=True))
        if self.mends:
            programs |= self._mended(programs)
        paths = [one.file for one in answers if one.file is not None]
        files = dict(zip(paths, read_solids(paths, self.box), strict=True))
        return [self._of(one, programs, files) for one in answers]

    def _of(
        self, one: Prediction, programs: Mapping[str, tuple[str, Execution]], files: Mapping[Path, Execution]
    ) -> tuple[str, Execution]:
        if one.fault:
            return "", Execution("error", one.fault)
        return programs[one.code] if one.file is None else ("", files[one.file])

    def _mended(self, programs: Mapping[str, tuple[str, Execution]]) -> dict[str, tuple[str, Execution]]:
        """Those that leave a solid only after repair, by the text that was given."""
        broken = [code for code, (_, execution) in programs.items() if not execution.ok]
        texts = {code: repair(code, failed=True).code for code in broken if len(code.encode()) <= _LONGEST_MENDED}
        mended = {code: text for code, text in texts.items() if text and text != code}
        found = zip(mended.items(), self.run(list(mended.values())), strict=True)
        return {code: (text, execution) for (code, text), execution in found if execution.ok}


def score_predictions(
    name: str,
    answers: Mapping[str, Sequence[Prediction]],
    truths: Mapping[str, Truth],
    harness: Harness,
    journal: Journal | None = None,
) -> Judged:
    """A row of the first answer to each part; where any has several, also of the best (`<name>:oracle`) and of each.

    A part without an answer has a row all the same. journal: gets what is judged, and what it knows already is not
    judged again.
    """
    found = journal.known(name) if journal else {}
    left = {case_id: list(answers.get(case_id) or [_NOTHING]) for case_id in truths if case_id not in found}
    rows: dict[str, dict[Prediction, Row]] = {case_id: {} for case_id in left}
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(name, total=len(truths), completed=len(found))
        for (case_id, one), row in _judged(name, left, truths, harness):
            rows[case_id][one] = row
            if len(rows[case_id]) == len(set(left[case_id])):
                found[case_id] = _verdict([rows[case_id][answer] for answer in left[case_id]])
                del rows[case_id]
                if journal:
                    journal.add(found[case_id])
                progress.advance(task)
    verdicts = [found[case_id] for case_id in truths]
    several = any(one.candidates for one in verdicts)
    every = [row for one in verdicts for row in one.candidates or (one.row,) if row.status != MISSING]
    return Judged(rows_of(verdicts), every if several else [])


def _judged(
    name: str, left: Mapping[str, Sequence[Prediction]], truths: Mapping[str, Truth], harness: Harness
) -> Iterator[tuple[_Place, Row]]:
    """A row of every distinct answer, those of a part in any order."""
    places = ((case_id, one) for case_id, answers in left.items() for one in dict.fromkeys(answers))
    done: list[tuple[_Place, Row]] = []

    def solids() -> Iterator[tuple[_Place, tuple[str, str, str, Execution]]]:
        """Those that leave one, which takes time to compare; the others are done."""
        for some in _batches(places, 16 * harness.workers):
            for place, (code, execution) in zip(some, harness.executed([one for _, one in some]), strict=True):
                case_id, one = place
                if execution.solid is None:
                    row = row_of(name, case_id, code, execution, truths[case_id])
                    done.append((place, replace(row, status=_status(one, row))))
                else:
                    yield place, (name, case_id, code, execution)

    for judged in compared(solids(), truths, harness.workers):
        yield judged
        yield from done
        done.clear()
    yield from done


def _status(one: Prediction, row: Row) -> str:
    if not one.fault:
        return row.status
    return MISSING if one == _NOTHING else UNREADABLE


def _verdict(rows: Sequence[Row]) -> Verdict:
    """Of the rows of all answers to one part; the first is what the model answers."""
    if len(rows) == 1:
        return Verdict(replace(rows[0], rank=0))
    ranked = [replace(row, rank=rank) for rank, row in enumerate(rows)]
    best = max(ranked, key=lambda row: (row.status == "ok", row.primary))
    return Verdict(ranked[0], oracle_of(best), tuple(ranked))


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
