"""What a light installation is: its dependencies, and what a command says that needs more."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from cadgen.extra import EXTRAS

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NETWORK = {"torch", "torchvision", "lightning", "transformers", "timm", "peft", "hydra", "omegaconf", "safetensors"}
BLOCK = f"""
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {sorted(NETWORK.union(*EXTRAS.values()))!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Block())
"""


def names(requirements):
    return {re.split(r"[<>=\[]", one)[0].lower().replace("_", "-") for one in requirements}


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_brings_the_modules_that_a_command_names_it_for(extra):
    distributions = packages_distributions()
    brought = names(PROJECT["optional-dependencies"][extra])
    for module in EXTRAS[extra]:
        assert {one.lower().replace("_", "-") for one in distributions[module]} & brought, module
        assert not {one.lower().replace("_", "-") for one in distributions[module]} & names(PROJECT["dependencies"])


def test_score_is_an_extra_that_brings_no_network():
    assert "score" in PROJECT["optional-dependencies"]
    brought = names(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["score"])
    assert not brought & (names(PROJECT["optional-dependencies"]["train"]) | names(EXTRAS["network"]))


def test_set_ups_bring_all():
    for line in re.findall(r"-e '\.\[(.*)\]'", (ROOT / "Makefile").read_text()):
        assert {"dev", "train"} <= set(line.split(","))


def without_network(tmp_path, *command):
    """The end of a command in a process that has none of the libraries of the extras."""
    (tmp_path / "sitecustomize.py").write_text(BLOCK)
    return subprocess.run(
        [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, timeout=300,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{tmp_path}:{ROOT}", "HOME": str(tmp_path)},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "extra"),
    [("train", "train"), ("evaluate", "train"), ("infer", "network"), ("export", "network"), ("app", "app")],
)
def test_a_command_that_needs_more_names_the_extra_in_a_line(command, extra, tmp_path):
    done = without_network(tmp_path, "-m", f"cadgen.{command}")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert f"pip install 'cadgen[{extra}]'" in done.stderr


def test_another_module_that_is_missing_keeps_its_traceback(tmp_path):
    code = "from cadgen.extra import tell_missing_extras; tell_missing_extras(); import nowhere_at_all"
    assert "Traceback" in without_network(tmp_path, "-c", code).stderr


def test_what_the_readme_names_for_a_light_installation_is_imported_without_the_network(tmp_path):
    code = "import cadgen.lang, cadgen.shape, cadgen.parts, cadgen.compare, cadgen.score, cadgen.parts.__main__"
    done = without_network(tmp_path, "-c", code)
    assert done.returncode == 0, done.stderr


def test_every_library_is_declared():
    """A module that nothing declares would be there only because something else happens to bring it."""
    lists = (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    declared = set().union(*map(names, lists))
    distributions = packages_distributions()
    used = set()
    for path in (ROOT / "cadgen").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                used |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                used.add(node.module.partition(".")[0])
    foreign = {name for name in used if name in distributions and name not in sys.stdlib_module_names} - {"cadgen"}
    undeclared = {
        name for name in foreign if not {one.lower().replace("_", "-") for one in distributions[name]} & declared
    }
    assert undeclared <= {"OCP"}  # cadquery is nothing without it
