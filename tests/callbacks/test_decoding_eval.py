"""The callback as a run uses it: through the command, here with two processes on the CPU."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cadgen.eval.row import read_rows

ROOT = Path(__file__).resolve().parents[2]
TINY = (
    "data.train.num=4",
    "data.val.num=5",  # three for one process, two for the other, in batches of one
    "data.loader.batch_size=1",
    "data.loader.num_workers=0",
    "data.loader.steps_per_epoch=1",
    "trainer.max_epochs=1",
    "trainer.precision=32-true",
    "+model.image_size=32",
    "+model.vision_width=64",
    "+model.vision_layers=1",
    "+model.decoder_width=64",
    "+model.decoder_layers=1",
    "model.max_tokens=40",
    "optim.warmup_steps=1",
    "objective.number_spread=1.5",
    "+decoding@decodings.grammar=grammar",  # so that programs of random weights run
    "decodings.grammar.propose.num_beams=2",
)


def without_times(rows):
    return [replace(row, seconds=0.0, run_seconds=0.0, log_probability=None) for row in rows]


def test_two_processes_judge_as_one_does_and_write_each_row_once_in_order(tmp_path):
    """The run's last words, rows.jsonl, come from one process; those of its validation from two. The network is one."""
    arguments = ("experiment=baseline", f"data.root={tmp_path / 'data'}", f"hydra.run.dir={tmp_path / 'run'}")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "cadgen.train", *arguments, *TINY,
         "trainer.accelerator=cpu", "trainer.devices=2"],
        cwd=ROOT, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Starting with 2 processes" in done.stdout + done.stderr
    apart = read_rows(tmp_path / "run" / "validation")
    alone = [row for row in read_rows(tmp_path / "run") if row.decoding in ("greedy", "grammar")]
    assert without_times(apart) == without_times(alone)
    assert [row.log_probability for row in apart] == pytest.approx([row.log_probability for row in alone], abs=1e-3)
    assert len(apart) == 10 and any(row.scores["iou_aligned"] > 0 for row in apart)
