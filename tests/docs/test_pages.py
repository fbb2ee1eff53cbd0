"""What the pages tell to type exists, and what they link to is there."""

import ast
import importlib
import io
import re
import shlex
import sys
from contextlib import redirect_stdout
from functools import cache
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
from cadgen.paths import config_folder

ROOT = Path(__file__).resolve().parents[2]
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
