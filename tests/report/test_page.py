import base64
import hashlib
import io
import json
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from cadgen.data import Sample
from cadgen.eval.metric import METRICS
from cadgen.eval.outcome import outcomes
from cadgen.eval.row import Row, write_rows
from cadgen.eval.summary import summarise
from cadgen.eval.truth import references
from cadgen.report.__main__ import main
from cadgen.report.page import JudgedRun
from cadgen.report.page.assets import Assets, embedded
from cadgen.report.page.document import page
from cadgen.shape import Structure
from tests.report.test_packed import unpack

PLATE = "import cadquery as cq\nresult=cq.Workplane('XY').rect(200,100).extrude(10)\n"
TRUTH = "import cadquery as cq\nresult=cq.Workplane('XY').box(20,10,2)\n"
HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "</script <img/src=x onerror=alert(1) x=",
    "<!--<script>",
    "{{assets}}",
    '"><svg/onload=alert(1)>',
    "'-alert(1)-'",
    "&lt;b&gt;",
    "]]>",
]


def row(case_id, decoding="greedy", code=PLATE, iou=0.5, **facts):
    status = "ok" if iou is not None else "syntax"
    scores = {"iou_aligned": iou or 0.0, "iou_takehome": (iou or 0.0) / 2}
    return replace(Row(case_id, decoding, code, status, "", scores, -1.0, 0.1, 0.1, "open"), **facts)


class Reader(HTMLParser):
    """elements: tag and attributes of each; scripts: those that hold one or a style, with it; tables: cells by line."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts, self.tables, self._put = [], [], [], lambda data: None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._open(self.tables[-1][-1])
        elif tag in ("script", "style"):
            self.scripts.append([tag, dict(attrs)])
            self._open(self.scripts[-1])

    def _open(self, place):
        """What is read until the end goes to the end of `place`."""
        place.append("")

        def put(data):
            place[-1] += data

        self._put = put

    def handle_endtag(self, tag):
        if tag in ("td", "th", "script", "style"):
            self._put = lambda data: None

    def handle_data(self, data):
        self._put(data)


def data_of(text):
    return json.loads(next(body for _, attributes, body in Reader(text).scripts if attributes.get("id") == "data"))


def asset(text, name):
    return next(body for _, attributes, body in Reader(text).scripts if attributes.get("id") == name)


@pytest.fixture(scope="module")
def whole(box, tmp_path_factory):
    """A run of three pictures that knows its data, as evaluate leaves one."""
    folder = tmp_path_factory.mktemp("run")
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(file, "PNG")
    marked = file.getvalue() + b"SECRET-TRAILER"
    samples = {name: Sample(name, marked, TRUTH) for name in ("a", "b", "c")}
    truths, _ = references(dict.fromkeys(samples, TRUTH), box)
    rows = [row(name, "constant", iou=0.1) for name in samples]
    rows += [row("a", iou=1.0), row("b", code="(", iou=None, error="line 1: <b>"), row("c", code=PLATE + "#", iou=0.3)]
    candidates = [row("a", rank=0, iou=0.2), row("a", rank=1, iou=0.9)]
    write_rows(rows, folder)
    record = {"command": "evaluate.py <x>", "commit": "abc123", "status": "finished", "config": {"seed": 7}}
    (folder / "run.json").write_text(json.dumps(record))
    run = JudgedRun("runs/one", folder, rows, candidates, samples, truths)
    return run, page([run], box)


def test_the_numbers_are_those_of_the_rows(whole):
    run, text = whole
    ladder, shares, *_ = Reader(text).tables
    for line, cells in zip(summarise({run.name: run.rows}), ladder[1:], strict=True):
        told = dict(zip(ladder[0], cells, strict=True))
        assert (told["decoding"], told["n"]) == (line.decoding, str(line.num))
        for title, name in (("VSR", "vsr"), ("IoU aligned", "iou_aligned"), ("IoU take-home", "iou_takehome")):
            mean, low, high = line.scores[name]
            assert told[title] == f"{mean:.3f} [{low:.3f}, {high:.3f}]"
    for record, cells in zip(outcomes({run.name: run.rows}), shares[1:], strict=True):
        assert dict(zip(shares[0], cells, strict=True))["syntax"] == f"{record['syntax']:.2f}"
    assert "iou_aligned" not in text.partition('id="data"')[0]  # people read titles


def test_every_metric_has_a_colour_of_its_own_in_the_plot(whole):
    _, text = whole
    (light, dark) = (re.findall(r"--score\d: (#\w+)", block) for block in text.split("prefers-color-scheme")[:2])
    for number in range(len(METRICS)):
        assert f"rect.score{number} {{" in text and f".key.score{number}::before {{" in text
    assert len(set(light)) == len(set(dark)) == len(METRICS)


def test_where_it_is_from_is_told(whole):
    run, text = whole
    digest = hashlib.sha256((run.folder / "rows.jsonl").read_bytes()).hexdigest()
    for told in ("evaluate.py &lt;x&gt;", "abc123", digest, "&quot;seed&quot;: 7"):
        assert told in text


def test_every_answer_has_what_is_known_of_it(whole):
    run, text = whole
    data = data_of(text)
    assert [(one["id"], one["decoding"]) for one in data["records"]] == [(one.id, one.decoding) for one in run.rows]
    right, failed, other = data["records"][3:]
    assert data["texts"][right["code"]] == PLATE and data["texts"][right["truth"]] == TRUTH
    assert right["candidates"] == [[0, "ok", 0.2], [1, "ok", 0.9]]
    scene = json.loads(asset(text, right["scene"]))
    assert [name for name, *_ in scene["shapes"]] == ["answer", "truth", "missing", "extra"]
    for name, size in (("answer", (200, 100, 10)), ("truth", (20, 10, 2))):
        across = np.sort(np.ptp(unpack(scene)[name].vertices, axis=0))[::-1]
        assert across / across[0] == pytest.approx(np.divide(size, size[0]), abs=1e-3)
    assert "box around it 200 × 100 × 10; of the truth 20 × 10 × 2" in scene["told"]
    assert "still" not in failed and failed["why"] == "no solid: syntax" and failed["error"] == "line 1: <b>"
    assert other["still"] != right["still"]
    assert data["records"][0]["still"] == right["still"]  # of one program there is one


def test_pictures_are_encoded_anew(whole):
    _, text = whole
    picture = base64.b64decode(asset(text, data_of(text)["records"][0]["picture"]))
    assert Image.open(io.BytesIO(picture)).size == (320, 320) and b"SECRET" not in picture
    assert "SECRET-TRAILER" not in text and base64.b64encode(b"SECRET-TRAILER").decode()[:12] not in text


def test_only_our_scripts_run_and_nothing_is_fetched(whole):
    _, text = whole
    reader = Reader(text)
    (policy,) = [one["content"] for _, one in reader.elements if one.get("http-equiv") == "Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'" and directives["img-src"] == "data:" and "unsafe" not in policy
    for tag, attributes, body in reader.scripts:
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        runs = tag == "style" or attributes.get("type") is None
        assert (f"'sha256-{digest}'" in directives["style-src" if tag == "style" else "script-src"]) == runs
    for _, attributes in reader.elements:
        assert not any(name.startswith("on") or name in ("style", "srcdoc", "action") for name in attributes)
        assert attributes.get("href", "#").startswith("#") and "src" not in attributes


@pytest.mark.parametrize("text", HOSTILE)
def test_no_row_becomes_markup(text, box, tmp_path, whole):
    told = {"error": text, "code": text, "family": text[:50], "profile": "open"}
    rows = [row(text, text, iou=None, **told), row(text, "other", iou=0.5)]
    (tmp_path / "run.json").write_text(json.dumps({"command": text, "commit": [text], "config": {text: text}}))
    found = page([JudgedRun(text, tmp_path, rows), JudgedRun(f"2{text}", tmp_path, rows)], box)
    reader, usual = Reader(found), Reader(whole[1])
    assert {tag for tag, _ in reader.elements} <= {tag for tag, _ in usual.elements}
    assert data_of(found)["records"][0]["id"] == text
    assert len([one for one in reader.scripts if one[1].get("type") is None]) == 4  # the style and three scripts
    assert text in "".join(cell for table in reader.tables for line in table for cell in line)


@pytest.mark.parametrize("text", HOSTILE)
def test_embedded_text_is_the_text(text):
    assert json.loads(embedded([text])) == [text] and not re.search("[<>&]", embedded([text]))


def test_without_data_the_answer_stands_alone_and_the_page_says_so(box, tmp_path):
    text = page([JudgedRun("run", tmp_path, [row("a")])], box)
    (record,) = data_of(text)["records"]
    assert "--data" in record["why_no_picture"] and "--data" in record["why_no_truth"]
    assert [name for name, *_ in json.loads(asset(text, record["scene"]))["shapes"]] == ["answer"]
    assert "nobody says where these rows are from" in text


def test_beyond_the_limit_there_are_only_texts_and_the_main_decoding_comes_first(box, tmp_path):
    rows = [row(str(n), name) for name in ("beam", "greedy", "greedy:oracle") for n in range(3)]
    data = data_of(page([JudgedRun("run", tmp_path, rows)], box, limit=4))
    shown = [one["decoding"] for one in data["records"] if "scene" in one]
    assert shown == ["beam", "greedy", "greedy", "greedy"] and data["told"].startswith("4 have pictures")
    assert all("not one of the 4" in one["why"] for one in data["records"] if "scene" not in one)


def test_a_page_of_very_many_rows_keeps_its_size_and_says_what_is_left_out(box, tmp_path):
    rows = [row(str(n), code=f"{n}<" * 9000, iou=None, error="<" * 50_000) for n in range(600)]
    text = page([JudgedRun("run", tmp_path, rows)], box)
    listed = len(data_of(text)["records"])
    assert len(text) < 7e6 and 20 < listed < 600
    assert data_of(text)["told"] == f"{listed} of 600 are listed; the tables count all."


def test_assets_have_a_size_and_each_is_made_once():
    made = []
    assets = Assets(10)
    for _ in range(2):
        assert assets.put("a", lambda: made.append(1) or "12345678") == "asset-0"
        with pytest.raises(ValueError, match="too large"):
            assets.put("b", lambda: made.append(2) or "123")
    assert made == [1, 2] and assets.texts == {"asset-0": "12345678"}


def test_a_solid_too_large_is_not_shown(build, monkeypatch):
    from cadgen.report.page import scene as module

    (solid,) = build("result=cq.Workplane('XY').box(1,2,3)")
    monkeypatch.setattr(module, "MOST_TRIANGLES", 11)
    with pytest.raises(ValueError, match="12 triangles"):
        module.scene(solid, None)


@pytest.fixture
def command(monkeypatch, capsys):
    """(argument, ...) -> status and what was told."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["report", *map(str, arguments)])
        status = main()
        told = capsys.readouterr()
        return status, told.out + told.err

    return run


def test_the_command_writes_a_page_of_a_folder_and_its_data(command, tmp_path):
    run, data = tmp_path / "run", tmp_path / "data"
    data.mkdir()
    write_rows([row("a"), replace(row("a"), structure=Structure(1, 0, 6), decoding="beam")], run)
    picture = Image.new("RGB", (50, 50), "white")
    picture.paste((9, 9, 9), (10, 10, 30, 40))
    picture.save(data / "a.png")
    (data / "manifest.jsonl").write_text(json.dumps({"id": "a", "image": "a.png", "code": TRUTH}) + "\n")
    status, told = command(run, "--data", data)
    assert status == 0, told
    assert str(run / "report.html") in told
    records = data_of((run / "report.html").read_text())["records"]
    assert all({"picture", "still", "scene", "truth"} <= set(one) for one in records)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "does not exist"),
        (["{run}", "--data", "a", "--data", "b"], "once for each run"),
        (["{run}", "--limit", "-1"], "from 0 on"),
        (["{run}", "--data", "{run}"], "manifest.jsonl does not exist"),
        (["{run}", "--against", "nobody"], "no run has the decoding"),
    ],
)
def test_a_mistake_is_a_line(arguments, told, command, tmp_path):
    write_rows([row("a", iou=None)], tmp_path)
    status, output = command(*(one.format(run=tmp_path) for one in arguments))
    assert status == 2 and told in output and output.startswith("error: ") and output.count("\n") == 1


def test_places_of_the_template_are_all_filled(whole):
    assert not re.search(r"\{\{\w+\}\}", whole[1])
