"""The warmed process that forks one child a job. Started by exec with an empty environment, never imported by cadgen.

Usage: python -I -B zygote.py SOCKET_FD

A job arrives on the socket as JSON {job, kind, timeout_s, memory_mb} with two descriptors: a memfd holding the input
and the pipe into which the child writes its answer. The zygote sees neither. It kills the child at the deadline and
reports {job, code, killed, seconds}, where `code` is the exit status as the kernel tells it (negative: a signal).
When the socket closes, the owner is gone: the zygote kills its children and ends.
"""

import ctypes
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_MESSAGE_LIMIT = 4096


@dataclass
class Child:
    job: int
    pidfd: int
    started: float
    deadline: float
    killed: bool = False


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    kinds = _warm()
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    control.send(b'{"ready": true}')
    children: dict[int, Child] = {}
    while True:
        wait = min((child.deadline for child in children.values()), default=time.monotonic() + 60) - time.monotonic()
        awaited = [control.fileno(), *(child.pidfd for child in children.values())]
        readable, _, _ = select.select(awaited, [], [], max(0.0, wait))
        _kill_late(children)
        _reap(children, control)
        if control.fileno() in readable and not _accept(control, children, kinds):
            for pid in children:
                _kill_group(pid)
            return


def _warm() -> dict:
    """Imports the kernel and touches what every program touches, so that the forks share those pages."""
    from OCP.OSD import OSD_ThreadPool

    OSD_ThreadPool.DefaultPool_s(1)  # before anything else: a fork must not inherit a pool of threads
    sys.path.append(str(Path(__file__).parent))
    import geometry
    import program

    sys.path.pop()
    brep = program.run(
        b"import cadquery as cq\nresult=cq.Workplane().rect(2,3).extrude(1).cut(cq.Workplane().circle(.5).extrude(1))"
    )
    geometry.measure(brep)
    gc.collect()
    gc.freeze()
    return {"run": program.run, "measure": geometry.measure, "step": geometry.step, "stl": geometry.stl}


def _accept(control: socket.socket, children: dict[int, Child], kinds: dict) -> bool:
    """Forks a child for the next job. False when the owner has closed the socket."""
    message, descriptors, _, _ = socket.recv_fds(control, _MESSAGE_LIMIT, 2)
    if not message:
        return False
    order = json.loads(message)
    source, answer = descriptors
    started, parent = time.monotonic(), os.getpid()
    pid = os.fork()
    if pid == 0:
        _child(kinds[order["kind"]], order, source, answer, parent)
    os.close(source)
    os.close(answer)
    children[pid] = Child(order["job"], os.pidfd_open(pid), started, started + order["timeout_s"])
    return True


def _kill_late(children: dict[int, Child]) -> None:
    for child in children.values():
        if time.monotonic() >= child.deadline and not child.killed:
            child.killed = True
            signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)
            child.deadline += 1.0


def _reap(children: dict[int, Child], control: socket.socket) -> None:
    for pid in list(children):
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            _kill_group(pid)  # while the zombie holds the number, so that no stranger has it
            _, status = os.waitpid(pid, 0)
            child = children.pop(pid)
            os.close(child.pidfd)
            report = {
                "job": child.job,
                "code": os.waitstatus_to_exitcode(status),
                "killed": child.killed,
                "seconds": time.monotonic() - child.started,
            }
            control.send(json.dumps(report).encode())


def _kill_group(pid: int) -> None:
    """Kills a child and whatever it started in its session's group."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _child(work, order: dict, source: int, answer: int, parent: int) -> None:
    """Runs one job and ends the process; the answer is one frame: kind, length, bytes."""
    os.setsid()
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)
    data = os.pread(source, os.fstat(source).st_size, 0)
    answer = _close_all_but(answer)
    _limit(order)
    kind, payload = _attempt(work, data)
    with open(answer, "wb") as pipe:
        pipe.write(kind.ljust(16).encode() + len(payload).to_bytes(8, "little") + payload)
    os._exit(0)


def _close_all_but(answer: int) -> int:
    """Keeps `answer`, as descriptor 3; 0 to 2 become /dev/null."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    os.dup2(answer, 3)
    os.closerange(4, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return 3


def _limit(order: dict) -> None:
    address_space = _address_space() + order["memory_mb"] * 2**20
    seconds = int(order["timeout_s"]) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))  # SIGXCPU first, which says why; then SIGKILL
    limits = {
        resource.RLIMIT_AS: address_space,
        resource.RLIMIT_NOFILE: 32,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0 if order["kind"] == "run" else 2**30,
    }
    for name, value in limits.items():
        resource.setrlimit(name, (value, value))


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _attempt(work, data: bytes) -> tuple[str, bytes]:
    try:
        return "ok", work(data)
    except SyntaxError as error:
        return "syntax", _text(error)
    except MemoryError as error:
        return "memory", _text(error)
    except BaseException as error:
        # OCC reports a failed allocation as its own exception type.
        exhausted = type(error).__name__ in ("Standard_OutOfMemory", "bad_alloc")
        status = "memory" if exhausted else getattr(type(error), "status", None)
        return status if status in ("memory", "no_solid", "invalid") else "error", _text(error)


def _text(error: BaseException) -> bytes:
    try:
        message = f"{type(error).__name__}: {error}".removesuffix(": ")
    except Exception as broken:  # a program's exception may fail to describe itself
        message = f"{type(error).__name__} ({type(broken).__name__} in its __str__)"
    return message[:2000].encode("ascii", "replace")


_LIBC = ctypes.CDLL(None, use_errno=True)

if __name__ == "__main__":
    main()
