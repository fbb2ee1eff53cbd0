import csv
import json
import re

import pytest

from cadgen.eval.outcome import by_family, groups
from cadgen.eval.row import Row
from cadgen.eval.summary import summarise
from cadgen.report.breakdown import breakdown_markdown
from cadgen.report.markdown import table
from cadgen.report.table import markdown, write_table

NAMES = ["a|b", "a\\|b", "a,b", 'a"b', "<script>", "\x1b]0;t\x07\x1b[2J", "a\nb", "a\r\n| b |", "caf\udce9", "\u202e"]


def rows(decoding="greedy"):
    return [
        Row(str(n), decoding, "", "ok", "", {"iou_aligned": n / 3}, None, 0.1, 0.1, "open", family=decoding)
        for n in range(3)
    ]


def cells(line):
    """Of a line of a Markdown table, as the specification of tables in GitHub Flavored Markdown splits it."""
    return re.findall(r"(?:\\.|[^|\\])+", line)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_breaks_a_table_or_speaks_to_the_terminal(name):
    runs = {name: rows(name), "other": rows()}
    for text in (markdown(summarise(runs)), breakdown_markdown(runs)):
        assert text.encode().decode().replace("\n", "").isprintable()
        for block in text.split("\n\n"):
            assert len({len(cells(line)) for line in block.splitlines()}) == 1
    assert not re.search(r"(?<!\\)<", markdown(summarise(runs)))
    assert groups(runs, by_family)[0]["group"] == name


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_one_cell_of_the_csv_file(name, tmp_path):
    write_table(summarise({name: rows(name), "other": rows()}), tmp_path)
    with (tmp_path / "table.csv").open(newline="") as file:
        found = list(csv.DictReader(file, strict=True))
    assert [len(line) for line in found] == [len(found[0])] * 2 and None not in found[0]
    assert found[0]["run"] == found[0]["decoding"]
    if name.isprintable():
        assert found[0]["run"] == name


def test_an_ordinary_csv_file_is_joined_by_commas_without_quotes(tmp_path):
    write_table(summarise({"runs/a": rows()}), tmp_path)
    (record,) = json.loads((tmp_path / "table.json").read_text())
    body = ",".join("" if value is None else str(value) for value in record.values())
    assert (tmp_path / "table.csv").read_bytes() == f"{','.join(record)}\n{body}\n".encode()


def test_a_table_of_ordinary_cells_is_padded():
    assert table(["a", "long"], [["b c", "d"]]) == "| a   | long |\n| --- | ---- |\n| b c | d    |\n"
