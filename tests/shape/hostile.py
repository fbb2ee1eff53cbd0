"""Programs that try to get out of the cage, and the judge of whether one did.

`OWN` are ours; `read(folder)` adds the larger collection where there is one. `Canary` is a folder, a listener and a
secret that no program may touch; every hostile program names its folder.
"""

import json
import os
import shutil
import socket
import stat
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cadgen.shape import Execution, Sandbox


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


PORT = _free_port()  # each process has its own, so that several may test at once
SECRET = "s3cret-0f-the-0wner"
_ABSTRACT_SOCKET = "@pwned_canary"
_ATTEMPT = (
    "try:\n{body}\n    m='PWNED'\nexcept BaseException as e: m='blocked '+type(e).__name__\nraise RuntimeError(m)"
)


_DESCRIPTORS = """import os
def is_open(fd):
    try: os.lseek(fd, 0, 1)
    except OSError as error: return error.errno != 9
    return True
raise RuntimeError('PWNED' if any(map(is_open, range(4, 256))) else 'clean')"""


@dataclass(frozen=True)
class Hostile:
    """check: what its end must show, see `breach`; then: a program run right after it, which must not notice it."""

    id: str
    code: str
    check: str
    then: str = ""


def _own(id: str, *lines: str, check: str = "deny") -> Hostile:
    return Hostile(id, _ATTEMPT.format(body="\n".join(f"    {line}" for line in lines)), check)


OWN = (
    _own("write a file", "open('{CANARY}/new','w').write('PWNED')"),
    _own("read a file", "assert open('{CANARY}/secret.txt').read()"),
    _own("read a file of its owner alone", "assert open('{CANARY}/private.txt').read()"),
    _own("look at a file", "import os", "os.stat('{CANARY}/keep.txt')"),
    _own("delete a file", "import os", "os.unlink('{CANARY}/keep.txt')"),
    _own("start a process", "import os", "os.waitpid(os.fork() or os._exit(0), 0)"),
    _own("start a program", "import os", "assert os.system('true') == 0"),
    _own("send a packet", "import socket", f"socket.socket(2, 2).sendto(b'x', ('127.0.0.1', {PORT}))"),
    _own("connect", "import socket", f"socket.create_connection(('127.0.0.1', {PORT}), 1)"),
    _own("signal its parent", "import os", "os.kill(os.getppid(), 0)"),
    Hostile("use another descriptor", _DESCRIPTORS, "deny"),
    _own("write code", "import mmap", "mmap.mmap(-1, 4096, prot=7)"),
    _own(
        "hold a capability",
        "import ctypes",
        "h, d = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()",
        "assert ctypes.CDLL(None).capget(h, d) == 0 and any(d[:2])",
    ),
    _own("allocate beyond its share", "import mmap", "mmap.mmap(-1, 700 * 2**20)"),
    Hostile("hang", "while True: pass", "limit"),
    Hostile("sleep", "import time\ntime.sleep(60)", "limit"),
    Hostile("crash", "import ctypes\nctypes.string_at(0)", "no_geometry"),
    Hostile("end well without an answer", "import os\nos._exit(0)", "no_geometry"),
    Hostile("escape a terminal", "raise RuntimeError('\\x1b[2J\\r\\nstatus: ok')", "noctl"),
    Hostile(
        "patch the kernel",
        "import cadquery as cq\ncq.Shape.Volume=lambda *_: 1e9\nresult=cq.Workplane().box(1,2,3)",
        "iso",
        "import cadquery as cq\nresult=cq.Workplane().box(1,2,3)",
    ),
)


def read(path: Path) -> list[Hostile]:
    """The programs of a collection; a long one is described by its parts (`gen`)."""
    found = []
    for line in path.read_text().splitlines():
        row = json.loads(line)
        parts = row.get("gen") or {}
        code = row["code"] or parts["prefix"] + parts["unit"] * parts["times"] + parts["suffix"]
        found.append(Hostile(row["id"], code, row["check"], row.get("then") or ""))
    return found


class Canary:
    """What a breach would change. Everybody may write here: only the cage forbids it."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.chmod(0o777)
        for name in ("keep.txt", "secret.txt", "gt.step", "font.ttf"):
            (folder / name).write_text(SECRET)
            (folder / name).chmod(0o666)
        (folder / "private.txt").write_text(SECRET)
        (folder / "private.txt").chmod(0o600)
        self._listeners = [socket.socket(socket.AF_INET, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]
        for listener in self._listeners:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", PORT))
            listener.setblocking(False)
        self._listeners[0].listen()
        self._before = self._state()

    def touched(self) -> str:
        """What happened to it since the last question, "" for nothing."""
        for listener in self._listeners:
            try:
                listener.recv(100) if listener.type == socket.SOCK_DGRAM else listener.accept()[0].close()
                return "a packet came"
            except BlockingIOError:
                pass
        if _ABSTRACT_SOCKET in Path("/proc/net/unix").read_text():
            return "a socket was bound"
        before, self._before = self._before, self._state()
        return "" if before == self._before else "a file changed"

    def _state(self) -> dict:
        found = {}
        for path in sorted(self.folder.rglob("*")):
            facts = path.lstat()
            words = path.read_bytes() if stat.S_ISREG(facts.st_mode) else b""
            found[str(path)] = (facts.st_mode, facts.st_uid, facts.st_mtime_ns, words)
        return found

    def close(self) -> None:
        for listener in self._listeners:
            listener.close()


@contextmanager
def canary() -> Iterator[Canary]:
    # Not under pytest's own folder, which nobody but its owner may enter: attacks would fail for that reason.
    folder = Path(tempfile.mkdtemp(prefix="canary"))
    os.environ["CADGEN_SECRET"] = SECRET
    found = Canary(folder)
    try:
        yield found
    finally:
        found.close()
        del os.environ["CADGEN_SECRET"]
        shutil.rmtree(folder)


def breach(one: Hostile, execution: Execution, after: Execution | None, limit_s: float, profile: str) -> str:
    """What is wrong with how a program ended; "" when it ended as it must."""
    volume = execution.solid.volume if execution.solid else None
    if "PWNED" in execution.error and (one.check != "lang" or profile == "dialect"):
        return f"it did what it wanted: {execution.error}"
    if SECRET in execution.error:
        return "it read the secret"
    if not execution.error.isprintable():
        return "its error holds control characters"
    if execution.seconds > limit_s:
        return f"it ran for {execution.seconds:.1f} s"
    rules = {
        "no_geometry": volume is None,
        "lang": profile == "open" or execution.status == "forbidden",
        "smuggle": profile == "open" or execution.status == "forbidden",
        "true6": profile == "dialect" or (volume is not None and abs(volume - 6) < 1e-6),
        "true6_or_none": volume is None or abs(volume - 6) < 1e-6,
        "metric": volume is None or 0 < volume < 1e30,
    }
    if not rules.get(one.check, True):
        return f"{one.check}: {execution.status} with volume {volume}"
    if after is not None and one.check == "iso" and not (after.solid and abs(after.solid.volume - 6) < 1e-6):
        return f"the program after it ended as {after.status} {after.error}"
    if after is not None and "PWNED" in after.error:
        return "the program after it saw it"
    return ""


def breaches(box: Sandbox, hostile: Sequence[Hostile], good: Sequence[str], found: Canary) -> dict[str, str]:
    """Program -> breach, `good` programs being mixed among them; "good": one of these had another result than alone."""
    alone = [_result(execution) for execution in box.run(good)]
    programs: list[str] = []
    for number, one in enumerate(hostile):
        # A comment makes every program another: equal ones would be executed once.
        code = one.code.replace("{CANARY}", str(found.folder))
        programs += [code, *([f"{one.then}\n#{number}\n"] if one.then else []), *good[number :: len(hostile)]]
    executions = dict(zip(programs, box.run(programs), strict=True))
    time.sleep(2.2 if any(one.check == "deny_late" for one in hostile) else 0)
    wrong = {}
    if [_result(executions[code]) for code in good] != alone:
        wrong["good"] = "a good program had another result among hostile ones"
    for number, one in enumerate(hostile):
        execution = executions[one.code.replace("{CANARY}", str(found.folder))]
        after = executions.get(f"{one.then}\n#{number}\n")
        words = breach(one, execution, after, 3 * box.timeout_s + 2, box.profile)
        if words:
            wrong[one.id] = words
    if touched := found.touched():
        wrong["canary"] = touched
    return wrong


def _result(execution: Execution) -> tuple:
    return execution.status, execution.solid and execution.solid.volume
