"""The long training's tables are those of what it logged, and its state can be trained on."""

import csv
from pathlib import Path

import pytest

from cadgen.model import load_network

FOLDER = Path(__file__).parents[1] / "experiments" / "long"
ROWS = [
    [cell.strip(" *") for cell in line.strip("|").split("|")]
    for line in (FOLDER / "README.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| ---")
]
COLUMNS = ("val/loss", "val/token_accuracy", "val/greedy/vsr", "val/greedy/iou", "val/greedy/iou_takehome")


def logged(name):
    with (FOLDER / name).open() as file:
        return [
            (int(row["step"]) + 1, [f"{float(row[column]):.3f}" for column in COLUMNS]) for row in csv.DictReader(file)
        ]


def test_the_curve_is_what_was_logged():
    told = [(cells[0], cells[1], cells[2:]) for cells in ROWS if len(cells) == 7 and cells[0] != "steps"]
    assert told == [(f"{step:,}", f"{16 * step:,}", scores) for step, scores in logged("curve.csv")]


@pytest.mark.parametrize(("label", "name"), [("49 patches", "curve.csv"), ("196 patches", "fine.csv")])
def test_the_pair_is_what_was_logged(label, name):
    ((step, scores), *_) = logged(name)
    assert step == 1000
    assert [cells[1:] for cells in ROWS if cells[0] == label] == [scores]


def test_its_state_sees_what_it_is_trained_on_and_writes_arrays():
    network = load_network(FOLDER / "state")
    assert network.sees == ("drawing", "shade")
    assert len(network.tokenizer.encode("rarray")) < 9
