"""A stranger's run folder in which every file is a pickle that makes a file when it is read as one."""

import os
import pickle
import sys

import pytest
from PIL import Image

import cadgen.compare
import cadgen.evaluate
import cadgen.export
import cadgen.infer.__main__
import cadgen.train
from cadgen.model import save_network
from cadgen.parts import draw_pair
from cadgen.sweep import read_jobs

FILES = (
    *("last.ckpt", "best.json", "run.json", "rows.jsonl", "judged-0.jsonl", "metrics.csv", "manifest.jsonl"),
    *(f"best/{name}" for name in ("config.json", "tokenizer.json", "model.safetensors", "manifest.json")),
    *(f".hydra/{name}" for name in ("overrides.yaml", "hydra.yaml", "config.yaml")),
)


class Planted:
    """Unpickling it makes a folder."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


@pytest.fixture(scope="module")
def good(tiny_network, tmp_path_factory):
    """A run folder with a network in it, and a picture with its program."""
    folder = tmp_path_factory.mktemp("good")
    save_network(tiny_network(12), folder / "best")
    picture, code = draw_pair(0, 64)
    (folder / "pairs").mkdir()
    Image.fromarray(picture).save(folder / "pairs" / "a.png")
    (folder / "pairs" / "a.py").write_text(code)
    return folder


QUIET = ["hydra/job_logging=none", "hydra/hydra_logging=none"]  # else handlers stay that write to a closed stream
SMALL = ["+model.image_size=32", "+model.vision_width=64", "+model.decoder_width=64"]
TRAIN = [*QUIET, "experiment=baseline", "data.root={out}", "data.train.num=2", "data.val.num=1", *SMALL]
PAIRS = ["data=folder", "data.root={pairs}"]
COMMANDS = {
    "train, resumed": (cadgen.train, [*TRAIN, "resume={run}", "hydra.run.dir={run}"]),
    "train from its weights": (cadgen.train, [*TRAIN, "model.weights={run}", "hydra.run.dir={out}"]),
    "evaluate": (cadgen.evaluate, [*QUIET, "ckpt={run}", *PAIRS, "hydra.run.dir={out}"]),
    "evaluate into it": (
        cadgen.evaluate,
        [*QUIET, "ckpt={good}", *PAIRS, "hydra.run.dir={run}"],
    ),
    "evaluate its data": (
        cadgen.evaluate,
        [*QUIET, "ckpt={good}", "data=gencad", "data.root={run}", "hydra.run.dir={out}"],
    ),
    "infer": (cadgen.infer.__main__, ["{pairs}/a.png", "--ckpt", "{run}", "--out", "{out}"]),
    "infer of a pickle": (cadgen.infer.__main__, ["{run}/last.ckpt", "--ckpt", "{good}", "--out", "{out}"]),
    "export": (cadgen.export, ["{run}", "--out", "{out}"]),
    "compare": (cadgen.compare, ["{run}"]),
}


@pytest.mark.parametrize(("command", "arguments"), COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("protocol", [0, 2], ids=["text", "binary"])
def test_no_command_runs_what_is_planted_in_a_run_folder(
    command, arguments, protocol, good, tmp_path, capsys, monkeypatch
):
    run, trace = tmp_path / "run", tmp_path / "trace"
    for name in FILES:
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_bytes(pickle.dumps(Planted(trace), protocol))
    places = {"run": run, "good": good, "pairs": good / "pairs", "out": tmp_path / "out"}
    monkeypatch.setattr(sys, "argv", ["cadgen", *(argument.format(**places) for argument in arguments)])
    try:
        status = command.main()
    except SystemExit as ended:
        status = ended.code
    told = capsys.readouterr().err
    assert not trace.exists()
    assert status in (1, 2) and "error: " in told and "Traceback" not in told


@pytest.mark.parametrize("protocol", [0, 2])
def test_the_table_of_a_sweep_runs_nothing_of_its_jobs(protocol, tmp_path):
    trace = tmp_path / "trace"
    for name in FILES:
        (tmp_path / "0" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "0" / name).write_bytes(pickle.dumps(Planted(trace), protocol))
    with pytest.raises(ValueError, match="delete its job's folder"):
        read_jobs(tmp_path)
    assert not trace.exists()
