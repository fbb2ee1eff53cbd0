"""`answers`: what a page shows of every row, as plain data: scores, texts, and of the first pictures and scenes."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import get_args

from PIL import Image
from rich.console import Console
from rich.progress import track

from cadgen.data import Sample
from cadgen.eval.outcome import by_extrusions, outcome
from cadgen.eval.row import Row
from cadgen.picture import read, squared
from cadgen.report.page.assets import Assets, embedded, webp
from cadgen.report.page.judged_run import JudgedRun, is_decoding
from cadgen.report.page.scene import scene
from cadgen.shape import Execution, Sandbox, Solid, render
from cadgen.shape.sandbox import Profile

_SIZE = 320  # px of a picture's side
_MOST_TEXT = 5 << 20  # bytes of rows and programs; what is more is not listed
_MOST_ASSETS = 8 << 20
_LONGEST_TEXT = 20_000  # characters of a program or an error that are shown
_MOST_CANDIDATES = 64
_NO_DATA = "the dataset is not known: name it with --data"


def answers(runs: Sequence[JudgedRun], box: Sandbox, limit: int) -> dict:
    """{records, texts, assets, num}: a record for each row that is listed, the first `limit` with pictures and scenes.

    The first are those of the main decoding of each run, then other decodings, what is judged beside last. texts: the
    programs, which records name by number; assets: by name; num: rows in all.
    """
    rows = [(number, row) for number, run in enumerate(runs) for row in run.rows]
    order = sorted(range(len(rows)), key=lambda at: _rank(runs[rows[at][0]], rows[at][1]))  # stable
    listed = _Listed(runs)
    kept = [at for at in order if listed.add(at, *rows[at])]
    stage = _Stage(runs, box)
    stage.show([(listed.records[at], *rows[at]) for at in kept[:limit]])
    for at in kept[limit:]:
        listed.records[at]["why"] = f"not one of the {limit} answers with picture and solid"
    records = [listed.records[at] for at in sorted(kept)]
    return {"records": records, "texts": list(listed.texts), "assets": stage.assets.texts, "num": len(rows)}


def _rank(run: JudgedRun, row: Row) -> int:
    return 0 if row.decoding == run.main else 1 if is_decoding(row) else 2


class _Listed:
    """Records of rows by their place, up to `_MOST_TEXT` bytes, and the texts that they name."""

    def __init__(self, runs: Sequence[JudgedRun]):
        self.records: dict[int, dict] = {}
        self.texts: dict[str, int] = {}
        self._runs, self._room = runs, _MOST_TEXT
        self._candidates: dict[tuple, list[list]] = {}
        for number, run in enumerate(runs):
            for row in run.candidates:
                told = [row.rank, row.status, row.primary]
                self._candidates.setdefault((number, row.decoding, row.id), []).append(told)

    def add(self, at: int, number: int, row: Row) -> bool:
        """Whether there was room for it; the first that finds none is the last."""
        if self._room < 0:
            return False
        record = {
            "run": number,
            "id": row.id,
            "decoding": row.decoding,
            "status": row.status,
            "outcome": outcome(row),
            "error": row.error[:_LONGEST_TEXT],
            "scores": row.scores,
            "confidence": row.confidence,
            "log_probability": row.log_probability,
            "seconds": row.seconds,
            "run_seconds": row.run_seconds,
            "overlap": row.overlap,
            "profile": row.profile,
            "isolation": row.isolation,
            "structure": row.structure,
            "structure_truth": row.structure_truth,
            "extrusions": by_extrusions(row),
            "family": row.family,
            "rank": row.rank,
            "code": self._text(row.code),
            "candidates": self._candidates.get((number, row.decoding, row.id), [])[:_MOST_CANDIDATES],
        }
        if (truth := self._runs[number].truths.get(row.id)) is not None:
            record["truth"] = self._text(truth.code)
        self._room -= len(embedded(record))
        self.records[at] = record
        return True

    def _text(self, text: str) -> int:
        shown = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}\n# … {len(text)} characters in all"
        if shown not in self.texts:
            self.texts[shown] = len(self.texts)
            self._room -= len(embedded(shown))
        return self.texts[shown]


class _Stage:
    """Gives records their pictures: `picture` of the sample, `still` and `scene` of the answer, or a line `why` not."""

    def __init__(self, runs: Sequence[JudgedRun], box: Sandbox):
        self.assets = Assets(_MOST_ASSETS)
        self._runs, self._box = runs, box
        self._is_quiet = not Console().is_terminal

    def show(self, chosen: Sequence[tuple[dict, int, Row]]) -> None:
        # What left no solid when it was judged is not run again: it may have taken all the time that it was allowed.
        executions = self._executed([row for _, _, row in chosen if row.status == "ok" and row.code])
        for record, number, row in track(chosen, "report", disable=self._is_quiet):
            run = self._runs[number]
            self._try(record, "why_no_picture", "picture", number, row, partial(_picture, run.samples.get(row.id)))
            execution = executions.get((row.code, row.profile))
            if execution is None or execution.solid is None:
                record["why"] = _why(row, execution)
                continue
            truth = run.truths.get(row.id)
            solid, told = execution.solid, partial(_scene, execution.solid, truth.solid if truth else None)
            self._try(record, "why", "still", number, row, partial(_still, solid))
            self._try(record, "why", "scene", number, row, told)
            if truth is None:
                record["why_no_truth"] = "the data have no truth of this id" if run.samples else _NO_DATA

    def _try(self, record: dict, why: str, kind: str, number: int, row: Row, make: Callable[[], str]) -> None:
        """A still is the same in all runs; a picture is the same for all decodings."""
        sample = None if kind == "still" else (number, row.id)
        key = (kind, sample, None if kind == "picture" else (row.code, row.profile))
        try:
            record[kind] = self.assets.put(key, make)
        except ValueError as reason:
            record[why] = str(reason)[:300]

    def _executed(self, rows: Sequence[Row]) -> dict[tuple[str, str], Execution]:
        """By program and profile, each as it was judged."""
        found: dict[tuple[str, str], Execution] = {}
        for profile in get_args(Profile):
            if codes := list(dict.fromkeys(row.code for row in rows if row.profile == profile)):
                executions = self._box.run(codes, None if self._is_quiet else "solids of the report", profile)
                found |= {(code, profile): one for code, one in zip(codes, executions, strict=True)}
        return found


def _why(row: Row, execution: Execution | None) -> str:
    if row.status == "ok" and not row.code:
        return "the answer was a file, not a program, and is not kept"
    if execution is None:
        return f"no solid: {row.status}" if row.status != "ok" else f"it was read as {row.profile!r}, which is unknown"
    return f"it ran when it was judged, and ends with {execution.status} now: {execution.error[:200]}"


def _picture(sample: Sample | None) -> str:
    if sample is None:
        raise ValueError(_NO_DATA)
    return webp(Image.fromarray(squared(read(sample.image), _SIZE)))


def _still(solid: Solid) -> str:
    return webp(Image.fromarray(render(solid)).resize((_SIZE, _SIZE), Image.Resampling.BOX), lossless=True)


def _scene(answer: Solid, truth: Solid | None) -> str:
    return embedded(scene(answer, truth))
