import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from cadgen.data import DataError, read_shards
from cadgen.kernel import build
from cadgen.parts import shard
from cadgen.parts.__main__ import main
from cadgen.parts.folder import write_parts
from cadgen.parts.shard import note_sum, read_sums
from cadgen.shape import render

ROOT = Path(__file__).resolve().parents[2]


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    write_parts(folder, 60, seed=3, workers=1, size=32)
    return folder


def test_a_dataset_holds_numbered_parts_with_their_pictures(whole):
    table = pq.read_table(whole / "shard-00000.parquet")
    assert {field.name: str(field.type) for field in table.schema} == {
        "id": "string",
        "image": "binary",
        "code": "string",
        "family": "string",
    }
    rows = table.to_pylist()
    assert [row["id"] for row in rows] == [f"{number:08d}" for number in range(60)]
    for row in rows[:10]:
        picture = np.asarray(Image.open(BytesIO(row["image"])))
        assert (picture == render(build(row["code"]), 32)).all()


def test_no_program_comes_twice_although_draws_repeat(tmp_path):
    write_parts(tmp_path, 150, seed=3, workers=1, size=8, families={"slab": 1})
    codes = pq.read_table(tmp_path / "shard-00000.parquet")["code"].to_pylist()
    assert len(set(codes)) == 150
    _, next_draw = shard.origin(tmp_path / "shard-00000.parquet")
    assert next_draw > 150


def test_the_card_says_how_to_make_the_dataset_and_what_is_in_it(whole):
    card = (whole / "README.md").read_text()
    assert "python -m cadgen.parts --n 60 --seed 3 --out DIR --size 32\n" in card
    assert "license: cc0-1.0" in card
    counts = [int(line.split("|")[2]) for line in card.splitlines() if line.startswith("| ") and line[-3:-2].isdigit()]
    assert sum(counts) == 60
    assert Image.open(whole / "contact_sheet.png").size == (1600, 960)


def test_three_workers_write_the_bytes_of_one(whole, tmp_path):
    write_parts(tmp_path, 60, seed=3, workers=3, size=32)
    assert bytes_of(tmp_path) == bytes_of(whole)


def test_a_dataset_is_gone_on_with_across_shards(monkeypatch, tmp_path):
    monkeypatch.setattr("cadgen.parts.folder.ROWS", 16)
    write_parts(tmp_path / "whole", 40, seed=3, workers=1, size=8)
    for num in (7, 16, 33, 40):
        write_parts(tmp_path / "pieces", num, seed=3, workers=1, size=8)
    assert len(bytes_of(tmp_path / "whole")) == 6
    assert bytes_of(tmp_path / "pieces") == bytes_of(tmp_path / "whole")


def test_a_kill_while_a_shard_is_written_leaves_none(whole, monkeypatch, tmp_path):
    class Killed(BaseException):
        pass

    def torn(table, path, **options):
        Path(path).write_bytes(b"PAR1")
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("cadgen.parts.shard.pq.write_table", torn)
        with pytest.raises(Killed):
            write_parts(tmp_path, 60, seed=3, workers=1, size=32)
    assert not list(tmp_path.glob("*.parquet"))
    write_parts(tmp_path, 60, seed=3, workers=1, size=32)
    assert bytes_of(tmp_path) == bytes_of(whole)


def test_a_dataset_that_is_whole_stays_as_it_is(whole):
    before = bytes_of(whole)
    write_parts(whole, 20, seed=3, workers=1, size=32)
    assert bytes_of(whole) == before


@pytest.mark.parametrize("other", [{"seed": 4}, {"size": 16}, {"families": {"slab": 1}}])
def test_a_folder_of_other_parts_is_left_alone(whole, other):
    settings = {"seed": 3, "size": 32, "families": None} | other
    with pytest.raises(ValueError, match=r"holds parts of Settings\(seed=3, size=32.*choose another folder"):
        write_parts(whole, 60, workers=1, **settings)


def test_families_of_the_cad_kernel_are_written_with_those_that_it_builds(tmp_path):
    write_parts(tmp_path, 6, seed=0, workers=1, size=32, families={"chamfer": 1, "slab": 1})
    families = pq.read_table(tmp_path / "shard-00000.parquet")["family"].to_pylist()
    assert set(families) == {"chamfer", "slab"}


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Three small shards, the last of them not full."""
    folder = tmp_path_factory.mktemp("shards")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cadgen.parts.folder.ROWS", 8)
        write_parts(folder, 20, seed=3, workers=1, size=8)
    return folder


@pytest.fixture
def torn(shards, tmp_path, monkeypatch):
    monkeypatch.setattr("cadgen.parts.folder.ROWS", 8)
    return Path(shutil.copytree(shards, tmp_path / "torn"))


def flipped(content, place):
    at = len(content) * place // 100
    return content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :]


DAMAGE = {
    **{f"flipped at {place}%": partial(flipped, place=place) for place in (1, 30, 60, 90, 97)},
    "cut": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "zeros": lambda content: bytes(len(content)),
}


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_shard_is_told_and_made_again_as_it_was(name, number, shards, torn, capsys):
    path = shard.path_of(torn, number)
    path.write_bytes(DAMAGE[name](path.read_bytes()))
    with pytest.raises(DataError, match=rf"^[^\n]*{path.name} is damaged .*python -m cadgen\.parts.* again[^\n]*$"):
        read_shards(torn)
    write_parts(torn, 20, seed=3, workers=1, size=8)
    assert bytes_of(torn) == bytes_of(shards)
    assert len(read_shards(torn)) == 20
    (line,) = capsys.readouterr().err.splitlines()
    assert str(path) in line and "is damaged" in line and "made again" in line


def test_a_shard_that_is_missing_in_the_middle_is_made_again_and_the_later_ones_stay(shards, torn, capsys):
    kept = shard.path_of(torn, 2).stat().st_mtime_ns
    shard.path_of(torn, 1).unlink()
    write_parts(torn, 20, seed=3, workers=1, size=8)
    assert bytes_of(torn) == bytes_of(shards)
    assert "shard-00001.parquet is damaged (it is missing)" in capsys.readouterr().err
    assert shard.path_of(torn, 2).stat().st_mtime_ns == kept


def test_a_dataset_without_checksums_is_read_and_gets_them(shards, torn, capsys):
    (torn / shard.SUMS).unlink()
    assert len(read_shards(torn)) == 20
    write_parts(torn, 20, seed=3, workers=1, size=8)
    assert bytes_of(torn) == bytes_of(shards)
    assert capsys.readouterr().err == ""
    assert subprocess.run(["sha256sum", "-c", "--quiet", shard.SUMS], cwd=torn).returncode == 0


@pytest.mark.parametrize("damage", [b"", b"\xff\n\n  \n", "zeros"])
def test_damaged_checksums_cost_nothing_but_time(damage, shards, torn):
    path = torn / shard.SUMS
    path.write_bytes(path.read_bytes().replace(b"a", b"b") if damage == "zeros" else damage)
    write_parts(torn, 20, seed=3, workers=1, size=8)
    for number in range(3):
        assert shard.path_of(torn, number).read_bytes() == shard.path_of(shards, number).read_bytes()
    assert set(read_sums(torn).items()) >= set(read_sums(shards).items())


def test_a_shard_of_another_place_does_not_pass_for_the_one_that_was_there(shards, torn, capsys):
    shutil.copy(shard.path_of(torn, 0), shard.path_of(torn, 1))
    (torn / shard.SUMS).unlink()
    write_parts(torn, 20, seed=3, workers=1, size=8)
    assert bytes_of(torn) == bytes_of(shards)
    assert "shard-00001.parquet does not follow" in capsys.readouterr().err


def test_damage_in_a_folder_of_other_parts_leaves_all_as_it_is(torn):
    shard.path_of(torn, 0).write_bytes(b"")
    before = bytes_of(torn)
    with pytest.raises(ValueError, match="choose another folder"):
        write_parts(torn, 20, seed=4, workers=1, size=8)
    assert bytes_of(torn) == before


_KILLED = """
import sys
import cadgen.parts.folder as folder
folder.ROWS = 8
folder.write_parts(folder.Path(sys.argv[1]), 20, seed=3, workers=1, size=8)
"""


def test_a_process_killed_while_it_writes_is_gone_on_with(shards, tmp_path, monkeypatch):
    run = subprocess.Popen([sys.executable, "-c", _KILLED, str(tmp_path)], cwd=ROOT, stdout=subprocess.DEVNULL)
    while not list(tmp_path.glob("*.parquet")) and run.poll() is None:
        time.sleep(0.001)
    run.kill()
    run.wait()
    assert list(tmp_path.glob("*.parquet"))
    monkeypatch.setattr("cadgen.parts.folder.ROWS", 8)
    write_parts(tmp_path, 20, seed=3, workers=1, size=8)
    assert {name: found for name, found in bytes_of(tmp_path).items() if "draft" not in name} == bytes_of(shards)


def test_a_kill_between_a_shard_and_its_sum_leaves_no_wrong_sum(shards, torn, monkeypatch, capsys):
    class Killed(BaseException):
        pass

    def stop(path, found):
        if found:
            raise Killed
        note_sum(path, found)

    with monkeypatch.context() as patch:
        patch.setattr("cadgen.parts.shard.note_sum", stop)
        with pytest.raises(Killed):
            write_parts(torn, 22, seed=3, workers=1, size=8)
    write_parts(torn, 22, seed=3, workers=1, size=8)
    assert capsys.readouterr().err == ""
    assert len(read_sums(torn)) == 3


def call(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["parts", *map(str, arguments)])
    return main()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--n", "0"], "give 1 part or more"),
        (["--n", "-3"], "give 1 part or more"),
        (["--n", "1", "--size", "0"], "of 1 to 4096 px"),
        (["--n", "1", "--size", "100000"], "of 1 to 4096 px"),
        (["--n", "1", "--family", "slab=heavy"], "heavy is no weight"),
        (["--n", "1", "--family", "slab=nan"], "nan is no weight"),
        (["--n", "1", "--family", "slab=inf"], "inf is no weight"),
        (["--n", "1", "--family", "slab=-1"], "-1 is no weight"),
        (["--n", "1", "--family", "=1"], "families ['']"),
    ],
)
def test_arguments_that_nothing_can_be_made_of_are_one_clear_error(arguments, message, tmp_path, monkeypatch, capsys):
    assert call(monkeypatch, *arguments, "--out", tmp_path / "out") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and message in line
    assert not (tmp_path / "out").exists()


def test_a_file_in_place_of_the_folder_is_one_clear_error(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "out"):
        assert call(monkeypatch, "--n", "1", "--out", out) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"error: {out}") and "give --out another folder" in line


def test_a_full_disk_is_one_clear_error_and_leaves_no_draft(tmp_path, monkeypatch, capsys):
    def full(table, path, **options):
        Path(path).write_bytes(b"PAR1")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("cadgen.parts.shard.pq.write_table", full)
    assert call(monkeypatch, "--n", "1", "--size", "8", "--workers", "1", "--out", tmp_path) == 2
    assert "No space left on device); make room" in capsys.readouterr().err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def command(out, num, *more):
    call = ["-m", "cadgen.parts", "--n", str(num), "--seed", "5", "--out", str(out), "--size", "16", "--workers", "2"]
    return [sys.executable, *call, *more]


def test_the_command_names_an_unknown_family(tmp_path):
    told = subprocess.run(command(tmp_path, 1, "--family", "gear=2"), cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 2
    assert "families ['gear']" in told.stderr


@pytest.mark.slow
def test_a_dataset_killed_five_times_at_random_is_that_of_one_run(tmp_path):
    num, torn, rng = 7000, tmp_path / "torn", random.Random(time.time_ns())
    subprocess.run(command(tmp_path / "whole", num), cwd=ROOT, check=True, capture_output=True)
    for kills in range(5):  # with so many shards of the seven, by what is written: a busy machine takes its time
        run = subprocess.Popen(command(torn, num), cwd=ROOT, stdout=subprocess.DEVNULL)
        while len(list(torn.glob("*.parquet"))) < kills and run.poll() is None:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 2))
        assert run.poll() is None, "whole before it could be killed"
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    subprocess.run(command(torn, num), cwd=ROOT, check=True, capture_output=True)
    assert bytes_of(torn) == bytes_of(tmp_path / "whole")
