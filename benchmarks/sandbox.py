"""What the sandbox costs: `python benchmarks/sandbox.py --data ../shared/data`. Prints Markdown.

Every figure is a ratio or a difference of things done in turns in one run: CPU seconds count all processes involved,
programs per second are wall-clock with two workers against two unprotected processes.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from statistics import median
from time import monotonic, process_time

from cadgen.eval.provenance import commit
from cadgen.lang.canonical import normal_text
from cadgen.shape import Sandbox

CAGED = Path(__file__).parents[1] / "cadgen" / "shape" / "caged"
ROUNDS = 5
TICKS = os.sysconf("SC_CLK_TCK")
HEAD = "import cadquery as cq\n"
CUBE = HEAD + "result=cq.Workplane('XY').box(1,1,{})"
TAPE = "cq.Workplane('XY').sphere(1).val().tessellate(0.0005,0.005)"

# Executes the programs named on stdin one after the other, without protection.
UNPROTECTED = f"""
import json, sys, time
sys.path.append({str(CAGED)!r})
from OCP.OSD import OSD_ThreadPool
OSD_ThreadPool.DefaultPool_s(1)
import program, geometry
codes = json.loads(sys.stdin.readline())
geometry.measure(program.run(codes[0].encode()))
print("ready", flush=True)
for line in sys.stdin:
    start = time.process_time()
    for code in codes:
        brep = program.run(code.encode())
        if line.strip() == "measured":
            geometry.measure(brep)
    print(time.process_time() - start, flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the real programs")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        parser.error(f"--data {arguments.data} is no folder; name the one that holds gencad_dev")
    print(f"commit {commit()}\n")
    report(arguments.data)


def report(data: Path, _: int = 0) -> None:
    rows = [json.loads(line) for line in (data / "gencad_dev" / "manifest.jsonl").read_text().splitlines()]
    for title, section in (
        ("Throughput", lambda: throughput([normal_text(row["code"], 1024) for row in rows])),
        ("Layers", layers),
        ("Limits", limits),
        ("Memory", memory),
    ):
        print(f"#### {title}\n", flush=True)
        for line in section():
            print(line, flush=True)
        print()


def throughput(codes: Sequence[str]) -> Iterator[str]:
    """Programs per second, and CPU milliseconds a program, of each way; medians over rounds in turns.

    Each round is told from the others by a comment: a sandbox remembers what it has executed.
    """
    boxes = {profile: Sandbox(workers=2, timeout_s=60, profile=profile) for profile in ("open", "dialect", "interp")}
    pair = [_unprotected(codes[half::2]) for half in (0, 1)]
    ways: dict[str, Callable[[int], float]] = {
        "two unprotected processes, executed only": lambda _: _turn(pair, "executed"),
        "two unprotected processes, executed and measured": lambda _: _turn(pair, "measured"),
    }
    for profile, box in boxes.items():
        warm(box)
        ways[f"`Sandbox.run`, {profile}"] = lambda round_, box=box: _sandboxed(
            box, [f"{code}# {round_}\n" for code in codes]
        )
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    cpu: dict[str, list[float]] = {way: [] for way in ways}
    for round_ in range(ROUNDS):
        for way, act in ways.items():
            start = monotonic()
            cpu[way].append(act(round_) / len(codes))
            seconds[way].append((monotonic() - start) / len(codes))
    fresh = [_fresh(code) for code in codes[:3]]
    for process in pair:
        process.communicate()
    for box in boxes.values():
        box.close()
    executed, measured = (list(ways)[i] for i in (0, 1))
    yield f"{len(codes)} real programs, {ROUNDS} rounds in turns.\n"
    shares_of = "of those executed | of those measured"
    yield f"| way | programs/s | {shares_of} | CPU ms | {shares_of} |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for way in ways:
        rate, milliseconds = 1 / median(seconds[way]), 1e3 * median(cpu[way])
        shares = [rate * median(seconds[base]) for base in (executed, measured)]
        costs = [1e3 * median(cpu[base]) / milliseconds for base in (executed, measured)]
        yield (
            f"| {way} | {rate:.1f} | {shares[0]:.2f} | {shares[1]:.2f} | {milliseconds:.1f} "
            f"| {costs[0]:.2f} | {costs[1]:.2f} |"
        )
    yield f"| a fresh interpreter each, executed only | | | | {1e3 * median(fresh):.0f} | | |"
    for profile in boxes:
        times = median(fresh) / median(cpu[f"`Sandbox.run`, {profile}"])
        yield f"\nA fresh interpreter costs {times:.0f} times the CPU of `Sandbox.run`, {profile}."


def _unprotected(codes: Sequence[str]) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", UNPROTECTED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    _tell(process, json.dumps(list(codes)))
    assert _hear(process) == "ready"
    return process


def _tell(process: subprocess.Popen, line: str) -> None:
    assert process.stdin
    process.stdin.write(line + "\n")
    process.stdin.flush()


def _hear(process: subprocess.Popen) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def _turn(pair: Sequence[subprocess.Popen], what: str) -> float:
    for process in pair:
        _tell(process, what)
    return sum(float(_hear(process)) for process in pair)


def _sandboxed(box: Sandbox, codes: Sequence[str]) -> float:
    """CPU seconds: ours, the zygote's, and those of its children, dead and alive."""
    start = process_time() + cpu_of(box)
    executions = box.run(codes)
    assert all(execution.ok for execution in executions)
    return process_time() + cpu_of(box) - start


def warm(box: Sandbox) -> None:
    """Has its children born, by programs that nobody times."""
    assert all(execution.ok for execution in box.run([CUBE.format(number / 8) for number in range(1, 5)]))


def cpu_of(box: Sandbox) -> float:
    """CPU seconds of the sandbox's processes so far, dead ones included."""
    zygote = box._start()
    pids = [zygote.process.pid, *(child.pid for child in zygote.born.values() if child.pid)]
    ticks = 0
    for number, pid in enumerate(pids):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:  # it has died since, and is among the zygote's dead
            continue
        ticks += sum(map(int, fields[11 : 15 if number == 0 else 13]))  # utime, stime; the zygote's dead children too
    return ticks / TICKS


def _fresh(code: str) -> float:
    before = os.times()
    subprocess.run([sys.executable, "-c", code], check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def layers() -> Iterator[str]:
    """CPU milliseconds a program with all layers and with limits alone, in turns."""
    num = 100
    boxes = {isolation: Sandbox(workers=1, timeout_s=60, isolation=isolation) for isolation in ("full", "none")}
    cost: dict[str, list[float]] = {isolation: [] for isolation in boxes}
    for round_ in range(2 * ROUNDS):
        for isolation, box in boxes.items():
            codes = [CUBE.format(1 + round_ + number / num) for number in range(num)]
            cost[isolation].append(1e3 * _sandboxed(box, codes) / num)
    for box in boxes.values():
        box.close()
    differences = [full - none for full, none in zip(*cost.values(), strict=True)]
    yield (
        f"A cube costs {median(cost['full']):.2f} ms of CPU with all layers, {median(cost['none']):.2f} with limits"
        f" alone; the median difference of {2 * ROUNDS} rounds of {num} is {median(differences):.2f} ms."
    )


def limits() -> Iterator[str]:
    """Seconds after the limit at which the result was there, and how soon after it a good program was done."""
    limit, good = 2.0, map(CUBE.format, count(1))  # another one each time: what was executed is remembered
    programs = {
        "`while True: pass`": "while True: pass",
        "a hang in the kernel's C++ code": f"{HEAD}result={TAPE}",
        "a memory bomb": "kept = []\nwhile True: kept.append(bytearray(2**26))",
        "sleep (wall-clock limit: 3 times)": "import time\ntime.sleep(600)",
    }
    yield f"Limit {limit:g} s of CPU.\n"
    yield "| program | ended as | seconds | beyond the limit | the next program, seconds |"
    yield "| --- | --- | --- | --- | --- |"
    with Sandbox(workers=1, timeout_s=limit, memory_mb=1024) as box:
        box.run([next(good)])
        for name, code in programs.items():
            (execution,) = box.run([code])
            bound = 3 * limit if "sleep" in name else limit
            start = monotonic()
            assert box.run([next(good)])[0].ok
            after = monotonic() - start
            beyond = max(0.0, execution.seconds - bound)
            yield f"| {name} | {execution.status} | {execution.seconds:.2f} | {beyond:.2f} | {after:.2f} |"
        start = monotonic()
        box._start().process.kill()
        assert box.run([next(good)])[0].ok
        yield f"\nAfter the death of the zygote itself the next result took {monotonic() - start:.1f} s."


def memory() -> Iterator[str]:
    with Sandbox(workers=2) as box:
        box.run([CUBE.format(number) for number in range(1, 9)])
        zygote = box._start()
        resident = _kilobytes(f"/proc/{zygote.process.pid}/status", "VmRSS:")
        own = [_kilobytes(f"/proc/{child.pid}/smaps_rollup", "Private_Dirty:") for child in zygote.idle]
        yield (
            f"The zygote, one a sandbox, holds {resident // 1024} MB; a child adds {max(own) // 1024} MB of its own "
            f"({len(own)} measuring children looked at after 8 cubes)."
        )


def _kilobytes(path: str, name: str) -> int:
    (line,) = [line for line in Path(path).read_text().splitlines() if line.startswith(name)]
    return int(line.split()[1])


if __name__ == "__main__":
    main()
