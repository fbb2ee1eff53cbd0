"""The table of experiments/any_picture is that of the rows beside it."""

from pathlib import Path

import pytest

from cadgen.eval.calibration import auroc, calibration_error, judged
from cadgen.eval.row import read_rows
from cadgen.model import load_network
from cadgen.model.checkpoint import ANY_PICTURE

FOLDER = Path(__file__).parents[1] / "experiments" / "any_picture"
TABLE = (FOLDER / "README.md").read_text().split("## The training")[0]
TOLD = {cells[1].strip(): cells[2:6] for line in TABLE.splitlines() if len(cells := line.split("|")) == 7}
SEARCHED = {cells[1].strip(): cells[2:7] for line in TABLE.splitlines() if len(cells := line.split("|")) == 8}
JUDGED = sorted(path.parent.name for path in FOLDER.glob("*/rows.jsonl"))
STYLES = [name for name in JUDGED if name != "files"]  # the published pictures are no style of others


def means(style):
    """VSR and IoU aligned of greedy decoding, of the network for any picture and of that for published ones."""
    found = []
    for folder in (FOLDER / style, FOLDER / "shipped" / style):
        rows = [row for row in read_rows(folder) if row.decoding == "greedy"]
        assert len(rows) == 52
        found += [row.status == "ok" for row in rows], [row.scores["iou_aligned"] or 0.0 for row in rows]
    return [sum(column) / 52 for column in found]


@pytest.mark.parametrize("style", JUDGED)
def test_a_style_has_the_scores_of_its_rows(style):
    assert [float(cell) for cell in TOLD[style]] == [round(score, 3) for score in means(style)]


def test_the_means_are_those_of_the_styles():
    columns = zip(*map(means, STYLES), strict=True)
    assert [float(cell) for cell in TOLD["mean"]] == [round(sum(column) / len(STYLES), 3) for column in columns]


def test_its_weights_load_and_see_drawing_and_shade():
    assert load_network(ANY_PICTURE).sees == ("drawing", "shade")


def of_search(style):
    """Pictures, constant, greedy, VSR and refine, the scores aligned."""
    rows = read_rows(FOLDER / "refine" / style)
    refined = [row for row in rows if row.decoding == "refine"]
    greedy = FOLDER / "shipped" / style if style == "files" else FOLDER / style
    known = {row.id for row in refined}
    others = [[row for row in rows if row.decoding == "constant"],
              [row for row in read_rows(greedy) if row.decoding == "greedy" and row.id in known]]  # fmt: skip
    assert {len(some) for some in others} == {len(refined)}
    constant, written, found = (
        sum(row.scores["iou_aligned"] or 0.0 for row in some) / len(some) for some in (*others, refined)
    )
    return len(refined), constant, written, sum(row.status == "ok" for row in refined) / len(refined), found


@pytest.mark.parametrize("style", [*STYLES, "files"])
def test_the_search_has_the_scores_of_its_rows(style):
    assert [float(cell) for cell in SEARCHED[style]] == [round(score, 3) for score in of_search(style)]


def test_the_means_of_the_search_are_those_of_the_styles():
    columns = list(zip(*map(of_search, STYLES), strict=True))[1:]
    assert [float(cell) for cell in SEARCHED["mean"][1:]] == [round(sum(column) / len(STYLES), 3) for column in columns]


def test_the_brackets_have_the_scores_and_the_confidence_of_their_rows():
    told = {cells[1].strip(): cells[2:4] for line in TABLE.splitlines() if len(cells := line.split("|")) == 5}
    rows = [row for row in read_rows(FOLDER / "refine" / "bracket") if row.decoding == "refine"]
    assert len(rows) == 5
    for row in rows:
        assert [float(cell) for cell in told[row.id]] == [round(row.scores["iou_aligned"], 3), round(row.confidence, 2)]


def test_the_confidence_is_as_good_as_told():
    rows = [row for style in (*STYLES, "files") for row in read_rows(FOLDER / "refine" / style)]
    sure, right = judged([row for row in rows if row.decoding == "refine"])
    told = f"AUROC {auroc(sure, right):.3f}, calibration error {calibration_error(sure, right):.3f}"
    assert f"these {len(right)} answers: {told}" in TABLE
