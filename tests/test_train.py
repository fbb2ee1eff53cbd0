"""The main job in small: real data, real kernel, real files."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from cadgen.eval.row import read_rows
from cadgen.eval.summary import mean_scores
from cadgen.model import load_network
from cadgen.train import main
from cadgen.training.state_file import read_state

ROOT = Path(__file__).resolve().parent.parent
TINY = (
    "data.val.num=4",
    "data.loader.batch_size=4",
    "data.loader.num_workers=0",
    "trainer.max_epochs=3",
    "+model.image_size=32",
    "+model.vision_width=64",
    "+model.vision_layers=2",
    "+model.decoder_width=64",
    "+model.decoder_layers=1",
    "model.max_tokens=40",
    "optim.warmup_steps=2",
)
FINITE = ("data.train.num=8",)
STREAM = (  # what experiment=pretrain_compact adds
    "data=stream",
    "data.loader.window=2",
    "objective.presence_weight=0.02",
    "objective.number_spread=1.5",
    "+callbacks.average={_target_: callbacks.average.Average, decay: 0.9}",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


def command(module, *arguments):
    return [sys.executable, "-W", "ignore", "-m", f"cadgen.{module}", *map(str, arguments)]


def run(module, *arguments, ok=True):
    done = subprocess.run(command(module, *arguments), cwd=ROOT, capture_output=True, text=True, timeout=1800)
    assert (done.returncode == 0) is ok, done.stdout + done.stderr
    return done


def train(folder, data, *arguments, experiment="baseline", ok=True):
    return run("train", f"experiment={experiment}", f"data.root={data}", f"hydra.run.dir={folder}", *arguments, ok=ok)


def losses(folder):
    with (folder / "metrics.csv").open() as file:
        return {int(row["step"]): row["train/loss"] for row in csv.DictReader(file) if row["train/loss"]}


@pytest.mark.parametrize(
    ("source", "by"),
    [(STREAM, signal.SIGTERM), pytest.param(FINITE, signal.SIGKILL, marks=pytest.mark.slow)],
    ids=["stream", "finite"],
)
def test_a_killed_run_resumes_to_the_same_losses_and_weights(source, by, data, tmp_path):
    small = (*source, *TINY, "data.loader.steps_per_epoch=6", "trainer.log_every_n_steps=1")
    train(tmp_path / "whole", data, *small)
    killed = subprocess.Popen(
        command("train", "experiment=baseline", f"data.root={data}", f"hydra.run.dir={tmp_path / 'killed'}", *small),
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 300
    while not (tmp_path / "killed" / "last.ckpt").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(killed.pid, by)
    assert killed.wait() == (143 if by == signal.SIGTERM else -by)
    status = json.loads((tmp_path / "killed" / "run.json").read_text())["status"]
    assert status == ("interrupted" if by == signal.SIGTERM else "running")
    done = train(tmp_path / "killed", data, *small, f"resume={tmp_path / 'killed'}")
    assert "| greedy" in done.stdout
    whole, resumed = losses(tmp_path / "whole"), losses(tmp_path / "killed")
    assert len(whole) == 18
    assert resumed == whole  # also the steps before the kill
    final = [json.loads((tmp_path / name / "best.json").read_text()) for name in ("whole", "killed")]
    assert final[0] == final[1]
    ends = [read_state(tmp_path / name / "last.ckpt") for name in ("whole", "killed")]
    for key in {"state_dict", "current_model_state"} & ends[0].keys():
        assert all(torch.equal(ends[0][key][name], ends[1][key][name]) for name in ends[0][key])
    assert ("current_model_state" in ends[0]) == (source is STREAM)


def test_a_run_leaves_rows_table_sheet_and_a_network_that_evaluates(data, tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path / "wandb"))
    folder = tmp_path / "run"
    done = train(folder, data, *FINITE, *TINY, "data.loader.steps_per_epoch=2", "logger=many")
    assert list(folder.glob("wandb/offline-run-*/run-*.wandb"))
    assert list(folder.glob("tensorboard/events.out.tfevents.*")) and "val/loss" in (folder / "metrics.csv").read_text()
    assert "parameters, " in done.stdout
    rows = read_rows(folder)
    assert {row.decoding for row in rows} == {"constant", "greedy"}
    assert len(rows) == 8
    record = json.loads((folder / "run.json").read_text())
    assert record["commit"] and "experiment=baseline" in record["command"] and record["status"] == "finished"
    assert (
        len(list(folder.glob("samples/step_*/samples.csv"))) == len(list(folder.glob("samples/step_*/sheet.png"))) == 3
    )
    assert (folder / "sheet.png").stat().st_size > 1000
    assert str(folder / "report.html") in done.stdout and "data:" in (folder / "report.html").read_text()
    again = run("evaluate", f"ckpt={folder}", f"data.root={data}", "data.val.num=4", "decoding=greedy",
                f"hydra.run.dir={tmp_path / 'judged'}")  # fmt: skip
    assert "| constant" in again.stdout
    judged = [row for row in read_rows(tmp_path / "judged") if row.decoding == "greedy"]
    assert [row.code for row in judged] == [row.code for row in rows if row.decoding == "greedy"]
    compared = run("compare", folder, tmp_path / "judged", "--out", tmp_path / "compared")
    table = (tmp_path / "compared" / "table.md").read_text()
    assert compared.stdout.startswith(table)
    assert [table.count(f"| {decoding}") for decoding in ("constant", "greedy")] == [1, 2]
    assert {path.name for path in (tmp_path / "compared").iterdir()} == {
        *("table.md", "table.csv", "table.json", "plot.png", "breakdown.md", "breakdown.json")
    }


class Planted:
    """Unpickling it makes a file."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


def test_resuming_a_run_folder_of_a_stranger_runs_nothing_of_it(data, tmp_path, monkeypatch, capsys):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    torch.save({"state_dict": Planted(tmp_path / "ran")}, theirs / "last.ckpt")
    quiet = ("hydra/job_logging=none", "hydra/hydra_logging=none", f"data.root={data}", "data.train.num=8")
    monkeypatch.setattr(sys, "argv", ["train", "experiment=baseline", f"resume={theirs}", *TINY, *quiet])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr().err
    assert ended.value.code == 1 and "Traceback" not in told
    assert "last.ckpt is a pickle" in told and "model.weights=RUN" in told
    assert not (tmp_path / "ran").exists()


def test_a_run_that_diverges_ends_with_one_clear_error_and_keeps_nothing(data, tmp_path, monkeypatch, capsys):
    quiet = ("hydra/job_logging=none", "hydra/hydra_logging=none", f"data.root={data}", *FINITE, *TINY)
    wild = ("optim.learning_rate=1e30", "data.loader.steps_per_epoch=4", f"hydra.run.dir={tmp_path}")
    monkeypatch.setattr(sys, "argv", ["train", "experiment=baseline", *quiet, *wild])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr().err
    assert ended.value.code == 1 and "Traceback" not in told
    assert "training has diverged: the loss of step" in told and "lower optim.learning_rate" in told
    assert not (tmp_path / "last.ckpt").exists() and not (tmp_path / "best").exists()
    assert json.loads((tmp_path / "run.json").read_text())["status"] == "failed"


@pytest.mark.slow  # minutes on two cores
def test_overfitting_eight_parts_reaches_an_iou_over_095_and_different_programs(data, tmp_path):
    train(tmp_path, data, experiment="overfit_one")
    rows = [row for row in read_rows(tmp_path) if row.decoding == "greedy"]
    means = mean_scores(rows)
    assert means["vsr"] == 1.0
    assert means["iou_aligned"] > 0.95
    assert len({row.code for row in rows}) == 8
    assert load_network(tmp_path / "best").sight.size == 224


MISTAKES = {
    "misspelt key": (("optim.learning_rat=1",), "learning_rat"),
    "misspelt experiment": (("experiment=enhansed",), "enhansed"),
    "no checkpoint": (("model.weights=nowhere",), "nowhere is no checkpoint"),
    "no data": (("data=gencad", "data.root=nowhere"), "nowhere/manifest.jsonl does not exist"),
    "nothing to resume": (("resume={tmp}",), "there is no last.ckpt in it"),
    "lora on noise": (("model.lora={{r: 16, alpha: 32}}",), "model.weights=RUN"),
    "hub out of reach": (("model=codet5_small",), "model=compact"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_ends_with_one_clear_error_and_leaves_nothing_half_written(name, data, tmp_path, monkeypatch, capsys):
    """In this process: what a mistake costs in one of its own is the import of every library."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    overrides, message = MISTAKES[name]
    arguments = [override.format(tmp=tmp_path / "other") for override in overrides]
    if not any(argument.startswith("data") for argument in arguments):
        arguments += [f"data.root={data}", "data.train.num=8", "data.val.num=4"]
    if not any(argument.startswith("experiment") for argument in arguments):
        arguments += ["experiment=baseline"]
    quiet = ("hydra/job_logging=none", "hydra/hydra_logging=none", f"hydra.run.dir={tmp_path / 'run'}")
    monkeypatch.setattr(sys, "argv", ["train", *arguments, *quiet])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert ended.value.code in (1, 2)
    assert message in told.out + told.err
    assert "Traceback" not in told.err
    assert not list(tmp_path.rglob("*.ckpt")) and not list(tmp_path.rglob("rows.jsonl"))
