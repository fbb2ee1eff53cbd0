"""python -m cadgen.report RUN...: one HTML file of judged runs that opens offline: scores, and every answer to look at.

A run folder holds no pictures and no truths. --data names the dataset that it was judged on: once for all runs, or once
for each; without it the page shows the answers alone. The folder that run.json names is not opened: a run of strangers
may name any.
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from cadgen.data import Sample, gencad, read_beside, read_shards
from cadgen.eval.row import CANDIDATES, read_rows
from cadgen.eval.truth_files import tell_left_out, truths_of
from cadgen.interrupt import run_command
from cadgen.mistake import without_traceback
from cadgen.paths import writing
from cadgen.report.page import LIMIT, PAGE, JudgedRun, write_page
from cadgen.shape import Sandbox

_EXAMPLES = """examples:
  python -m cadgen.report outputs/evaluate/RUN --data data/gencad       report.html in the run's folder
  python -m cadgen.report RUN RUN --data A --data B --out both.html     each run with its own dataset
"""


def parser() -> argparse.ArgumentParser:
    """What the command is given."""
    parser = argparse.ArgumentParser(
        prog="python -m cadgen.report",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run folders (or rows.jsonl files)")
    parser.add_argument(
        "--data",
        action="append",
        type=Path,
        default=[],
        metavar="FOLDER",
        help="the dataset of all runs, or of each: manifest.jsonl, shards, the hub's parquet files, NAME.png + NAME.py",
    )
    parser.add_argument("--split", default="validation", help="of parquet files of the hub (default: validation)")
    parser.add_argument("--against", help="the decoding that differences are taken against; default: the first line")
    parser.add_argument(
        "--limit", type=int, default=LIMIT, help="answers with pictures and solids (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, help="the file; default: report.html in the folder of the first run")
    return parser


def main() -> int:
    return without_traceback(partial(_run, parser().parse_args()))


def _run(arguments: argparse.Namespace) -> int:
    if arguments.limit < 0:
        raise ValueError(f"--limit {arguments.limit}: give a number from 0 on")
    folders = _folder_each(arguments.runs, arguments.data)
    out = arguments.out or _home(arguments.runs[0]) / PAGE
    datasets = {folder: _samples(folder, arguments.split) for folder in dict.fromkeys(arguments.data)}
    with Sandbox(workers=len(os.sched_getaffinity(0))) as box:
        runs = [_judged(run, datasets.get(folder, []), box) for run, folder in folders.items()]
        with writing(out):
            write_page(out, runs, box, arguments.limit, arguments.against)
    if not arguments.data:
        print("it has no pictures and no truths: name the dataset that the runs were judged on with --data FOLDER")
    print(f"written to {out} ({out.stat().st_size / 1e6:.1f} MB); open it in a browser")
    return 0


def _folder_each(runs: Sequence[Path], data: Sequence[Path]) -> dict[Path, Path | None]:
    if len(data) not in (0, 1, len(runs)):
        raise ValueError(f"--data is given {len(data)} times for {len(runs)} runs; give it once, or once for each run")
    folders: list[Path | None] = [*data] * len(runs) if len(data) == 1 else [*data] or [None] * len(runs)
    return dict(zip(runs, folders, strict=True))


def _samples(folder: Path, split: str) -> list[Sample]:
    """The samples of a dataset, whichever way it lies on disk. Raises `DataError`."""
    if any(folder.glob("shard-*.parquet")):
        return read_shards(folder)
    if any(folder.glob("*.py")) and not (folder / "manifest.jsonl").is_file():
        return read_beside(folder)
    return gencad(split, folder)


def _judged(run: Path, samples: Sequence[Sample], box: Sandbox) -> JudgedRun:
    rows = read_rows(run)
    ids = {row.id for row in rows}
    # STEP files are not shown, and take long to read.
    own = [replace(sample, step=None) for sample in samples if sample.id in ids]
    if samples and not own:
        raise ValueError(f"none of the {len(samples)} samples is one of {run}; name the dataset that it was judged on")
    truths, left_out = truths_of(own, box)
    tell_left_out(left_out)
    folder = _home(run)
    candidates = read_rows(folder / CANDIDATES) if (folder / CANDIDATES).is_file() else []
    return JudgedRun(str(run), folder, rows, candidates, {sample.id: sample for sample in own}, truths)


def _home(run: Path) -> Path:
    return run if run.is_dir() else run.parent


if __name__ == "__main__":
    run_command(main)
