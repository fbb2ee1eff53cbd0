"""The page of results is what the committed rows add up to."""

import json
from pathlib import Path

import pytest

from cadgen.eval.row import read_rows
from cadgen.eval.summary import summarise
from docs import results

ROOT = Path(__file__).resolve().parents[2]


def table_lines(text):
    return [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in text.splitlines() if line[:1] == "|"]


@pytest.fixture(scope="module")
def page():
    return results.tables()


@pytest.fixture(scope="module")
def told(page):
    """The lines of the page of results: (experiment, run, decoding) -> cell by title."""
    lines = {}
    for section in page.split("## ")[1:]:
        head, _, *body = table_lines(section)
        for cells in body:
            cell = dict(zip(head, (one.strip("| ") for one in cells), strict=True))
            lines[section.split()[0], cell["run"], cell["decoding"]] = cell
    return lines


def committed():
    for path in sorted((ROOT / "experiments").rglob("rows.jsonl")):
        experiment, *run = path.parent.relative_to(ROOT / "experiments").parts
        yield experiment, "/".join(run) or ".", path


def test_results_have_a_line_for_each_run_and_decoding(told):
    rows = {
        (experiment, run, json.loads(line)["decoding"])
        for experiment, run, path in committed()
        for line in path.read_text().splitlines()
    }
    assert set(told) == rows


def test_results_are_means_over_all_rows(told):
    """By hand, from the lines of JSON: a program that does not run counts 0."""
    for experiment, run, path in committed():
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        for decoding in {row["decoding"] for row in rows}:
            own, cell = [row for row in rows if row["decoding"] == decoding], told[experiment, run, decoding]
            scores = [row["iou_aligned"] if row["status"] == "ok" else 0.0 for row in own]
            assert cell["n"] == str(len(own))
            assert float(cell["IoU aligned"].split()[0]) == pytest.approx(sum(scores) / len(own), abs=5.1e-4)
            assert float(cell["VSR"].split()[0]) == pytest.approx(
                sum(row["status"] == "ok" for row in own) / len(own), abs=5.1e-4
            )


def test_results_have_the_intervals_of_summarise(told):
    for experiment, run, path in committed():
        for line in summarise({run: read_rows(path)}):
            cell = told[experiment, run, line.decoding]
            for title, interval in (("IoU aligned", line.scores["iou_aligned"]), ("VSR", line.scores["vsr"])):
                assert cell[title] == "{:.3f} [{:.3f}, {:.3f}]".format(*interval)


def test_results_name_the_commit_and_command_of_each_run(page):
    for _, run, path in committed():
        if (path.parent / "run.json").is_file():
            record = json.loads((path.parent / "run.json").read_text())
            assert f"- {run}: commit {record['commit']}, `{record['command']}`\n" in page
