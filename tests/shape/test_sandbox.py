"""`Sandbox`: what a program does costs its own result and nothing else."""

import ast
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import trimesh

import cadgen.shape
from cadgen.shape import Execution, Sandbox, SandboxUnavailable, Solid, dispatch, iou, zygote

CUBE = "import cadquery as cq\nresult=cq.Workplane().box(1,1,1)\n"
HANG = "while True: pass"
KILL_PARENT = "import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(60)"


@pytest.fixture(scope="module")
def strict() -> Iterator[Sandbox]:
    """A sandbox with narrow limits, for programs that go to them."""
    with Sandbox(workers=2, timeout_s=3.0, memory_mb=256) as running:
        yield running


@pytest.fixture(scope="module")
def loose() -> Iterator[Sandbox]:
    """A sandbox without its locks, for programs that can then do to the zygote what they should not."""
    with Sandbox(workers=2, timeout_s=3.0, memory_mb=256, isolation="none") as running:
        yield running


def block(height: float) -> str:
    return f"import cadquery as cq\nresult=cq.Workplane().box(1,1,{height})\n"


def volumes(executions: list[Execution]) -> list[float]:
    for execution in executions:
        assert execution.ok, f"{execution.status}: {execution.error}"
    return [execution.solid.volume for execution in executions]


def test_hostile_programs_among_fifty_good_ones_cost_only_their_own_results(strict: Sandbox) -> None:
    good = [block(number) for number in range(1, 51)]
    hostile = {
        7: (HANG, "timeout"),
        19: ("import ctypes\nctypes.string_at(0)", "crash"),
        28: ("kept = bytearray(2**40)", "memory"),
        41: ("import os\nos._exit(0)", "crash"),
    }
    programs = list(good)
    for at, (program, _) in hostile.items():
        programs.insert(at, program)
    found = strict.run(programs)
    assert [found[at].status for at in hostile] == [status for _, status in hostile.values()]
    rest = [execution for at, execution in enumerate(found) if at not in hostile]
    assert volumes(rest) == pytest.approx(list(range(1, 51)))
    assert volumes(strict.run([CUBE])) == pytest.approx([1])


def test_results_keep_the_order_of_the_programs_whichever_ends_first(box: Sandbox) -> None:
    slow = "import time\ntime.sleep(0.5)\n"
    found = box.run([slow + block(1), block(2), slow + block(3), block(4)])
    assert volumes(found) == pytest.approx([1, 2, 3, 4])
    streamed = [index for index, _ in box.stream([slow + block(5), block(6)])]
    assert streamed == [1, 0]


def test_no_programs_give_no_results(box: Sandbox) -> None:
    assert box.run([]) == []


def test_equal_programs_are_executed_once(box: Sandbox) -> None:
    at_random = (
        "import os\nimport cadquery as cq\nresult=cq.Workplane().box(1,1,1+os.urandom(6)[0]+os.urandom(6)[0]/256)\n"
    )
    first, second, third, *others = volumes(box.run([at_random] * 3 + [at_random + "#" * n for n in range(1, 5)]))
    assert first == second == third
    assert len({first, *others}) > 1


WITHOUT_SOLID = {  # program, status, what the error says
    "no Python": ("result=(", "syntax", "SyntaxError: "),
    "a wrong indent": ("x = 1\n  y = 2", "syntax", "IndentationError: "),
    "an exception": ("raise KeyError('part')", "error", "KeyError: 'part'"),
    "an exit": ("import sys\nsys.exit(3)", "error", "SystemExit: 3"),
    "an exception that cannot be told": (
        "class E(Exception):\n  def __str__(self): raise self\nraise E",
        "error",
        "E (E in its __str__)",
    ),
    "an exception with a broken status": (
        "class E(Exception):\n  status = property(lambda self: 1 / 0)\nraise E('x')",
        "error",
        "E: x",
    ),
    "control characters": ("raise ValueError('a\\nb\\x1b[31m\\u2028c')", "error", "ValueError: a b [31m?c"),
    "nothing": ("", "no_solid", "no variable holds a CadQuery object"),
    "a number": ("result = 1", "no_solid", "no variable holds a CadQuery object"),
    "an empty workplane": (
        "import cadquery as cq\nresult=cq.Workplane()",
        "no_solid",
        "result holds nothing; build one",
    ),
    "a wire": ("import cadquery as cq\nresult=cq.Workplane().rect(1,1)", "no_solid", "1 Wire but no solid"),
    "a face": (
        "import cadquery as cq\nresult=cq.Workplane().box(1,1,1).faces('>Z')",
        "no_solid",
        "1 Face but no solid",
    ),
    "a solid turned inside out": (
        "import cadquery as cq\nresult=cq.Solid(cq.Workplane().box(1,1,1).val().wrapped.Reversed())",
        "invalid",
        "the volume is -",
    ),
    "a system call that is nobody's business": (
        "import ctypes\nctypes.CDLL(None).syscall(272, 0)",
        "forbidden",
        "system",
    ),
    "an abort": ("import os\nos.abort()", "crash", "SIGABRT"),
    "a bad exit": ("import os\nos._exit(7)", "crash", "exit status 7"),
    "a good exit without an answer": ("import os\nos._exit(0)", "crash", "without a result"),
    "a signal without a name": ("import os\nos.kill(os.getpid(), 40)", "crash", "signal 40"),
    "many small allocations": ("kept = []\nwhile True: kept.append(bytes(10**6))", "memory", "MemoryError"),
    "one large allocation": ("import numpy\nkept = numpy.ones(10**10)", "memory", "Unable to allocate"),
    "a sleep": ("import time\ntime.sleep(60)", "timeout", "stopped after 9 s wall clock"),
    "CPU time used up, by the kernel's own count": (
        "import resource as r, signal, os\nos.kill(os.getpid(), signal.SIGXCPU)",
        "timeout",
        "stopped after 4 s of CPU time",
    ),
    "a hang that ignores every signal it can": (
        "import signal\nfor n in set(range(1, 65)) - {9, 19, 32, 33}: signal.signal(n, signal.SIG_IGN)\n" + HANG,
        "timeout",
        "stopped after ",
    ),
}


@pytest.mark.parametrize(("program", "status", "error"), WITHOUT_SOLID.values(), ids=WITHOUT_SOLID.keys())
def test_a_program_that_leaves_no_solid_has_a_status_and_a_line_that_says_why(
    strict: Sandbox, program: str, status: str, error: str
) -> None:
    (execution,) = strict.run([program])
    assert execution.status == status, execution.error
    assert error in execution.error
    assert "\n" not in execution.error
    assert not execution.ok
    assert execution.solid is None


def test_a_program_runs_under_limits_of_the_system(strict: Sandbox) -> None:
    asking = "import resource\nraise RuntimeError([resource.getrlimit(getattr(resource, 'RLIMIT_' + n)) for n in {}])"
    (execution,) = strict.run([asking.format(["CPU", "CORE", "FSIZE"])])
    # Of CPU time the soft limit is the smaller: SIGXCPU says what happened, the SIGKILL of the hard one does not.
    assert execution.error == "RuntimeError: [(4, 5), (0, 0), (0, 0)]"


def test_a_program_over_the_size_limit_is_not_run(box: Sandbox) -> None:
    long, good, also_long = box.run([CUBE + "#" * 2**16, CUBE, CUBE + "#" * 2**16])
    assert (long.status, good.status, also_long.status) == ("too_large", "ok", "too_large")
    assert str(len(CUBE) + 2**16) in long.error


def test_a_flood_of_output_is_refused(box: Sandbox) -> None:
    flood = "import os\nfor _ in range(70): os.write(3, bytes(2**20))\nos._exit(0)"
    assert [execution.status for execution in box.run([flood, CUBE])] == ["too_large", "ok"]


def test_a_process_that_a_program_leaves_behind_cannot_hold_up_the_others(loose: Sandbox) -> None:
    flood = "import os\nif os.fork() == 0:\n  os.setsid()\n  while True: os.write(3, bytes(2**16))\nos._exit(0)"
    started = time.monotonic()
    assert [execution.status for execution in loose.run([flood, CUBE])] == ["crash", "ok"]
    assert time.monotonic() - started < 2.5


BOXES = "import cadquery as cq\none=cq.Workplane().box(1,1,1)\ntwo=cq.Workplane().box(1,1,2)\n"


@pytest.mark.parametrize(
    ("program", "volume"),
    [
        ("solid=two\nresult=one", 2),
        ("result=one\nsolid=two", 2),
        ("shape=one\nresult=two", 2),
        ("part=one\nshape=two", 2),
        ("object=one\npart=two", 2),
        ("obj=one\nobject=two", 2),
        ("res=one\nobj=two", 2),
        ("res=two", 2),
        ("final=two", 2),
        ("del one\none=cq.Workplane().box(1,1,3)", 3),
        ("solid=None\nresult=two", 2),
        ("result='text'\nlast=two", 2),
        ("result=two.val()", 2),
        ("result=cq.Assembly().add(one).add(two, loc=cq.Location((5,0,0)))", 3),
    ],
)
def test_the_result_is_the_first_known_name_else_the_last_object(box: Sandbox, program: str, volume: float) -> None:
    assert volumes(box.run([BOXES + program])) == pytest.approx([volume])


def test_several_solids_are_one_compound_of_numbered_bodies(build: Callable[..., list[Solid]]) -> None:
    (pair,) = build("result=cq.Workplane().box(1,1,1).union(cq.Workplane('XY',origin=(5,0,0)).box(1,1,2))")
    assert pair.volume == pytest.approx(3)
    assert set(pair.triangle_body) == {0, 1}
    assert pair.centre[0] == pytest.approx(10 / 3)


def test_a_solid_is_measured_exactly(build: Callable[..., list[Solid]]) -> None:
    (rod,) = build("result=cq.Workplane('XY',origin=(1,2,3)).circle(2).extrude(4)")
    assert rod.volume == pytest.approx(3.141592653589793 * 16)
    assert rod.centre == pytest.approx([1, 2, 5])
    assert rod.inertia[2, 2] == pytest.approx(rod.volume * 2)  # m r^2 / 2
    np.testing.assert_allclose(rod.bounds, [(-1, 0, 3), (3, 4, 7)], atol=0.01)
    assert rod.valid
    mesh = trimesh.Trimesh(rod.vertices, rod.triangles)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(rod.volume, rel=0.01)  # positive: the triangles look outward


def test_a_program_that_kills_the_zygote_costs_only_itself() -> None:
    with Sandbox(workers=2, timeout_s=20.0, isolation="none") as doomed:
        slow = "import time\ntime.sleep(0.5)\n" + block(2)
        found = doomed.run([slow, KILL_PARENT, block(3), block(4)])
        assert [execution.status for execution in found] == ["ok", "crash", "ok", "ok"]
        assert volumes([found[0], *found[2:]]) == pytest.approx([2, 3, 4])
        assert volumes(doomed.run([CUBE])) == pytest.approx([1])


def test_a_deaf_zygote_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_GRACE_S", 0.2)
    with Sandbox(workers=2, timeout_s=0.5) as deaf:
        os.kill(deaf._zygote.process.pid, signal.SIGSTOP)
        assert volumes(deaf.run([CUBE, block(2)])) == pytest.approx([1, 2])


def test_a_sandbox_tells_nothing_of_its_caller_and_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADGEN_SECRET", "hunter2")
    private = Sandbox(workers=2)
    (execution,) = private.run(["import os\nraise RuntimeError(sorted(os.environ))"])  # starts by itself
    assert execution.error.startswith("RuntimeError: ['")
    assert "CADGEN_SECRET" not in execution.error

    stream = private.stream([CUBE, "import time\ntime.sleep(60)", HANG])
    next(stream)
    pid = private._zygote.process.pid
    processes = [pid, *_children(pid)]
    assert len(processes) > 1
    private.close()
    private.close()
    deadline = time.monotonic() + 5
    while (alive := [pid for pid in processes if _runs(pid)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_program_has_no_descriptor_but_its_own(box: Sandbox) -> None:
    asking = """import os
def is_open(fd):
    try: os.lseek(fd, 0, 1)
    except OSError as error: return error.errno != 9
    return True
raise RuntimeError([fd for fd in range(4096) if is_open(fd)])"""
    (execution,) = box.run([asking])
    assert execution.error == "RuntimeError: [0, 1, 2, 3]"  # 3 leads to the supervisor


def test_a_program_cannot_leave_a_file_in_the_folder_of_its_caller(box: Sandbox) -> None:
    exporting = (
        CUBE + "for name in ('a.step', 'a.stl'):\n  try: cq.exporters.export(result, name)\n  except Exception: pass"
    )
    folder = Path.cwd()
    before = sorted(folder.iterdir())
    (execution,) = box.run([exporting])
    assert execution.ok
    assert sorted(folder.iterdir()) == before


FRAME = "import os\ndef frame(kind, data): os.write(3, kind.ljust(16).encode()+len(data).to_bytes(8,'little')+data)\n"


NO_FRAMES = {
    "two frames": "frame('ok', b'x'*999)\n" + CUBE,
    "a kind that does not exist": "frame('fine', b'')\nos._exit(0)",
    "a verdict that is not the program's": "frame('timeout', b'')\nos._exit(0)",
    "half a header": "os.write(3, b'ok')\nos._exit(0)",
    "a length beyond the data": "os.write(3, b'ok'.ljust(16) + b'\\xff'*8 + b'data')\nos._exit(0)",
    "a text shorter than its length": "os.write(3, b'error'.ljust(16) + b'\\x63' + b'\\0'*7 + b'text')\nos._exit(0)",
    "a text longer than its length": "os.write(3, b'error'.ljust(16) + b'\\0'*8 + b'text')\nos._exit(0)",
    "a closed pipe": "os.close(3)\n" + CUBE,
}


@pytest.mark.parametrize("program", NO_FRAMES.values(), ids=NO_FRAMES.keys())
def test_what_is_not_exactly_one_frame_is_a_crash(box: Sandbox, program: str) -> None:
    (execution,) = box.run([FRAME + program])
    assert execution.status == "crash"


@pytest.mark.parametrize("payload", ["b''", "b'{\"volume\": 1e9}'", "bytes(10**6)"])
def test_a_frame_of_the_programs_own_making_is_no_solid(box: Sandbox, payload: str) -> None:
    (execution,) = box.run([f"{FRAME}frame('ok', {payload})\nos._exit(0)"])
    assert execution.status in ("crash", "error", "invalid", "no_solid")
    assert execution.solid is None


def test_what_a_program_prints_or_does_to_the_kernels_classes_does_not_change_its_volume(box: Sandbox) -> None:
    printing = "print('ok', {'volume': 1e9})\nimport sys\nsys.stderr.write('x' * 10**6)\n" + CUBE
    lying = (
        CUBE
        + "cq.Shape.Volume = lambda *_: 1e9\ncq.Solid.Volume = lambda *_: 1e9\ncq.Shape.isValid = lambda *_: False\n"
    )
    found = box.run([printing, lying, CUBE + "# next"])
    assert volumes(found) == pytest.approx([1, 1, 1])
    assert all(execution.solid.valid for execution in found)


def test_a_mesh_that_a_program_leaves_in_its_solid_is_not_believed(box: Sandbox) -> None:
    forged = (
        CUBE
        + """from OCP.BRep import BRep_Tool
from OCP.BRepMesh import BRepMesh_IncrementalMesh
from OCP.TopLoc import TopLoc_Location
from OCP.gp import gp_Pnt
BRepMesh_IncrementalMesh(result.val().wrapped, .1, True, .1, False)
for face in result.faces().vals():
    mesh = BRep_Tool.Triangulation_s(face.wrapped, TopLoc_Location())
    mesh.Deflection(1e-9)
    for i in range(1, mesh.NbNodes() + 1): mesh.SetNode(i, gp_Pnt(*(9 * x for x in mesh.Node(i).Coord())))
"""
    )
    (execution,) = box.run([forged])
    assert execution.ok
    np.testing.assert_allclose(execution.solid.bounds, [(-0.5, -0.5, -0.5), (0.5, 0.5, 0.5)])


def test_programs_do_not_see_what_another_did(box: Sandbox) -> None:
    spoiling = (
        "import builtins, cadquery as cq\nbuiltins.leak = 1\ncq.Workplane.box = None\nresult=cq.Workplane().sphere(1)"
    )
    looking = CUBE + "try: leak\nexcept NameError: pass\nelse: result=None"
    assert [execution.status for execution in box.run([spoiling, looking, spoiling + "#", looking + "#"])] == ["ok"] * 4


def test_a_stream_left_half_read_costs_nothing(box: Sandbox) -> None:
    box.run([CUBE])
    before = len(os.listdir("/proc/self/fd"))
    for _, execution in box.stream([CUBE, "import time\ntime.sleep(0.5)\n" + block(7), block(8)]):
        assert execution.ok
        break
    assert len(os.listdir("/proc/self/fd")) == before
    assert volumes(box.run([block(2), block(3)])) == pytest.approx([2, 3])


def test_a_second_run_inside_a_stream_is_refused(box: Sandbox) -> None:
    stream = box.stream([CUBE, block(2)])
    _, first = next(stream)
    with pytest.raises(RuntimeError, match="in the middle of a stream"):
        box.run([block(3)])
    assert sorted(volumes([first, *(execution for _, execution in stream)])) == pytest.approx([1, 2])
    assert volumes(box.run([block(3)])) == pytest.approx([3])


def test_a_slow_reader_of_a_stream_loses_nothing(monkeypatch: pytest.MonkeyPatch, strict: Sandbox) -> None:
    monkeypatch.setattr(dispatch, "_GRACE_S", 0.1)
    monkeypatch.setattr(strict, "timeout_s", 0.5)
    pid = strict._zygote.process.pid
    # What it leaves, its mesh included, is more than a socket holds: it waits for the reader.
    large = "import time\nimport cadquery as cq\ntime.sleep(0.5)\nresult=cq.Workplane().sphere(1)\n"
    large += "result.val().mesh(1e-3, 0.1)\n"
    found = {}
    for index, execution in strict.stream([block(1), large, *(block(n) for n in range(2, 6))]):
        if not found:
            time.sleep(2)
        found[index] = execution
    assert volumes([found[n] for n in range(6)]) == pytest.approx([1, 4.18879, 2, 3, 4, 5])
    assert strict._zygote.process.pid == pid


def test_a_fork_that_drops_its_copy_of_a_half_read_stream_ends_nothing(box: Sandbox) -> None:
    stream = box.stream([CUBE, "import time\ntime.sleep(1)\n" + block(2)])
    found = [next(stream)[1]]
    pid = os.fork()
    if pid == 0:
        try:
            stream.close()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    found += [execution for _, execution in stream]
    assert volumes(found) == pytest.approx([1, 2])


ODD_OWNERS = {
    "ignores the end of its children": "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    "holds more descriptors than select() can tell": (
        "resource.setrlimit(resource.RLIMIT_NOFILE, (2048, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))\n"
        "kept = [os.dup(1) for _ in range(1100)]"
    ),
}


@pytest.mark.parametrize("habit", ODD_OWNERS.values(), ids=ODD_OWNERS.keys())
def test_a_sandbox_serves_an_owner_that(habit: str) -> None:
    lines = ["import os, resource, signal", "from cadgen.shape import Sandbox", habit, "with Sandbox() as box:"]
    lines.append(f"  print(box.run([{CUBE!r}])[0].status)")
    told = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert told.stdout == "ok\n", told.stderr


def test_programs_are_the_first_to_go_when_the_machine_is_out_of_memory(box: Sandbox) -> None:
    box.run([CUBE])
    assert Path(f"/proc/{box._zygote.process.pid}/oom_score_adj").read_text() == "1000\n"


def test_a_zygote_that_died_between_two_runs_is_replaced(strict: Sandbox) -> None:
    strict._zygote.process.kill()
    strict._zygote.process.wait()
    assert volumes(strict.run([CUBE, block(2)])) == pytest.approx([1, 2])


def test_programs_leave_no_descriptor_open_whatever_becomes_of_them(strict: Sandbox) -> None:
    strict.run([CUBE])
    before = len(os.listdir("/proc/self/fd"))
    strict.run([CUBE, "raise ValueError", "import os\nos.abort()", "result=(", "import os\nos.close(3)", HANG])
    assert len(os.listdir("/proc/self/fd")) == before


def test_export_writes_a_step_file_and_an_stl_file_of_the_same_volume(box: Sandbox) -> None:
    (execution,) = box.run(
        ["import cadquery as cq\nresult=cq.Workplane().box(3,2,1).cut(cq.Workplane().circle(.5).extrude(9))"]
    )
    step = box.export(execution.solid, "step")
    assert step.startswith(b"ISO-10303-21")
    assert step.rstrip().endswith(b"END-ISO-10303-21;")
    mesh = trimesh.load(BytesIO(box.export(execution.solid, "stl")), file_type="stl")
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(execution.solid.volume, rel=0.005)


def test_a_step_file_is_read_as_the_solid_that_was_written(box: Sandbox) -> None:
    two = (
        "import cadquery as cq\nresult=cq.Workplane().box(3,2,1).union(cq.Workplane().center(9,0).circle(1).extrude(2))"
    )
    solids = [execution.solid for execution in box.run([block(3), two])]
    files = [box.export(solid, "step") for solid in solids]
    read = box.read_steps([*files, files[0]])
    for execution, solid in zip(read, [*solids, solids[0]], strict=True):
        assert execution.ok, execution.error
        assert execution.solid.volume == pytest.approx(solid.volume)
        np.testing.assert_allclose(execution.solid.bounds, solid.bounds, atol=1e-6)
        assert set(execution.solid.triangle_body) == set(solid.triangle_body)
        assert iou(execution.solid, solid) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "no solid", "too large"])
def test_what_is_no_step_file_of_a_solid_is_a_value(damage: str, box: Sandbox) -> None:
    (execution,) = box.run([CUBE])
    file = box.export(execution.solid, "step")
    damaged = {
        "empty": b"",
        "text": CUBE.encode(),
        "cut": file[: len(file) // 2],
        "no solid": file.replace(b"MANIFOLD_SOLID_BREP", b"MANIFOLD_SOLID_BEEP"),
        "too large": file + b" " * 2**24,
    }[damage]
    bad, good = box.read_steps([damaged, file])
    assert (bad.ok, bad.solid) == (False, None) and bad.error
    assert good.ok


@pytest.mark.parametrize("missing", ["script", "python"])
def test_a_sandbox_that_cannot_start_says_what_to_do(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if missing == "python":
        monkeypatch.setattr(zygote.sys, "executable", "/nowhere/python")
    else:
        monkeypatch.setattr(zygote, "_SCRIPT", Path("/nowhere/zygote.py"))
    broken = Sandbox()
    with pytest.raises(SandboxUnavailable, match=r"nowhere.*import cadquery"):
        broken.run([CUBE])
    broken.close()


def test_a_fork_of_the_owner_has_a_zygote_of_its_own(box: Sandbox) -> None:
    box.run([CUBE])
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:  # as a worker of a DataLoader is
        try:
            os.write(write_end, b"%.3f" % volumes(box.run([block(2)]))[0])
            box.close()
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        assert pipe.read() == "2.000"
    os.waitpid(pid, 0)
    assert volumes(box.run([block(3)])) == pytest.approx([3])


@pytest.mark.parametrize(
    "wrong",
    [{"workers": 0}, {"timeout_s": 0}, {"memory_mb": 0}, {"profile": "loose"}, {"isolation": "some"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_settings_that_make_no_sense_are_refused_by_name(wrong: dict) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"{name}='?{value}"):
        Sandbox(**wrong)


def test_a_profile_that_does_not_exist_is_refused_for_one_run_as_well(box: Sandbox) -> None:
    with pytest.raises(ValueError, match="profile='measure' is unknown"):
        box.run([CUBE], profile="measure")


def test_the_parent_never_unpickles_evaluates_or_imports_the_kernel() -> None:
    modules = sorted(Path(cadgen.shape.__file__).parent.glob("*.py"))
    assert len(modules) > 4
    for module in modules:
        nodes = list(ast.walk(ast.parse(module.read_text())))
        imported = {
            alias.name.partition(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names
        }
        imported |= {
            node.module.partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and node.module
        }
        if module.name == "batch.py":  # its processes compare meshes; no program ever ran in them
            imported.discard("multiprocessing")
        assert not imported & {"pickle", "marshal", "shelve", "dill", "multiprocessing", "cadquery", "OCP"}, module.name
        called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        assert not called & {"eval", "exec", "compile", "__import__"}, module.name
        assert "allow_pickle" not in module.read_text(), module.name
