"""The Dockerfile by what can be checked without Docker: what it copies, installs and starts is there."""

import fnmatch
import json
import re
import shlex
import tomllib
from pathlib import Path

from cadgen.commands import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
TEXT = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
LINES = [line.partition(" ")[::2] for line in TEXT.splitlines() if line]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def of(instruction):
    return [rest.strip() for name, rest in LINES if name == instruction]


def is_sent(name):
    """Whether .dockerignore leaves it to Docker: its last line that fits decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text().split():
        if fnmatch.fnmatch(name, line.removeprefix("!")):
            sent = line.startswith("!")
    return sent


def test_what_is_copied_is_there_and_sent():
    copied = [name for line in of("COPY") for name in shlex.split(line)[:-1]]
    assert {"cadgen", "callbacks", "conf", "pyproject.toml", "constraints.txt"} <= set(copied)
    assert all((ROOT / name).exists() and is_sent(name) for name in copied)
    assert not any(is_sent(name) for name in (".git", ".venv", "outputs", "experiments", "tests"))
    assert not is_sent("cadgen/__pycache__")


def test_what_the_package_is_built_from_is_copied():
    copied = {name for line in of("COPY") for name in shlex.split(line)[:-1]}
    assert {PROJECT["readme"], *PROJECT["license-files"]} <= copied


def test_what_is_installed_and_told_to_be_is_an_extra():
    arguments = dict(line.split("=") for line in of("ARG"))
    told = re.findall(r"EXTRAS=(\S+)", (ROOT / "Dockerfile").read_text())
    extras = {extra for names in told for extra in names.split(",")}
    assert "app" in arguments["EXTRAS"].split(",") and extras <= PROJECT["optional-dependencies"].keys()
    assert arguments["TORCH"] == "cpu"
    (install,) = (line for line in of("RUN") if "uv pip install" in line)
    assert all(f"${name}" in install for name in arguments) and "--constraint constraints.txt" in install


def test_the_interpreter_is_one_that_the_package_takes():
    (image,) = of("FROM")
    version = tuple(map(int, re.fullmatch(r"python:(\d+)\.(\d+)-slim", image).groups()))
    least = tuple(map(int, PROJECT["requires-python"].removeprefix(">=").split(".")))
    assert version >= least


def test_it_starts_the_app_for_who_asks_from_outside_and_not_as_root():
    (entry,), (command,), (port,), (user,) = (of(name) for name in ("ENTRYPOINT", "CMD", "EXPOSE", "USER"))
    assert json.loads(entry) == list(PROJECT["scripts"]) and json.loads(command)[0] in COMMANDS
    assert json.loads(command)[1:] == ["--host", "0.0.0.0"] and user != "root"
    text = (ROOT / "cadgen/app/__main__.py").read_text()
    assert f'"--port", type=int, default={port},' in text  # the app answers where Host names its own port only
