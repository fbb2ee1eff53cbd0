"""What the kernel's own booleans say, `compare(pairs)`, and what measuring costs, `measure_seconds(breps)`.

Both work in children that may hang or die. Run as a script this is their parent: file names of B-reps a line on stdin,
a JSON list a line on stdout.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from time import process_time

import numpy as np

LIMIT_S = 60  # for one pair
_FLIPS = ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))


@dataclass(frozen=True)
class Answer:
    """Volumes by the kernel and the CPU seconds they took. score: of CAD-Coder, where it was asked for."""

    volume_a: float
    volume_b: float
    shared: float
    union: float
    seconds: float
    score: float = 0.0
    score_seconds: float = 0.0

    @property
    def iou(self) -> float:
        return self.shared / self.union

    @property
    def contradiction(self) -> float:
        """| |a| + |b| - |a and b| - |a or b| |, of |a or b|: 0 for booleans that are right."""
        return abs(self.volume_a + self.volume_b - self.shared - self.union) / self.union


def compare(pairs: Sequence[tuple[bytes, bytes]], cadcoder: bool = False) -> list[Answer | None]:
    """None where the kernel raised, crashed, hung or gave nothing.

    cadcoder: whether to compute that metric as well, about a second a pair.
    """
    told = _ask("cadcoder" if cadcoder else "booleans", pairs)
    return [Answer(*numbers) if numbers else None for numbers in told]


def measure_seconds(breps: Sequence[bytes]) -> list[float]:
    """CPU seconds of `caged/geometry.py: measure`, tessellation and all, for each B-rep."""
    return [numbers[0] for numbers in _ask("measure", [(brep,) for brep in breps]) if numbers]


def _ask(what: str, jobs: Sequence[tuple[bytes, ...]]) -> list[list[float] | None]:
    with tempfile.TemporaryDirectory() as folder:
        lines = []
        for number, breps in enumerate(jobs):
            names = [Path(folder) / f"{number}_{i}.brep" for i in range(len(breps))]
            for name, brep in zip(names, breps, strict=True):
                name.write_bytes(brep)
            lines.append(" ".join(map(str, names)) + "\n")
        command = [sys.executable, __file__, what]
        done = subprocess.run(command, input="".join(lines), capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(jobs), done.stderr[-2000:]
    return told


def main() -> None:
    work = _measure if sys.argv[1] == "measure" else _compare
    for line in sys.stdin:
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            signal.alarm(LIMIT_S)  # its default action also ends a hang inside the kernel
            try:
                os.write(write_end, json.dumps(work(*line.split())).encode())
            finally:
                os._exit(0)
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            print(pipe.read() or "null", flush=True)
        os.waitpid(child, 0)


def _compare(name_a: str, name_b: str) -> list[float]:
    a, b = _load(name_a), _load(name_b)
    start = process_time()
    numbers = [a.Volume(), b.Volume(), a.intersect(b).Volume(), a.fuse(b).Volume(), process_time() - start]
    if sys.argv[1] == "cadcoder":
        start = process_time()
        numbers += [_cadcoder(a, b), process_time() - start]
    return numbers


def _measure(name: str) -> list[float]:
    import geometry

    brep = Path(name).read_bytes()
    start = process_time()
    geometry.measure(brep)
    return [process_time() - start]


def _load(name: str):
    """The union of the solids in the file: they may overlap."""
    import cadquery as cq

    solids = cq.Shape.importBin(BytesIO(Path(name).read_bytes())).Solids()
    return solids[0] if len(solids) == 1 else solids[0].fuse(*solids[1:])


def _cadcoder(target, source) -> float:
    """IOU_best of CAD-Coder, with its booleans."""
    import cadquery as cq

    (axes_target, target), (axes_source, source) = _normalised(target), _normalised(source)
    best = 0.0
    for flip in _FLIPS:
        rotation = axes_target @ (axes_source * flip).T
        matrix = cq.Matrix([[*map(float, row), 0.0] for row in rotation])
        try:
            turned = source.transformGeometry(matrix)
            best = max(best, target.intersect(turned).Volume() / target.fuse(turned).Volume())
        except Exception:  # as the original does: a rotation that fails counts 0
            continue
    return best


def _normalised(shape):
    import cadquery as cq

    moments, axes = np.linalg.eigh(np.array(cq.Shape.matrixOfInertia(shape)))
    unit = np.sqrt(np.abs(moments).sum() / shape.Volume())
    return axes, shape.translate(-cq.Shape.centerOfMass(shape)).scale(1 / unit)


if __name__ == "__main__":
    # Once, before the forks.
    sys.path.insert(0, str(Path(__file__).parents[1] / "cadgen" / "shape" / "caged"))
    import geometry  # noqa: F401

    main()
