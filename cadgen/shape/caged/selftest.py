"""Does the kernel refuse, just now, what each layer promises? `observe(cage)` -> layer -> what was not refused.

Every probe runs in a child of its own kind of cage: seccomp would hide what Landlock does, so that is left out once.
"""

import ctypes
import json
import mmap
import os
import resource
import signal
import socket
from collections.abc import Callable, Sequence
from functools import partial

import cage as caging
import landlock
from cage import LAYERS, LINE, Cage, Limits, capabilities

Probe = tuple[str, str, Callable[[], bool]]  # layer, what would be a breach, whether it was refused

_MEMORY_MB = 64
_LIBC = ctypes.CDLL(None, use_errno=True)
_MEMFD_CREATE, _UNSHARE = 319, 272


def observe(cage: Cage) -> dict[str, list[str]]:
    """Empty lists: every layer did what it promises."""
    failed: dict[str, list[str]] = {layer: [] for layer in LAYERS}
    for tried, probes in ((cage.without("seccomp"), _BEHIND_SECCOMP), (cage, _PROBES)):
        status, words = _in_child(tried, partial(_try, probes))
        let_through = json.loads(words) if status == 0 else [True] * len(probes)
        for (layer, name, _), through in zip(probes, let_through, strict=True):
            if through:
                failed[layer].append(name)
    for name, act in _DEADLY.items():
        if _in_child(cage, act)[0] != -signal.SIGSYS:
            failed["seccomp"].append(name)
    return failed


def _in_child(cage: Cage, work: Callable[[], object]) -> tuple[int, str]:
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            cage.settle(parent, theirs.fileno())
            cage.enter_child(Limits(cpu_s=10, memory_mb=_MEMORY_MB), serves=False)
            os.write(LINE, str(work()).encode())
            os._exit(0)
        finally:
            os._exit(70)
    theirs.close()
    with ours:
        words = ours.recv(2**16).decode()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), words


def _try(probes: Sequence[Probe]) -> str:
    return json.dumps([not refused() for *_, refused in probes])


def _raises(act: Callable[[], object]) -> Callable[[], bool]:
    def refused() -> bool:
        try:
            act()
        except (OSError, MemoryError):
            return True
        return False

    return refused


def _cannot_signal_parent() -> bool:
    return landlock.version() < landlock._SCOPE_VERSION or _raises(lambda: os.kill(os.getppid(), 0))()


def _no_other_descriptor() -> bool:
    for descriptor in range(LINE + 1, 64):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        return False
    return True


def _within_limits() -> bool:
    limits = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)
    return all(resource.getrlimit(limit)[1] != resource.RLIM_INFINITY for limit in limits)


_BEHIND_SECCOMP: tuple[Probe, ...] = (
    ("privileges", "keep a capability", lambda: capabilities() == 0),
    ("landlock", "open a file", lambda: not landlock.version() or _raises(lambda: os.open("/", os.O_RDONLY))()),
    ("landlock", "signal its parent", _cannot_signal_parent),
    ("descriptors", "use a descriptor that is not its own", _no_other_descriptor),
)
_PROBES: tuple[Probe, ...] = (
    ("limits", "go without limits", _within_limits),
    ("limits", "allocate more than its share", _raises(lambda: mmap.mmap(-1, 4 * _MEMORY_MB * 2**20))),
    ("seccomp", "open a file", _raises(lambda: os.open("/dev/null", os.O_RDONLY))),
    ("seccomp", "look at a file", _raises(lambda: os.stat("/"))),
    ("seccomp", "make a socket", _raises(socket.socketpair)),
    ("seccomp", "signal its parent", _raises(lambda: os.kill(os.getppid(), 0))),
    ("seccomp", "write code", _raises(lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC))),
    ("seccomp", "change how it is watched", lambda: _LIBC.prctl(caging._PR_SET_DUMPABLE, 1, 0, 0, 0) != 0),
)
_DEADLY: dict[str, Callable[[], object]] = {
    "start a process": os.fork,
    "start a program": lambda: os.execv("/bin/true", ["true"]),
    "make a file in memory": lambda: _LIBC.syscall(_MEMFD_CREATE, b"x", 0),
    "leave its namespaces": lambda: _LIBC.syscall(_UNSHARE, 0x10000000),
}
