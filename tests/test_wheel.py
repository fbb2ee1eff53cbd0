"""The wheel holds everything, and works from a folder that is no checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KINDS = {".py", ".lark", ".yaml", ".json", ".safetensors", ".html", ".css", ".js", ".mjs"}
FOLDERS = {"cadgen": "cadgen", "conf": "cadgen/lab/conf", "callbacks": "cadgen/lab/callbacks"}  # checkout: wheel


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked. It is built from a copy, since a stale build/ folder would smuggle deleted files in."""
    work = tmp_path_factory.mktemp("wheel")
    copy = work / "checkout"
    copy.mkdir()
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(work), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = work.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(work / "site")
    return work / "site"


@pytest.mark.parametrize(("folder", "packed"), FOLDERS.items(), ids=FOLDERS)
def test_the_wheel_holds_every_file_of_the_checkout(site: Path, folder: str, packed: str) -> None:
    ours = {path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*") if path.suffix in KINDS}
    theirs = {path.relative_to(site / packed) for path in (site / packed).rglob("*")}
    assert ours, f"{folder}/ is empty"
    assert sorted(map(str, ours - theirs)) == []


def test_the_wheel_holds_the_grammar_and_the_cage(site: Path) -> None:
    assert list((site / "cadgen" / "lang" / "grammar").glob("*.lark"))
    assert (site / "cadgen" / "shape" / "caged" / "zygote.py").is_file()


def test_the_wheel_adds_one_name_to_site_packages(site: Path) -> None:
    assert {path.name for path in site.iterdir() if path.suffix != ".dist-info"} == {"cadgen"}


def test_an_installed_package_finds_its_configuration_and_callbacks(site: Path, tmp_path: Path) -> None:
    code = """
from importlib.util import find_spec
from cadgen.paths import config_folder
from cadgen.lang import parse
print(config_folder())
print(*find_spec("callbacks").submodule_search_locations)
"""
    environment = os.environ | {"PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    lab = site.resolve() / "cadgen" / "lab"
    assert done.stdout.split() == [str(lab / "conf"), str(lab / "callbacks")]
