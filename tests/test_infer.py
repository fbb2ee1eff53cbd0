import subprocess
import sys

import pytest
import torch
import trimesh
from PIL import Image

from cadgen.infer import _folder_names, generate, main
from cadgen.lang import normalise
from cadgen.model import compact, save_network, token_loss
from cadgen.model.network import learning_rate_groups
from cadgen.shape import render

PLATE = "import cadquery as cq\nresult=cq.Workplane('XY').rect(384,300).extrude(60)\n"


@pytest.fixture(scope="module")
def picture(box, tmp_path_factory):
    (execution,) = box.run([PLATE])
    path = tmp_path_factory.mktemp("pictures") / "plate.png"
    Image.fromarray(render(execution.solid)).save(path)
    return path


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A network that was taught one program."""
    torch.manual_seed(0)
    network = compact(
        image_size=32, vision_width=64, vision_layers=1, decoder_width=64, decoder_layers=2, max_tokens=40
    )
    labels = torch.tensor([network.tokenizer.encode(normalise(PLATE, grid=1))])
    optimiser = torch.optim.AdamW(learning_rate_groups(network, 2e-3, 0.0))
    for _ in range(2000):
        optimiser.zero_grad()
        loss = token_loss(network(torch.rand(1, 3, 32, 32), labels), labels)
        loss.backward()
        optimiser.step()
        if loss < 0.002:
            break
    folder = tmp_path_factory.mktemp("taught") / "checkpoint"
    save_network(network, folder)
    return folder


def infer(monkeypatch, *arguments) -> int:
    monkeypatch.setattr(sys, "argv", ["infer", *map(str, arguments)])
    return main()


def test_a_picture_becomes_a_program_that_runs_alone_and_step_and_stl_of_the_same_solid(
    picture, checkpoint, tmp_path, monkeypatch
):
    assert infer(monkeypatch, picture, "--out", tmp_path, "--ckpt", checkpoint) == 0
    folder = tmp_path / "plate"
    assert sorted(path.name for path in folder.iterdir()) == ["part.py", "part.step", "part.stl", "preview.png"]
    check = f"{(folder / 'part.py').read_text()}\nprint(result.val().Volume())"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, timeout=120)
    volume = float(done.stdout)
    assert trimesh.load(folder / "part.stl").volume == pytest.approx(volume, rel=0.01)
    assert (folder / "part.step").read_text().startswith("ISO-10303-21")
    assert Image.open(folder / "preview.png").size == (448, 448)


def test_a_program_without_a_solid_is_told_and_leaves_only_the_program(picture, tmp_path, monkeypatch, capsys):
    save_network(compact(image_size=32, max_tokens=4), tmp_path / "noise")
    assert infer(monkeypatch, picture, "--out", tmp_path / "out", "--ckpt", tmp_path / "noise") == 1
    assert [path.name for path in (tmp_path / "out").rglob("*")] == ["plate", "part.py"]
    assert (tmp_path / "out" / "plate" / "part.py").read_text().startswith("# This program gives no solid: ")
    assert "no solid" in capsys.readouterr().out


def test_several_pictures_get_a_sheet_of_inputs_beside_outputs(picture, checkpoint, tmp_path, monkeypatch):
    assert infer(monkeypatch, picture, picture, "--out", tmp_path, "--ckpt", checkpoint) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plate", "plate_2", "sheet.png"]
    sheet = Image.open(tmp_path / "sheet.png").convert("L")
    assert sheet.size == (800, 240)
    for left in (0, 200, 400, 600):
        assert sheet.crop((left + 20, 20, left + 180, 180)).getextrema()[0] < 200  # a part is to be seen


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.png"], "nowhere.png does not exist"),
        (["{picture}", "nowhere.png"], "nowhere.png does not exist"),
        (["{picture}", "--decoding", "best"], "choose one of beam, best_of_n, grammar"),
        (["{picture}", "--ckpt", "nowhere"], "nowhere is no checkpoint"),
    ],
)
def test_bad_input_is_one_clear_error_and_nothing_is_written(
    arguments, message, picture, checkpoint, tmp_path, monkeypatch, capsys
):
    words = [word.format(picture=picture) for word in arguments]
    words += [] if "--ckpt" in words else ["--ckpt", str(checkpoint)]
    assert infer(monkeypatch, *words, "--out", tmp_path / "out") == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ") and message in told
    assert not (tmp_path / "out").exists()


def test_pictures_of_one_name_get_folders_of_their_own(tmp_path):
    paths = [
        tmp_path / "a" / "part.png",
        tmp_path / "b" / "part.png",
        tmp_path / "c" / "other.png",
        tmp_path / "d" / "part.png",
    ]
    assert _folder_names(paths) == ["part", "part_2", "other", "part_3"]


def test_generate_answers_a_picture_in_memory_as_the_command_does(picture, checkpoint):
    assert (
        generate(Image.open(picture), checkpoint).code == generate(picture, checkpoint).code == normalise(PLATE, grid=1)
    )
