"""Measures `cadgen.kernel` beside CadQuery: `python benchmarks/kernel.py --data ../shared/data`. Prints Markdown.

Sections: agreement, pictures, seconds; `--only seconds` runs one. Programs: the 52 real ones in normal form and `--num`
generated ones. Times are CPU times of this machine, both sides measured in the same run; ratios are what to read.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from time import process_time

os.environ["OMP_NUM_THREADS"] = "1"  # one core is what is measured

import numpy as np
from report import sections, table

from cadgen.kernel import NotCovered, build
from cadgen.lang.canonical import canonical, normal_text
from cadgen.parts import sample_program
from cadgen.program import Program, write
from cadgen.shape import Execution, NotManifold, Sandbox, Solid, iou, render

TIMEOUT_S = 60
BLACK = 40
NUM_PICTURES, NUM_TIMED = 300, 200


@dataclass(frozen=True)
class Case:
    """A program, what CadQuery says of it, and our solid or the reason why there is none."""

    name: str
    program: Program
    real: Execution
    ours: Solid | None
    reason: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the real programs")
    parser.add_argument("--num", type=int, default=2000, help="generated programs")
    parser.add_argument("--only", choices=SECTIONS, help="one section")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        parser.error(f"--data {arguments.data} is no folder; name the one that holds gencad_dev")
    sections(
        {name: partial(section, arguments.data, arguments.num) for name, section in SECTIONS.items()}, arguments.only
    )


def real_programs(data: Path) -> dict[str, Program]:
    rows = [json.loads(line) for line in (data / "gencad_dev" / "manifest.jsonl").read_text().splitlines()]
    return {row["id"]: canonical(normal_text(row["code"]), grid=1) for row in rows}


def generated(num: int) -> dict[str, Program]:
    return {f"seed {seed}": sample_program(seed) for seed in range(num)}


@cache
def cases(data: Path, num: int) -> dict[str, list[Case]]:
    """Both kinds of programs, built by both kernels."""
    found = {}
    for kind, programs in (("gencad_dev", real_programs(data)), ("generated", generated(num))):
        with Sandbox(workers=2, timeout_s=TIMEOUT_S) as box:
            executions = box.run([write(program) for program in programs.values()])
        found[kind] = [
            Case(name, program, execution, *ours(program))
            for (name, program), execution in zip(programs.items(), executions, strict=True)
        ]
    return found


def ours(program: Program) -> tuple[Solid | None, str]:
    try:
        return build(program), ""
    except NotCovered as reason:
        return None, str(reason)


def disagreement(case: Case) -> str:
    """What is wrong with our solid, or ""; where CadQuery's is no valid solid, that."""
    solid, real = case.ours, case.real.solid
    assert solid is not None
    if real is None:
        return f"CadQuery says {case.real.status}: {case.real.error}"
    found = []
    if not real.valid:
        found.append("CadQuery's is not valid")
    if abs(solid.volume - real.volume) > 0.005 * real.volume:
        found.append(f"volume {solid.volume:.0f} for {real.volume:.0f}")
    try:
        overlap = iou(solid, real)
        if overlap < 0.995:
            found.append(f"iou {overlap:.4f}")
    except NotManifold as reason:
        found.append(f"not comparable: {reason}")
    return "; ".join(found)


def num_bodies(solid: Solid) -> int:
    return int(solid.triangle_body.max()) + 1


def agreement(data: Path, num: int) -> None:
    wrong: list[tuple] = []
    refused: Counter[tuple[str, str]] = Counter()

    def rows() -> Iterator[tuple]:
        for kind, all_cases in cases(data, num).items():
            built = [case for case in all_cases if case.ours is not None]
            faults = [(case, fault) for case in built if (fault := disagreement(case))]
            wrong.extend((kind, case.name, fault) for case, fault in faults)
            refused.update((kind, case.reason) for case in all_cases if case.ours is None)
            pairs = [(case.ours, case.real.solid) for case in built if case.real.solid is not None]
            errors = [abs(a.volume - b.volume) / b.volume for a, b in pairs]
            bodies = sum(num_bodies(a) != num_bodies(b) for a, b in pairs)
            volume = f"{np.median(errors):.1e}", f"{np.percentile(errors, 99):.1e}"
            yield kind, len(all_cases), len(built), len(faults), *volume, bodies

    header = ("programs", "n", "covered", "disagree", "volume off, median", "99th percentile", "other number of bodies")
    table(*header, rows=rows())
    print()
    table("programs", "name", "disagreement", rows=wrong)
    print()
    counted = ((kind, reason, count) for (kind, reason), count in sorted(refused.items()))
    table("programs", "not covered", "n", rows=counted)


def pictures(data: Path, num: int) -> None:
    def rows() -> Iterator[tuple]:
        for kind, all_cases in cases(data, num).items():
            pairs = [(case, case.ours, case.real.solid) for case in all_cases[:NUM_PICTURES]]
            told = [(difference(a, b), case.name) for case, a, b in pairs if a is not None and b is not None]
            equal = sum(pixels == 0 for (pixels, _), _ in told)
            for at, name in ((0, "mean absolute difference of a pixel (of 255)"), (1, "line pixels in both")):
                worst = (max if at == 0 else min)(told, key=lambda pair: pair[0][at])
                numbers = [values[at] for values, _ in told]
                yield kind, name, len(told), equal, f"{np.median(numbers):.4f}", f"{worst[0][at]:.4f}", worst[1]

    table("448 px", "what", "n", "the same to the bit", "median", "worst", "of", rows=rows())


def difference(ours: Solid, real: Solid) -> tuple[float, float]:
    images = [render(solid, 448) for solid in (ours, real)]
    lines, real_lines = ((image < BLACK).all(axis=2) for image in images)
    shared = (lines & real_lines).sum() / (lines | real_lines).sum()
    return float(np.abs(images[0].astype(float) - images[1]).mean()), float(shared)


def seconds(data: Path, num: int) -> None:
    def rows() -> Iterator[tuple]:
        for kind, programs in (("gencad_dev", real_programs(data)), ("generated", generated(min(num, NUM_TIMED)))):
            chosen = [program for program in programs.values() if ours(program)[0] is not None]
            texts = [write(program) for program in chosen]
            solids = [build(program) for program in chosen]
            built, drawn = timed(build, chosen), timed(lambda solid: render(solid, 224), solids)
            run, measured = cadquery_ms(texts)
            both, real = built + drawn, run + measured + drawn
            yield (
                kind,
                len(chosen),
                "`cadgen.kernel`",
                f"{built:.2f}",
                f"{drawn:.2f}",
                f"{1e3 / both:.0f}",
                f"{real / both:.1f}",
            )
            text = timed(build, texts)
            yield (
                kind,
                len(chosen),
                "the same from text",
                f"{text:.2f}",
                f"{drawn:.2f}",
                f"{1e3 / (text + drawn):.0f}",
                "",
            )
            yield kind, len(chosen), "CadQuery", f"{run:.1f} + {measured:.1f}", f"{drawn:.2f}", f"{1e3 / real:.0f}", ""
        draw = timed(sample_program, range(NUM_TIMED))
        yield "generated", NUM_TIMED, "`sample_program`", f"{draw:.2f}", "", f"{1e3 / draw:.0f}", ""

    header = ("programs", "n", "by", "ms to build", "ms for a picture of 224 px", "a second", "times CadQuery")
    table(*header, rows=rows())


def timed(work: Callable, items: Sequence) -> float:
    """Milliseconds of CPU an item, the median of five rounds."""
    rounds = []
    for _ in range(6):  # the first one compiles
        start = process_time()
        for item in items:
            work(item)
        rounds.append((process_time() - start) * 1e3 / len(items))
    return float(np.median(rounds[1:]))


def cadquery_ms(codes: Sequence[str]) -> tuple[float, float]:
    """Mean milliseconds of CPU to run a program and to measure and triangulate its solid, in one warm process."""
    command = [sys.executable, __file__, "--as-cadquery"]
    done = subprocess.run(command, input=json.dumps(codes), capture_output=True, text=True, check=True)
    run, measured = np.array(json.loads(done.stdout)).mean(axis=0)
    return float(run), float(measured)


def as_cadquery() -> None:
    """CPU milliseconds for each program of a JSON list on stdin, in a process of its own."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "cadgen" / "shape" / "caged"))
    import geometry
    import program

    codes, times = json.load(sys.stdin), []
    program.run(codes[0].encode())
    for code in codes:
        start = process_time()
        brep = program.run(code.encode())
        middle = process_time()
        geometry.measure(brep)
        times.append([(middle - start) * 1e3, (process_time() - middle) * 1e3])
    print(json.dumps(times))


SECTIONS = {"agreement": agreement, "pictures": pictures, "seconds": seconds}

if __name__ == "__main__":
    as_cadquery() if sys.argv[1:] == ["--as-cadquery"] else main()
