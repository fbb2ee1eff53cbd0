"""Measures `cadgen.parts`: `python benchmarks/parts.py --data ../shared/data`. Prints Markdown, `--out` gets pictures.

Sections: seconds, duplicates, kernel, distribution, coverage, probe, sheet, styles; `--only seconds` runs one. Times
are CPU times of this machine, both sides measured in the same run; ratios are what to read.
"""

import argparse
import importlib
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from random import Random
from time import process_time

os.environ["OMP_NUM_THREADS"] = "1"  # one core is what is measured

import numpy as np
from first_generator import first_sample_program
from nearest import best, looks_of
from PIL import Image
from probe import accuracy, features, telling
from report import sections, table

import cadgen.shape.solid
from cadgen.kernel import NotCovered, build
from cadgen.lang.canonical import canonical
from cadgen.model import compact
from cadgen.parts import Styles, draw_pair
from cadgen.parts.attempt import draw_program
from cadgen.parts.folder import draw_seed
from cadgen.parts.part import Draft, sample_draft
from cadgen.parts.style import WEIGHTS
from cadgen.program import GRID, Arc, Circle, Loop, Program, write
from cadgen.shape import Sandbox, Solid, iou, render

SIZE, TIMEOUT_S, SEED = 224, 60, 0
NUM = {
    "seconds": 300,
    "duplicates": 20_000,
    "kernel": 2000,
    "distribution": 5000,
    "coverage": 20_000,
    "probe": 520,
    "styles": 200,
}


@dataclass(frozen=True)
class Real:
    """A published pair: its picture, its program on the grid, and our solid of that."""

    id: str
    picture: np.ndarray
    program: Program
    solid: Solid


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the real programs")
    parser.add_argument("--out", type=Path, default=Path("experiments/parts"), help="folder for pictures of our parts")
    parser.add_argument("--beside", type=Path, help="PNG for our parts beside the real pictures, which stay private")
    parser.add_argument("--num", type=int, help="generated parts, instead of as many as the section asks for")
    parser.add_argument("--only", choices=SECTIONS, help="one section")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        parser.error(f"--data {arguments.data} is no folder; name the one that holds gencad_dev")
    arguments.out.mkdir(parents=True, exist_ok=True)
    chosen = {
        name: partial(section, arguments, arguments.num or NUM.get(name, 0)) for name, section in SECTIONS.items()
    }
    sections(chosen, arguments.only)


def draft(number: int) -> Draft:
    """The part of a draw of the dataset with seed 0."""
    return sample_draft(draw_seed(SEED, number))


@cache
def reals(data: Path) -> list[Real]:
    folder, found = data / "gencad_dev", []
    for line in (folder / "manifest.jsonl").read_text().splitlines():
        row = json.loads(line)
        program = canonical(row["code"], GRID)
        picture = np.asarray(Image.open(folder / row["image"]).convert("RGB"))
        try:
            found.append(Real(row["id"], picture, program, build(program)))
        except NotCovered as reason:
            print(f"{row['id']} is left out: {reason}\n")
    return found


def timed(act: Callable[[int], object], num: int) -> float:
    """CPU milliseconds a call."""
    act(0)  # compiles
    start = process_time()
    for number in range(num):
        act(number)
    return (process_time() - start) / num * 1e3


def seconds(arguments: argparse.Namespace, num: int) -> None:
    drafts = [draft(number) for number in range(num)]
    sys.path.insert(0, str(Path(cadgen.shape.solid.__file__).parent / "caged"))
    run, measure = (importlib.import_module(name) for name in ("program", "geometry"))

    def by_cadquery(number: int) -> np.ndarray:
        solid = cadgen.shape.solid.decode(measure.measure(run.run(drafts[number].code.encode())), b"")
        return render(solid, SIZE)

    def drawn(number: int) -> str | None:
        program = draw_program(Random(number), drafts[number].family, drafts[number].code.count("extrude"))
        return write(program) if program else None

    times = {
        "one attempt at a program, with its text": timed(drawn, num),
        "program and solid, attempts that fail included": timed(draft, num),
        f"program, solid and picture of {SIZE} px (`draw_pair`)": timed(
            lambda n: draw_pair(draw_seed(SEED, n), SIZE), num
        ),
        "the same, the picture in styles": timed(lambda n: draw_pair(draw_seed(SEED, n), SIZE, Styles()), num),
        f"solid by CadQuery and picture of {SIZE} px, the program given": timed(by_cadquery, num),
    }
    slowest = [*times.values()][-1]
    table(
        *("per part", "n", "ms", "a second", "times as fast as CadQuery"),
        rows=((name, num, f"{ms:.2f}", f"{1e3 / ms:.0f}", f"{slowest / ms:.1f}") for name, ms in times.items()),
    )


def duplicates(arguments: argparse.Namespace, num: int) -> None:
    codes = [draft(number).code for number in range(num)]
    again = num - len(set(codes))
    print(f"{again} of {num} draws have a program that came before; a dataset passes over them.")


def kernel(arguments: argparse.Namespace, num: int) -> None:
    drafts = [draft(number) for number in range(num)]
    volumes, ious, bad, bodies = [], [], Counter(), 0
    with Sandbox(workers=2, timeout_s=TIMEOUT_S) as box:
        for ours, execution in zip(drafts, box.run([ours.code for ours in drafts]), strict=True):
            solid = execution.solid
            if solid is None or not solid.valid:
                bad[execution.status if solid is None else "not valid"] += 1
                continue
            volumes.append(abs(ours.solid.volume / solid.volume - 1))
            ious.append(iou(ours.solid, solid))
            bodies += ours.solid.triangle_body.max() != solid.triangle_body.max()
    print(f"{num - bad.total()} of {num} programs give a valid solid by CadQuery. {dict(bad) or ''}\n")
    off = sum(v > 0.005 or i < 0.995 for v, i in zip(volumes, ious, strict=True))
    print(f"{off} of {len(ious)} solids differ from the mesh kernel's by more than 0.5% of volume or 0.005 of IoU")
    print(f"(worst {max(volumes):.2%}, IoU {min(ious):.4f}); {bodies} have another number of bodies.")


def distribution(arguments: argparse.Namespace, num: int) -> None:
    sides = {
        "real": [(real.program, real.solid) for real in reals(arguments.data)],
        "ours": [(canonical(ours.code, 1), ours.solid) for ours in map(draft, range(num))],
    }
    measured = {side: {name: measure(parts) for name, measure in MEASURES.items()} for side, parts in sides.items()}
    shares = {
        "extrusions": num_extrusions,
        "outlines and holes": kinds,
        "loops in a sketch": num_loops,
        "planes": planes,
    }
    shares |= {"operations": operations, "bodies": num_bodies}
    for name, count in shares.items():
        counts = {side: Counter(value for part in parts for value in count(*part)) for side, parts in sides.items()}
        values = sorted(counts["real"] | counts["ours"])
        rows = ((side, *(f"{100 * c[v] / c.total():.0f}%" for v in values)) for side, c in counts.items())
        table(name, *map(str, values), rows=rows)
        print()
    quantiles = (5, 25, 50, 75, 95)
    rows = (
        (name, side, *(f"{q:.3g}" for q in np.percentile(measured[side][name], quantiles)))
        for name in MEASURES
        for side in sides
    )
    table("of a part", "", *(f"{q}%" for q in quantiles), rows=rows)
    plot(arguments.out / "distribution.png", measured)


def plot(path: Path, measured: dict[str, dict[str, np.ndarray]]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(MEASURES), figsize=(4 * len(MEASURES), 3))
    for axis, name in zip(axes, MEASURES, strict=True):
        bins = np.histogram_bin_edges(np.concatenate([side[name] for side in measured.values()]), 24)
        for side, values in measured.items():
            weights = np.full(len(values[name]), 1 / len(values[name]))
            axis.hist(values[name], bins, weights=weights, alpha=0.55, label=f"{side} ({len(weights)})")
        axis.set_title(name)
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(path, dpi=70)


Parts = Sequence[tuple[Program, Solid]]


def num_extrusions(program: Program, solid: Solid) -> list:
    return [len(program)]


def num_loops(program: Program, solid: Solid) -> list:
    return [min(len(step.loops), 6) for step in program]


def planes(program: Program, solid: Solid) -> list:
    return [step.plane for step in program]


def operations(program: Program, solid: Solid) -> list:
    return [step.operation for step in program[1:]]


def num_bodies(program: Program, solid: Solid) -> list:
    return [min(int(solid.triangle_body.max()) + 1, 4)]


def kinds(program: Program, solid: Solid) -> list:
    return [kind(loop) for step in program for loop in step.loops]


def kind(loop: Loop) -> str:
    if isinstance(loop, Circle):
        return "circle"
    if any(isinstance(segment, Arc) for segment in loop.segments):
        return "with arcs"
    corners = [loop.start, *(segment.end for segment in loop.segments)]
    square = all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(corners))
    num = len(loop.segments)
    return ("rectangle" if num == 4 else "right angles") if square else "triangle" if num == 3 else "slanted"


def extents(parts: Parts) -> np.ndarray:
    """(N, 3), the longest first."""
    return np.array([sorted(np.ptp(solid.bounds, axis=0), reverse=True) for _, solid in parts])


@cache
def encode() -> Callable[[str], list[int]]:
    return compact(image_size=64).tokenizer.encode


MEASURES: dict[str, Callable[[Parts], np.ndarray]] = {
    "middle / longest extent": lambda parts: extents(parts)[:, 1] / extents(parts)[:, 0],
    "shortest / longest extent": lambda parts: extents(parts)[:, 2] / extents(parts)[:, 0],
    "volume / box": lambda parts: np.array([solid.volume for _, solid in parts]) / extents(parts).prod(1),
    "tokens": lambda parts: np.array([len(encode()(write(program))) for program, _ in parts]),
}


def coverage(arguments: argparse.Namespace, num: int) -> None:
    first = first_sample_program()

    def first_solid(number: int) -> Solid:
        return build(first(draw_seed(SEED, number)))

    found = {
        "the first generator": nearness(first_solid, arguments.data, num),
        "this one": nearness(lambda number: draft(number).solid, arguments.data, num),
    }
    rows = (
        (name, f"{s.mean():.3f}", *(f"{q:.3f}" for q in np.percentile(s, (0, 10, 25, 50))), f"{(s > 0.95).mean():.0%}")
        for name, s in found.items()
    )
    table(f"best of {num}", "mean", "least", "10%", "25%", "median", "over 0.95", rows=rows)
    print()
    order = np.argsort(found["this one"])[:12]
    names = [real.id for real in reals(arguments.data)]
    table("farthest from ours", *found, rows=((names[i], *(f"{s[i]:.3f}" for s in found.values())) for i in order))


def nearness(make: Callable[[int], Solid], data: Path, num: int) -> np.ndarray:
    """The best `iou_aligned` that was found for each real part among make(0), make(1), ..."""
    numbers = []

    def built() -> Iterator[Solid]:
        for number in range(num):
            try:
                solid = make(number)
            except NotCovered:
                continue
            numbers.append(number)
            yield solid

    looks = looks_of(built())
    return np.array([best(real.solid, looks, lambda i: make(numbers[i]))[0] for real in reals(data)])


def probe(arguments: argparse.Namespace, num: int) -> None:
    real = np.array([features(r.picture) for r in reals(arguments.data)])
    same = np.array([features(render(r.solid)) for r in reals(arguments.data)])
    drawn = np.array([features(render(draft(number).solid)) for number in range(num)])

    sets = np.array_split(drawn, num // len(real))
    rows = (
        ("real pictures and ours of the same programs", *told(real, [same], True)),
        (f"real pictures and as many of our parts, {len(sets)} times", *told(real, sets, False)),
        ("some of our parts and others, which none can tell", *told(sets[0], sets[1:], False)),
    )
    table("told apart", "accuracy", "deviation", "what differs most, in deviations", rows=rows)


def told(a: np.ndarray, sets: Sequence[np.ndarray], paired: bool) -> tuple[str, str, str]:
    found = [accuracy(a, b[: len(a)], paired) for b in sets]
    mean = np.mean([value for value, _ in found])
    spread = np.std([value for value, _ in found]) if len(found) > 1 else found[0][1]
    return f"{mean:.2f}", f"{spread:.2f}", ", ".join(telling(a, np.concatenate(sets)))


def sheet(arguments: argparse.Namespace, num: int) -> None:
    ours = [small(render(draft(number).solid)) for number in range(100)]
    Image.fromarray(tiled(ours, 10)).save(arguments.out / "sheet.png")
    print(f"100 parts: {arguments.out / 'sheet.png'}")
    if arguments.beside:
        real = [small(r.picture) for r in reals(arguments.data)]
        gap = np.zeros((6 * 160, 4, 3), np.uint8)
        Image.fromarray(np.hstack([tiled(real[:54], 9, 6), gap, tiled(ours[:54], 9, 6)])).save(arguments.beside)


def small(picture: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(picture).resize((160, 160), Image.Resampling.BOX))


def styles(arguments: argparse.Namespace, num: int) -> None:
    """100 parts in styles, whatever their shape in the middle of a pink square; what is transparent is pink as well."""
    drawn = (Image.fromarray(Styles().draw(draft(number).solid, 448, number)) for number in range(100))
    Image.fromarray(tiled([np.asarray(on_pink(picture)) for picture in drawn], 10)).save(arguments.out / "styles.png")
    print(f"100 pictures: {arguments.out / 'styles.png'}")
    looks = [Styles(weights={name: 1}) for name in WEIGHTS]
    solids = [draft(number).solid for number in range(num)]
    times = {
        size: [timed(lambda n, look=look, size=size: look.draw(solids[n], size, n), num) for look in looks]
        for size in (SIZE, 2 * SIZE)
    }
    mixed = {size: timed(lambda n, size=size: Styles().draw(solids[n], size, n), num) for size in times}
    rows = [(name, *(f"{ms[i]:.2f}" for ms in times.values())) for i, name in enumerate(WEIGHTS)]
    rows.append(("all, by weight", *(f"{ms:.2f}" for ms in mixed.values())))
    table("look", *(f"ms, {size} px" for size in times), rows=rows)


def on_pink(picture: Image.Image) -> Image.Image:
    ground = Image.new("RGB", (160, 160), (255, 0, 255))
    tile = picture.copy()
    tile.thumbnail((156, 156), Image.Resampling.BOX)
    at = ((160 - tile.width) // 2, (160 - tile.height) // 2)
    ground.paste(tile, at, tile if tile.mode == "RGBA" else None)
    return ground


def tiled(tiles: Sequence[np.ndarray], columns: int, rows: int = 0) -> np.ndarray:
    num = columns * (rows or -(-len(tiles) // columns))
    filled = [*tiles, *[np.full_like(tiles[0], 255)] * (num - len(tiles))]
    return np.vstack([np.hstack(filled[i : i + columns]) for i in range(0, num, columns)])


SECTIONS = {
    "seconds": seconds,
    "duplicates": duplicates,
    "kernel": kernel,
    "distribution": distribution,
    "coverage": coverage,
    "probe": probe,
    "sheet": sheet,
    "styles": styles,
}

if __name__ == "__main__":
    main()
