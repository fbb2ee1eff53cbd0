import json
import os

import pytest

from cadgen import json_lines
from cadgen.data import DataError
from cadgen.eval import prediction
from cadgen.eval.prediction import Prediction, read_predictions

KNOWN = {"a", "b", "7"}


def lines(path, *rows):
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def codes(found):
    return {case_id: [one.code for one in answers] for case_id, answers in found.answers.items()}


def test_several_answers_come_as_a_list_or_as_lines_and_an_id_may_be_a_number(tmp_path):
    path = lines(tmp_path / "p.jsonl", {"id": "a", "codes": ["1", "2"]}, {"id": 7, "code": "x"}, "",
                 {"id": "b", "code": ""}, {"id": "a", "code": "3", "seconds": 1})  # fmt: skip
    found = read_predictions(path, KNOWN)
    assert codes(found) == {"a": ["1", "2", "3"], "7": ["x"], "b": [""]} and found.faults.num == 0


@pytest.mark.parametrize(
    ("bad", "word", "answers"),
    [
        ("{", "it is no JSON", None),
        ("[1]", "no object", None),
        ({"code": "x"}, "there is no id", None),
        ({"id": True, "code": "x"}, "there is no id", None),
        ({"id": "nowhere", "code": "x"}, "the id 'nowhere' is unknown", None),
        ({"id": "b"}, "either code, a text, or codes", 1),
        ({"id": "b", "code": "x", "codes": ["y"]}, "either code, a text, or codes", 1),
        ({"id": "b", "codes": []}, "at least one text", 1),
        ({"id": "b", "codes": "text"}, "at least one text", 1),
        ({"id": "b", "code": None}, "code is None", 1),
        ({"id": "b", "codes": ["y", 5]}, "code is 5", 2),
        ('{"id": "b", "code": "\\ud800"}', "half a character", None),
        ({"id": "b", "code": "x" * 40}, "more than 30 characters", 1),
        ({"id": "b", "code": "x" * 200}, "it is longer than", None),
        ({"id": "b", "codes": ["x"] * 9}, "more than 4 answers", 4),
    ],
    ids=str,
)
def test_a_bad_line_costs_its_own_answer_and_is_told(bad, word, answers, tmp_path, monkeypatch):
    monkeypatch.setattr(prediction, "LONGEST", 30)
    monkeypatch.setattr(prediction, "MOST_ANSWERS", 4)
    monkeypatch.setattr(json_lines, "LONGEST_LINE", 150)
    path = lines(tmp_path / "p.jsonl", {"id": "a", "code": "1"}, bad, {"id": "a", "code": "2"})
    found = read_predictions(path, KNOWN)
    assert codes(found)["a"] == ["1", "2"]
    assert len(found.answers.get("b", ())) == (answers or 0)
    assert found.faults.num >= 1 and word in found.faults.lines[0]
    assert f"{path}, line 2: " in found.faults.lines[0]


def test_of_endless_faults_only_the_first_are_kept(tmp_path):
    path = lines(tmp_path / "p.jsonl", *["{"] * 1500, {"id": "a", "code": "1"})
    faults = read_predictions(path, KNOWN).faults
    assert (faults.num, len(faults.lines)) == (1500, 1000)


def test_a_folder_answers_by_the_names_of_its_files(tmp_path):
    folder = tmp_path / "p"
    folder.mkdir()
    for name in ("a.STEP", "notes.md", "nowhere.py"):
        (folder / name).write_text("x")
    (folder / "7.py").write_text("é")
    found = read_predictions(folder, KNOWN)
    assert found.answers == {"a": [Prediction(file=folder / "a.STEP")], "7": [Prediction("é")]}
    assert found.faults.num == 1 and "'nowhere' is unknown" in found.faults.lines[0]


def bad_file(kind, path, outside):
    if kind == "a link that leads out":
        path.symlink_to(outside)
    elif kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a folder":
        path.mkdir()
    elif kind == "no UTF-8":
        path.write_bytes(b"\xff")
    elif kind == "too long":
        path.touch()
        os.truncate(path, 30 << 30)
    elif kind == "two of a name":
        path.write_text("x")
        path.with_suffix(".stl").write_text("x")


@pytest.mark.parametrize(
    ("kind", "word"),
    [("a link that leads out", "lies outside"), ("a pipe", "does not exist"), ("a folder", "does not exist"),
     ("no UTF-8", "not UTF-8"), ("too long", "longer than"), ("two of a name", "has another file")],
)  # fmt: skip
def test_a_bad_file_costs_its_own_answer(kind, word, tmp_path):
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "a.py").write_text("1")
    outside = tmp_path / "secret.py"
    outside.write_text("secret")
    bad_file(kind, folder / "b.py", outside)
    found = read_predictions(folder, KNOWN)
    (one,) = found.answers["b"]
    assert one.code == "" and one.file is None and word in one.fault
    assert found.faults.lines == [one.fault] and codes(found)["a"] == ["1"]


def test_what_answers_nothing_at_all_is_refused(tmp_path, monkeypatch):
    with pytest.raises(DataError, match="does not exist"):
        read_predictions(tmp_path / "nothing", KNOWN)
    with pytest.raises(DataError, match="none of 3 parts"):
        read_predictions(lines(tmp_path / "p.jsonl", {"id": "x", "code": ""}), KNOWN)
    with pytest.raises(DataError, match="none of 3 parts"):
        read_predictions(tmp_path, KNOWN)
    monkeypatch.setattr(prediction, "LARGEST_FILE", 3)
    with pytest.raises(DataError, match="larger than"):
        read_predictions(tmp_path / "p.jsonl", KNOWN)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="no file"):
        read_predictions(tmp_path / "pipe", KNOWN)
