import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cadgen.data import read_folder
from cadgen.decode import Candidate, Decoded
from cadgen.eval.comparison import CONSTANTS, constant_rows, reference_rows, rows_of
from cadgen.eval.judge import judge, verdict
from cadgen.eval.row import CANDIDATES, Row, read_rows, write_rows
from cadgen.eval.summary import mean_scores, summarise, without_repeats
from cadgen.eval.truth import references
from cadgen.report.table import markdown, write_table
from cadgen.shape import Structure, iou, iou_aligned, score

PLATE = "import cadquery as cq\nresult=cq.Workplane('XY').rect(200,100).extrude(10)\n"
HALF = "import cadquery as cq\nresult=cq.Workplane('XY').rect(200,50).extrude(10)\n"
OPEN = "import cadquery as cq\nresult=cq.Workplane('XY').rect(200,50)\n"


def decoded(code, case_id="a"):
    return offered([code], case_id)


def offered(codes, case_id="a"):
    return Decoded(case_id, [Candidate(code, -1.0 - rank, 5, True) for rank, code in enumerate(codes)], 0.5)


@pytest.fixture(scope="module")
def rows(box):
    truths = references({"a": PLATE, "b": PLATE, "c": PLATE, "d": PLATE}, box)[0]
    answers = [decoded(PLATE, "a"), decoded(HALF, "b"), decoded("nonsense(", "c"), decoded(OPEN, "d")]
    return judge("greedy", answers, truths, box)


def test_a_right_program_scores_one_and_one_that_fails_zero(rows):
    assert [row.status for row in rows] == ["ok", "ok", "syntax", "no_solid"]
    assert rows[0].scores["iou_aligned"] == pytest.approx(1.0, abs=1e-3)
    assert rows[0].scores["iou_takehome"] == 1.0
    assert rows[0].scores["iou_cadcoder"] == pytest.approx(1.0, abs=1e-3)
    assert 0 < rows[1].scores["iou_cadcoder"] < 0.9
    assert 0 < rows[1].scores["iou_aligned"] < 0.9
    assert [row.overlap for row in rows] == ["mesh", "mesh", None, None]
    assert [
        (row.scores["iou_aligned"], row.scores["iou_cadcoder"], row.scores["iou_takehome"]) for row in rows[2:]
    ] == [(0.0, 0.0, 0.0)] * 2
    assert rows[2].error


def test_failures_count_in_every_mean(rows):
    means = mean_scores(rows)
    assert means["vsr"] == 0.5
    for metric in ("iou_aligned", "iou_cadcoder", "iou_takehome"):
        assert means[metric] == pytest.approx(sum(row.scores[metric] for row in rows) / 4)


def test_a_reference_that_does_not_run_is_the_datas_fault_and_is_named(box):
    truths, left_out = references({"a": PLATE, "b": "("}, box)
    assert list(truths) == ["a"]
    (fault,) = left_out
    assert (fault.id, fault.status) == ("b", "syntax") and "the reference program ends with syntax" in fault.error


def test_a_reference_that_nothing_can_be_compared_with_is_named(box):
    ball = "import cadquery as cq\nresult=cq.Workplane().sphere(3).cut(cq.Workplane().box(1.5,6,6))\n"
    (broken,) = box.run([ball])
    truths, (fault,) = references({"a": PLATE, "b": ball}, box)
    assert broken.ok and list(truths) == ["a"] and (fault.id, fault.status) == ("b", "invalid")
    assert "its solid cannot be compared with any: " in fault.error


def test_rows_tell_what_solids_consist_of_and_what_part_it_was(box):
    hole = "import cadquery as cq\nresult=cq.Workplane('XY').rect(200,100).circle(20).extrude(10)\n"
    truths = references({"a": PLATE, "b": PLATE}, box, families={"a": "slab"})[0]
    first, second = judge("greedy", [decoded(hole, "a"), decoded("(", "b")], truths, box)
    assert (first.structure, first.structure_truth) == (Structure(1, 1, 7), Structure(1, 0, 6))
    assert (second.structure, second.structure_truth) == (None, Structure(1, 0, 6))
    assert (first.family, second.family) == ("slab", None)
    assert first.num_extrusions == second.num_extrusions == 1


def test_the_oracle_answers_the_best_of_all_candidates_in_rows_of_its_own(box):
    truths = references({"a": PLATE, "b": PLATE, "c": PLATE, "d": PLATE}, box)[0]
    several = [
        offered(["(", HALF, PLATE, HALF]),
        offered(["(", OPEN, HALF], "b"),
        offered([OPEN, "("], "c"),
        offered([HALF], "d"),
    ]
    rows = rows_of([verdict("beam", one, truths[one.case_id], box, oracle=True) for one in several])
    assert [(row.decoding, row.id) for row in rows] == [(d, i) for d in ("beam", "beam:oracle") for i in "abcd"]
    assert [row.code for row in rows] == ["(", "(", OPEN, HALF, PLATE, HALF, OPEN, HALF]
    assert rows[4].scores["iou_aligned"] == pytest.approx(1, abs=1e-3)
    assert rows[4].log_probability == -3.0
    assert rows[:4] == judge("beam", several, truths, box)


def test_every_candidate_is_judged_in_its_place_when_that_is_asked_for(box, tmp_path):
    truths = references({"a": PLATE, "b": PLATE}, box)[0]
    several = [offered(["(", HALF, PLATE]), offered([OPEN], "b")]
    verdicts = [verdict("beam", one, truths[one.case_id], box, all_candidates=True) for one in several]
    rows = [row for one in verdicts for row in one.candidates]
    assert [(row.id, row.rank, row.status) for row in rows] == [
        ("a", 0, "syntax"), ("a", 1, "ok"), ("a", 2, "ok"), ("b", 0, "no_solid")
    ]  # fmt: skip
    assert [row.log_probability for row in rows] == [-1.0, -2.0, -3.0, -1.0]
    assert rows[1].primary < 0.9 < rows[2].primary
    assert rows_of(verdicts) == [rows[0], rows[3]]
    assert read_rows(write_rows(rows, tmp_path, CANDIDATES)) == rows


def test_an_oracle_that_has_no_choice_gives_no_rows(box):
    truths = references({"a": PLATE}, box)[0]
    alone = verdict("greedy", decoded(HALF), truths["a"], box, oracle=True)
    assert [row.decoding for row in rows_of([alone])] == ["greedy"]


def test_a_reference_step_file_is_one_more_truth_for_those_that_have_one(box):
    (half,) = box.run([HALF])
    step = box.export(half.solid, "step")
    truths = references({"a": PLATE, "b": PLATE}, box, {"a": step})[0]
    right, other = judge("greedy", [decoded(HALF, "a"), decoded(HALF, "b")], truths, box)
    assert right.scores["iou_cadcoder_step"] == pytest.approx(1, abs=1e-3)
    assert other.scores["iou_cadcoder_step"] is None
    (failed,) = judge("greedy", [decoded("(", "a")], truths, box)
    assert failed.scores["iou_cadcoder_step"] == 0
    themselves = reference_rows(truths)
    assert [row.decoding for row in themselves] == ["reference"] * 2
    assert themselves[0].scores["iou_cadcoder"] == pytest.approx(1, abs=1e-3)
    assert themselves[0].scores["iou_cadcoder_step"] == pytest.approx(
        right.scores["iou_cadcoder"], abs=1e-3
    )  # plate and half once more
    truths, (fault,) = references({"a": PLATE, "b": PLATE}, box, {"b": step[: len(step) // 2]})
    assert list(truths) == ["a"] and fault.id == "b" and "the STEP file ends with error" in fault.error


@pytest.mark.slow
def test_real_reference_programs_score_what_is_known_against_their_step_files(shared, box):
    samples = read_folder(shared / "data" / "gencad_dev")
    codes = {sample.id: sample.code for sample in samples}
    truths = references(codes, box, {sample.id: sample.step.read_bytes() for sample in samples})[0]
    means = mean_scores(reference_rows(truths))
    assert means["iou_cadcoder"] == pytest.approx(1, abs=1e-3)
    assert means["iou_cadcoder_step"] == pytest.approx(0.879, abs=0.005)
    for metric, mean in ((iou, 0.915), (iou_aligned, 0.920)):
        scores = score(metric, [(truth.step, truth.solid) for truth in truths.values()])
        assert sum(one.value for one in scores) / len(scores) == pytest.approx(mean, abs=0.005)


def test_the_constant_row_answers_one_box_to_all_and_is_the_best_of_them(box):
    truths = references({"a": CONSTANTS[2], "b": CONSTANTS[2]}, box)[0]
    rows = constant_rows(truths, box)
    assert {row.code for row in rows} == {CONSTANTS[2]}
    assert [row.scores["iou_aligned"] for row in rows] == pytest.approx([1.0, 1.0], abs=1e-3)


def test_a_constant_is_as_large_as_parts_are_drawn(box):
    for execution in box.run(CONSTANTS):
        assert np.ptp(execution.solid.vertices, axis=0).max() == pytest.approx(384)


def test_rows_survive_the_file_and_rows_of_another_version_are_refused(rows, tmp_path):
    write_rows(rows, tmp_path)
    assert read_rows(tmp_path) == rows
    (tmp_path / "rows.jsonl").write_text('{"id": "a"}\n')
    with pytest.raises(ValueError, match="another version"):
        read_rows(tmp_path)
    with pytest.raises(ValueError, match="does not exist"):
        read_rows(tmp_path / "nothing")


# than the first
NEWER = ("overlap", "isolation", "structure", "structure_truth", "num_extrusions", "family", "rank", "confidence",
         "chamfer_cadrille")  # fmt: skip
NEWER_SCORES = ("iou_cadcoder", "iou_cadcoder_step", "iou_cadrille")


def test_rows_older_than_some_fields_are_read_and_leave_their_cells_empty(rows, tmp_path):
    lines = [json.loads(line) for line in write_rows(rows, tmp_path).read_text().splitlines()]
    kept = [{name: value for name, value in line.items() if name not in NEWER + NEWER_SCORES} for line in lines]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kept))
    old = read_rows(tmp_path)
    unscored = dict.fromkeys(NEWER_SCORES)
    assert old == [replace(row, scores={**row.scores, **unscored}, **dict.fromkeys(NEWER)) for row in rows]
    assert "iou_cadcoder" not in mean_scores(old)
    lines = summarise({"old": old, "new": rows})
    assert lines[0].scores["iou_cadcoder"] is None
    assert lines[1].scores["iou_cadcoder"][0] == pytest.approx(mean_scores(rows)["iou_cadcoder"])
    write_table(lines, tmp_path)
    records = list(csv.DictReader((tmp_path / "table.csv").open()))
    assert [bool(record["iou_cadcoder_low"]) for record in records] == [False, True]


@pytest.mark.parametrize(
    "path", sorted(Path(__file__).parents[1].glob("experiments/*/rows.jsonl")), ids=lambda p: p.parent.name
)
def test_the_rows_in_the_lab_notebook_are_read(path):
    assert summarise({"run": read_rows(path)})


def test_a_truth_that_the_kernel_calls_invalid_or_of_several_bodies_is_judged(box):
    two = PLATE + "result=result.union(result.translate((0,500,0)))\n"
    (truth,) = references({"a": two}, box)[0].values()
    for valid, method in ((True, "mesh"), (False, "columns")):
        solid = replace(truth.solid, valid=valid)
        changed = replace(truth, execution=replace(truth.execution, solid=solid))
        (judged,) = judge("greedy", [decoded(two)], {"a": changed}, box)
        assert (judged.status, judged.error, judged.overlap) == ("ok", "", method)
        assert judged.scores["iou_aligned"] == pytest.approx(1, abs=1e-3)
        assert judged.scores["iou_takehome"] == 1


def row(number, decoding, iou):
    return Row(str(number), decoding, "", "ok", "", {"iou_aligned": iou, "iou_takehome": iou}, None, 0.1, 0.1, "open")


def test_differences_are_paired_with_the_first_line():
    base = [row(i, "greedy", i / 20) for i in range(20)]
    better = [row(int(r.id), "beam", r.scores["iou_aligned"] + 0.05) for r in base]
    other = [row(i, "beam", 0.5) for i in range(7)]
    lines = summarise({"one": base + better, "two": other})
    assert lines[0].difference is None
    assert lines[1].difference == pytest.approx((0.05, 0.05, 0.05))  # paired: no spread, however wide the scores spread
    assert lines[2].difference is None  # other pictures cannot be paired
    mean, low, high = lines[0].scores["iou_aligned"]
    assert low < mean < high


def test_differences_can_be_taken_against_a_decoding_of_choice():
    runs = {"one": [row(1, "constant", 0.1), row(1, "beam", 0.5)], "two": [row(1, "rerank", 0.7)]}
    differences = [line.difference and line.difference[0] for line in summarise(runs, against="beam")]
    assert differences == [pytest.approx(-0.4), None, pytest.approx(0.2)]
    with pytest.raises(ValueError, match="no run has the decoding greedy"):
        summarise(runs, against="greedy")


def test_the_constant_answer_is_told_once_over_the_same_pictures():
    one, other = [row(1, "constant", 0.1), row(1, "beam", 0.5)], [row(2, "constant", 0.1), row(2, "beam", 0.5)]
    kept = without_repeats({"a": one, "b": one, "c": other})
    assert kept == {"a": one, "b": one[1:], "c": other}


def test_the_table_has_a_line_for_each_decoding_in_all_formats(tmp_path):
    lines = summarise({"run": [row(1, "greedy", 0.5), row(2, "greedy", 0.7), row(1, "beam", 0.9), row(2, "beam", 0.9)]})
    write_table(lines, tmp_path)
    text = markdown(lines)
    assert (tmp_path / "table.md").read_text() == text
    assert "| run | greedy   | 2 | 1.000 [1.000, 1.000] | 0.600" in text
    plot = Image.open(tmp_path / "plot.png").convert("RGB")
    assert len({plot.getpixel((x, y)) for x in range(450, 900) for y in range(plot.height)}) > 4
    assert (tmp_path / "table.csv").read_text().splitlines()[0].startswith("run,decoding,num,vsr,vsr_low,vsr_high")
