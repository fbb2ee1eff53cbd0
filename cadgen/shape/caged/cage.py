"""The layers between a program and the machine; `Cage` puts them in force, some in the zygote, the rest in each child.

Each layer is named, so that the self-test can say which one failed and a test can leave one out.
"""

import copy
import ctypes
import os
import resource
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import landlock
import seccomp

LAYERS = ("privileges", "descriptors", "limits", "landlock", "seccomp")
LINE = 3  # the descriptor that leads to the supervisor

_NOBODY = 65534
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 1, 4, 38, 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_CAPABILITY_VERSION_3 = 0x20080522
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Limits:
    """cpu_s: whole seconds of CPU after which the kernel itself ends the child; memory_mb: beyond the zygote's own."""

    cpu_s: int
    memory_mb: int


class Cage:
    """`layers`: those in force. Made in the zygote before it gives anything up."""

    def __init__(self, layers: tuple[str, ...]):
        self.layers = layers
        self._null = os.open(os.devnull, os.O_RDWR)
        self._address_space = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()

    def without(self, layer: str) -> "Cage":
        other = copy.copy(self)
        other.layers = tuple(kept for kept in self.layers if kept != layer)
        return other

    def enter_zygote(self) -> None:
        """What every child shall inherit."""
        _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if "limits" in self.layers:
            _go_first_when_memory_is_short()
        if "privileges" in self.layers:
            drop_privileges()
        if "landlock" in self.layers:
            landlock.restrict()

    def enter_child(self, limits: Limits, serves: bool) -> None:
        """All the rest, `LINE` being open. The order matters: each step may need what the next one takes away."""
        if "limits" in self.layers:
            self._limit(limits)
        if "landlock" in self.layers:
            landlock.restrict()  # a domain of its own: no signal to the zygote
        if "seccomp" in self.layers:
            seccomp.install(seccomp.filter_program(os.getpid(), serves))

    def settle(self, parent: int, line: int) -> None:
        """Makes a new child independent: its own session, its end with the zygote's, `line` as its only descriptor."""
        os.setsid()
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)
        for descriptor in range(3):
            os.dup2(self._null, descriptor)
        if "descriptors" in self.layers:
            os.dup2(line, LINE)
            os.closerange(LINE + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        else:
            os.dup2(os.dup(line), LINE)

    def _limit(self, limits: Limits) -> None:
        # SIGXCPU first, which says why; the SIGKILL of the hard limit does not.
        resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 1))
        values = {
            resource.RLIMIT_AS: self._address_space + limits.memory_mb * 2**20,
            resource.RLIMIT_NOFILE: 16,
            resource.RLIMIT_FSIZE: 0,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_MEMLOCK: 0,
            resource.RLIMIT_SIGPENDING: 0,
        }
        for name, value in values.items():
            hard = resource.getrlimit(name)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(name, (value, value))


def _go_first_when_memory_is_short() -> None:
    """The limits of several programs may add up to more memory than there is: the kernel then ends one of them."""
    with suppress(OSError):  # a container may have /proc read-only
        Path("/proc/self/oom_score_adj").write_text("1000")


def drop_privileges() -> None:
    """Becomes nobody where it may, gives up every capability and closes its memory to others of its user."""
    if os.geteuid() == 0:
        try:
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        except OSError:  # a user namespace that knows no nobody: root without capabilities
            pass
    _LIBC.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header, none = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    if _LIBC.capset(header, none):
        raise OSError(ctypes.get_errno(), "the capabilities could not be dropped")
    _LIBC.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def capabilities() -> int:
    """The bits of the effective and permitted capabilities together."""
    header, data = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    if _LIBC.capget(header, data):
        raise OSError(ctypes.get_errno(), "the capabilities cannot be read")
    return data[0] | data[1] | data[3] | data[4]
