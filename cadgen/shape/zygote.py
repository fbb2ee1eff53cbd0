"""Our end of the cage: `Zygote` starts the warmed process (`caged/zygote.py`), has it fork and kill, and hears it."""

import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

_SCRIPT = Path(__file__).parent / "caged" / "zygote.py"
_START_TIMEOUT_S = 120.0
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class SandboxUnavailable(RuntimeError):
    """The cage cannot be had; the message says why and what to do."""


@dataclass(eq=False)
class Child:
    """A fork of the zygote at the other end of `line`, and the job it is at.

    served: jobs it has answered; pid: 0 until the zygote has told it; ran_into: the limit for which it was killed.
    """

    number: int
    kind: str
    line: socket.socket
    pid: int = 0
    served: int = 0
    received: bytearray = field(default_factory=bytearray)
    started: float = 0.0
    started_cpu: float = 0.0
    killed_at: float | None = None
    ran_into: str = ""

    def send(self, data: bytes) -> None:
        """Starts a job: its input travels as a file in memory, which the zygote never opens."""
        self.received.clear()
        self.started, self.started_cpu = time.monotonic(), self.cpu_s()
        with open(os.memfd_create("job"), "w+b") as source:
            source.write(data)
            source.flush()
            try:
                socket.send_fds(self.line, [len(data).to_bytes(8, "little")], [source.fileno()])
            except ConnectionError:
                pass  # it has died, and the zygote will say so

    def receive(self, limit: int) -> bool:
        """Takes what has come; False at the end. What is beyond the limit is dropped.

        One read, more than the socket holds: whoever writes faster than we read must not keep us here.
        """
        try:
            chunk = self.line.recv(2**20)
        except BlockingIOError:
            return True
        except ConnectionError:
            chunk = b""
        if len(self.received) <= limit:
            self.received += chunk
        return bool(chunk)

    def cpu_s(self) -> float:
        """CPU time of the whole process, 0 while that is unknown or over."""
        try:
            return time.clock_gettime((~self.pid << 3) | 2) if self.pid else 0.0  # CPUCLOCK_SCHED, see time(7)
        except OSError:
            return 0.0


class Zygote:
    """`let_through`: layer -> what the self-test saw it not refuse; `facts`: Landlock's version, uid, kernel."""

    def __init__(self, layers: tuple[str, ...]) -> None:
        self.owner = os.getpid()
        self.idle: list[Child] = []
        self.born: dict[int, Child] = {}
        self._numbers = count()  # never used twice: a report about a child that was given up names nobody
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                self.process = subprocess.Popen(
                    [sys.executable, "-I", "-B", str(_SCRIPT), str(theirs.fileno()), ",".join(layers)],
                    env=_ENVIRONMENT,
                    cwd="/proc",  # nobody can create a file there
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
        except OSError as error:
            self.control.close()
            raise _unavailable(str(error)) from error
        self.facts = self._first_report()
        self.let_through: dict[str, list[str]] = self.facts.pop("let_through")
        self.control.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.control, selectors.EVENT_READ)

    def _first_report(self) -> dict:
        self.control.settimeout(_START_TIMEOUT_S)
        try:
            report = self.control.recv(2**16)
        except (TimeoutError, ConnectionError):
            report = b""
        if not report:
            self.process.kill()
            said = self.process.communicate()[1].decode(errors="replace").strip().splitlines()
            self.control.close()
            raise _unavailable(said[-1] if said else "no message")
        return json.loads(report)

    def fork(self, kind: str, serves: bool, cpu_s: int, memory_mb: int) -> Child:
        """serves: it does job after job, until its line is closed."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        child = Child(next(self._numbers), kind, ours)
        with theirs:
            limits = {"cpu_s": cpu_s, "memory_mb": memory_mb}
            order = {"fork": child.number, "kind": kind, "serves": serves, **limits}
            try:
                socket.send_fds(self.control, [json.dumps(order).encode()], [theirs.fileno()])
            except ConnectionError:
                pass  # `reports` sees the zygote's end
        self.born[child.number] = child
        self.selector.register(ours, selectors.EVENT_READ, child)
        return child

    def kill(self, child: Child) -> None:
        child.killed_at = time.monotonic()
        try:
            self.control.send(json.dumps({"kill": child.number}).encode())
        except OSError:  # it has ended, or is deaf, which its owner notices by itself
            pass

    def reports(self) -> Iterator[tuple[Child, int]]:
        """(child, exit status) of those that have ended. Raises `ConnectionError` when the zygote has."""
        while True:
            try:
                message = self.control.recv(4096)
            except BlockingIOError:
                return
            if not message:
                raise ConnectionError("the zygote has ended")
            report = json.loads(message)
            if "born" in report and report["born"] in self.born:
                self.born[report["born"]].pid = report["pid"]
            child = self.born.get(report.get("died", -1))
            if child is not None:
                yield child, report["code"]

    def mute(self, child: Child) -> None:
        """No more is to come on its line."""
        if child.line in self.selector.get_map():
            self.selector.unregister(child.line)

    def release(self, child: Child) -> None:
        """Forgets a child; one that still lives sees its line closed."""
        if self.born.pop(child.number, None) is not None:
            self.mute(child)
            child.line.close()
        if child in self.idle:
            self.idle.remove(child)

    def close(self) -> None:
        self._let_go()
        try:
            self.process.wait(timeout=2.0)  # it sees the closed socket, kills its children and ends
        except subprocess.TimeoutExpired:
            self.process.kill()  # its children die with it: PR_SET_PDEATHSIG
            self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()

    def forget(self) -> None:
        """In a fork of the owner: closes our copies, without a word to the process, which is not ours."""
        self._let_go()
        if self.process.stderr:
            self.process.stderr.close()

    def _let_go(self) -> None:
        self.selector.close()
        for child in self.born.values():
            child.line.close()
        self.born.clear()
        self.idle.clear()
        self.control.close()


def _unavailable(reason: str) -> SandboxUnavailable:
    return SandboxUnavailable(
        f"the sandbox process did not start: {reason}; it needs Linux, and "
        f"`{sys.executable} -c 'import cadquery'` must work (make setup)"
    )
