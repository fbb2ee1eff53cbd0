"""The command: what it prints, how it ends, and what it says where it cannot begin."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import cadgen.app.__main__ as command

ROOT = Path(__file__).resolve().parents[2]


def begun(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "cadgen.app", *arguments], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("signum", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_it_prints_its_address_and_ends_by_a_signal(signum, status):
    with begun("--port", "0") as process:
        try:
            line = process.stdout.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+", line)
            assert address, line + process.stderr.read()
            with urllib.request.urlopen(address[0], timeout=60) as page:
                assert b"cadgen" in page.read()
            children = Path(f"/proc/{process.pid}/task").glob("*/children")
            pids = [pid for path in children for pid in path.read_text().split()]
            process.send_signal(signum)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == status and "Traceback" not in err, err
    assert pids and not any(Path(f"/proc/{pid}/exe").exists() for pid in pids)


def test_a_port_that_is_taken_is_said_in_a_sentence(capsys, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(sys, "argv", ["cadgen.app", "--port", str(port)])
        assert command.main() == 2
    told = capsys.readouterr().err
    assert told.startswith(
        f"error: cannot listen at 127.0.0.1, port {port} (Address already in use); give another --port"
    )
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--port", "70000"], "0 to 65535"),
        (["--port", "-1"], "0 to 65535"),
        (["--host", "nowhere.invalid"], "nowhere.invalid"),
        (["--host", "x" * 300], "cannot listen"),
    ],
)
def test_an_address_that_cannot_be_is_said_in_a_sentence(arguments, word, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["cadgen.app", *arguments])
    assert command.main() == 2
    told = capsys.readouterr().err
    assert word in told and told.count("\n") == 1
