"""The site: what its pages tell to type exists, what they link to is there, what they compute is right."""

import ast
import importlib
import io
import json
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stdout
from functools import cache
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.utils import instantiate
from markdown_it import MarkdownIt

import cadgen.train  # noqa: F401  registers the types of conf/
from cadgen.decode import Decoder
from cadgen.eval import calibration, comparison, outcome, summary
from cadgen.eval.row import read_rows
from cadgen.eval.summary import summarise
from cadgen.paths import config_folder
from cadgen.shape import render
from docs import disagreements, results
from docs.docstring import restructured
from tests.report.browser import Browser, found

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").rglob("*.md"))
NOTEBOOK = [ROOT / "experiments/README.md", *sorted((ROOT / "experiments").glob("*/README.md"))]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), ROOT / "conf/README.md"]
# The changelog and the notebook tell of commands as they were at a commit.
TOLD_NOW = [path for path in (*PAGES, *DOCUMENTS) if path.name != "CHANGELOG.md"]
CONFIGURED = ("train", "evaluate")  # by Hydra; all others have options


def name(path):
    return str(path.relative_to(ROOT))


@cache
def tokens(path):
    return MarkdownIt().enable("table").parse(path.read_text())


def inline(path, kind):
    return [child for token in tokens(path) for child in token.children or () if child.type == kind]


def blocks(path, language):
    return [token.content for token in tokens(path) if token.type == "fence" and token.info == language]


def code(path):
    """Lines of shell blocks and spans of code, those that end with a backslash joined."""
    spans = [" ".join(child.content.split()) for child in inline(path, "code_inline")]
    return [*spans, *"\n".join(blocks(path, "bash")).replace("\\\n", " ").splitlines()]


def commands(path):
    """(module, words after it) of each `python -m cadgen...`."""
    for line in code(path):
        found = re.search(r"python -m (cadgen[\w.]*)(.*)", line)
        if found and "..." not in found[2]:  # told in part
            yield found[1], shlex.split(found[2].replace("[", " ").replace("]", " "), comments=True)


def told_to_type():
    return [
        pytest.param(module, words, id=f"{name(path)}: {module} {' '.join(words)}")
        for path in TOLD_NOW
        for module, words in commands(path)
    ]


@cache
def options(module):
    """Those that its own help tells."""
    is_package = find_spec(module).submodule_search_locations is not None
    command, said = importlib.import_module(f"{module}.__main__" if is_package else module), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
        patch.setattr(sys, "argv", [module, "--help"])
        with pytest.raises(SystemExit):
            command.main()
    return set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", said.getvalue().partition("options:")[2]))


def unknown_of(module, words):
    """What of the words is no option of a command, or no setting or choice of conf."""
    if module.removeprefix("cadgen.") in CONFIGURED:
        return unknown_settings(module.removeprefix("cadgen."), words)
    return [word for word in words if word.startswith("-") and word.partition("=")[0] not in options(module)]


def unknown_settings(command, words):
    if "--help" in words:
        return []
    overrides = [word.replace("=NAME", "=greedy") for word in words if word != "-m"]
    parsed = OverridesParser.create().parse_overrides(overrides)
    first = [
        f"{one.input_line.partition('=')[0]}={first_of(one)}" if one.is_sweep_override() else one.input_line
        for one in parsed
    ]
    try:
        with initialize_config_dir(config_folder(), version_base="1.3"):
            compose(command, first, return_hydra_config=True)
    except Exception as error:  # of many kinds, each of which names what is unknown
        return [str(error)]
    return []


def first_of(override):
    """The first of several values, or the only one."""
    if override.is_sweep_override():
        return next(iter(override.sweep_string_iterator()))
    return override.input_line.partition("=")[2]


@pytest.mark.parametrize(("module", "words"), told_to_type())
def test_what_is_told_to_type_exists(module, words):
    assert find_spec(module) is not None
    if any("submitit" in word for word in words):
        pytest.importorskip("hydra_plugins.hydra_submitit_launcher", reason="pip install 'cadgen[slurm]'")
    if words:
        assert unknown_of(module, words) == []


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("cadgen.infer", ["part.png", "--one-parts"]),
        ("cadgen.report", ["RUN", "--ckpt", "x"]),
        ("cadgen.train", ["experiment=enhancd"]),
        ("cadgen.evaluate", ["-m", "decoding=beem,greedy"]),
        ("cadgen.evaluate", ["data.rot=x"]),
    ],
)
def test_what_does_not_exist_is_found(module, words):
    assert unknown_of(module, words) != []


def test_targets_of_make_that_are_told_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = {word for path in TOLD_NOW for line in code(path) for word in re.findall(r"^make ([a-z-]+)", line)}
    assert {"setup", "docs", "test"} <= told <= targets


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_python_on_a_page_imports_what_there_is(path):
    for source in blocks(path, "python"):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom):
                module = importlib.import_module(node.module)
                assert all(hasattr(module, alias.name) for alias in node.names)


def test_the_decoding_on_the_page_is_one():
    (source,) = blocks(ROOT / "docs/howto/extend.md", "yaml")
    assert isinstance(instantiate(yaml.safe_load(source)), Decoder)


def test_the_picture_of_the_tutorial_is_drawn(tmp_path, monkeypatch):
    (source,) = blocks(ROOT / "docs/tutorial.md", "python")
    monkeypatch.chdir(tmp_path)
    exec(source, {})
    assert (tmp_path / "part.png").stat().st_size > 1000


def anchors(path):
    """As GitHub makes them of headings."""
    heads = [
        tokens(path)[place + 1].content for place, token in enumerate(tokens(path)) if token.type == "heading_open"
    ]
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def links(path):
    """(file, anchor) of each that leads to no host: links, pictures, included files, pages of a list."""
    targets = [child.attrs["href"] for child in inline(path, "link_open")]
    targets += [child.attrs["src"] for child in inline(path, "image")]
    for token in tokens(path):
        if token.type == "fence" and token.info.startswith("{include}"):
            targets.append(token.info.split()[1])
        if token.type == "fence" and token.info == "{toctree}":
            pages = [line for line in token.content.splitlines() if line and not line.startswith(":")]
            targets += [re.sub(r".*<(.*)>", r"\1", page) + ".md" for page in pages if "*" not in page]
    for target in targets:
        if not re.match(r"\w+:", target):
            file, _, anchor = target.partition("#")
            yield path.parent / file if file else path, anchor


@pytest.mark.parametrize("path", [*PAGES, *DOCUMENTS, *NOTEBOOK], ids=name)
def test_links_lead_somewhere(path):
    for file, anchor in links(path):
        assert file.is_file(), file
        assert not anchor or anchor in anchors(file), f"{file} has no heading #{anchor}"


def test_there_are_links_with_and_without_anchors():
    every = [link for path in (*PAGES, *DOCUMENTS) for link in links(path)]
    assert len(every) > 40 and any(anchor for _, anchor in every)


def table_lines(text):
    return [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in text.splitlines() if line[:1] == "|"]


@pytest.fixture(scope="module")
def page():
    return results.tables()


@pytest.fixture(scope="module")
def told(page):
    """The lines of the page of results: (experiment, run, decoding) -> cell by title."""
    lines = {}
    for section in page.split("## ")[1:]:
        head, _, *body = table_lines(section)
        for cells in body:
            cell = dict(zip(head, (one.strip("| ") for one in cells), strict=True))
            lines[section.split()[0], cell["run"], cell["decoding"]] = cell
    return lines


def committed():
    for path in sorted((ROOT / "experiments").rglob("rows.jsonl")):
        experiment, *run = path.parent.relative_to(ROOT / "experiments").parts
        yield experiment, "/".join(run) or ".", path


def test_results_have_a_line_for_each_run_and_decoding(told):
    rows = {
        (experiment, run, json.loads(line)["decoding"])
        for experiment, run, path in committed()
        for line in path.read_text().splitlines()
    }
    assert set(told) == rows


def test_results_are_means_over_all_rows(told):
    """By hand, from the lines of JSON: a program that does not run counts 0."""
    for experiment, run, path in committed():
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        for decoding in {row["decoding"] for row in rows}:
            own, cell = [row for row in rows if row["decoding"] == decoding], told[experiment, run, decoding]
            scores = [row["iou_aligned"] if row["status"] == "ok" else 0.0 for row in own]
            assert cell["n"] == str(len(own))
            assert float(cell["IoU aligned"].split()[0]) == pytest.approx(sum(scores) / len(own), abs=5.1e-4)
            assert float(cell["VSR"].split()[0]) == pytest.approx(
                sum(row["status"] == "ok" for row in own) / len(own), abs=5.1e-4
            )


def test_results_have_the_intervals_of_summarise(told):
    for experiment, run, path in committed():
        for line in summarise({run: read_rows(path)}):
            cell = told[experiment, run, line.decoding]
            for title, interval in (("IoU aligned", line.scores["iou_aligned"]), ("VSR", line.scores["vsr"])):
                assert cell[title] == "{:.3f} [{:.3f}, {:.3f}]".format(*interval)


def test_results_name_the_commit_and_command_of_each_run(page):
    for _, run, path in committed():
        if (path.parent / "run.json").is_file():
            record = json.loads((path.parent / "run.json").read_text())
            assert f"- {run}: commit {record['commit']}, `{record['command']}`\n" in page


@pytest.fixture(scope="module")
def solids():
    return {case.name: (truth, answer) for case, truth, answer in disagreements.built()}


@pytest.fixture(scope="module")
def judged(solids):
    return {name: disagreements.scores(*both) for name, both in solids.items()}


@pytest.mark.parametrize(
    ("case", "right", "wrong"),  # metrics that call it right, and that do not; CAD-Coder's axes may hang on rounding
    [
        ("turned", ["IoU aligned"], ["IoU, as they lie", "IoU cadrille", "IoU take-home"]),
        ("mirrored", ["IoU take-home"], ["IoU aligned", "IoU cadrille"]),
        ("scaled", ["IoU aligned", "IoU CAD-Coder", "IoU cadrille", "IoU take-home"], ["IoU, as they lie"]),
        ("equal_moments", ["IoU aligned"], ["IoU take-home", "IoU cadrille"]),
        ("pin", ["IoU, as they lie"], ["IoU cadrille"]),
    ],
)
def test_metrics_disagree_as_the_page_tells(judged, case, right, wrong):
    assert all(judged[case][title] > 0.99 for title in right)
    assert all(judged[case][title] < 0.95 for title in wrong)


def test_a_part_a_twelfth_thicker_has_nearly_all_volume_and_few_voxels_of_the_shell(judged):
    assert judged["stretched"]["IoU aligned"] > 0.9 > 0.5 > judged["stretched"]["IoU take-home"]


def test_a_cavity_takes_more_than_half_of_the_material_and_is_not_seen(solids):
    truth, answer = solids["hollow"]
    assert answer.volume < truth.volume / 2
    assert (render(truth, 64) == render(answer, 64)).all()


def test_numbers_on_the_page_of_metrics_are_those_of_the_code():
    text = " ".join((ROOT / "docs/metrics.md").read_text().split())
    assert f"IoU aligned {outcome._RIGHT} or more" in text
    assert f"IoU aligned is over {calibration.RIGHT}." in text
    assert f"of {calibration.FEWEST} answers or more" in text and f"mean over {calibration.BINS} bins" in text
    assert len(comparison.CONSTANTS) == 7 and "the best of seven boxes and plates" in text
    assert "n_resamples=2000" in Path(summary.__file__).read_text() and "2000 draws" in text
    assert all(f"| {word} | " in text for word in outcome.OUTCOMES)


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
