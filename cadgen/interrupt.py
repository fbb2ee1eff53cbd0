"""How a command ends by a signal: TERM with status 143, INT with 130, within seconds, and with what it had found kept.

`run_command` is the last line of every command. The signal becomes `Interrupted` in the main thread, so that `finally`
and `except` keep what there is; `at_interruption` names what else is to be written down. A thread sees to it that the
process ends also where the main thread is deaf, in a collective operation of several processes, say.
"""

import io
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# From the signal to the end, whatever the main thread does: of its CPU time, and of time that it does not use. So a
# busy machine does not cut short what is written down.
_PATIENCE_S, _LOOK_S = 4.0, 0.5
# From an end that was raised where nothing passes it on (`__del__`, a callback of C code) to the next try.
_AGAIN_S = 0.01

_last_words: list[Callable[[], object]] = []
_heard: list[int] = []


class Interrupted(BaseException):
    """A signal asked the command to end. No `Exception`: what keeps a sweep going after errors lets it pass."""

    def __init__(self, signum: int):
        super().__init__(signal.Signals(signum).name)


def end_at_once() -> None:
    """Until `run_command` takes over: a signal that comes while libraries are imported finds nothing to be kept."""
    for signum in _SIGNALS:
        signal.signal(signum, lambda signum, frame: os._exit(128 + signum))


def at_interruption(say: Callable[[], object]) -> None:
    """Has `say` called when a signal has ended the work, before the process ends."""
    _last_words.append(say)


def run_command(main: Callable[[], int | None]) -> NoReturn:
    """Ends the process with what `main` returns, None being 0, or as a signal asks."""
    _listen()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files need not be text
    status = 0
    try:
        status = main() or 0
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read what is told has seen enough
        _end(128 + signal.SIGPIPE)
    except BaseException:
        if not _heard:
            raise
    if _heard:
        _end_as_asked(_heard[0])
    sys.exit(status)


def was_asked_to_end(error: BaseException) -> bool:
    """Whether `error` is the end that a signal asked for, or what others made of it.

    A library whose clean-up fails while `Interrupted` passes raises an error of its own in its place.
    """
    return isinstance(error, Interrupted | KeyboardInterrupt) or bool(_heard)


def _end_as_asked(signum: int) -> NoReturn:
    try:
        for say in _last_words:
            say()
        print(f"ended by {signal.Signals(signum).name}", file=sys.stderr)
    finally:
        _end(128 + signum)


def _listen() -> None:
    """Turns signals into `Interrupted`, and starts the thread that ends a process which does not heed it."""
    told, hears = socket.socketpair()
    told.setblocking(False)
    signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(told, hears), daemon=True).start()
    for signum in _SIGNALS:
        signal.signal(signum, _raise)
    sys.unraisablehook = _tell_or_raise_again
    # Until a fork has forgotten it, its signals would be told to our thread.
    os.register_at_fork(before=_block, after_in_parent=_unblock, after_in_child=_forget)


def _watch(told: socket.socket, hears: socket.socket) -> None:
    """`told` is only kept open: the interpreter writes the number of each signal into it."""
    while signum := hears.recv(1):
        if signum[0] in _SIGNALS:
            _be_patient()
            _end(128 + signum[0])


def _be_patient() -> None:
    main = threading.main_thread().ident
    assert main is not None
    clock = time.pthread_getcpuclockid(main)
    spent, cpu = 0.0, time.clock_gettime(clock)
    while spent < _PATIENCE_S:
        time.sleep(_LOOK_S)
        used = time.clock_gettime(clock) - cpu
        cpu += used
        spent += used if used > _LOOK_S / 10 else _LOOK_S


def _raise(signum: int, frame: FrameType | None) -> None:
    if not _heard:  # whoever asks again waits no longer than `_PATIENCE_S` in all
        _heard.append(signum)
        # Workers may die of the same signal; torch would raise an error of its own about that, in place of ours.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        _interrupt(signum)


def _tell_or_raise_again(ignored: "sys.UnraisableHookArgs") -> None:
    """An `Interrupted` that the interpreter drops is raised again a moment later; any other error is told as ever.

    After a signal it is not: libraries complain of objects that they were making when it came.
    """
    if not _heard:
        sys.__unraisablehook__(ignored)
    elif isinstance(ignored.exc_value, Interrupted):
        signal.signal(signal.SIGALRM, lambda *_: _interrupt(_heard[0]))
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)


def _interrupt(signum: int) -> NoReturn:
    raise Interrupted(signum)


def _block() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


def _unblock() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def _forget() -> None:
    """Workers that were forked end as any process does."""
    signal.set_wakeup_fd(-1)
    for signum in _SIGNALS:
        signal.signal(signum, signal.SIG_DFL)
    _unblock()


def _end(status: int) -> NoReturn:
    """Ends at once, children first: threads that are at work would be waited for otherwise."""
    for path in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # ended meanwhile
            for child in path.read_text().split():
                os.kill(int(child), signal.SIGKILL)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # nobody reads it any more
            stream.flush()
    os._exit(status)
