import os
import random
import signal
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from cadgen.kernel import build
from cadgen.parts import shard
from cadgen.parts.folder import write_parts
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
    assert len(bytes_of(tmp_path / "whole")) == 5
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
