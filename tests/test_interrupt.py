"""Scripts that end by a signal, as commands do."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAD = """
import subprocess, sys, threading, time, multiprocessing
from concurrent.futures import ThreadPoolExecutor
from cadgen.interrupt import Interrupted, at_interruption, run_command
def told(*words):
    print(*words, flush=True)
at_interruption(lambda: told("last words"))
"""
WAITS = """
def main():
    try:
        told("ready")
        time.sleep(60)
    finally:
        told("kept")
"""
DEAF = """
def main():
    while True:
        try:
            told("ready")
            time.sleep(60)
        except BaseException:
            pass
"""
THREAD = """
def main():
    ThreadPoolExecutor(1).submit(time.sleep, 60)
    told("ready")
    time.sleep(60)
"""
CHILD = """
def main():
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    child.start()
    told("ready", child.pid)
    child.join()
"""
OTHER_PROGRAM = """
def main():
    child = subprocess.Popen(["sleep", "60"])
    told("ready", child.pid)
    child.wait()
"""
WORKERS = """
def main():
    import torch
    from torch.utils.data import DataLoader
    batches = iter(DataLoader(range(10**6), num_workers=1))
    next(batches)
    try:
        told("ready")
        while True:
            next(batches)
            time.sleep(0.01)
    finally:
        time.sleep(0.3)
        told("kept")
"""
CATCHES_ERRORS = """
def main():
    try:
        told("ready")
        time.sleep(60)
    except Exception:
        told("a signal is no error")
"""
MAKES_ANOTHER_ERROR = """
def main():
    try:
        told("ready")
        time.sleep(60)
    finally:
        raise RuntimeError("unexpected pos 64 vs 0")
"""
IN_A_FINALISER = """
class Slow:
    def __del__(self):
        told("ready")
        time.sleep(60)
def main():
    try:
        Slow()
        time.sleep(60)
    finally:
        told("kept")
"""
HALF_MADE = """
class Library:
    def __init__(self):
        told("ready")
        time.sleep(60)
        self.opened = True
    def __del__(self):
        del self.opened
def main():
    try:
        Library()
    finally:
        told("kept")
"""
GIVES_UP = """
def main():
    try:
        told("ready")
        time.sleep(60)
    except BaseException:
        sys.exit(1)
"""


def started(script):
    """(process, the words of its first line), once that has come."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"{HEAD}{script}\nrun_command(main)"], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    return process, process.stdout.readline().split()


@pytest.mark.parametrize(
    ("script", "signum", "status", "words"),
    [
        (WAITS, signal.SIGTERM, 143, "kept\nlast words\n"),
        (WAITS, signal.SIGINT, 130, "kept\nlast words\n"),
        (CATCHES_ERRORS, signal.SIGTERM, 143, "last words\n"),
        (MAKES_ANOTHER_ERROR, signal.SIGTERM, 143, "last words\n"),
        (GIVES_UP, signal.SIGTERM, 143, "last words\n"),
        (THREAD, signal.SIGINT, 130, "last words\n"),
        (IN_A_FINALISER, signal.SIGTERM, 143, "kept\nlast words\n"),
        (HALF_MADE, signal.SIGINT, 130, "kept\nlast words\n"),
        (DEAF, signal.SIGTERM, 143, "ready\n"),
    ],
    ids=[
        "waits-term",
        "waits-int",
        "catches errors",
        "another error",
        "gives up",
        "a thread",
        "in a finaliser",
        "half made",
        "deaf",
    ],
)
def test_a_signal_ends_the_process_with_its_status_and_what_was_found_is_kept(script, signum, status, words):
    process, _ = started(script)
    process.send_signal(signum)
    out, err = process.communicate(timeout=50)  # everything in it sleeps for longer
    assert (process.returncode, out) == (status, words)
    assert "Traceback" not in err


def test_workers_that_die_of_the_same_signal_do_not_make_an_error_of_it():
    process, _ = started(WORKERS)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, err = process.communicate(timeout=100)
    assert (process.returncode, out) == (130, "kept\nlast words\n")
    assert "DataLoader worker" not in err


def test_a_signal_that_comes_again_does_not_stop_the_last_words(tmp_path):
    process, _ = started(WAITS.replace('told("kept")', 'told("keeping"); time.sleep(0.2); told("kept")'))
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "keeping\n"
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=50)[0] == "kept\nlast words\n"
    assert process.returncode == 143


@pytest.mark.parametrize("script", [CHILD, OTHER_PROGRAM], ids=["fork", "other program"])
def test_no_child_stays(script):
    process, (_, pid) = started(script)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=50)
    for _ in range(500):
        if not alive(int(pid)):
            break
        time.sleep(0.01)
    assert not alive(int(pid))


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:1]


@pytest.mark.parametrize(("returned", "status"), [("None", 0), ("0", 0), ("2", 2)])
def test_without_a_signal_the_status_is_what_the_command_returns(returned, status):
    process, _ = started(f"def main():\n    told('ready')\n    return {returned}")
    assert process.wait(timeout=50) == status


def test_a_reader_that_has_seen_enough_ends_the_command_without_a_word():
    process, _ = started("def main():\n    told('ready')\n    for _ in range(10**6): print('x' * 100)")
    process.stdout.close()
    assert (process.wait(timeout=50), process.stderr.read()) == (141, "")


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("after_s", [0.3, 1.0])
def test_a_signal_while_libraries_are_imported_ends_a_command_without_a_word(after_s, signum, status, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "cadgen.parts", "--n", "1000000", "--out", str(tmp_path)], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    time.sleep(after_s)
    process.send_signal(signum)
    _, err = process.communicate(timeout=100)
    # Before the package is imported at all, the interpreter itself ends by the signal.
    assert process.returncode in (status, -signum)
    assert "Traceback" not in err or process.returncode == -signum
