"""The tables of experiments/codet5 are those of what the runs logged and judged."""

import csv
from pathlib import Path

import pytest

from cadgen.eval.row import read_rows
from cadgen.eval.summary import mean_scores

FOLDER = Path(__file__).parents[1] / "experiments" / "codet5"
README = (FOLDER / "README.md").read_text()
CELLS = [[cell.strip() for cell in line.strip("|").split("|")] for line in README.splitlines() if line.startswith("| ")]


def column(run: str, name: str) -> list[float]:
    with (FOLDER / run / "metrics.csv").open() as file:
        return [float(row[name]) for row in csv.DictReader(file) if row[name]]


@pytest.mark.parametrize("run", ["codet5", "compact", "longer"])
def test_a_run_has_the_numbers_that_it_logged(run: str) -> None:
    rows = [row for row in read_rows(FOLDER / run) if row.decoding == "greedy"]
    means = mean_scores(rows)
    assert len(rows) == 16
    rates = column(run, "train/samples_per_s")
    told = {cells[0]: cells[1:] for cells in CELLS if len(cells) == 8 and cells[0] != "model"}[run]
    assert told == [
        f"{64 * len(rates):,}",
        f"{sum(rates) / len(rates):.1f}",
        *(f"{column(run, name)[-1]:.3f}" for name in ("train/loss", "val/loss", "val/token_accuracy")),
        f"{means['vsr']:.3f}",
        f"{means['iou_aligned']:.3f}",
    ]


def test_programs_under_the_grammar_begin_at_a_name_that_nothing_binds() -> None:
    rows = [row for row in read_rows(FOLDER / "grammar") if row.decoding == "grammar"]
    assert len(rows) == 16 and "decoding=grammar` (`grammar/`) has VSR 0.000" in README
    assert all("is no class of the table and no method of a known name" in row.error for row in rows)


def test_the_constant_answer_is_told() -> None:
    for run in ("codet5", "compact", "longer", "grammar"):
        rows = [row for row in read_rows(FOLDER / run) if row.decoding == "constant"]
        assert f"the constant answer has {mean_scores(rows)['iou_aligned']:.3f}" in README
