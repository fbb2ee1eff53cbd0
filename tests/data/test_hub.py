"""GenCAD-Code from files in the layout that the hub publishes."""

import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cadgen.data import DataError, Pairs, gencad
from cadgen.model import compact
from cadgen.picture import Sight, read

CODE = """import cadquery as cq
# Generating a workplane for sketch 0
wp_sketch0 = cq.Workplane(cq.Plane(cq.Vector(-0.5, -0.25, 0.0), cq.Vector(1.0, 0.0, 0.0), cq.Vector(0.0, 0.0, 1.0)))
loop0=wp_sketch0.moveTo(1.0, 0.0).lineTo(1.0, 0.5).lineTo(0.0, 0.5).lineTo(0.0, 0.0).close()
solid0=wp_sketch0.add(loop0).extrude(0.75)
solid=solid0
"""


def publish(folder, png, split, num, part="00000-of-00001"):
    row = {
        "image": {"bytes": png, "path": f"{split}.png"},
        "cadquery": CODE,
        "token_count": 200,
        "prompt": "Generate the CADQuery code",
        "hundred_subset": False,
    }
    folder.mkdir(parents=True, exist_ok=True)
    first = 1234 + 100 * int(part[:5])
    rows = [{**row, "deepcad_id": f"0000/{first + number:08d}"} for number in range(num)]
    pq.write_table(pa.Table.from_pylist(rows), folder / f"{split}-{part}.parquet")


def test_a_local_copy_of_the_repository_gives_the_split_that_is_asked_for(tmp_path, png):
    publish(tmp_path / "data", png, "train", 3, "00000-of-00002")
    publish(tmp_path / "data", png, "train", 1, "00001-of-00002")
    publish(tmp_path / "data", png, "test", 2)
    samples = gencad("train", tmp_path)
    assert (len(samples), len(gencad("test", tmp_path / "data"))) == (4, 2)
    assert samples[0].id == "0000/00001234" and read(samples[0].image).colour_HW3.shape == (16, 16, 3)


def test_published_programs_are_brought_onto_the_grid(tmp_path, png, monkeypatch):
    monkeypatch.setenv("CADGEN_CACHE", str(tmp_path / "cache"))
    publish(tmp_path, png, "validation", 1)
    tokenizer = compact(image_size=64).tokenizer
    pairs = Pairs(gencad("validation", tmp_path), tokenizer, Sight(("grey",), 16), 100)
    assert ".lineTo(128,-64)" in tokenizer.decode(pairs[0][1])


def test_the_cache_of_the_hub_is_used_without_a_network(tmp_path, png, monkeypatch):
    repository = tmp_path / "datasets--CADCODER--GenCAD-Code"
    publish(repository / "snapshots" / ("0" * 40) / "data", png, "test", 2)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert len(gencad("test")) == 2
    with pytest.raises(DataError, match="HF_HUB_OFFLINE is set"):
        gencad("train")


def test_an_unreachable_hub_is_told_within_seconds_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    started = time.monotonic()
    with pytest.raises(DataError, match=r"cannot be reached .*hf download .*data=synthetic"):
        gencad("train")
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    ("split", "root", "message"),
    [
        ("val", None, "choose one of train, validation, test"),
        ("train", "nowhere", r"nowhere/manifest\.jsonl does not exist"),
        ("train", ".", r"no train-\*\.parquet in the folder"),
    ],
)
def test_a_wrong_split_or_folder_is_one_clear_error(split, root, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=message):
        gencad(split, root)


def test_the_real_folder_with_a_manifest_is_one_split(shared):
    samples = gencad("validation", shared / "data" / "gencad_dev")
    assert len(samples) == 52 and samples[0].grid == 256
