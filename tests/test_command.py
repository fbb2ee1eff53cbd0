"""The command `cadgen`: the others by name, as `python -m` runs them."""

import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

import cadgen.__main__
from cadgen import __version__
from cadgen.commands import COMMANDS
from cadgen.completion import options, script

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("torch", "numpy", "cadquery", "lightning", "hydra", "rich", "PIL")


def run(*words: str, module: str = "cadgen", **more) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, **more)


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_every_command_is_listed_with_a_line(words):
    done = run(*words)
    assert done.returncode == 0 and done.stderr == ""
    for name, command in COMMANDS.items():
        assert f"  {name} " in done.stdout and command.line in done.stdout
        assert len(command.line) < 75 and "'" not in command.line and ":" not in command.line  # shells quote them


def test_the_version_is_told():
    assert run("--version").stdout == f"cadgen {__version__}\n"


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("infre", "did you mean infer?"),
        ("eval", "did you mean evaluate?"),
        ("trian", "train"),
        ("xyzzy", "--help lists"),
    ],
)
def test_an_unknown_command_is_answered_with_the_nearest(word, near):
    done = run(word)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith(f"error: {word} is no command of cadgen; ") and near in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_what_a_terminal_would_obey_is_told_with_escapes():
    assert run("\x1b]0;a").stderr.startswith("error: \\x1b]0;a is no command")


def test_the_overview_imports_no_library():
    code = "import sys; sys.argv[1:] = ['--help']; from cadgen.__main__ import main; main(); " + (
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "", done.stdout + done.stderr


def test_every_command_has_a_module_with_a_main_module():
    for command in COMMANDS.values():
        path = ROOT / command.module.replace(".", "/")
        file = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
        assert "run_command(main)" in file.read_text().splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("compare", ["/dev/null"]),
        ("parts", ["--n", "0", "--out", "/proc/nowhere"]),
        pytest.param("train", ["experiment=nowhere"], marks=pytest.mark.slow),  # torch and Lightning, twice
    ],
)
def test_a_command_ends_and_tells_as_its_module_does(name, words, tmp_path):
    ours, theirs = run(name, *words, cwd=tmp_path), run(*words, module=COMMANDS[name].module, cwd=tmp_path)
    assert (ours.returncode, ours.stdout, ours.stderr) == (theirs.returncode, theirs.stdout, theirs.stderr)


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_command_as_it_ends_its_module(signum, status, tmp_path):
    command = [
        sys.executable,
        "-m",
        "cadgen",
        "parts",
        "--n",
        "100000",
        "--workers",
        "1",
        "--out",
        str(tmp_path / "out"),
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not (tmp_path / "out").exists():
        time.sleep(0.1)
    process.send_signal(signum)
    out, err = process.communicate(timeout=60)
    assert process.returncode == status and "Traceback" not in out + err


def test_processes_that_are_spawned_find_the_main_module(tmp_path):
    """Workers import it again, under its own name, as with `python -m`."""
    done = run("parts", "--n", "2", "--workers", "2", "--size", "32", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "2 parts in " in done.stdout


def test_the_installed_script_is_this_command():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"cadgen": "cadgen.__main__:main"} and callable(cadgen.__main__.main)


@pytest.fixture(scope="module")
def known():
    return options()


def test_the_options_of_every_command_are_known(known):
    assert list(known) == list(COMMANDS)
    assert {"--help", "--out", "--size", "--json", "--one-part"} <= set(known["infer"])
    assert {"--against", "--out"} <= set(known["compare"]) and {"--n", "--family"} <= set(known["parts"])
    assert known["train"] == known["evaluate"] == ["--help"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("cadgen in", ["infer"]),
        ("cadgen ex", ["export"]),
        ("cadgen infer --s", ["--size", "--strict"]),
        ("cadgen parts --o", ["--out"]),
        ("cadgen train part", []),
    ],
)
def test_bash_completes_commands_and_options(line, offered, known):
    code = script("bash", known) + (
        f"COMP_WORDS=({line}); COMP_CWORD={line.count(' ')}; _cadgen; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr == "" and done.stdout.split() == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_one_that_its_shell_reads(shell, known):
    text = script(shell, known)
    assert all(name in text for name in COMMANDS) and "strict" in text
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run([shell, "-n"], input=text, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("train", "evaluate")])
def test_the_help_of_a_command_ends_with_examples(name):
    from importlib import import_module

    module = COMMANDS[name].module
    found = import_module(f"{module}.__main__" if (ROOT / module.replace(".", "/")).is_dir() else module)
    _, _, examples = found.parser().format_help().partition("\nexamples:\n")
    assert examples.strip().startswith((f"python -m {module} ", f"cadgen {name} "))
