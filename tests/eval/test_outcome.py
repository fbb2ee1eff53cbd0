import json

import pytest

from cadgen.eval.outcome import OUTCOMES, UNKNOWN, by_extrusions, by_family, groups, outcome, outcomes
from cadgen.eval.row import Row
from cadgen.report.breakdown import breakdown_markdown, write_breakdown
from cadgen.shape import Structure

BOX, TUBE, TWO = Structure(1, 0, 6), Structure(1, 1, 4), Structure(2, 0, 12)


def row(status="ok", iou=0.0, structure=BOX, truth=BOX, num=1, decoding="greedy", **more):
    told = structure if status == "ok" else None
    extra = {"structure": told, "structure_truth": truth, "num_extrusions": num, **more}
    return Row("a", decoding, "", status, "", {"iou_aligned": iou}, None, 0.1, 0.1, "interp", **extra)


CASES = [
    (row(iou=0.97), "right"),
    (row(iou=0.90), "dimensional"),
    (row(iou=0.99, structure=TUBE), "structural"),
    (row(iou=0.10, truth=TWO), "structural"),
    (row("syntax"), "syntax"),
    (row("no_solid"), "semantic"),
    (row("timeout"), "semantic"),
    (row("forbidden"), "semantic"),
    (row(iou=0.5, structure=None), UNKNOWN),
    (row(iou=0.5, truth=None), UNKNOWN),
]


@pytest.mark.parametrize(("judged", "expected"), CASES)
def test_an_outcome_is_the_first_step_that_a_program_does_not_reach(judged, expected):
    assert outcome(judged) == expected


def test_shares_of_outcomes_add_up_and_say_which_part_of_the_structure_differs():
    (record,) = outcomes({"run": [judged for judged, _ in CASES]})
    assert sum(record[name] for name in (*OUTCOMES, UNKNOWN)) == pytest.approx(1)
    assert record["structural"] == 0.2
    assert (record["other bodies"], record["other holes"], record["other faces"]) == (0.1, 0.1, 0.2)


def test_scores_are_grouped_by_extrusions_and_family_where_they_are_known():
    rows = [row(iou=0.2, family="slab"), row(iou=0.4, family="tube"), row(num=4, iou=0.5), row(num=9, iou=0.7)]
    found = [(r["group"], r["num"], r["iou_aligned"]) for r in groups({"run": rows}, by_extrusions)]
    assert found == [("1", 2, pytest.approx(0.3)), ("4+", 2, pytest.approx(0.6))]
    assert [(r["group"], r["iou_aligned"]) for r in groups({"run": rows}, by_family)] == [("slab", 0.2), ("tube", 0.4)]


def test_the_tables_have_a_line_for_each_decoding_and_leave_out_what_old_rows_do_not_tell(tmp_path):
    old = [Row("a", "greedy", "", "ok", "", {"iou_aligned": 0.5}, None, 0.1, 0.1, "open")]
    assert "extrusions" not in breakdown_markdown({"old": old})
    assert UNKNOWN in breakdown_markdown({"old": old})
    rows = [row(iou=0.2), row(iou=0.4, num=2), row(iou=0.6, decoding="beam")]
    text = breakdown_markdown({"new": rows})
    assert "| extrusions | n | greedy | beam  |" in text
    assert "| 2          | 1 | 0.400  |       |" in text
    assert UNKNOWN not in text and "family" not in text
    write_breakdown({"new": rows}, tmp_path)
    assert (tmp_path / "breakdown.md").read_text() == text
    assert json.loads((tmp_path / "breakdown.json").read_text())["outcomes"] == outcomes({"new": rows})
