"""Runs programs nobody vouches for, each in a child of its own, and tells what became of each as a value.

A program runs in a fork of a warmed zygote (`caged/zygote.py`), which was itself started by exec: nothing of the caller
(CUDA context, tokens, ground truth) is in its memory. The child has a wall-clock deadline, a CPU and a memory limit and
can put no byte into a file; a hang, a crash or a memory bomb costs that program's result and nothing else. It answers
with geometry bytes; a second fork, which never ran a program, measures them. Nothing that comes back is unpickled.

Not promised: the profile "open" has no system-call filter. A program can read what the user can read, empty or delete
what the user can delete, leave a process behind and use the network. For programs written to do harm, run cadgen in a
container or a virtual machine without secrets.
"""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal, cast

from cadgen.shape.solid import Solid, decode

Status = Literal["ok", "syntax", "forbidden", "error", "no_solid", "invalid", "timeout", "memory", "crash", "too_large"]

_ZYGOTE = Path(__file__).parent / "caged" / "zygote.py"
_FRAME_HEADER = 24
_ANSWER_LIMIT = 64 * 2**20
_CODE_LIMIT = 64 * 2**10
_START_TIMEOUT_S = 120.0
_GRACE_S = 3.0  # how long after a child's deadline the zygote itself is given up


class SandboxUnavailable(RuntimeError):
    """The zygote cannot be started; the message says why and what to do."""


@dataclass(frozen=True)
class Execution:
    """What became of one program: `ok` means that it left a solid of positive volume.

    error: one line for people, empty when ok; seconds: wall-clock, from fork to exit, of the run without the measuring.
    """

    status: Status
    error: str = ""
    seconds: float = 0.0
    solid: Solid | None = None

    @property
    def ok(self) -> bool:
        return self.status == "ok"


@dataclass
class _Job:
    kind: str
    payload: bytes
    index: int
    pipe: int = -1
    deadline: float = 0.0
    answer: bytearray = field(default_factory=bytearray)
    tries: int = 0


@dataclass(frozen=True)
class _Answer:
    status: Status
    payload: bytes
    seconds: float


class _Zygote:
    """The started process and our end of its socket."""

    def __init__(self) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                self.process = subprocess.Popen(
                    [sys.executable, "-I", "-B", str(_ZYGOTE), str(theirs.fileno())],
                    env={"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                    cwd="/proc",  # nobody can create a file there: an export to "part.stl" leaves nothing behind
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
        except OSError as error:
            self.control.close()
            raise _unavailable(str(error)) from error
        self.control.settimeout(_START_TIMEOUT_S)
        try:
            ready = self.control.recv(4096)
        except (TimeoutError, ConnectionError):
            ready = b""
        if not ready:
            self.process.kill()
            said = self.process.communicate()[1].decode(errors="replace").strip().splitlines()
            self.control.close()
            raise _unavailable(said[-1] if said else "no message")
        self.control.setblocking(False)

    def close(self) -> None:
        self.control.close()
        try:
            self.process.wait(timeout=2.0)  # it sees the closed socket, kills its children and ends
        except subprocess.TimeoutExpired:
            self.process.kill()  # its children die with it: PR_SET_PDEATHSIG
            self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()


def _unavailable(reason: str) -> SandboxUnavailable:
    return SandboxUnavailable(
        f"the sandbox process did not start: {reason}; it needs Linux, and "
        f"`{sys.executable} -c 'import cadquery'` must work (make setup)"
    )


class Sandbox:
    """`with Sandbox(workers=2) as box: box.run([code, ...])`. Not for use from several threads at once.

    workers: programs that run at the same time; timeout_s: wall-clock limit of one program; memory_mb: what one program
    may allocate beyond the warmed interpreter.
    """

    def __init__(self, workers: int = 2, timeout_s: float = 5.0, memory_mb: int = 2048, profile: str = "open"):
        if profile != "open":
            raise ValueError(f"profile={profile!r} is unknown; the only profile is 'open'")
        if workers < 1 or timeout_s <= 0 or memory_mb < 1:
            raise ValueError(f"workers={workers}, timeout_s={timeout_s}, memory_mb={memory_mb}: all must be positive")
        self.workers, self.timeout_s, self.memory_mb, self.profile = workers, timeout_s, memory_mb, profile
        self._zygote: _Zygote | None = None
        self._numbers = count()  # never used twice: a report about an abandoned job names nobody
        self._busy = False

    def __enter__(self) -> "Sandbox":
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, codes: Sequence[str]) -> list[Execution]:
        """One `Execution` a program, in the order given."""
        found = dict(self.stream(codes))
        return [found[index] for index in range(len(codes))]

    def stream(self, codes: Sequence[str]) -> Iterator[tuple[int, Execution]]:
        """(index, Execution) as the programs end. Equal programs are executed once.

        The deadlines of the programs in flight run on while the caller handles a result: whoever needs seconds for
        that should use `run`.
        """
        indices: dict[bytes, list[int]] = {}
        for index, code in enumerate(codes):
            indices.setdefault(code.encode("utf-8", "replace"), []).append(index)
        queue = deque(_Job("run", source, first[0]) for source, first in indices.items() if len(source) <= _CODE_LIMIT)
        for source, all_indices in indices.items():
            if len(source) > _CODE_LIMIT:
                refused = Execution(
                    "too_large", f"the program has {len(source)} bytes, over the limit of {_CODE_LIMIT}"
                )
                yield from ((index, refused) for index in all_indices)
        sources = {all_indices[0]: all_indices for all_indices in indices.values()}
        run_seconds: dict[int, float] = {}
        for job, answer in self._work(queue):
            if job.kind == "run" and answer.status == "ok":
                run_seconds[job.index] = answer.seconds
                queue.appendleft(_Job("measure", answer.payload, job.index))
                continue
            seconds = run_seconds.get(job.index, answer.seconds)
            execution = _execution(answer, job.payload, seconds)
            yield from ((index, execution) for index in sources[job.index])

    def export(self, solid: Solid, kind: Literal["step", "stl"]) -> bytes:
        """The solid as a STEP or STL file's bytes. Raises `RuntimeError` when the kernel cannot write it."""
        ((_, answer),) = self._work(deque([_Job(kind, solid.brep, 0)]))
        if answer.status != "ok":
            raise RuntimeError(f"{kind} export ended with {answer.status}: {_one_line(answer.payload)}")
        return answer.payload

    def close(self) -> None:
        """Ends the zygote and its children. The sandbox can be used again: it starts another."""
        if self._zygote is not None:
            zygote, self._zygote = self._zygote, None
            zygote.close()

    def _start(self) -> "_Zygote":
        if self._zygote is None:
            self._zygote = _Zygote()
        return self._zygote

    def _work(self, queue: deque[_Job]) -> Iterator[tuple[_Job, _Answer]]:
        """Keeps `workers` jobs in flight until the queue, which the caller may extend meanwhile, is empty."""
        if self._busy:
            raise RuntimeError("the sandbox is in the middle of a stream; end that first, or open another sandbox")
        self._busy = True
        flying: dict[int, _Job] = {}
        try:
            with selectors.DefaultSelector() as selector:
                while queue or flying:
                    control = self._start().control
                    while queue and len(flying) < (1 if queue[0].tries or _retried(flying) else self.workers):
                        self._send(control, queue.popleft(), flying, selector)
                    yield from self._listen(control, flying, queue, selector)
        finally:  # also when the caller leaves a stream half read
            self._busy = False
            for job in flying.values():
                os.close(job.pipe)

    def _send(
        self, control: socket.socket, job: _Job, flying: dict[int, _Job], selector: selectors.BaseSelector
    ) -> None:
        number = next(self._numbers)
        order = {"job": number, "kind": job.kind, "timeout_s": self.timeout_s, "memory_mb": self.memory_mb}
        job.pipe, write_end = os.pipe()
        flying[number] = job
        try:
            os.set_blocking(job.pipe, False)
            with open(os.memfd_create("job"), "w+b") as source:
                source.write(job.payload)
                source.flush()
                socket.send_fds(control, [json.dumps(order).encode()], [source.fileno(), write_end])
        except ConnectionError:
            pass  # the zygote has died; `_listen` sees its socket closed and buries the job with the others
        finally:
            os.close(write_end)
        job.deadline, job.tries = time.monotonic() + self.timeout_s + _GRACE_S, job.tries + 1
        job.answer.clear()
        selector.register(job.pipe, selectors.EVENT_READ, job)

    def _listen(
        self, control: socket.socket, flying: dict[int, _Job], queue: deque[_Job], selector: selectors.BaseSelector
    ) -> list[tuple[_Job, _Answer]]:
        """Waits for the next thing to happen: bytes from a child, a report of the zygote, or a deadline."""
        selector.register(control, selectors.EVENT_READ)
        wait = max(0.0, min(job.deadline for job in flying.values()) - time.monotonic())
        events = selector.select(wait)
        selector.unregister(control)
        for key, _ in events:
            if key.data is not None and not _drain(key.data):
                selector.unregister(key.fd)
        if all(key.data is not None for key, _ in events):  # the zygote is silent
            late = any(time.monotonic() > job.deadline for job in flying.values())
            return self._bury(flying, queue, selector) if late else []
        try:
            report = control.recv(4096)
        except ConnectionError:
            report = b""
        return self._finish(json.loads(report), flying, selector) if report else self._bury(flying, queue, selector)

    def _finish(
        self, report: dict, flying: dict[int, _Job], selector: selectors.BaseSelector
    ) -> list[tuple[_Job, _Answer]]:
        job = flying.pop(report["job"], None)
        if job is None:
            return []
        _drain(job)
        _release(job, selector)
        return [(job, _judge(job, report["code"], report["killed"], report["seconds"], self.timeout_s))]

    def _bury(
        self, flying: dict[int, _Job], queue: deque[_Job], selector: selectors.BaseSelector
    ) -> list[tuple[_Job, _Answer]]:
        """The zygote is dead or deaf: give each job in flight one more try, alone, so that the guilty one is known."""
        self.close()
        lost = []
        for job in flying.values():
            _release(job, selector)
            if job.tries < 2:
                queue.append(job)
            else:
                lost.append((job, _Answer("crash", b"the sandbox process died under this program, twice", 0.0)))
        flying.clear()
        return lost


def _retried(flying: dict[int, _Job]) -> bool:
    return any(job.tries > 1 for job in flying.values())


def _release(job: _Job, selector: selectors.BaseSelector) -> None:
    if job.pipe in selector.get_map():
        selector.unregister(job.pipe)
    os.close(job.pipe)


def _drain(job: _Job) -> bool:
    """Takes what the pipe holds now; False at its end. A flood beyond the limit is read and dropped.

    One read, more than a pipe holds: whoever writes faster than we read must not keep us here.
    """
    try:
        chunk = os.read(job.pipe, 2**20)
    except BlockingIOError:
        return True
    if len(job.answer) <= _ANSWER_LIMIT:
        job.answer += chunk
    return bool(chunk)


def _judge(job: _Job, code: int, killed: bool, seconds: float, timeout_s: float) -> _Answer:
    """Exit status first (the kernel's word), then the frame."""
    if killed or code == -signal.SIGXCPU:
        return _Answer("timeout", f"stopped after {timeout_s:g} s".encode(), seconds)
    if code != 0:
        return _Answer("crash", f"the process ended with {_ending(code)}".encode(), seconds)
    if len(job.answer) > _ANSWER_LIMIT:
        return _Answer("too_large", f"the answer is over {_ANSWER_LIMIT} bytes".encode(), seconds)
    kind = job.answer[:16].decode("ascii", "replace").strip()
    length = int.from_bytes(job.answer[16:_FRAME_HEADER], "little")
    payload = bytes(job.answer[_FRAME_HEADER:])
    complete = len(job.answer) == _FRAME_HEADER + length
    if not complete or kind not in ("ok", "syntax", "error", "no_solid", "invalid", "memory"):
        return _Answer("crash", b"the process ended without a result", seconds)
    return _Answer(cast(Status, kind), payload, seconds)


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    known = -code in set(signal.Signals)  # most real-time signals have no name
    return signal.Signals(-code).name if known else f"signal {-code}"


def _execution(answer: _Answer, brep: bytes, seconds: float) -> Execution:
    if answer.status != "ok":
        return Execution(answer.status, _one_line(answer.payload), seconds)
    try:
        return Execution("ok", "", seconds, decode(answer.payload, brep))
    except ValueError as error:
        return Execution("invalid", _one_line(str(error).encode()), seconds)


def _one_line(payload: bytes) -> str:
    text = payload[:500].decode("ascii", "replace")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
