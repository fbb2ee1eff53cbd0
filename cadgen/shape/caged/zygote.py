"""The warmed process that forks the children. Started by exec with an empty environment, never imported by cadgen.

Usage: python -I -B zygote.py SOCKET_FD LAYER,LAYER,...

Orders come on the socket as JSON: {fork: number, kind, serves, cpu_s, memory_mb} with a descriptor, the child's line to
the supervisor, or {kill: number}. Reports go back: first what the self-test saw, then {born: number, pid} and
{died: number, code}, the exit status as the kernel tells it (negative: a signal). The zygote sees no program and no
answer. When the socket closes, the owner is gone: it kills its children and ends.
"""

import importlib
import json
import os
import select
import signal
import socket
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

import landlock
import selftest
from cage import Cage, Limits
from child import live
from thin import settle_memory, stub_vtk

_MESSAGE_LIMIT = 4096
# What programs import and no file can be opened for later. It also holds what an attack would use: that must fail
# against the kernel, not for want of a module.
_PRELOADED = """
__future__ _strptime abc argparse array ast asyncio atexit base64 binascii bisect builtins calendar cmath codecs
collections colorsys concurrent.futures contextlib contextvars copy copyreg csv ctypes dataclasses datetime decimal
difflib doctest encodings.ascii encodings.cp1252 encodings.idna encodings.latin_1 encodings.unicode_escape
encodings.utf_16 encodings.utf_8_sig enum errno fnmatch fractions functools gc getopt glob graphlib hashlib heapq hmac
html importlib importlib.metadata importlib.resources inspect io itertools json keyword linecache locale logging math
mmap multiprocessing numbers operator os pathlib pickle pkgutil platform posix pprint profile pstats queue random re
reprlib resource sched secrets select shelve shlex shutil signal socket statistics string struct subprocess sys
tempfile textwrap threading time timeit token tokenize traceback types typing typing_extensions unicodedata unittest
urllib.parse uuid warnings weakref xml.dom.minidom xml.etree.ElementTree zipfile zlib
cadquery.cqgi cadquery.func cadquery.occ_impl.exporters cadquery.occ_impl.importers cadquery.selectors cadquery.sketch
cadquery.units
numpy.char numpy.ctypeslib numpy.dtypes numpy.exceptions numpy.f2py numpy.fft numpy.linalg numpy.ma numpy.polynomial
numpy.random numpy.rec numpy.strings numpy.testing numpy.typing
scipy.constants scipy.integrate scipy.interpolate scipy.linalg scipy.ndimage scipy.optimize scipy.sparse scipy.spatial
scipy.spatial.transform scipy.special
"""


@dataclass
class Child:
    number: int
    pidfd: int


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # an owner that ignores it hands that down: no child could be awaited
    control = socket.socket(fileno=int(sys.argv[1]))
    works = _warm()
    cage = Cage(tuple(filter(None, sys.argv[2].split(","))))
    cage.enter_zygote()
    control.send(json.dumps(_observed(cage)).encode())
    children: dict[int, Child] = {}
    while True:
        awaited = select.poll()  # not select(), which knows no descriptor over 1023
        for descriptor in (control.fileno(), *(child.pidfd for child in children.values())):
            awaited.register(descriptor, select.POLLIN)
        ready = dict(awaited.poll())
        _reap(children, control)
        if control.fileno() in ready and not _obey(control, children, cage, works):
            for pid in children:
                _kill_group(pid)
            return


def _warm() -> dict:
    """Imports the kernel and touches what every program touches, so that the forks share those pages."""
    from OCP.OSD import OSD_ThreadPool

    OSD_ThreadPool.DefaultPool_s(1)  # before anything else: a fork must not inherit a pool of threads
    stub_vtk()
    for name in _PRELOADED.split():
        importlib.import_module(name)
    import dialect
    import font
    import geometry
    import interp
    import mass
    import program
    import record
    import showing
    import step_file

    showing.stand_in()
    font.lend()
    _warm_solver()

    code = (
        b"import cadquery as cq\n"
        b"result=cq.Workplane('XY').rect(2,3).extrude(1).cut(cq.Workplane('XY').circle(.5).extrude(1))"
    )
    profiles = {"open": program.run, "dialect": dialect.run, "interp": interp.run}
    for work in profiles.values():
        brep = work(code).partition(b"\n")[2]
    geometry.measure(brep)
    geometry.extents(brep)
    step_file.read(step_file.write(brep))
    sys.modules["uuid"].getnode()  # looked for once, through sockets and programs
    settle_memory()
    return {
        **profiles,
        **{f"{profile}:takehome": partial(work, takehome=True) for profile, work in profiles.items()},
        "record": record.run,
        "mass": mass.of_text,
        "measure": geometry.measure,
        "extents": geometry.extents,
        "step": step_file.write,
        "read_step": step_file.read,
    }


def _warm_solver() -> None:
    """That of assemblies looks for its own library the first time that it solves."""
    import cadquery as cq

    cube = cq.Workplane().box(1, 1, 1)
    pair = cq.Assembly(cube, name="a").add(cube, name="b").constrain("a@faces@>Z", "b@faces@<Z", "Plane")
    pair.solve()


def _observed(cage: Cage) -> dict:
    return {
        "let_through": selftest.observe(cage),
        "landlock": landlock.version(),
        "uid": os.getuid(),
        "kernel": os.uname().release,
    }


def _obey(control: socket.socket, children: dict[int, Child], cage: Cage, works: dict) -> bool:
    """Follows the next order. False when the owner has closed the socket."""
    message, descriptors, _, _ = socket.recv_fds(control, _MESSAGE_LIMIT, 1)
    if not message:
        return False
    order = json.loads(message)
    if "kill" in order:
        for child in children.values():
            if child.number == order["kill"]:
                signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)
        return True
    (line,) = descriptors
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        limits = Limits(order["cpu_s"], order["memory_mb"])
        live(cage, limits, works[order["kind"]], order["serves"], parent, line)
    os.close(line)
    children[pid] = Child(order["fork"], os.pidfd_open(pid))
    control.send(json.dumps({"born": order["fork"], "pid": pid}).encode())
    return True


def _reap(children: dict[int, Child], control: socket.socket) -> None:
    for pid in list(children):
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            _kill_group(pid)  # while the zombie holds the number, so that no stranger has it
            _, status = os.waitpid(pid, 0)
            child = children.pop(pid)
            os.close(child.pidfd)
            control.send(json.dumps({"died": child.number, "code": os.waitstatus_to_exitcode(status)}).encode())


def _kill_group(pid: int) -> None:
    """Kills a child and, should it have started any, what is in its group."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # under Landlock's scope a group of zombies cannot be told apart
        pass


if __name__ == "__main__":
    main()
