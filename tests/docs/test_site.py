"""The site is built without a warning, and without a network."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from docs.docstring import restructured
from tests.report.browser import Browser, found

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("lines", "meant"),
    [
        (["sum |moments| of *all*"], [r"sum \|moments\| of \*all\*"]),
        (["`a|b` and `*`s"], [r"`a|b` and `*`\ s"]),
        (["tokens_BT, a_, b"], [r"tokens_BT, a\_, b"]),
        (["Steps:", "- one", "  more", "- two"], ["Steps:", "", "- one", "  more", "- two"]),
    ],
)
def test_docstrings_mean_what_they_say(lines, meant):
    assert restructured(lines) == meant


class Addresses(HTMLParser):
    """What a page fetches by itself: scripts, styles, pictures, fonts."""

    def __init__(self, page):
        super().__init__()
        self.fetched = []
        self.feed(page.read_text())

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag in ("script", "img", "iframe", "source") and told.get("src"):
            self.fetched.append(told["src"])
        if tag == "link":
            self.fetched.append(told["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    for module in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(module, reason="the site is built by Sphinx: pip install 'cadgen[docs]'")
    folder, trees = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("trees")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *["-E", "-W", "--keep-going", "-q", "-c", "docs"], "-d", trees, ".", folder],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_fetches_nothing(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    assert {address for page in pages for address in Addresses(page).fetched if re.match(r"\w+:|//", address)} == set()
    styles = "".join(path.read_text() for path in site.rglob("*.css"))
    assert not re.search(r"url\(['\"]?(https?:)?//|@import", styles)


@pytest.mark.slow
def test_the_site_is_searched_without_a_host(site, tmp_path):
    program = found() or pytest.skip("there is no Chromium")
    with Browser(program, tmp_path) as browser:
        browser.open(site / "search.html", "?q=cadrille")
        said = "document.querySelector('#search-results').innerText"
        look = f"const look = () => {said}.includes('Results') ? done({said}) : setTimeout(look, 50)"
        told = browser.run(f"new Promise(done => {{ {look}; look() }})")
        assert "Metrics" in told and "chamfer_cadrille" in told
        assert all(address.startswith("file:") for address in browser.fetched) and browser.told == []
