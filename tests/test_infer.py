import errno
import io
import json
import os
import re
import subprocess
import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import trimesh
from PIL import Image

from cadgen.decode import Candidate, Decoded, Decoder, Greedy, Visual
from cadgen.infer import __main__ as command
from cadgen.infer import generate, generation
from cadgen.infer.__main__ import main
from cadgen.infer.folder_name import folder_names
from cadgen.lang.canonical import normal_text
from cadgen.model import compact, save_network, token_loss
from cadgen.model.network import learning_rate_groups
from cadgen.picture import read
from cadgen.shape import NAMED, Sandbox, render

PLATE = "import cadquery as cq\nresult=cq.Workplane('XY').rect(384,300).extrude(60)\n"


@pytest.fixture(scope="module", autouse=True)
def one_sandbox():
    """Of all commands here: to start one takes longer than most of what is asked of it."""
    with Sandbox(workers=2, profile="interp") as running, pytest.MonkeyPatch.context() as patched:
        for module in (command, generation):
            patched.setattr(module, "Sandbox", lambda **_: nullcontext(running))
        yield


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
    labels = torch.tensor([network.tokenizer.encode(normal_text(PLATE, grid=1))])
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
    assert volume == pytest.approx(384 * 300 * 60 * (100 / 384) ** 3, rel=1e-3)
    assert trimesh.load(folder / "part.stl").volume == pytest.approx(volume, rel=0.01)
    assert (folder / "part.step").read_text().startswith("ISO-10303-21")
    assert Image.open(folder / "preview.png").size == (448, 448)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "100 x 78.12 x 15.62 mm"),
        (["--size", "12cm"], "120 x 93.7"),
        (["--size=3in"], "76.2 x 59.54 x "),
    ],
)
def test_a_part_is_as_long_as_asked_and_its_size_is_told(
    words, told, picture, checkpoint, tmp_path, monkeypatch, capsys
):
    assert infer(monkeypatch, picture, "--out", tmp_path, "--ckpt", checkpoint, *words) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{picture} -> {tmp_path / 'plate'} ({told}") and "likeness" in line
    assert (tmp_path / "plate" / "part.py").read_text().splitlines()[1].startswith(f"# {told}")
    extents = trimesh.load(tmp_path / "plate" / "part.stl").extents
    numbers = [float(number) for number in re.findall(r"[\d.]+", told)]
    assert list(extents[: len(numbers)]) == pytest.approx(numbers, rel=1e-3)


def test_json_tells_an_object_of_each_part_and_nothing_else(picture, checkpoint, tmp_path, monkeypatch, capsys):
    (tmp_path / "torn.png").write_bytes(b"hello")
    out = tmp_path / "out"
    words = ["--out", out, "--ckpt", checkpoint, "--json", "--size", "76.8"]
    assert infer(monkeypatch, tmp_path / "torn.png", picture, picture, *words) == 1
    torn, plate, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (torn["id"], torn["status"], torn["files"], torn["code"]) == ("torn", "picture", {}, None)
    assert "torn.png" in torn["error"] and torn["extents_mm"] is None
    assert (plate["id"], second["id"], plate["status"], plate["error"]) == ("plate", "plate_2", "ok", "")
    assert plate["extents_mm"] == pytest.approx([76.8, 60, 12]) and not plate["scaled_by_line"]
    assert normal_text(plate["code"], grid=5) == normal_text(PLATE, grid=1)
    assert 0.5 < plate["confidence"] <= 1 and 0.5 < plate["likeness"] <= 1
    assert plate["reason"] == "" and plate["cameras"] == [] and plate["pictures"] == [str(picture)]
    files = {"program": "part.py", "step": "part.step", "stl": "part.stl", "preview": "preview.png"}
    assert plate["files"] == {kind: str(out / "plate" / name) for kind, name in files.items()}
    assert all(Path(path).is_file() for path in plate["files"].values())


def test_what_is_told_goes_to_stdout_while_a_bar_is_drawn_on_a_terminal(
    picture, checkpoint, tmp_path, monkeypatch, capsys
):
    """As in `cadgen infer --json ... | jq`: stderr is a terminal and stdout is none."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        status = infer(monkeypatch, picture, picture, "--out", tmp_path, "--ckpt", checkpoint, "--json")
        assert status == 0 and b"pictures" in os.read(ours, 10_000)
    os.close(ours)
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == ["plate", "plate_2"]


def test_nothing_is_drawn_where_stderr_is_no_terminal(picture, checkpoint, tmp_path, monkeypatch, capsys):
    assert infer(monkeypatch, picture, picture, "--out", tmp_path, "--ckpt", checkpoint) == 0
    assert capsys.readouterr().err == ""


def test_a_budget_is_for_the_search_of_a_decoding(picture, checkpoint, tmp_path, monkeypatch, capsys):
    budgets = []

    def decode(network, decoder, cases, box):
        budgets.append(decoder.choose.budget_s)
        return [Decoded(case.id, [Candidate(PLATE, None, 0, True)], 0.0) for case in cases]

    monkeypatch.setattr("cadgen.infer.__main__.decode", decode)
    words = [picture, "--out", tmp_path, "--ckpt", checkpoint, "--decoding", "refine"]
    assert infer(monkeypatch, *words, "--budget", "7.5") == 0 and infer(monkeypatch, *words) == 0
    assert budgets == [7.5, None]
    assert capsys.readouterr().out.count("(100 x 78.12 x 15.62 mm)") == 2  # nobody asked how sure it is


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--size", "12ft"], "'12ft' is no length; give millimetres, or a unit with it"),
        (["--size", "0"], "a size of 0 mm; give one from 0.1 to 100000 mm"),
        (["--budget", "0", "--decoding", "refine"], "'0' are no seconds; give a number above 0"),
        (["--budget", "soon", "--decoding", "refine"], "'soon' are no seconds; give a number above 0"),
        (["--budget", "nan"], "'nan' are no seconds"),
    ],
)
def test_a_number_that_cannot_be_is_told_with_the_remedy(words, message, picture, tmp_path, monkeypatch, capsys):
    with pytest.raises(SystemExit) as ended:
        infer(monkeypatch, picture, "--out", tmp_path / "out", *words)
    assert ended.value.code == 2 and message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_part_that_cannot_have_the_size_is_told_as_one_without_a_solid(
    picture, checkpoint, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("cadgen.size._scaled", lambda *_: [])
    assert infer(monkeypatch, picture, "--out", tmp_path, "--ckpt", checkpoint) == 1
    assert "(no solid: error, " in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "plate").iterdir()] == ["part.py"]
    text = (tmp_path / "plate" / "part.py").read_text()
    assert text.startswith("# This program gives no solid: error: the part cannot be made 100 mm long")


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
        (["nowhere.png", "--strict"], "nowhere.png does not exist"),
        (["{picture}", "nowhere.png", "--strict"], "nowhere.png does not exist"),
        (["{picture}", "--decoding", "best"], "choose one of beam, best_of_n, grammar"),
        (["{picture}", "--ckpt", "nowhere"], "nowhere is no checkpoint"),
        (["{picture}", "nowhere.png", "--one-part", "--strict"], "nowhere.png does not exist"),
        (["{picture}", "{picture}", "--view", "front", "--view", "top"], "add --one-part, or give one picture"),
        (["{picture}", "{picture}", "--one-part", "--view", "front"], "views: 1, pictures: 2; name one view for each"),
        (["{picture}", "--view", "front", "--view", "top"], "views: 2, pictures: 1; name one view for each"),
        (
            ["{picture}", "--budget", "9"],
            "--budget is for decodings that search, which greedy does not; add --decoding",
        ),
        (["{picture}", "--view", "above"], "view above is unknown; choose one of front, back, left, right, top,"),
        (["{picture}", "--page", "2", "--strict"], "there is no page 2: leave the page out"),
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


@pytest.mark.parametrize("bad", ["torn", "text", "blank", "absent", "folder", "long"])
def test_a_bad_picture_of_several_costs_only_itself(bad, picture, checkpoint, tmp_path, monkeypatch, capsys):
    path = tmp_path / "bad.png"
    if bad == "blank":
        Image.new("L", (9, 9)).save(path)
    elif bad == "folder":
        path.mkdir()
    elif bad == "long":
        path = tmp_path / ("a" * 300)
    elif bad != "absent":
        path.write_bytes(picture.read_bytes()[:300] if bad == "torn" else b"hello")
    assert infer(monkeypatch, picture, path, picture, "--out", tmp_path / "out", "--ckpt", checkpoint) == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["plate", "plate_2", "sheet.png"]
    told = capsys.readouterr()
    (line,) = (line for line in told.err.splitlines() if line.startswith("error: "))
    assert str(path) in line and ";" in line
    assert len(told.out.splitlines()) == 3


def test_pictures_are_loaded_when_their_batch_is_due(picture, checkpoint, tmp_path, monkeypatch):
    seen = []  # how many folders there are when a picture is loaded
    out = tmp_path / "out"

    def load(path, page):
        seen.append(len(list(out.glob("plate*"))))
        return read(path)

    monkeypatch.setattr("cadgen.infer.pictures.read", load)
    monkeypatch.setattr("cadgen.infer.__main__.BATCH", 2)
    assert infer(monkeypatch, *[picture] * 5, "--out", out, "--ckpt", checkpoint) == 0
    assert seen == [0, 0, 2, 2, 4]


def unwritable(kind, tmp_path):
    """(folder to write to, the path that the message names)"""
    out = tmp_path / "out"
    if kind == "a file as the folder":
        out.write_text("")
    elif kind == "a file above the folder":
        (tmp_path / "file").write_text("")
        out = tmp_path / "file" / "out"
    elif kind == "a file as a picture's folder":
        out.mkdir()
        (out / "plate").write_text("")
        return out, out / "plate"
    else:
        out = Path("/proc/self/out")  # not even root may write there
    return out, out


@pytest.mark.parametrize(
    "kind", ["a file as the folder", "a file above the folder", "a file as a picture's folder", "a system that is full"]
)
def test_a_folder_that_cannot_be_written_is_told_before_anything_is_decoded(
    kind, picture, checkpoint, tmp_path, monkeypatch, capsys
):
    out, named = unwritable(kind, tmp_path)
    monkeypatch.setattr("cadgen.infer.__main__.decode", lambda *_: pytest.fail("decoded"))
    assert infer(monkeypatch, picture, "--out", out, "--ckpt", checkpoint) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {named} cannot be written") and "--out" in line


def test_a_disk_that_fills_up_is_one_clear_error(picture, checkpoint, tmp_path, monkeypatch, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("cadgen.infer.__main__.write_part", full)
    assert infer(monkeypatch, picture, "--out", tmp_path, "--ckpt", checkpoint) == 2
    assert "plate cannot be written (No space left on device); make room" in capsys.readouterr().err.splitlines()[-1]


def test_pictures_of_one_name_get_folders_of_their_own(tmp_path):
    paths = [
        tmp_path / "a" / "part.png",
        tmp_path / "b" / "part.png",
        tmp_path / "c" / "other.png",
        tmp_path / "d" / "part.png",
    ]
    assert folder_names(paths) == ["part", "part_2", "other", "part_3"]


def test_no_name_leaves_the_folder_or_takes_the_place_of_the_sheet():
    names = folder_names([Path(text) for text in ("", "..png", "...png", "sheet.png.png", "-", ".png", "/")])
    assert names == ["_2", "._2", ".._2", "sheet.png_2", "-", ".png", "_3"]
    assert len(set(folder_names([Path("a.png")] * 3000))) == 3000


def test_a_name_as_long_as_a_file_system_takes_is_written(picture, checkpoint, tmp_path, monkeypatch):
    long = tmp_path / f"{'a' * 251}.png"
    long.write_bytes(picture.read_bytes())
    assert infer(monkeypatch, long, "--out", tmp_path / "out", "--ckpt", checkpoint) == 0
    assert (tmp_path / "out" / ("a" * 251) / "part.step").is_file()


@pytest.mark.parametrize("stem", ["a" * 251, "é" * 125])
def test_long_names_that_come_twice_are_cut_for_their_numbers(stem):
    names = folder_names([Path(f"{n}/{stem}.png") for n in range(1200)] + [Path("a" * 255), Path("b", "a" * 255)])
    assert len(set(names)) == 1202 and names[0] == stem
    assert max(len(name.encode()) for name in names) == 255
    assert names[1] == f"{stem}_2" and names[-1] == f"{'a' * 253}_2"


def test_pictures_of_one_long_name_and_those_after_them_are_all_written(picture, checkpoint, tmp_path, monkeypatch):
    long = [tmp_path / folder / ("a" * 255) for folder in "xy"]
    for path in long:
        path.parent.mkdir()
        path.write_bytes(picture.read_bytes())
    assert infer(monkeypatch, *long, picture, "--out", tmp_path / "out", "--ckpt", checkpoint) == 0
    names = sorted(path.parent.name for path in (tmp_path / "out").glob("*/part.step"))
    assert names == sorted(["a" * 255, f"{'a' * 253}_2", "plate"])


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_picture_of_any_name_is_written_and_told(encoding, picture, checkpoint, tmp_path, monkeypatch):
    names = [b"caf\xe9", "é".encode(), b"\x1b]0;a\nb"]
    for name in names:
        (tmp_path / os.fsdecode(name + b".png")).write_bytes(picture.read_bytes())
    (tmp_path / os.fsdecode(b"torn\xe9.png")).write_bytes(b"")
    file = io.BytesIO()
    stdout = io.TextIOWrapper(file, encoding=encoding, errors="strict", write_through=True)
    with redirect_stdout(stdout):
        assert infer(monkeypatch, *tmp_path.glob("*.png"), "--out", tmp_path / "out", "--ckpt", checkpoint) == 1
    found = [os.fsencode(path.parent.name) for path in (tmp_path / "out").glob("*/part.step")]
    assert sorted(found) == sorted(names)
    told = file.getvalue().decode(encoding)
    assert len(told.splitlines()) == 4 and told.replace("\n", "").isprintable()
    assert r"caf\udce9.png -> " in told and r"\x1b]0;a\nb.png -> " in told


def test_generate_answers_a_picture_in_memory_as_the_command_does(picture, checkpoint):
    assert (
        generate(Image.open(picture), checkpoint).code
        == generate(picture, checkpoint).code
        == normal_text(PLATE, grid=1)
    )


@pytest.fixture(scope="module")
def from_above(box, tmp_path_factory):
    (execution,) = box.run([PLATE])
    path = tmp_path_factory.mktemp("pictures") / "above.png"
    Image.fromarray(render(execution.solid, camera=NAMED["top"])).save(path)
    return path


@pytest.fixture
def looking(monkeypatch):
    """The decoding is greedy, as the network was taught, and looks at the pictures."""
    for module in ("generation", "__main__"):
        monkeypatch.setattr(f"cadgen.infer.{module}.load_decoder", lambda _: Decoder(Greedy(), Visual()))


@pytest.mark.parametrize(
    ("views", "seen_from"),
    [
        ([], "from azimuth (-45|135), elevation 35, perspective 0; from azimuth -?90, elevation 90, perspective 0"),
        (["any", "top"], "from azimuth (-45|135), elevation 35, perspective 0; from azimuth -90, elevation 90, "),
        (["iso", "bottom"], "from azimuth -45, elevation 35, perspective 0; from azimuth -90, elevation -90, "),
    ],
)
def test_several_pictures_of_one_part_become_one_part_and_their_cameras_are_told(
    views, seen_from, picture, from_above, checkpoint, looking, tmp_path, monkeypatch, capsys
):
    words = ["--out", tmp_path, "--ckpt", checkpoint, *(f"--view={view}" for view in views)]
    assert infer(monkeypatch, picture, from_above, "--one-part", *words) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["plate"]
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{picture}, {from_above} -> {tmp_path / 'plate'} (")
    assert re.search(rf" mm, likeness \d\.\d\d, confidence \d\.\d\d; seen {seen_from}", line)


def test_one_bad_picture_of_a_part_costs_the_part(picture, checkpoint, tmp_path, monkeypatch, capsys):
    assert infer(monkeypatch, picture, "nowhere.png", "--one-part", "--out", tmp_path, "--ckpt", checkpoint) == 1
    assert not list(tmp_path.iterdir())
    assert capsys.readouterr().err.startswith("error: nowhere.png does not exist")


def test_a_page_of_a_document_is_taken(picture, checkpoint, tmp_path, monkeypatch, capsys):
    pytest.importorskip("pypdfium2")
    document = tmp_path / "two.pdf"
    page = Image.open(picture).convert("RGB")
    Image.new("RGB", page.size, "white").save(document, save_all=True, append_images=[page])
    words = ["--ckpt", checkpoint, "--out", tmp_path / "out"]
    assert infer(monkeypatch, document, *words) == 1
    assert "the picture is empty" in capsys.readouterr().err
    assert infer(monkeypatch, document, *words, "--page", "2") == 0
    assert (tmp_path / "out" / "two" / "part.step").is_file()


def test_generate_takes_several_pictures_of_one_part_and_names_of_their_views(picture, from_above, checkpoint, looking):
    found = generate([picture, Image.open(from_above)], checkpoint, views=["any", "top"])
    assert found.code == normal_text(PLATE, grid=1)
    assert [round(camera.elevation) for camera in found.cameras] == [35, 90]


def test_generate_gives_a_part_the_size_that_it_is_asked_for(picture, checkpoint, tmp_path):
    found = generate(picture, checkpoint, size_mm=50)
    assert ".extrude(7.81)" in found.code and found.confidence is not None
    with pytest.raises(ValueError, match="a size of 0 mm; give one from"):
        generate(picture, checkpoint, size_mm=0)
    save_network(compact(image_size=32, max_tokens=4), tmp_path / "noise")
    with pytest.raises(ValueError, match="gives no solid that could have a size"):
        generate(picture, tmp_path / "noise", size_mm=50)


@pytest.mark.parametrize(
    ("images", "views", "message"),
    [
        ([], None, "no picture; give one at least"),
        (["a.png", "b.png"], ["top"], "views: 1, pictures: 2"),
        ("a.png", ["above"], "view above is unknown; choose one of front"),
    ],
)
def test_generate_refuses_views_that_do_not_fit(images, views, message):
    with pytest.raises(ValueError, match=message):
        generate(images, views=views)


def test_the_confidence_is_told_and_a_doubtful_part_is_warned_of(picture, checkpoint, tmp_path, monkeypatch, capsys):
    cat = np.full((400, 400, 3), 255, np.uint8)
    cv2.ellipse(cat, (200, 270), (90, 110), 0, 0, 360, (120, 90, 70), -1)
    cv2.circle(cat, (200, 130), 70, (120, 90, 70), -1)
    Image.fromarray(cat).save(tmp_path / "cat.png")
    assert infer(monkeypatch, picture, tmp_path / "cat.png", "--out", tmp_path, "--ckpt", checkpoint) == 0
    told = capsys.readouterr()
    sure, doubtful = (
        float(re.search(r"likeness \d\.\d\d, confidence (\d\.\d\d)", line)[1]) for line in told.out.splitlines()[:2]
    )
    assert sure > 0.5 > doubtful
    flat, warning = [line for line in told.err.splitlines() if line.startswith("warning: ")]
    assert f"{tmp_path / 'cat.png'}: no lines are drawn" in flat
    assert f"{tmp_path / 'cat.png'}: doubtful (confidence {doubtful:.2f}): " in warning and "%" in warning
    heads = [(tmp_path / name / "part.py").read_text().splitlines()[0] for name in ("plate", "cat")]
    assert heads[0] == f"# confidence {sure:.2f}" and heads[1].startswith(f"# confidence {doubtful:.2f}: the ")
    in_steps = normal_text((tmp_path / "cat" / "part.py").read_text(), grid=384 / 100)
    assert in_steps == normal_text(PLATE, grid=1)
