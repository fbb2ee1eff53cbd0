"""python -m cadgen.infer IMAGE... --out DIR [--size 120mm]: per picture part.py, part.step, part.stl, preview.png.

All in millimetres. A picture does not tell how large a part is: the longest side of the box around it is 100 mm, or
what --size says. Of several pictures also sheet.png, input beside output, of the first 200. With --one-part they all
show one part, which is written once, into a folder named after the first of them: what one picture hides, another may
show.
A part's likeness is how well its drawing agrees with the picture, its confidence the probability that it is right;
where that is low, a warning on stderr says what speaks against it.
The exit status is 0 when every picture gave a solid; 1 when one could not be read, which is told on stderr, or gave no
solid, whose part.py is written all the same, with the reason; 2 when nothing could be done, or no more.
"""

import argparse
import math
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from cadgen.decode import Case, Decoded, Decoder, Refine, batches, decode, load_decoder
from cadgen.infer.folder_name import SHEET, folder_names
from cadgen.infer.part_folder import made, told_cameras, told_json, told_unread, write_part
from cadgen.infer.pictures import FREE, Reader, cameras_of, readable
from cadgen.interrupt import run_command
from cadgen.label import shown
from cadgen.mistake import without_traceback
from cadgen.model import Gate, Network, load_reader
from cadgen.paths import writing
from cadgen.picture import PictureError
from cadgen.report.sheet import Cell, write_cells
from cadgen.shape import NAMED, Sandbox, render
from cadgen.size import DEFAULT_MM, SizeError, length_mm

BATCH = 16  # pictures that the network sees together
_EXAMPLES = """examples:
  python -m cadgen.infer part.png --out parts                          100 mm long
  python -m cadgen.infer part.png --out parts --size 4.5in --decoding refine --budget 30
  python -m cadgen.infer front.png iso.png --one-part --view front --view any --decoding refine --out parts
  python -m cadgen.infer *.png --out parts --json | jq .extents_mm
"""


def _parts(arguments: argparse.Namespace) -> dict[str, list[Path]]:
    """The pictures of each part, by the name of its folder. Raises `ValueError`."""
    images: list[Path] = arguments.images
    if arguments.one_part:
        return {folder_names(images)[0]: images}
    if arguments.view and len(images) > 1:
        raise ValueError("--view is for the pictures of one part; add --one-part, or give one picture at a time")
    return {name: [path] for name, path in zip(folder_names(images), images, strict=True)}


def _decoder(name: str, budget_s: float | None) -> Decoder:
    """The decoding, with so many seconds for each part. Raises `ValueError`."""
    decoder = load_decoder(name)
    if budget_s is None:
        return decoder
    if not isinstance(decoder.choose, Refine):
        raise ValueError(f"--budget is for decodings that search, which {name} does not; add --decoding refine")
    return replace(decoder, choose=replace(decoder.choose, budget_s=budget_s))


def _run(arguments: argparse.Namespace) -> int:
    parts = _parts(arguments)
    cameras = cameras_of(arguments.view, len(arguments.images))
    decoder = _decoder(arguments.decoding, arguments.budget)
    network = load_reader(arguments.ckpt)
    reader = Reader(network.sight, _warn, cameras, arguments.page)
    unread: list[str] = []

    def note_unread(name: str, error: PictureError) -> None:
        unread.append(name)
        print(f"error: {shown(str(error))}", file=sys.stderr)
        if arguments.json:
            print(told_unread(name, parts[name], error), flush=True)

    if arguments.strict:  # all, before anything is written
        wanted = iter([reader.case(name, paths) for name, paths in parts.items()])
    else:
        wanted = readable(parts, reader, note_unread)
    _check_output(arguments.out, parts)
    failures = 0
    cells: list[Cell] = []
    with Sandbox(workers=2, profile="interp") as box:
        for case, decoded in _decoded(network, decoder, wanted, len(parts), unread, box):
            part = made(decoded.candidate, arguments.size, box)
            solid, folder = part.execution.solid, arguments.out / case.id
            preview = render(solid) if solid else None
            with writing(folder):
                files = write_part(folder, part, preview, box)
            named = ", ".join(map(str, parts[case.id]))
            if arguments.json:
                print(told_json(case.id, parts[case.id], part, files), flush=True)
            else:
                _tell(f"{named} -> {folder} ({part.told}{told_cameras(part.candidate.cameras)})")
            if part.candidate.reason:
                _warn(f"{named}: doubtful (confidence {part.candidate.confidence:.2f}): {part.candidate.reason}")
            failures += solid is None
            if case.id in reader.shown_small:
                missing = f"no solid: {part.execution.status}"
                cells.append(Cell(reader.shown_small[case.id], preview, missing, (case.id, part.told)))
    if len(cells) > 1:
        with writing(arguments.out / SHEET):
            sheet = write_cells(arguments.out / SHEET, cells)
        if not arguments.json:
            _tell(f"sheet: {sheet}")
    return 1 if failures or unread else 0


def _tell(line: str) -> None:
    """Prints it, with escapes for what a terminal would obey and for letters that stdout has not."""
    encoding = sys.stdout.encoding or "utf-8"
    print(shown(line).encode(encoding, "backslashreplace").decode(encoding))


def _warn(line: str) -> None:
    print(f"warning: {shown(line)}", file=sys.stderr)


def _check_output(out: Path, names: Iterable[str]) -> None:
    """Before an hour's work is done in vain. Raises `OutputError`."""
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    there = [out / name for name in names if os.path.exists(out / name)]  # False for a name that is too long
    for folder in (out, *there):
        with writing(folder), tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"0")
            file.flush()


def _decoded(
    network: Network | Gate, decoder: Decoder, wanted: Iterator[Case], num: int, unread: Sequence[str], box: Sandbox
) -> Iterator[tuple[Case, Decoded]]:
    """The parts and what is offered for them, a batch at a time, so that what is done is on disk."""
    console = Console(stderr=True)
    # What is told goes to stdout also while a bar is drawn on stderr: one may be a terminal and the other a pipe.
    is_one_terminal = sys.stdout.isatty()
    with Progress(console=console, disable=not console.is_terminal, redirect_stdout=is_one_terminal) as progress:
        task = progress.add_task("pictures", total=num)
        done = 0
        for batch in batches(wanted, BATCH):
            for pair in zip(batch, decode(network, decoder, batch, box), strict=True):
                yield pair
                done += 1
                progress.update(task, completed=done + len(unread))


def parser() -> argparse.ArgumentParser:
    """What the command is given."""
    parser = argparse.ArgumentParser(
        prog="python -m cadgen.infer",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "images",
        nargs="+",
        type=Path,
        metavar="IMAGE",
        help="PNG, JPEG, PDF ... of a part, of any look and view",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder; each part gets a folder of its own in it")
    parser.add_argument(
        "--size",
        type=_length,
        default=DEFAULT_MM,
        metavar="LENGTH",
        help="of the longest side of the box around the part, along the axes: 120, 120mm, 12cm, 4.5in (default: 100mm)",
    )
    parser.add_argument(
        "--one-part",
        action="store_true",
        help="all pictures show the same part; with a decoding that looks (visual, refine) it is made like all of them",
    )
    parser.add_argument(
        "--view",
        action="append",
        default=[],
        metavar="NAME",
        help=f"what the picture shows, one for each in their order: {', '.join(NAMED)}, or {FREE} (default) where it is"
        " to be found; with --one-part or one picture, for decodings that look",
    )
    parser.add_argument("--page", type=int, default=1, metavar="N", help="page of the PDF files (default: 1)")
    parser.add_argument("--decoding", default="greedy", help="a file of conf/decoding (default: greedy)")
    parser.add_argument(
        "--budget", type=_seconds, metavar="SECONDS", help="for the search of each part, which then answers its best"
    )
    parser.add_argument("--ckpt", default="shipped", help="a run or checkpoint folder (default: the shipped weights)")
    parser.add_argument("--json", action="store_true", help="tell a JSON object of each part, a line, on stdout")
    parser.add_argument("--strict", action="store_true", help="all pictures or none: a bad one ends the command")
    return parser


def _length(text: str) -> float:
    try:
        return length_mm(text)
    except SizeError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} are no seconds; give a number above 0, as in --budget 30")
    return seconds


def main() -> int:
    return without_traceback(partial(_run, parser().parse_args()))


if __name__ == "__main__":
    run_command(main)
