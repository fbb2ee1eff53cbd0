from dataclasses import replace

import pytest

from cadgen.eval.comparison import constant_rows, reference_rows
from cadgen.eval.journal import Journal
from cadgen.eval.prediction import Prediction
from cadgen.eval.scoring import MISSING, UNREADABLE, Harness, score_predictions
from cadgen.eval.truth import references

PLATE = "import cadquery as cq\nresult=cq.Workplane('XY').rect(200,100).extrude(10)\n"
HALF = "import cadquery as cq\nresult=cq.Workplane('XY').rect(200,50).extrude(10)\n"
OPEN = "import cadquery as cq\nresult=cq.Workplane('XY').rect(200,50)\n"
DAMAGED = "import cadquery as cq\nresult=cq.Workplane('XY').rect(200,100.extrude(10)\n"


@pytest.fixture(scope="module")
def truths(box):
    return references(dict.fromkeys("abcdef", PLATE), box)[0]


def answered(*codes):
    return [Prediction(code) for code in codes]


def told(rows):
    return [(row.id, row.decoding, row.status, row.rank, round(row.primary, 2)) for row in rows]


def test_every_part_has_a_row_whatever_was_answered(box, truths):
    answers = {"a": answered(PLATE), "b": answered("("), "c": answered(OPEN), "d": [Prediction(fault="line 5: odd")]}
    judged = score_predictions("m", answers, truths, Harness(box.run, box))
    assert told(judged.rows) == [
        ("a", "m", "ok", 0, 1.0), ("b", "m", "syntax", 0, 0.0), ("c", "m", "no_solid", 0, 0.0),
        ("d", "m", UNREADABLE, 0, 0.0), ("e", "m", MISSING, 0, 0.0), ("f", "m", MISSING, 0, 0.0),
    ]  # fmt: skip
    assert [row.error for row in judged.rows[3:5]] == ["line 5: odd", "there is no prediction"]
    assert judged.candidates == []
    assert [row.chamfer_cadrille is None for row in judged.rows] == [False] + [True] * 5


def test_of_several_answers_the_first_counts_and_the_oracle_takes_the_best(box, truths):
    answers = {"a": answered("(", HALF, PLATE, HALF), "b": answered(HALF), "c": answered(OPEN, "(")}
    judged = score_predictions("m", answers, {name: truths[name] for name in "abc"}, Harness(box.run, box))
    half = judged.candidates[1].primary
    assert 0.3 < half < 0.9
    assert told(judged.rows) == [
        ("a", "m", "syntax", 0, 0.0), ("b", "m", "ok", 0, round(half, 2)), ("c", "m", "no_solid", 0, 0.0),
        ("a", "m:oracle", "ok", 2, 1.0), ("b", "m:oracle", "ok", 0, round(half, 2)),
        ("c", "m:oracle", "no_solid", 0, 0.0),
    ]  # fmt: skip
    assert [(row.id, row.rank, row.code) for row in judged.candidates] == [
        ("a", 0, "("), ("a", 1, HALF), ("a", 2, PLATE), ("a", 3, HALF), ("b", 0, HALF), ("c", 0, OPEN),
        ("c", 1, "("),
    ]  # fmt: skip


def test_files_are_answers_and_what_is_not_watertight_counts_0_with_that_reason(box, truths, tmp_path):
    (plate,) = box.run([PLATE])
    stl, step = box.export(plate.solid, "stl"), box.export(plate.solid, "step")
    torn = stl[:80] + (int.from_bytes(stl[80:84], "little") - 1).to_bytes(4, "little") + stl[84:-50]
    files = {"a.step": step, "b.stl": stl, "c.stl": torn, "d.step": step[: len(step) // 2], "e.stp": b""}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    answers = {name[0]: [Prediction(file=tmp_path / name)] for name in files} | {
        "f": [Prediction(file=tmp_path / "gone.step")]
    }
    rows = score_predictions("m", answers, truths, Harness(box.run, box)).rows
    assert [(row.status, round(row.primary, 3)) for row in rows] == [
        ("ok", 1.0), ("ok", 1.0), ("invalid", 0.0), ("error", 0.0), ("error", 0.0), ("error", 0.0)
    ]  # fmt: skip
    assert "not watertight" in rows[2].error and "cannot be read" in rows[5].error
    assert (rows[0].structure, rows[1].structure) == (rows[0].structure_truth, None)


def test_only_who_asks_has_programs_mended_and_only_those_that_fail(box, truths):
    odd = "import cadquery as cq\nfor size in [100]: result=cq.Workplane('XY').rect(2 * size, size).extrude(10)\n"
    answers = {"a": answered(DAMAGED), "b": answered(odd), "c": answered("no hope")}
    kept = {name: truths[name] for name in "abc"}
    rows = score_predictions("m", answers, kept, Harness(box.run, box)).rows
    assert [row.status for row in rows] == ["syntax", "ok", "syntax"]
    rows = score_predictions("m", answers, kept, Harness(box.run, box, mends=True)).rows
    assert [row.status for row in rows] == ["ok", "ok", "syntax"]
    assert rows[0].code == PLATE and rows[0].primary == pytest.approx(1, abs=1e-3)
    assert (rows[1].code, rows[2].code) == (odd, "no hope")


def test_what_was_judged_is_not_judged_again(box, truths, tmp_path):
    answers = {name: answered(PLATE if name < "d" else HALF, "(") for name in truths}
    asked: list[str] = []

    def run(codes):
        asked.extend(codes)
        return box.run(codes)

    whole = score_predictions("m", answers, truths, Harness(run, box))
    first = {name: truths[name] for name in "abcd"}
    score_predictions("m", answers, first, Harness(run, box), Journal(tmp_path, {}))
    asked.clear()
    again = score_predictions("m", answers, truths, Harness(run, box), Journal(tmp_path, {}))
    assert asked == [HALF, "("]
    assert without_times(again.rows) == without_times(whole.rows)
    assert without_times(again.candidates) == without_times(whole.candidates)


def without_times(rows):
    return [replace(row, run_seconds=0.0) for row in rows]


@pytest.mark.slow
def test_processes_give_what_one_gives(box, truths):
    answers = {name: answered(*[HALF, PLATE, "("][: 1 + number % 3]) for number, name in enumerate(truths)}
    one, two = (score_predictions("m", answers, truths, Harness(box.run, box, workers)) for workers in (1, 2))
    assert (one.rows, one.candidates) == (two.rows, two.candidates)
    assert constant_rows(truths, box, 2) == constant_rows(truths, box)
    assert reference_rows(truths, 2) == reference_rows(truths)
