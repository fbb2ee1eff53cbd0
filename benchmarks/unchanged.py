"""python benchmarks/unchanged.py REVISION: whether this tree answers as another revision does, letter for letter.

Both trees are driven by their commands alone, side by side in temporary folders: the answers of decodings to real
pictures, generated parts with their pictures, the losses of a training and of its resumption, and the table of recorded
rows. Exit status 1 where anything differs.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
from report import table

ROOT = Path(__file__).resolve().parents[1]
_DATA = ROOT / os.environ.get("CADGEN_SHARED", "../shared") / "data" / "gencad_dev"
_RECORDED = ROOT / "experiments" / "ablation_decoding" / "real"
_TRAINING = ("experiment=pretrain_compact", "~decodings.greedy", "data.val.num=16", "trainer.log_every_n_steps=1")
_STEPS = 3
_NEAR = 1e-4  # what axes that rounding chose made of an aligned IoU


def answers(tree: Path, out: Path, decoding: str) -> list[tuple[str, str, float]]:
    """(id, program, aligned IoU) of every real picture."""
    asked = ("ckpt=shipped", "data=gencad", f"data.root={_DATA}", f"decoding={decoding}", "oracle=false")
    _run(tree, "cadgen.evaluate", *asked, f"hydra.run.dir={out / decoding}")
    rows = [json.loads(line) for line in (out / decoding / "rows.jsonl").read_text().splitlines()]
    return [(row["id"], row["code"], row["iou_aligned"]) for row in rows if row["decoding"] == decoding]


def parts(tree: Path, out: Path, num: int) -> list[tuple]:
    """(id, picture, program, family) of generated parts, the pictures as PNG bytes."""
    _run(tree, "cadgen.parts", "--n", str(num), "--seed", "0", "--out", str(out / "parts"))
    tables = [pq.read_table(path) for path in sorted((out / "parts").glob("shard-*.parquet"))]
    return [tuple(row.values()) for one in tables for row in one.to_pylist()]


def losses(tree: Path, out: Path) -> list[str]:
    """As they stand in metrics.csv."""
    run = out / "run"
    _run(tree, "cadgen.train", *_TRAINING, f"+trainer.max_steps={_STEPS}", f"hydra.run.dir={run}")
    return _losses(run)


def resumed(tree: Path, out: Path, run: Path) -> list[str]:
    """The losses of the run folder, another tree's, after as many steps more; why not, where its files are refused."""
    copy = shutil.copytree(run, out / "resumed")
    try:
        _run(tree, "cadgen.train", *_TRAINING, f"+trainer.max_steps={2 * _STEPS}", f"resume={copy}")
    except RuntimeError as error:
        return [str(error).splitlines()[-1]]
    return _losses(copy)


def recorded(tree: Path) -> list[str]:
    """The lines of the table of rows that lie in this repository."""
    return _run(tree, "cadgen.compare", str(_RECORDED)).splitlines()


def _losses(run: Path) -> list[str]:
    with (run / "metrics.csv").open() as file:
        return [row["train/loss"] for row in csv.DictReader(file) if row.get("train/loss")]


def _run(tree: Path, module: str, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(tree), "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=tree, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{tree}: python -m {module} {' '.join(arguments)}\n{done.stderr[-2000:]}")
    return done.stdout


@contextmanager
def _checkout(revision: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        subprocess.run(["git", "worktree", "add", "--detach", "--quiet", tree, revision], cwd=ROOT, check=True)
        try:
            yield tree
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=True)


def _compared(before: Path, decodings: Sequence[str], num_parts: int) -> Iterator[tuple[str, int, int]]:
    """(what, how many there are in the other tree, how many of these are the same here)."""
    with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory() as there:
        old, new = Path(there), Path(here)
        for decoding in decodings:
            one, two = answers(before, old, decoding), answers(ROOT, new, decoding)
            yield _same(f"{decoding}: programs", [row[:2] for row in one], [row[:2] for row in two])
            near = [abs(a[2] - b[2]) < _NEAR for a, b in zip(one, two, strict=False)]
            yield f"{decoding}: aligned IoUs, to {_NEAR:g}", len(one), sum(near)
        yield _same("generated parts and pictures", parts(before, old, num_parts), parts(ROOT, new, num_parts))
        yield _same("losses of pretrain_compact", losses(before, old), losses(ROOT, new))
        yield _same(
            "losses of the other tree's run, resumed",
            resumed(before, old, old / "run"),
            resumed(ROOT, new, old / "run"),
        )
        yield _same("lines of the table of recorded rows", recorded(before), recorded(ROOT))


def _same(what: str, before: Sequence, after: Sequence) -> tuple[str, int, int]:
    kept = sum(one == two for one, two in zip(before, after, strict=False))
    return what, len(before), kept if len(after) == len(before) else min(kept, len(before) - 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", help="of git; what this tree is compared with")
    parser.add_argument("--decodings", nargs="*", default=["greedy", "refine"])
    parser.add_argument("--parts", type=int, default=2000)
    arguments = parser.parse_args()
    with _checkout(arguments.revision) as before:
        rows = []

        def told() -> Iterator[tuple[str, int, int]]:
            for row in _compared(before, arguments.decodings, arguments.parts):
                rows.append(row)
                yield row

        table("what", "before", "the same", rows=told())
    return 1 if any(num != kept for _, num, kept in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
