"""The page in a headless Chromium, where there is one: from a picture to a STEP file of the size that was asked for."""

import json
import time

import numpy as np
import pytest
from PIL import Image

from cadgen.app.bench import Bench
from cadgen.app.example import picture_of
from cadgen.app.guard import Address
from cadgen.app.routes import application
from cadgen.app.serve import Server, listening
from cadgen.decode import load_decoder
from cadgen.model import load_reader
from cadgen.size import OFF
from tests.report.browser import Browser, found

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(found() is None, reason="there is no Chromium (or Chrome) to open the page in; install one"),
]

HOSTILE = '<img src=x onerror="document.title=1">.png'
BROKEN = "import cadquery as cq\nresult=cq.Workplane().box(300,200,100)\nresult=result.edges().fillet(900)\n"
WIDE = "import cadquery as cq\nresult=cq.Workplane().box(400,200,100)\n"


@pytest.fixture(scope="module")
def address():
    """Of the app as it is, with the weights that ship."""
    bench = Bench(load_reader("shipped"), load_decoder("greedy"), load_decoder("refine"))
    with listening("127.0.0.1", 0) as listener:
        there = Address("127.0.0.1", listener.getsockname()[1])
        with Server(application(bench, there), listener):
            yield there.url
    bench.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(found(), tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def page(browser, address):
    browser.told.clear()
    browser.call("Page.navigate", url="about:blank")
    browser.call("Page.navigate", url=address)
    browser.run("new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', done))")
    return browser


def wait_for(page, condition, most_s=240):
    end = time.monotonic() + most_s
    while not page.run(f"Boolean({condition})"):
        assert time.monotonic() < end, condition
        time.sleep(0.1)


def click(page, selector):
    page.run(f"document.querySelector({json.dumps(selector)}).click()")


def text(page, name):
    return page.run(f"document.getElementById('{name}').textContent")


def choose(page, *paths):
    root = page.call("DOM.getDocument")["root"]["nodeId"]
    node = page.call("DOM.querySelector", nodeId=root, selector="#files")["nodeId"]
    page.call("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])


def canvas(page, path):
    """(H, W, 3) as it is on the screen."""
    script = "JSON.stringify(document.getElementById('canvas').getBoundingClientRect())"
    place = json.loads(page.run(f"document.getElementById('canvas').scrollIntoView({{block: 'center'}}); {script}"))
    box = [round(place[side]) for side in ("left", "top", "right", "bottom")]
    return np.asarray(Image.open(page.picture(path)).convert("RGB").crop(box)).astype(int)


def blue(image):
    return float((image[..., 2] - image[..., 0] > 40).mean())


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_from_a_picture_to_a_step_file(page, box, tmp_path, width, theme):
    page.look(width, theme=theme)
    picture = tmp_path / HOSTILE
    picture.write_bytes(picture_of("angle"))
    choose(page, picture)
    wait_for(page, "document.getElementById('canvas').dataset.shown")
    wait_for(page, "document.getElementById('progress').hidden")
    assert page.run("document.documentElement.scrollWidth") <= width
    assert text(page, "confidence") and "alike" in text(page, "likeness")
    assert HOSTILE in page.run("document.getElementById('tray').textContent") and page.run("document.title") != "1"
    before = canvas(page, tmp_path / "before.png")
    assert blue(before) > 0.02

    answer = page.run("document.getElementById('code').value")
    page.run("const range = document.querySelector('#sliders input'); range.value = Number(range.value) - 60;"
             "range.dispatchEvent(new Event('input'))")  # fmt: skip
    wait_for(page, f"document.getElementById('code').value !== {json.dumps(answer)}")
    moved = page.run("document.getElementById('code').value")
    wait_for(page, f"document.getElementById('canvas').dataset.shown === {json.dumps(moved)}")
    after = canvas(page, tmp_path / "after.png")
    assert blue(after) > 0.02 and (after != before).any(-1).mean() > 0.005
    assert text(page, "confidence") == "Changed by hand."

    page.run(f"document.getElementById('code').value = {json.dumps(BROKEN)}")
    click(page, "#run")
    wait_for(page, "document.getElementById('code-told').className === 'error'")
    assert text(page, "code-told").startswith("line 3: error: ")
    assert page.run("document.querySelector('#lines b').textContent") == "3"

    page.run(f"document.getElementById('code').value = {json.dumps(WIDE)}")
    click(page, "#run")
    wait_for(page, "document.getElementById('code-told').textContent === 'It ran.'")
    page.run("const mm = document.getElementById('extent'); mm.value = 62.5; mm.dispatchEvent(new Event('input'))")
    assert text(page, "extents").startswith("62.50 × 31.25 × 15.63 mm")
    page.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    click(page, "[data-file=step]")
    end = time.monotonic() + 60
    while not (tmp_path / "part.step").exists() and time.monotonic() < end:
        time.sleep(0.1)
    (read,) = box.read_steps([(tmp_path / "part.step").read_bytes()])
    assert np.ptp(read.solid.bounds, axis=0).tolist() == pytest.approx([62.5, 31.25, 15.625], abs=OFF * 62.5)
    assert page.told == []


def test_a_bad_picture_is_said_and_the_next_one_is_taken(page, tmp_path):
    page.look(1280)
    (tmp_path / "torn.png").write_bytes(b"no picture")
    choose(page, tmp_path / "torn.png")
    wait_for(page, "document.getElementById('progress').className.includes('error')")
    assert "torn.png cannot be read as a picture" in text(page, "stage-told")
    click(page, "#clear")
    click(page, "[data-example=plate]")
    wait_for(page, "document.getElementById('canvas').dataset.shown")


def test_several_pictures_wait_for_their_views(page, tmp_path):
    page.look(1280)
    for name in ("one", "two"):
        (tmp_path / f"{name}.png").write_bytes(picture_of("angle"))
    choose(page, tmp_path / "one.png", tmp_path / "two.png")
    wait_for(page, "document.querySelectorAll('#tray li').length === 2")
    assert page.run("document.getElementById('make').disabled") is False
    named = "const view = document.querySelector('#tray select'); view.value = 'iso';"
    page.run(f"{named} view.dispatchEvent(new Event('change'))")
    click(page, "#make")
    wait_for(page, "document.querySelectorAll('#which button').length === 2")


def test_the_policy_refuses_what_might_slip_in(page):
    hostile = json.dumps("<img src=http://127.0.0.1:9/x onerror='document.title=1'>")
    page.run(f"document.body.insertAdjacentHTML('beforeend', {hostile})")
    assert page.run("fetch('http://127.0.0.1:9/x').then(() => 'fetched', () => 'refused')") == "refused"
    assert page.run("document.title") != "1"
    assert len(page.told) >= 2 and all("Content Security Policy" in one for one in page.told)
