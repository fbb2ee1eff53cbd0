"""The command with one process and with two, which Lightning starts."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cadgen.eval.row import read_rows
from cadgen.evaluate import _Last
from cadgen.model import save_network

ROOT = Path(__file__).resolve().parent.parent


def evaluated(folder: Path, *overrides: str):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "cadgen.evaluate", *overrides, f"hydra.run.dir={folder}"],
        cwd=ROOT, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def without_times(rows):
    return [replace(row, seconds=0.0, run_seconds=0.0, log_probability=None) for row in rows]


def test_what_was_made_last_is_made_again_of_anything_else():
    last, made = _Last(), []
    found = [last.of(origin, lambda origin=origin: made.append(origin) or len(made)) for origin in "aabba"]
    assert found == [1, 1, 2, 2, 3] and made == ["a", "b", "a"]


@pytest.mark.slow
def test_two_processes_write_the_rows_of_one_in_the_same_order(tiny_network, tmp_path):
    save_network(tiny_network(60), tmp_path / "network")
    common = (
        f"ckpt={tmp_path / 'network'}", f"data.root={tmp_path / 'data'}", "data.val.num=5",
        "decoding=best_of_n", "decoding.propose.num_samples=2",
    )  # fmt: skip
    for name, devices in (("one", 1), ("two", 2)):
        overrides = (*common, "trainer.accelerator=cpu", f"trainer.devices={devices}")
        status, told = evaluated(tmp_path / name, *overrides)
        assert status == 0, told
        assert ("Starting with 2 processes" in told) == (devices == 2)
    alone, shared = (read_rows(tmp_path / name) for name in ("one", "two"))
    assert without_times(shared) == without_times(alone)
    told = [row.log_probability for row in alone if row.log_probability is not None]
    assert [row.log_probability for row in shared if row.log_probability is not None] == pytest.approx(told, abs=1e-3)
    assert [row.decoding for row in alone] == ["constant"] * 5 + ["best_of_n"] * 5 + ["best_of_n:oracle"] * 5


@pytest.mark.slow
def test_a_sweep_of_jobs_in_several_processes_is_refused(tiny_network, tmp_path):
    save_network(tiny_network(60), tmp_path / "network")
    status, told = evaluated(
        tmp_path / "run", "-m", f"ckpt={tmp_path / 'network'}", f"data.root={tmp_path / 'data'}", "data.val.num=2",
        "decoding=greedy", "trainer.accelerator=cpu", "trainer.devices=2", f"hydra.sweep.dir={tmp_path / 'sweep'}",
    )  # fmt: skip
    assert status == 1 and "set trainer.devices=1" in told
