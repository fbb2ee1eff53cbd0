"""The tables of experiments/any_picture are those of the rows beside them."""

import csv
from pathlib import Path

import pytest

from cadgen.eval.calibration import RIGHT, auroc, calibration_error, judged
from cadgen.eval.row import read_rows
from cadgen.eval.summary import summarise
from cadgen.model import load_network
from cadgen.model.checkpoint import ANY_PICTURE

FOLDER = Path(__file__).parents[1] / "experiments" / "any_picture"
TABLE = (FOLDER / "README.md").read_text().split("## The training")[0]
CELLS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in TABLE.splitlines() if line.startswith("| ")]
TOLD = {name: cells for name, *cells in CELLS if len(cells) == 7}
STYLES = sorted({path.parent.name for path in FOLDER.glob("refine/*/rows.jsonl")} - {"bracket"})
README = (FOLDER.parents[1] / "README.md").read_text()


def mean(rows, score="iou_aligned"):
    return sum(row.scores[score] or 0.0 for row in rows) / len(rows)


def of_decoding(folder, decoding):
    return [row for row in read_rows(folder) if row.decoding == decoding]


def measured(style):
    """Constant, greedy of the network for published pictures, greedy, visual, refine, its VSR and its take-home IoU."""
    folder = FOLDER / "refine" / style
    rows = [
        of_decoding(folder, "constant"),
        of_decoding(FOLDER / "shipped" / style, "greedy"),
        *(of_decoding(folder, name) for name in ("greedy", "visual", "refine")),
    ]
    assert {len(some) for some in rows} == {52}
    assert len({frozenset(row.id for row in some) for some in rows}) == 1
    return [*map(mean, rows), sum(row.status == "ok" for row in rows[-1]) / 52, mean(rows[-1], "iou_takehome")]


@pytest.mark.parametrize("style", STYLES)
def test_a_style_has_the_scores_of_its_rows(style):
    assert [float(cell) for cell in TOLD[style]] == [round(score, 3) for score in measured(style)]


def test_the_means_are_those_of_the_styles():
    columns = zip(*(measured(style) for style in STYLES if style != "files"), strict=True)
    assert [float(cell) for cell in TOLD["mean"]] == [round(sum(some) / len(some), 3) for some in map(list, columns)]


@pytest.mark.parametrize(("folder", "num"), [("refine/files", 52), ("foreign", 216)])
def test_the_readme_has_the_scores_and_intervals_of_the_search(folder, num):
    rows = of_decoding(FOLDER / folder, "refine")
    assert len(rows) == num
    (line,) = summarise({"": rows})
    (told,) = (row for row in README.splitlines() if f"with the search that takes any look** | {num} |" in row)
    for name in ("iou_aligned", "iou_takehome"):
        assert "{:.3f} [{:.3f}, {:.3f}]".format(*line.scores[name]) in told.replace("*", "")


def test_the_other_operations_have_the_scores_of_their_rows():
    ours, constant = (mean(of_decoding(FOLDER / "foreign", name)) for name in ("refine", "constant"))
    assert f"`foreign/`): {ours:.3f}, where the search before had 0.628; constant {constant:.3f}." in TABLE


def test_the_network_for_any_picture_is_the_worse_one_on_published_pictures():
    other, own = (mean(of_decoding(FOLDER / name, "greedy")) for name in ("files", "shipped/files"))
    assert f"(greedy {other:.3f} against {own:.3f})" in " ".join(TABLE.split())


def test_several_pictures_have_the_scores_of_their_rows():
    told = {name: cells for name, *cells in CELLS if len(cells) == 4}
    for num in (1, 2, 4):
        rows = of_decoding(FOLDER / "views", f"refine of {num}")
        assert len(rows) == 26
        right = sum(row.scores["iou_aligned"] > RIGHT for row in rows)
        scores = [f"{mean(rows):.3f}", f"{mean(rows, 'iou_takehome'):.3f}", str(right)]
        assert told[str(num)] == [*scores, f"{mean_seconds(rows):.0f}"]


def mean_seconds(rows):
    return sum(row.seconds for row in rows) / len(rows)


def test_changed_pictures_have_the_scores_of_their_rows():
    told = {name: cells for name, *cells in CELLS if len(cells) == 2}
    before = of_decoding(FOLDER / "changes", "refine, none")
    for name in ("none", "moved", "smaller", "larger", "recoloured", "inverted", "jpeg"):
        rows = of_decoding(FOLDER / "changes", f"refine, {name}")
        assert [row.id for row in rows] == [row.id for row in before] and len(rows) == 20
        pairs = zip(rows, before, strict=True)
        far = sum(abs(row.scores["iou_aligned"] - other.scores["iou_aligned"]) > 0.05 for row, other in pairs)
        assert told[name] == [f"{mean(rows):.3f}", str(far)]


def test_its_weights_load_and_see_drawing_and_shade():
    assert load_network(ANY_PICTURE).sees == ("drawing", "shade")


def test_the_brackets_have_the_scores_and_the_confidence_of_their_rows():
    told = {name: cells for name, *cells in CELLS if len(cells) == 2}
    rows = of_decoding(FOLDER / "refine" / "bracket", "refine")
    assert len(rows) == 5
    for row in rows:
        assert [float(cell) for cell in told[row.id]] == [round(row.scores["iou_aligned"], 3), round(row.confidence, 2)]


def test_the_confidence_is_as_good_as_told():
    folders = [*(FOLDER / "refine" / style for style in STYLES), FOLDER / "foreign"]
    rows = [row for folder in folders for row in of_decoding(folder, "refine")]
    sure, right = judged(rows)
    told = (
        f"{len(right)} answers: AUROC {auroc(sure, right):.3f}, calibration error {calibration_error(sure, right):.3f}"
    )
    assert told in " ".join(TABLE.split())
    assert f"right from wrong with AUROC {auroc(sure, right):.2f}" in README


@pytest.mark.parametrize(
    ("label", "folder"),
    [
        ("(a) the picture as it is, looks in training alone", "colour"),
        ("(b) `drawing`", "drawing"),
        ("(b) `drawing` and `shade`", "both"),
    ],
)
def test_networks_at_equal_compute_have_the_scores_of_their_rows(label, folder):
    rows = of_decoding(FOLDER / "equal_compute" / folder, "greedy")
    assert len(rows) == 200
    *_, last = csv.DictReader((FOLDER / "equal_compute" / folder / "metrics.csv").open())
    vsr = sum(row.status == "ok" for row in rows) / 200
    assert (
        f"| {label} | {float(last['val/loss']):.3f} | {vsr:.3f} | {mean(rows):.3f} |"
        in (FOLDER / "README.md").read_text()
    )
