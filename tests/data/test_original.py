import json
import os
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from cadgen.data import DataError
from cadgen.data.original import Original, read_originals


def manifest(folder, *rows, name="manifest.jsonl"):
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_a_manifest_needs_no_pictures_and_one_of_program_step_and_stl(tmp_path):
    for name in ("a.step", "b.stl"):
        (tmp_path / name).write_text("x")
    rows = ({"id": "a", "code": "x", "step": "a.step", "image": "gone.png"}, {"id": 2, "code": None, "stl": "b.stl"},
            {"id": "c", "code": "y", "step": ""})  # fmt: skip
    manifest(tmp_path, *rows)
    wanted = [Original("a", "x", tmp_path / "a.step"), Original("2", stl=tmp_path / "b.stl"), Original("c", "y")]
    assert read_originals(tmp_path) == wanted
    manifest(tmp_path, *rows, name="lines.jsonl")
    assert read_originals(tmp_path / "lines.jsonl") == wanted


def test_files_of_one_name_are_one_part(tmp_path):
    for name in ("b.py", "b.step", "a.stl", "c.STP", "a.txt"):
        (tmp_path / name).write_text(name)
    assert read_originals(tmp_path) == [
        Original("a", stl=tmp_path / "a.stl"),
        Original("b", "b.py", tmp_path / "b.step"),
        Original("c", step=tmp_path / "c.STP"),
    ]


@pytest.mark.parametrize(
    ("row", "word"),
    [({"id": "a"}, "needs id and one of"), ({"code": "x"}, "needs id"), ({"id": "a", "code": 5}, "must be a text"),
     ({"id": "a", "step": "../out.step"}, "lies outside"), ({"id": "a", "stl": "gone.stl"}, "does not exist"),
     ({"id": "a\n", "code": "x"}, "printable"), ({"id": "z", "code": "x"}, "came before"),
     ({"id": "a", "step": "link.step"}, "lies outside"), ({"id": "a", "step": "pipe.step"}, "does not exist")],
)  # fmt: skip
def test_a_bad_line_is_named(row, word, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "out.step").write_text("secret")
    (folder / "link.step").symlink_to(tmp_path / "out.step")
    os.mkfifo(folder / "pipe.step")
    manifest(folder, {"id": "z", "code": "x"}, row)
    with pytest.raises(DataError, match="line 2") as refused:
        read_originals(folder)
    assert word in str(refused.value)


def test_a_folder_without_parts_is_refused_and_so_is_none(tmp_path):
    with pytest.raises(DataError, match="holds no part"):
        read_originals(tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        read_originals(tmp_path / "gone")
    (tmp_path / "a.step").write_text("x")
    (tmp_path / "a.stp").write_text("x")
    with pytest.raises(DataError, match="another file of its kind"):
        read_originals(tmp_path)


def test_generated_and_published_parquet_is_read(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "p.png")
    picture = Path(tmp_path / "p.png").read_bytes()
    table = pyarrow.table({"deepcad_id": ["a", "b"], "image": [{"bytes": picture}] * 2, "cadquery": ["x", "y"]})
    (tmp_path / "data").mkdir()
    pyarrow.parquet.write_table(table, tmp_path / "data" / "test-00000-of-00001.parquet")
    assert read_originals(tmp_path / "data", "test") == [Original("a", "x"), Original("b", "y")]
    with pytest.raises(DataError, match="validation"):
        read_originals(tmp_path / "data")
