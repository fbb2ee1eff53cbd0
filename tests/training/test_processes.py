"""Two processes that share a batch learn what one learns from it, and leave what one leaves."""

import json
import subprocess
import sys
from pathlib import Path

import lightning as L
import pytest
import torch
from safetensors.torch import load_file

from cadgen.training.sharded import Sharded
from cadgen.training.state_file import read_state
from callbacks.average import Average


def run(strategy, folder, epochs, *last):
    command = [sys.executable, "-W", "ignore", "-m", "tests.training.processes", strategy, folder, epochs, *last]
    done = subprocess.run([str(one) for one in command], cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "losses.json").read_text())


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    folder = tmp_path_factory.mktemp("one")
    return folder, run("one", folder, 2)


@pytest.mark.slow  # each run is a start of every library
@pytest.mark.parametrize("strategy", ["ddp", "sharded"])
def test_two_processes_have_the_losses_of_one_with_accumulation_and_after_it_goes_on(strategy, one, tmp_path):
    alone, losses = one
    whole = run(strategy, tmp_path / "whole", 2)
    assert whole["steps"] == losses["steps"] == 4
    for name in ("train", "val", "norm"):
        assert whole[name] == pytest.approx(losses[name], rel=1e-4)
    half = run(strategy, tmp_path / "half", 1)
    assert half["train"] == pytest.approx(losses["train"][:4], rel=1e-4)
    gone_on = run("one", tmp_path / "on", 2, tmp_path / "half" / "last.ckpt")
    back = run(strategy, tmp_path / "back", 2, tmp_path / "half" / "last.ckpt")
    for resumed in (gone_on, back):
        assert resumed["train"] == pytest.approx(losses["train"][4:], rel=1e-4)
    states = [read_state(folder / "last.ckpt") for folder in (alone, tmp_path / "whole")]
    torch.testing.assert_close(*(state["state_dict"] for state in states), rtol=1e-2, atol=1e-4)
    moments = [state["optimizer_states"][0]["state"] for state in states]
    torch.testing.assert_close(*moments, rtol=1e-2, atol=1e-3)
    best = [load_file(folder / "best" / "model.safetensors") for folder in (alone, tmp_path / "whole")]
    torch.testing.assert_close(*best, rtol=1e-2, atol=1e-4)


def test_weights_in_shares_are_not_averaged():
    trainer = L.Trainer(accelerator="cpu", callbacks=[Average()], logger=False, enable_checkpointing=False)
    with pytest.raises(ValueError, match=r"callbacks\.average=null"):
        Sharded().setup(trainer)
