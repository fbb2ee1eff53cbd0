import json

import pytest
from PIL import Image

from cadgen.data import DataError, Pairs, collate, read_beside, read_folder
from cadgen.model import compact
from cadgen.picture import Sight

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
    with pytest.raises(DataError, match="line 2: the id 'a' came before"):
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


GOOD = {"id": "a", "image": "a.png", "code": CODE}
WRONG = {
    "code is a number": ({**GOOD, "code": 5}, r"line 2: code is 5 and must be a text"),
    "image is a number": ({**GOOD, "image": 7}, r"line 2: image is 7 and must be a text"),
    "id is a list": ({**GOOD, "id": []}, r"line 2: id is \[\] and must be a text"),
    "id is true": ({**GOOD, "id": True}, r"line 2: id is True"),
    "step is a number": ({**GOOD, "step": 5}, r"line 2: step is 5"),
    "id of two lines": ({**GOOD, "id": "a\nb"}, r"line 2: the id must have 1 to 200 printable"),
    "no id": ({**GOOD, "id": ""}, r"line 2: the id must have"),
    "half a character": ({**GOOD, "id": "\ud800"}, r"line 2: it holds half a character"),
    "above": ({**GOOD, "image": "../outside.png"}, r"line 2: .*outside\.png lies outside"),
    "absolute": ({**GOOD, "image": "/etc/passwd"}, r"line 2: /etc/passwd lies outside"),
    "a link": ({**GOOD, "image": "link.png"}, r"line 2: .*link\.png lies outside .*copy the file itself"),
    "a link to itself": ({**GOOD, "image": "loop.png"}, r"line 2: .*loop\.png"),
    "a step above": ({**GOOD, "step": "../outside.png"}, r"line 2: .*lies outside"),
    "a folder": ({**GOOD, "image": "."}, r"line 2 names it"),
    "too long": ({**GOOD, "image": "a" * 300}, r"line 2: .*cannot be a file"),
    "a NUL byte": ({**GOOD, "image": "a\0.png"}, r"line 2: .*cannot be a file"),
    "no object": ([GOOD], r"line 2: it is a list and no object"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_line_of_a_manifest_is_named_with_its_number(name, tmp_path):
    row, message = WRONG[name]
    folder = tmp_path / "data"
    folder.mkdir()
    for path in (folder / "a.png", tmp_path / "outside.png"):
        path.write_bytes(b"")
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    (folder / "loop.png").symlink_to("loop.png")
    write(folder, [{**GOOD, "id": "0"}, row])
    with pytest.raises(DataError, match=rf"^[^\n]*{message}"):
        read_folder(folder)


@pytest.mark.parametrize("id_", ["0000/00001234", "../..", 7])
def test_an_id_is_a_label_that_may_look_like_a_path(id_, folder):
    write(folder, [{**GOOD, "id": id_}])
    assert [sample.id for sample in read_folder(folder)] == [str(id_)]


def test_a_folder_that_is_itself_a_link_is_read(folder, tmp_path_factory):
    link = tmp_path_factory.mktemp("links") / "data"
    link.symlink_to(folder)
    assert len(read_folder(link)) == 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"\xff\xfe{}", "it is not UTF-8"),
        (b"\xef\xbb\xbf{}", "it is no JSON"),
        (b"", "it is no JSON"),
        (b"[" * 100_000, "recursion"),
        (b"9" * 5000, "it is no JSON"),
        (b'{"id": "' + b"a" * (16 << 20) + b'"}', "longer than 16 MiB"),
    ],
)
def test_a_line_that_is_no_json_is_named_with_its_number(line, message, folder):
    (folder / "manifest.jsonl").write_bytes(json.dumps(GOOD).encode() + b"\n" + line + b"\n")
    with pytest.raises(DataError, match=rf"manifest\.jsonl, line 2: .*{message}.*copy the folder anew"):
        read_folder(folder)


def test_a_program_beside_its_picture_must_be_a_text_of_some_length(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "a.py").write_bytes(b"\xff")
    with pytest.raises(DataError, match=r"a\.py is not UTF-8"):
        read_beside(tmp_path)
    monkeypatch.setattr("cadgen.data.sample.LONGEST_PROGRAM", 0)
    with pytest.raises(DataError, match=r"a\.py is longer than"):
        read_beside(tmp_path)
    (tmp_path / "a.py").unlink()
    (tmp_path / "a.py").mkdir()
    with pytest.raises(DataError, match=r"a\.py cannot be read|a\.py is longer"):
        read_beside(tmp_path)


@pytest.mark.parametrize("stem", ["a\nb", "\x1b[2Ja", "caf\udce9", "a" * 201])
def test_a_file_whose_name_can_be_no_id_is_told_in_a_line(stem, tmp_path):
    (tmp_path / f"{stem}.png").write_bytes(b"")
    (tmp_path / f"{stem}.py").write_text(CODE)
    with pytest.raises(DataError, match=r"1 to 200 printable characters .*; rename it") as caught:
        read_beside(tmp_path)
    assert str(caught.value).isprintable()
    (tmp_path / f"{stem}.png").unlink()
    with pytest.raises(DataError, match="stands alone") as caught:
        read_beside(tmp_path)
    assert str(caught.value).isprintable()


def test_pairs_normalise_programs_and_count_those_they_leave_out(folder):
    tokenizer = compact(image_size=64).tokenizer
    pairs = Pairs(read_folder(folder, grid=10), tokenizer, Sight(("grey",), 16), max_tokens=100)
    assert (len(pairs), pairs.left_out) == (1, 1)
    image, labels = pairs[0]
    assert image.shape == (1, 16, 16)
    assert ".lineTo(5,-10)" in tokenizer.decode(labels)
    batch = collate([pairs[0], (image, labels[:3])])
    assert batch["labels"].shape == (2, len(labels))
    assert (batch["labels"][1, 3:] == -100).all()
