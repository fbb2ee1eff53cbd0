"""Measures `cadgen.shape` on real parts: `python benchmarks/shape.py --data ../shared/data`. Prints Markdown.

`--only kernel` runs one section. Times are CPU times of this machine, the references measured in the same run; ratios
are what to read.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from time import process_time

import numpy as np
import oracle
import reference
import sandbox
from PIL import Image
from report import sections, table
from scipy.ndimage import binary_dilation

from cadgen import shape
from cadgen.shape import Sandbox, Solid
from cadgen.shape.iou import by_columns

METRICS = ("iou", "iou_aligned", "iou_cadcoder", "iou_cadrille", "iou_takehome", "chamfer", "chamfer_cadrille")
CORPORA = ("gencad_dev", "cadprompt_dev", "llm_parts_dev")
TIMEOUT_S = 30
BLACK = 40
UNEXPLAINED = 0.02  # an error of `iou` over this is told, with what the kernel's booleans are worth there
SHIFT = "\nsolid=solid.translate((0.03,0.02,0.01))"

Pair = tuple[Solid, Solid]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the real programs")
    parser.add_argument("--only", choices=SECTIONS, help="one section")
    parser.add_argument("--num", type=int, default=50, help="pairs of each kind")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        parser.error(f"--data {arguments.data} is no folder; name the one that holds gencad_dev")
    sections(
        {name: partial(section, arguments.data, arguments.num) for name, section in SECTIONS.items()}, arguments.only
    )


def rows_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def run(codes: Sequence[str]) -> list[Solid | None]:
    with Sandbox(workers=2, timeout_s=TIMEOUT_S) as box:
        return [execution.solid for execution in box.run(codes)]


def parts(data: Path, corpus: str) -> list[Solid]:
    solids = run([row["code"] for row in rows_of(data / corpus / "manifest.jsonl")])
    return [solid for solid in solids if solid is not None]


def takehome_pairs(data: Path, num: int) -> tuple[list[Pair], list[float]]:
    rows = rows_of(data / "takehome_iou.jsonl")[:num]
    first, second = run([row["code_a"] for row in rows]), run([row["code_b"] for row in rows])
    return [*zip(first, second, strict=True)], [row["value"] for row in rows]


def pairs_of(solids: Sequence[Solid], num: int) -> list[Pair]:
    """Each part with the next one."""
    return [*zip(solids, [*solids[1:], solids[0]], strict=True)][:num]


def timed(metric: Callable, pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
    """Values and CPU milliseconds, each from solids that nothing was computed of yet."""
    metric(*pairs[0])  # compiles
    values, milliseconds = [], []
    for pair in pairs:
        for solid in pair:
            solid.__dict__.pop("bodies", None)
        start = process_time()
        values.append(metric(*pair))
        milliseconds.append((process_time() - start) * 1e3)
    return np.array(values), np.array(milliseconds)


def seconds(data: Path, num: int) -> None:
    corpora = {corpus: pairs_of(parts(data, corpus), num) for corpus in CORPORA}
    corpora["take-home pairs"] = takehome_pairs(data, num)[0]

    def rows() -> Iterator[tuple]:
        for corpus, pairs in corpora.items():
            base = timed(reference.iou_takehome, pairs)[1].mean()
            yield corpus, "upstream's steps on trimesh", len(pairs), "", f"{base:.0f}", "", 1
            for name in METRICS:
                ms = timed(getattr(shape, name), pairs)[1]
                numbers = f"{np.median(ms):.1f}", f"{ms.mean():.1f}", f"{ms.max():.0f}"
                yield corpus, f"`{name}`", len(pairs), *numbers, f"{base / ms.mean():.0f}"

    table("pairs", "metric", "n", "ms of CPU, median", "mean", "max", "times faster than upstream's steps", rows=rows())


def takehome(data: Path, num: int) -> None:
    pairs, recorded = takehome_pairs(data, num)
    voxelise = {"trimesh": reference.voxelised, "trimesh 4's splitting": reference.voxelised_4}
    ours, ms = timed(shape.iou_takehome, pairs)

    def rows() -> Iterator[tuple]:
        yield "the recorded values", len(pairs), f"{np.abs(ours - recorded).max():.1e}", "", ""
        for name, way in voxelise.items():
            theirs, slow = timed(partial(reference.iou_takehome, voxelise=way), pairs)
            difference = f"{np.abs(ours - theirs).max():.1e}"
            yield (
                f"upstream's steps on {name}",
                len(pairs),
                difference,
                f"{slow.mean():.0f}",
                f"{slow.mean() / ms.mean():.0f}",
            )

    header = ("`iou_takehome` against", "n", "largest difference", "ms of CPU, mean", f"times our {ms.mean():.1f}")
    table(*header, rows=rows())


def kernel(data: Path, num: int) -> None:
    rows = rows_of(data / "gencad_dev" / "manifest.jsonl")[:num]
    solids, shifted = run([row["code"] for row in rows]), run([row["code"] + SHIFT for row in rows])
    kinds = {
        "each part and the next": pairs_of(solids, num),
        "each part and itself shifted": [*zip(solids, shifted, strict=True)],
    }

    def body() -> Iterator[tuple]:
        for kind, pairs in kinds.items():
            told = oracle.compare([(a.brep, b.brep) for a, b in pairs], cadcoder=kind == "each part and the next")
            answers = [(pair, answer) for pair, answer in zip(pairs, told, strict=True) if answer]
            seconds = np.mean([answer.seconds for _, answer in answers])
            for name, metric in (("`iou`", shape.iou), ("`iou` by columns alone", columns)):
                errors = [abs(metric(*pair) - answer.iou) for pair, answer in answers]
                for error, (_, answer) in zip(errors, answers, strict=True):
                    if error > UNEXPLAINED:
                        print(f"{kind}, {name}: {error:.4f} off, the kernel's own volumes {answer.contradiction:.4f}")
                yield kind, name, *errors_of(errors), f"{len(answers)}/{len(pairs)}", f"{seconds * 1e3:.0f}"
            if answers[0][1].score_seconds:
                errors = [abs(shape.iou_cadcoder(*pair) - answer.score) for pair, answer in answers]
                seconds = np.mean([answer.score_seconds for _, answer in answers])
                yield kind, "`iou_cadcoder`", *errors_of(errors), f"{len(answers)}/{len(pairs)}", f"{seconds * 1e3:.0f}"

    header = ("pairs", "metric", "error, median", "p95", "max", "kernel answered", "the kernel's ms of CPU")
    table(*header, rows=body())


def columns(a: Solid, b: Solid) -> float:
    return by_columns(a.bodies, b.bodies)


def errors_of(errors: Sequence[float]) -> tuple[str, ...]:
    return tuple(f"{number:.5f}" for number in (np.median(errors), np.percentile(errors, 95), max(errors)))


def aligned(data: Path, num: int) -> None:
    corpora = {corpus: pairs_of(parts(data, corpus), num) for corpus in CORPORA}
    corpora["take-home pairs"] = takehome_pairs(data, num)[0]

    def rows() -> Iterator[tuple]:
        for corpus, pairs in corpora.items():
            (all_values, all_ms), (values, ms) = timed(reference.iou_aligned, pairs), timed(shape.iou_aligned, pairs)
            gain = values - all_values
            yield (
                corpus,
                len(pairs),
                f"{all_ms.mean():.0f}",
                f"{ms.mean():.1f}",
                f"{gain.min():+.4f}",
                f"{gain.mean():+.4f}",
                f"{gain.max():+.4f}",
            )

    header = ("pairs", "n", "every rotation exactly, ms of CPU", "`iou_aligned`", "gain in score, min", "mean", "max")
    table(*header, rows=rows())


def render(data: Path, _: int) -> None:
    def rows() -> Iterator[tuple]:
        for corpus in CORPORA:
            solids = parts(data, corpus)
            drawn = timed(lambda solid, _: len(shape.render(solid, 224)), pairs_of(solids, len(solids)))[1]
            measured = np.array(oracle.measure_seconds([solid.brep for solid in solids])) * 1e3
            both = 1e3 / (drawn.mean() + measured.mean())
            yield (
                corpus,
                len(solids),
                f"{drawn.mean():.2f}",
                f"{measured.mean():.1f}",
                f"{1e3 / drawn.mean():.0f}",
                f"{both:.0f}",
            )

    header = ("parts", "n", "ms a picture", "ms to measure and tessellate", "pictures/s", "with tessellation")
    table(*header, rows=rows())


def pictures(data: Path, _: int) -> None:
    folder, numbers = data / "gencad_dev", []
    for row, solid in zip(rows_of(folder / "manifest.jsonl"), parts(data, "gencad_dev"), strict=True):
        real = np.array(Image.open(folder / row["image"]).convert("RGB"))
        ours = shape.render(solid, len(real))
        lines, our_lines = (real < BLACK).all(axis=2), (ours < BLACK).all(axis=2)
        near, our_near = (binary_dilation(each, np.ones((3, 3))) for each in (lines, our_lines))
        within = ((lines & our_near).sum() + (our_lines & near).sum()) / (lines.sum() + our_lines.sum())
        exact = (lines & our_lines).sum() / (lines | our_lines).sum()
        numbers.append((np.abs(real.astype(float) - ours).mean(), exact, within))
    names = (
        "mean absolute difference of a pixel (of 255)",
        "edge IoU, pixel by pixel",
        "edge pixels met within 1 pixel",
    )
    rows = np.array(numbers).T
    body = (
        (name, len(each), f"{np.median(each):.4f}", f"{each.mean():.4f}", f"{each.min():.4f}", f"{each.max():.4f}")
        for name, each in zip(names, rows, strict=True)
    )
    table("448 px, gencad_dev", "n", "median", "mean", "min", "max", rows=body)


SECTIONS: dict[str, Callable[[Path, int], None]] = {
    "sandbox": sandbox.report,
    "seconds": seconds,
    "takehome": takehome,
    "kernel": kernel,
    "aligned": aligned,
    "render": render,
    "pictures": pictures,
}

if __name__ == "__main__":
    main()
