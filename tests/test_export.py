"""A run as it ships: small, whole, and the same network."""

import json
import sys

import pytest
import torch
from safetensors.torch import load_file

from cadgen import export as exporter
from cadgen.decode import Greedy
from cadgen.export import export, main
from cadgen.model import CheckpointError, compact, find_checkpoint, load_network, save_network
from cadgen.model import checkpoint as checkpoint_module

SMALL = {"image_size": 32, "vision_width": 64, "vision_layers": 1, "decoder_width": 64, "decoder_layers": 2}


@pytest.fixture
def run(tmp_path):
    torch.manual_seed(0)
    folder = tmp_path / "run"
    save_network(compact(**SMALL, max_tokens=30), folder / "best")
    record = {"command": "train.py experiment=pretrain_compact", "commit": "abc", "config": {"seed": 7}}
    (folder / "run.json").write_text(json.dumps(record))
    (folder / "best.json").write_text(json.dumps({"step": 12, "val/greedy/iou": 0.5}))
    return folder


def test_the_exported_weights_are_bf16_and_write_what_the_run_writes(run, tmp_path):
    folder = export(run, tmp_path / "shipped")
    weights = load_file(folder / "model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.bfloat16}
    before, after = load_network(run / "best").eval(), load_network(folder).eval()
    image_BCHW = torch.rand(3, 1, 32, 32)
    labels_BL = torch.arange(18).reshape(3, 6)
    with torch.no_grad():
        torch.testing.assert_close(after(image_BCHW, labels_BL), before(image_BCHW, labels_BL), atol=0.5, rtol=0.05)
    for name, parameter in before.named_parameters():  # so that rounding cannot turn a tie
        parameter.data = parameter.data.bfloat16().float()
        torch.testing.assert_close(after.get_parameter(name), parameter, atol=0, rtol=0)
    assert [c[0].code for c in Greedy()(after, image_BCHW)] == [c[0].code for c in Greedy()(before, image_BCHW)]


def test_the_card_says_where_the_weights_are_from(run, tmp_path):
    card = (export(run, tmp_path / "shipped") / "README.md").read_text()
    assert "python -m cadgen.train experiment=pretrain_compact" in card
    assert "Seed: 7" in card and "val/greedy/iou 0.5" in card and "Not judged yet" in card


def test_weights_over_the_limit_are_not_shipped(run, tmp_path, monkeypatch):
    monkeypatch.setattr(exporter, "LARGEST_MB", 0.1)
    with pytest.raises(CheckpointError, match=r"up to 0\.1 MB"):
        export(run, tmp_path / "shipped")
    assert not (tmp_path / "shipped").exists()


def test_a_run_that_has_not_ended_is_one_clear_error(run, tmp_path):
    (run / "run.json").unlink()
    with pytest.raises(CheckpointError, match=r"run\.json does not exist"):
        export(run, tmp_path / "shipped")
    assert not (tmp_path / "shipped").exists()


def test_shipped_names_the_weights_in_the_package_or_what_to_do_without(run, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint_module, "SHIPPED", tmp_path / "shipped")
    with pytest.raises(CheckpointError, match=r"python -m cadgen\.export RUN"):
        find_checkpoint("shipped")
    export(run, tmp_path / "shipped")
    assert load_network(find_checkpoint("shipped")).max_tokens == 30


@pytest.mark.parametrize("name", ["run.json", "best.json"])
@pytest.mark.parametrize("content", [b"{", b"[]", b"5", b"\xff", b'{"command": [5]}', b'{"step": "a"}', b'{"a": null}'])
def test_a_damaged_record_is_one_clear_error_that_names_it(name, content, run, tmp_path):
    (run / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"^[^\n]*{name}[^\n]*$"):
        export(run, tmp_path / "shipped")
    assert not (tmp_path / "shipped").exists()


@pytest.mark.parametrize("kind", ["a file", "a folder of something else", "a folder below a file"])
def test_what_is_no_checkpoint_is_not_replaced(kind, run, tmp_path, monkeypatch, capsys):
    out = tmp_path / "out"
    if kind == "a folder of something else":
        out.mkdir()
        (out / "thesis.tex").write_text("years")
    else:
        out.write_text("years")
    target = out / "below" if kind == "a folder below a file" else out
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.setattr(sys, "argv", ["export", str(run), "--out", str(target)])
    assert main() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {out}") and "--out another folder" in line
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
