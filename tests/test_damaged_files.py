"""Damaged files and odd arguments end in an exit status or a documented error, whatever is wrong with them."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import cache, partial
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from cadgen import compare, doctor, export
from cadgen.data import DataError, gencad, read_beside, read_folder, read_shards
from cadgen.eval.metric import METRICS
from cadgen.eval.row import MOST_NAMES, Row, read_rows, write_rows
from cadgen.infer.__main__ import main as infer
from cadgen.infer.folder_name import folder_names
from cadgen.infer.pictures import Reader, readable
from cadgen.model import CheckpointError
from cadgen.parts import __main__ as parts
from cadgen.parts.shard import DamagedShard, Settings, path_of, read_shard, write_shard
from cadgen.parts.shard import Row as Part
from cadgen.picture import PictureError, read

ROOT = Path(__file__).resolve().parent.parent
CODE = "import cadquery as cq\nresult=cq.Workplane('XY').rect(1,2).extrude(0.5)\n"

odd = settings(derandomize=True, max_examples=80, database=None, suppress_health_check=[HealthCheck.too_slow])


# Files as they should be.


@cache
def picture(kind: str) -> bytes:
    file = BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (24, 20, 3)).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    more = {"exif": exif} if kind in ("PNG", "JPEG", "TIFF", "WEBP") else {}
    Image.fromarray(noise).save(file, kind, **more)
    return file.getvalue()


@cache
def manifest() -> bytes:
    lines = [{"id": name, "image": "a.png", "code": CODE, "step": "a.step"} for name in "ab"]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


@cache
def rows() -> bytes:
    scores = {metric.name: 0.5 for metric in METRICS}
    more = {"rank": 0, "num_extrusions": 1, "confidence": 0.5}
    made = [Row(str(number), "greedy", CODE, "ok", "", scores, -1.5, 0.1, 0.2, "interp", **more) for number in range(2)]
    with TemporaryDirectory() as folder:
        return write_rows(made, Path(folder)).read_bytes()


@cache
def shard() -> bytes:
    with TemporaryDirectory() as folder:
        made = [Part(f"{number:08d}", picture("PNG"), CODE, "slab") for number in range(3)]
        write_shard(path_of(Path(folder), 0), made, Settings(0, 8, {"slab": 1.0}), 3)
        return path_of(Path(folder), 0).read_bytes()


@cache
def hub_file() -> bytes:
    file = BytesIO()
    line = {"image": {"bytes": picture("PNG"), "path": "a.png"}, "deepcad_id": "0/1", "cadquery": CODE}
    pq.write_table(pa.Table.from_pylist([line]), file)
    return file.getvalue()


# Files as they should not be.


@st.composite
def damaged(draw, whole: Callable[[], bytes]) -> bytes:
    """Bytes of no sense, or those of `whole` with some flipped, cut out, put in or put twice."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=60))
    content = bytearray(whole())
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        until = at + draw(st.integers(0, 30))
        match draw(st.sampled_from(["flip", "set", "cut", "drop", "insert", "repeat"])):
            case "flip" if content:
                content[at] ^= 1 << draw(st.integers(0, 7))
            case "set" if content:
                content[at] = draw(st.sampled_from([0, 1, 127, 128, 255]))
            case "cut":
                del content[at:]
            case "drop":
                del content[at:until]
            case "insert":
                content[at:at] = draw(st.binary(max_size=8))
            case "repeat":
                content[at:at] = content[at:until]
    return bytes(content)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@st.composite
def mistyped(draw, whole: Callable[[], bytes]) -> bytes:
    """Lines of JSON, each with a field of another value, a field more or a field less."""
    lines = [json.loads(line) for line in whole().splitlines()]
    for line in lines:
        name = draw(st.sampled_from([*line, "another"]))
        if draw(st.booleans()):
            line[name] = draw(json_values)
        else:
            line.pop(name, None)
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def file_of(name: str, content: bytes, folder: str) -> Path:
    path = Path(folder) / name
    path.write_bytes(content)
    return path


def status(monkeypatch, main: Callable[[], int], *arguments: object) -> tuple[int, str]:
    """(exit status, stderr) of a command in this process."""
    monkeypatch.setattr(sys, "argv", ["command", *map(str, arguments)])
    with redirect_stderr(StringIO()) as told, redirect_stdout(StringIO()):
        try:
            found = main()
        except SystemExit as end:  # argparse
            found = end.code
    return found, told.getvalue()


def refusal(read: Callable[[], object], *documented: type[Exception]) -> str | None:
    """What the documented error says, None where something was read; any other error goes on."""
    try:
        assert read()
    except documented as error:
        return str(error)
    return None


def check_end(found: int, told: str) -> None:
    assert found in (0, 1, 2)
    if found == 2:
        assert "error: " in told and "Traceback" not in told


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "PPM"])
@odd
@given(data=st.data())
def test_a_damaged_picture_is_read_or_refused(kind, data):
    content = data.draw(damaged(lambda: picture(kind)))
    told = refusal(lambda: read(content), PictureError)
    assert told is None or ("\n" not in told and ";" in told)


@odd
@given(damaged(manifest) | mistyped(manifest))
def test_a_damaged_manifest_is_read_or_refused(content):
    with TemporaryDirectory() as folder:
        for name in ("a.png", "a.step"):
            file_of(name, b"", folder)
        file_of("manifest.jsonl", content, folder)
        for read in (read_folder, lambda root: gencad("test", root)):
            told = refusal(partial(read, folder), DataError)
            assert told is None or "manifest.jsonl" in told


@odd
@given(st.binary(max_size=20))
def test_a_program_beside_a_picture_is_read_or_refused(content):
    with TemporaryDirectory() as folder:
        file_of("a.png", b"", folder)
        file_of("a.py", content, folder)
        told = refusal(lambda: read_beside(folder), DataError)
        assert told is None or "a.py" in told


@odd
@given(damaged(shard))
def test_a_damaged_shard_is_read_or_refused(content):
    with TemporaryDirectory() as folder:
        path = file_of("shard-00000.parquet", content, folder)
        for read, error in ((read_shards, DataError), (lambda _: read_shard(path), DamagedShard)):
            told = refusal(partial(read, folder), error)
            assert told is None or "\n" not in told


@odd
@given(damaged(hub_file))
def test_a_damaged_file_of_the_hub_is_read_or_refused(content):
    with TemporaryDirectory() as folder:
        file_of("test-0.parquet", content, folder)
        told = refusal(lambda: [gencad("test", folder)], DataError)
        assert told is None or "test-0.parquet" in told


@odd
@given(content=damaged(rows) | mistyped(rows))
def test_damaged_rows_are_compared_or_refused(content):
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = file_of("rows.jsonl", content, folder)
        check_end(*status(patch, compare.main, path, path.parent))


RECORDS = {
    "run.json": json.dumps({"command": "train.py a=b", "commit": "abc", "config": {"seed": 7}}).encode(),
    "best.json": json.dumps({"step": 12, "val/greedy/iou": 0.5}).encode(),
}


@pytest.mark.parametrize("name", RECORDS)
@odd
@given(data=st.data())
def test_a_damaged_record_of_a_run_is_told_or_refused(name, data):
    content = data.draw(damaged(lambda: RECORDS[name]) | mistyped(lambda: RECORDS[name]))
    with TemporaryDirectory() as folder:
        paths = [file_of(each, content if each == name else RECORDS[each], folder) for each in RECORDS]
        told = refusal(lambda: export._told(*paths), CheckpointError, ValueError)
        assert told is None or name in told


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


@odd
@given(st.lists(words | st.sampled_from(["..png", "...png", "/", "sheet.png.png", "a/b.png", "-"]), max_size=6))
def test_every_picture_gets_a_folder_of_its_own_below_the_one_given(names):
    found = folder_names([Path(name) for name in names])
    assert len(set(found)) == len(names) and "sheet.png" not in found
    out = Path("/out")
    assert all((out / name).resolve().parent == out for name in found)


@odd
@given(st.lists(words, max_size=4))
def test_paths_of_any_kind_are_read_or_told(names):
    unread: dict[str, str] = {}
    parts = {str(n): [Path(f"/nowhere/{name}")] for n, name in enumerate(names)}
    reader = Reader(32, lambda doubt: None)
    assert list(readable(parts, reader, lambda name, error: unread.update({name: str(error)}))) == []
    assert list(unread) == list(parts) and all(unread.values())


options = st.sampled_from(["--n", "--seed", "--size", "--workers", "--family", "--out", "--against", "--ckpt", "-h"])
values = words | st.integers().map(str) | st.sampled_from(["nan", "slab=1", "slab=", "=", "1e999", "/proc/no/where"])
COMMANDS = {"parts": parts.main, "compare": compare.main, "export": export.main}


@pytest.mark.parametrize("name", COMMANDS)
@odd
@given(arguments=st.lists(options | values, max_size=6))
def test_arguments_of_any_kind_end_in_an_exit_status(name, arguments):
    if name == "parts":
        arguments = [*arguments, "--n", "0"]
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        check_end(*status(patch, COMMANDS[name], *arguments))
        assert not any(Path(folder).iterdir())


# By name, each in a process of its own.

CASES = {
    "infer with a checkpoint that is a file": (
        ["cadgen.infer", "a.png", "--out", "o", "--ckpt", "README.md"], 2, "error: README.md is no checkpoint"
    ),
    "compare of a run that is no run": (["cadgen.compare", "/dev/null"], 2, "error: /dev/null does not exist"),
    "doctor with an argument": (["cadgen.doctor", "now"], 2, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_command_ends_without_a_traceback(name):
    arguments, expected, message = CASES[name]
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == expected
    assert message in done.stderr and "Traceback" not in done.stderr


def test_comparing_into_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path, monkeypatch):
    path = file_of("rows.jsonl", rows(), str(tmp_path))
    found, told = status(monkeypatch, compare.main, path, "--out", path)
    assert found == 2 and f"error: {path} cannot be written" in told and "--out another folder" in told


@pytest.mark.parametrize("content", [b"", b"\n", b"null\n", b'{"id": 5}\n'])
def test_rows_that_are_none_are_one_clear_error(content, tmp_path, monkeypatch):
    path = file_of("rows.jsonl", content, str(tmp_path))
    found, told = status(monkeypatch, compare.main, path)
    assert found == 2 and told.startswith(f"error: {path}") and len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("seconds", None), ("seconds", "1"), ("iou_aligned", "a"), ("iou_aligned", float("nan")), ("structure", [1]),
     ("structure", [1, 2, "a"]), ("rank", 1.5), ("num_extrusions", "1"), ("status", 5), ("family", []), ("id", None),
     ("seconds", 1e308), ("seconds", -1), ("run_seconds", 2**52), ("run_seconds", float("inf")), ("iou_aligned", 1e308),
     ("iou_aligned", -7), ("iou_cadcoder", 1.5), ("iou_takehome", float("nan")), ("num_extrusions", 2**40),
     ("num_extrusions", -1), ("rank", -1), ("structure", [2**40, 0, 1]), ("decoding", ""), ("decoding", "a" * 201),
     ("decoding", "\x1b[2J"), ("id", "a\nb"), ("id", ""), ("family", "a\n"), ("status", "\x00"), ("confidence", 1.01),
     ("confidence", "1")],
)  # fmt: skip
def test_a_field_of_another_type_is_named_with_its_line(field, value, tmp_path):
    lines = [json.loads(line) for line in rows().splitlines()]
    lines[1][field] = value
    path = file_of("rows.jsonl", "".join(json.dumps(line) + "\n" for line in lines).encode(), str(tmp_path))
    with pytest.raises(ValueError, match=rf"rows\.jsonl, line 2: {field} is .*; judge the run again"):
        read_rows(path)


@pytest.mark.parametrize(("field", "told"), [("decoding", "decodings"), ("family", "families")])
def test_a_run_of_too_many_names_is_one_clear_error(field, told, tmp_path, monkeypatch):
    line = json.loads(rows().splitlines()[0])
    for most, expected in ((MOST_NAMES, 0), (MOST_NAMES + 1, 2)):
        text = "".join(json.dumps({**line, field: f"name {number}"}) + "\n" for number in range(most))
        path = file_of("rows.jsonl", text.encode(), str(tmp_path))
        found, error = status(monkeypatch, compare.main, path)
        assert found == expected
    assert f"line {most}: there are more than {MOST_NAMES} {told}; judge" in error and len(error.splitlines()) == 1


@pytest.mark.slow
def test_the_doctor_makes_a_program_from_a_picture_or_says_why_not(monkeypatch):
    assert re.fullmatch(r"the shipped weights made a program of \d+ characters .* builds a solid", doctor._main_job())
    monkeypatch.setattr("cadgen.infer.generate", lambda _: SimpleNamespace(code="result=1/0"))
    with pytest.raises(RuntimeError, match="leaves no solid: "):
        doctor._main_job()
    assert ("main job", doctor._main_job, True) in doctor._CHECKS


def test_the_doctor_puts_whatever_is_wrong_into_its_table(monkeypatch, capsys):
    def broken() -> str:
        raise OSError("a disk\nof two lines")

    monkeypatch.setattr(doctor, "_CHECKS", (("disk", broken, True), ("hub", broken, False)))
    monkeypatch.setattr(sys, "argv", ["doctor"])
    assert doctor.main() == 1
    assert "a disk" in capsys.readouterr().out


def test_infer_ends_with_an_exit_status_for_any_checkpoint_folder(tmp_path, monkeypatch):
    assert status(monkeypatch, infer, "a.png", "--out", tmp_path / "out", "--ckpt", "\0")[0] == 2
    assert status(monkeypatch, infer, "a.png", "--out", tmp_path / "out", "--decoding", "a" * 300)[0] == 2
