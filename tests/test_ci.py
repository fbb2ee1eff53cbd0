"""What CI does where Chromium cannot be had: it says so and goes on."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BASH = shutil.which("bash")


def done(folder, **programs):
    """The script's end on a machine that has these programs, as shell scripts, and a few plain ones."""
    for name in ("sh", "tail", "timeout"):
        (folder / name).symlink_to(shutil.which(name))
    for name, text in programs.items():
        (folder / name.replace("_", "-")).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name.replace("_", "-")).chmod(0o755)
    command = [BASH, str(ROOT / ".ci" / "chromium")]
    return subprocess.run(command, env={"PATH": str(folder)}, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("apt_get", "why"),
    [("echo wait; echo 'E: no network' >&2; exit 100", "apt-get: E: no network"), (None, "this is no Debian")],
)
def test_a_browser_that_cannot_be_had_is_said_and_ends_nothing(apt_get, why, tmp_path):
    found = done(tmp_path, **({"apt_get": apt_get} if apt_get else {}))
    reason = why if os.geteuid() == 0 else "only root may install it"
    assert (found.returncode, found.stdout) == (0, "")
    assert found.stderr == (
        f"No Chromium, and it could not be installed ({reason}): tests that open pages in it are skipped.\n"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may install what is missing")
def test_a_browser_that_is_missing_is_installed(tmp_path):
    found = done(tmp_path, apt_get='echo "$@" >> "${0%/*}/asked"')
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked == ["update", "install --yes --no-install-recommends chromium"]


def test_a_browser_that_is_there_is_left_alone(tmp_path):
    found = done(tmp_path, chromium="exit 1", apt_get="exit 1")
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_what_is_opened_in_it_is_there():
    """And the target that CI calls runs it."""
    (line,) = [line for line in (ROOT / "Makefile").read_text().splitlines() if "in_browser" in line]
    paths = [word for word in line.split() if word.startswith("tests/")]
    assert len(paths) == 2 and all((ROOT / path).is_file() for path in paths)
    assert (ROOT / ".ci/run").read_text().splitlines()[-2:] == [".ci/chromium", "make test-pages"]
