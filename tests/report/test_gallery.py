import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from cadgen.data import Sample
from cadgen.eval.row import Row
from cadgen.eval.summary import summary
from cadgen.report.gallery import exhibits, wandb_media, write_gallery

PLATE = "import cadquery as cq\nresult=cq.Workplane('XY').rect(200,100).extrude(10)\n"


def row(case_id, decoding, code, iou):
    status = "ok" if iou else "syntax"
    return Row(
        case_id, decoding, code, status, "", {"iou_aligned": iou, "iou_takehome": iou / 2}, -1.0, 0.1, 0.1, "open"
    )


ROWS = [row("a/1", "greedy", "(", 0.0), row("b", "greedy", PLATE, 0.5), row("a/1", "beam", PLATE, 1.0)]


@pytest.fixture(scope="module")
def shown(box, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    picture = Image.new("RGB", (448, 448), "white")
    picture.paste((200, 200, 200), (100, 100, 300, 300))  # no renders' black edges
    picture.save(folder / "grey.png")
    return exhibits([Sample("a/1", folder / "grey.png", ""), Sample("b", folder / "grey.png", "")], ROWS, box)


def test_the_table_goes_picture_by_picture_and_names_files_that_are_there(shown, tmp_path):
    path = write_gallery(shown, tmp_path / "samples")
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(line["id"], line["decoding"]) for line in lines] == [("a/1", "greedy"), ("a/1", "beam"), ("b", "greedy")]
    assert [line["code"] for line in lines] == ["(", PLATE, PLATE]
    assert [float(line["iou_aligned"]) for line in lines] == [0.0, 1.0, 0.5]
    assert [bool(line["render"]) for line in lines] == [False, True, True]
    for line in lines:
        for name in filter(None, (line["image"], line["render"])):
            picture = Image.open(path.parent / name)
            assert picture.size == (224, 224)
            assert (picture.convert("L").getextrema()[0] < 200) == (name == line["render"])


def test_failures_count_in_the_summary():
    means = summary(ROWS)
    assert means["vsr"] == pytest.approx(2 / 3) and means["iou_aligned"] == pytest.approx(0.5)


def inspect(folder):
    """The records of an offline run, as wandb itself reads them back."""
    command = [sys.executable, "-W", "ignore", "-m", "wandb", "leet", "inspect", "--json", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_wandb_keeps_pictures_in_a_table_and_meshes_beside_it(shown, tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path / "data"))
    wandb = pytest.importorskip("wandb", reason="cadgen[wandb] is not installed")
    with wandb.init(mode="offline", dir=tmp_path, project="cadgen", settings=wandb.Settings(silent=True)) as run:
        run.log(wandb_media(shown))
        files = Path(run.dir)
    records = inspect(tmp_path / "wandb")
    (item,) = [record["history"]["item"] for record in records if record["type"] == "history"]
    table = json.loads((files / item["samples.path"]).read_text())
    cells = [dict(zip(table["columns"], line, strict=True)) for line in table["data"]]
    assert [(cell["id"], cell["code"]) for cell in cells] == [("a/1", "("), ("a/1", PLATE), ("b", PLATE)]
    assert [cell["render"] is None for cell in cells] == [True, False, False]
    (artifact,) = [record["artifact"] for record in records if record["type"] == "artifact"]
    pictures = [one["local_path"] for one in artifact["manifest"]["contents"] if one["path"].endswith(".png")]
    assert len(pictures) == 2  # equal ones are kept once
    assert all(Image.open(picture).size == (224, 224) for picture in pictures)
    assert [one["caption"] for one in item["solids.objects"]] == ["beam a/1", "greedy b"]  # what failed has none
    for one in item["solids.objects"]:
        mesh = (files / one["path"]).read_text()
        assert mesh.count("\nv ") + mesh.startswith("v ") >= 8 and "\nf " in mesh
