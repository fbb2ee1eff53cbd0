"""The page in a headless Chromium, where there is one: what people see, and what strangers' texts do not do."""

import json

import numpy as np
import pytest
from PIL import Image

from cadgen.data import Sample
from cadgen.eval.row import Row
from cadgen.eval.truth import references
from cadgen.report.page import JudgedRun, write_page
from tests.report.browser import Browser, found

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(found() is None, reason="there is no Chromium (or Chrome) to open the page in; install one"),
]

ANSWER = "import cadquery as cq\nresult=cq.Workplane('XY').box(40,20,{}).faces('>Z').workplane().hole(8)\n"
TRUTH = "import cadquery as cq\nresult=cq.Workplane('XY').box(4,2,1).faces('>Z').workplane().center(1,0).hole(0.8)\n"
HOSTILE = "</script><img src=http://127.0.0.1:9/x onerror=\"document.title='taken'\">"
BLUE, ORANGE = (2, 0), (0, 2)  # the channel that is over the other


@pytest.fixture(scope="module")
def written(box, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    picture = folder / "picture.png"
    Image.new("RGB", (64, 64), (90, 200, 90)).save(picture)
    names = [f"part {number}" for number in range(70)] + [HOSTILE]
    samples = {name: Sample(name, picture, TRUTH) for name in names}
    truths, _ = references(dict.fromkeys(names, TRUTH), box)
    codes = [ANSWER.format(5 + number) for number in range(70)] + [f"'{HOSTILE}'"]
    rows = []
    for number, (name, code) in enumerate(zip(names, codes, strict=True)):
        status, error = ("syntax", HOSTILE) if name == HOSTILE else ("ok", "")
        scores = {"iou_aligned": 0.0 if error else number / 100}
        rows.append(Row(name, "greedy", code, status, error, scores, -1.0, 0.1, 0.1, "open"))
    (folder / "run.json").write_text(json.dumps({"command": HOSTILE}))
    run = JudgedRun(HOSTILE, folder, rows, (), samples, truths)
    return write_page(folder / "report.html", [run], box)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(found(), tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def opened(browser, written):
    browser.told.clear()
    browser.fetched.clear()
    browser.look(1280)
    browser.open(written)
    return browser


def click(browser, selector):
    browser.run(f"document.querySelector({json.dumps(selector)}).click()")


def cards(browser):
    return browser.run("[...document.querySelectorAll('.card .line b:first-child')].map((one) => one.textContent)")


def shown(browser, path):
    """(H, W, 3) of the canvas as it is on the screen."""
    script = "JSON.stringify(document.getElementById('canvas').getBoundingClientRect())"
    place = json.loads(browser.run(f"document.getElementById('canvas').scrollIntoView({{block: 'center'}}); {script}"))
    left, top, right, bottom = (round(place[side]) for side in ("left", "top", "right", "bottom"))
    return np.asarray(Image.open(browser.picture(path)).convert("RGB").crop((left + 2, top + 2, right - 2, bottom - 2)))


def share(image, colour):
    over, under = colour
    return float((image[..., over].astype(int) - image[..., under] > 40).mean())


def wait_for(browser, condition, most_s=60):
    """Until the page's script says that `condition` holds."""
    look = f"({condition}) ? done(true) : performance.now() > end ? done(false) : setTimeout(look, 20)"
    script = f"const end = performance.now() + {1000 * most_s}; const look = () => {look}; look();"
    assert browser.run(f"new Promise((done) => {{ {script} }})"), condition


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_solids_are_drawn_in_every_mode_and_can_be_turned(opened, tmp_path, width, theme):
    opened.look(width, theme=theme)
    opened.picture(tmp_path / "page.png")
    assert opened.run("document.documentElement.scrollWidth") <= width
    click(opened, ".card")
    wait_for(opened, "document.getElementById('canvas').dataset.shown")
    pictures = {}
    for mode in ("side", "overlay", "difference", "answer"):
        click(opened, f"[data-mode={mode}]")
        pictures[mode] = shown(opened, tmp_path / f"{mode}.png")
    side, half = pictures["side"], pictures["side"].shape[1] // 2
    assert share(side[:, :half], BLUE) > 0.02 and share(side[:, half:], ORANGE) > 0.02
    assert share(side[:, :half], ORANGE) == share(side[:, half:], BLUE) == 0
    assert share(pictures["answer"], BLUE) > 0.02 and share(pictures["answer"], ORANGE) == 0
    assert share(pictures["difference"], BLUE) > 0.001 and share(pictures["difference"], ORANGE) > 0.001
    opened.run("document.getElementById('canvas').focus()")
    for kind in ("keyDown", "keyUp"):
        opened.call("Input.dispatchKeyEvent", type=kind, key="ArrowLeft", code="ArrowLeft")
    turned = shown(opened, tmp_path / "turned.png")
    assert (turned != pictures["answer"]).mean() > 0.005 and share(turned, BLUE) > 0.02
    assert opened.told == [] and len(opened.fetched) == 1


def test_filters_and_sorting_choose_the_cards(opened):
    assert cards(opened)[:2] == ["part 0", "part 1"] and len(cards(opened)) == 60
    click(opened, "#more")
    assert len(cards(opened)) == 71
    click(opened, "[data-preset=best]")
    assert cards(opened)[:2] == ["part 69", "part 68"]
    click(opened, "[data-preset=failed]")
    assert cards(opened) == [HOSTILE]
    click(opened, "[data-preset=all]")
    opened.run("document.querySelector('[name=text]').value = 'PART 1'")
    opened.run("document.getElementById('filters').dispatchEvent(new Event('input'))")
    assert cards(opened) == ["part 1", *(f"part 1{digit}" for digit in range(10))]
    assert opened.run("document.getElementById('count').textContent") == "11 of 71 answers"


def test_an_answer_has_an_address_and_keys_lead_to_the_next(opened, written):
    click(opened, ".card:nth-child(3)")
    address = opened.run("location.hash")
    opened.open(written, address)
    title = "document.getElementById('detail-title').textContent"
    assert opened.run(title) == "part 2 · greedy"
    for kind in ("keyDown", "keyUp"):
        opened.call("Input.dispatchKeyEvent", type=kind, key="ArrowRight", code="ArrowRight")
    assert opened.run(title) == "part 3 · greedy"
    click(opened, "#close")
    assert not opened.run("document.getElementById('detail').open")


def test_texts_of_strangers_stay_texts(opened):
    click(opened, "[data-preset=failed]")
    click(opened, ".card")
    assert HOSTILE in opened.run("document.getElementById('told').textContent")
    assert opened.run("document.title !== 'taken' && document.querySelector('img[onerror]') === null")
    assert opened.told == [] and len(opened.fetched) == 1


def test_the_policy_refuses_what_might_slip_in(opened):
    """Were a text ever to become markup, it would run nothing and fetch nothing."""
    opened.run(f"document.body.insertAdjacentHTML('beforeend', {json.dumps(HOSTILE)})")
    assert opened.run("fetch('http://127.0.0.1:9/x').then(() => 'fetched', () => 'refused')") == "refused"
    assert opened.run("document.title") != "taken"
    assert len(opened.told) >= 2 and all("Content Security Policy" in one for one in opened.told)


def test_without_webgl_the_stills_stand_and_the_page_says_so(written, tmp_path):
    with Browser(found(), tmp_path, "--disable-3d-apis") as without:
        without.look(1280)
        without.open(written)
        click(without, ".card")
        assert "no WebGL" in without.run("document.getElementById('stage-note').textContent")
        assert without.run("document.getElementById('canvas').offsetHeight") == 0
        assert without.run("[...document.querySelectorAll('#pictures img')].every((one) => one.src.length > 200)")
        assert without.run("document.querySelectorAll('#pictures img').length") == 2
