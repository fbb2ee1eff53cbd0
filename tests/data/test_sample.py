import json

import pytest
from PIL import Image

from cadgen.data import DataError, Pairs, collate, read_folder
from cadgen.model import compact

CODE = "import cadquery as cq\nsolid=cq.Workplane('XY').rect(1,2).extrude(0.5)\n"
FOREIGN = "import cadquery as cq\nsolid=cq.Workplane('XY').sphere(1).findSolid()\n"


@pytest.fixture
def folder(tmp_path):
    Image.effect_noise((16, 16), 50).save(tmp_path / "a.png")
    write(tmp_path, [{"id": "a", "image": "a.png", "code": CODE}, {"id": "b", "image": "a.png", "code": FOREIGN}])
    return tmp_path


def write(folder, rows):
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_a_folder_gives_its_samples_in_order(folder):
    assert [(sample.id, sample.image.name) for sample in read_folder(folder)] == [("a", "a.png"), ("b", "a.png")]


def test_a_missing_picture_is_named_with_the_line(folder):
    (folder / "a.png").unlink()
    with pytest.raises(DataError, match=r"a\.png does not exist; .*line 1"):
        read_folder(folder)


def test_a_step_file_is_told_where_the_manifest_names_one(folder):
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    lines[1]["step"] = "b.step"
    write(folder, lines)
    with pytest.raises(DataError, match=r"b\.step does not exist; .*line 2"):
        read_folder(folder)
    (folder / "b.step").touch()
    assert [sample.step for sample in read_folder(folder)] == [None, folder / "b.step"]


def test_an_id_that_comes_twice_is_refused(folder):
    line = {"id": "a", "image": "a.png", "code": CODE}
    write(folder, [line, line])
    with pytest.raises(DataError, match="line 2: the id a came before"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "manifest.jsonl does not exist"),
        ("", "is empty"),
        ("{", "line 1"),
        ('{"id": 1}', "needs id, image and code"),
    ],
)
def test_a_broken_manifest_is_one_clear_error(content, message, tmp_path):
    if content is not None:
        (tmp_path / "manifest.jsonl").write_text(content)
    with pytest.raises(DataError, match=message):
        read_folder(tmp_path)


def test_pairs_normalise_programs_and_count_those_they_leave_out(folder):
    tokenizer = compact(image_size=64).tokenizer
    pairs = Pairs(read_folder(folder, grid=10), tokenizer, image_size=16, max_tokens=100)
    assert (len(pairs), pairs.left_out) == (1, 1)
    image, labels = pairs[0]
    assert image.shape == (1, 16, 16)
    assert ".lineTo(5,-10)" in tokenizer.decode(labels)
    batch = collate([pairs[0], (image, labels[:3])])
    assert batch["labels"].shape == (2, len(labels))
    assert (batch["labels"][1, 3:] == -100).all()
