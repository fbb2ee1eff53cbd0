"""python -m cadgen.infer IMAGE... --out DIR [--ckpt RUN]: per picture part.py, part.step, part.stl, preview.png.

Of several pictures also sheet.png, input beside output, of the first 200.
The exit status is 0 when every picture gave a solid; 1 when one could not be read, which is told on stderr, or gave no
solid, whose part.py is written all the same, with the reason; 2 when nothing could be done, or no more.
"""

import argparse
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.progress import Progress

from cadgen.decode import Candidate, Case, Decoded, Decoder, batches, decode, load_decoder
from cadgen.eval.case import case_of
from cadgen.interrupt import run_command
from cadgen.label import shown
from cadgen.model import Network, find_checkpoint, load_network
from cadgen.paths import writing
from cadgen.picture import Picture, PictureError, Sight, read, see, squared
from cadgen.report.sheet import Cell, write_cells
from cadgen.shape import Execution, Sandbox, SandboxUnavailable, render

LARGEST_SHEET = 200  # pictures
_SHEET = "sheet.png"
_SMALL = 200  # pixels a side of a picture on the sheet
_LONGEST_NAME = 255  # bytes of a file's name, on every usual file system
BATCH = 16  # pictures that the network sees together


def generate(
    image: Path | str | Image.Image, ckpt: Path | str = "shipped", decoding: str = "greedy", page: int = 1
) -> Candidate:
    """The program for one picture. `decoding` names a file of conf/decoding, `ckpt` a run or checkpoint folder.

    `page` counts from 1 and is for PDF files alone. Raises `PictureError`.
    """
    network = load_network(find_checkpoint(str(ckpt))).eval()
    picture = read(image if isinstance(image, Image.Image) else Path(image), page=page)
    with Sandbox(workers=1, profile="interp") as box:
        (decoded,) = decode(network, load_decoder(decoding), [case_of("picture", picture, network.sight)], box)
    return decoded.candidate


def write_part(
    folder: Path, candidate: Candidate, execution: Execution, preview: np.ndarray | None, box: Sandbox
) -> None:
    """Fills `folder`, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    files: dict[str, bytes] = {"part.py": candidate.code.encode()}
    if execution.solid is None:
        files["part.py"] = (
            f"# This program gives no solid: {execution.status}: {execution.error}\n".encode() + files["part.py"]
        )
    else:
        files["part.step"] = box.export(execution.solid, "step")
        files["part.stl"] = box.export(execution.solid, "stl")
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".draft.") as draft:
        for name, content in files.items():
            (Path(draft) / name).write_bytes(content)
        if preview is not None:
            Image.fromarray(preview).save(Path(draft) / "preview.png")
        folder.mkdir(exist_ok=True)
        for path in Path(draft).iterdir():
            path.replace(folder / path.name)


def _run(arguments: argparse.Namespace) -> int:
    decoder = load_decoder(arguments.decoding)
    network = load_network(find_checkpoint(arguments.ckpt)).eval()
    paths = dict(zip(_folder_names(arguments.images), arguments.images, strict=True))
    unread: list[Path] = []
    shown_small: dict[str, Picture] = {}
    if arguments.strict:  # all, before anything is written
        wanted = iter([_case(name, path, arguments.page, network.sight, shown_small) for name, path in paths.items()])
    else:
        wanted = _readable(paths, arguments.page, network.sight, unread, shown_small)
    _check_output(arguments.out, paths)
    failures = 0
    cells: list[Cell] = []
    with Sandbox(workers=2, profile="interp") as box:
        for case, decoded in _decoded(network, decoder, wanted, len(paths), unread, box):
            (execution,) = box.run([decoded.candidate.code])
            preview = render(execution.solid) if execution.solid else None
            with writing(arguments.out / case.id):
                write_part(arguments.out / case.id, decoded.candidate, execution, preview, box)
            missing = f"no solid: {execution.status}"
            told = f"{execution.solid.volume:.6g} cubic units" if execution.solid else missing
            _tell(f"{paths[case.id]} -> {arguments.out / case.id} ({told})")
            failures += execution.solid is None
            if case.id in shown_small:
                cells.append(Cell(shown_small[case.id], preview, missing, (case.id, told)))
    if len(cells) > 1:
        with writing(arguments.out / _SHEET):
            sheet = write_cells(arguments.out / _SHEET, cells)
        _tell(f"sheet: {sheet}")
    return 1 if failures or unread else 0


def _case(name: str, path: Path, page: int, sight: Sight, shown_small: dict[str, Picture]) -> Case:
    """The picture as it is decoded, with what is doubted told; a small one of it goes to `shown_small`."""
    picture = read(path, page=page)
    try:
        seen = see(picture)
        case = case_of(name, picture, sight, seen)
    except PictureError as error:
        raise PictureError(f"{path}: {error}") from None
    for doubt in seen.doubts:
        print(f"warning: {shown(f'{path}: {doubt}')}", file=sys.stderr)
    if len(shown_small) < LARGEST_SHEET:
        shown_small[name] = Picture(squared(picture, _SMALL))
    return case


def _readable(
    paths: Mapping[str, Path], page: int, sight: Sight, unread: list[Path], shown_small: dict[str, Picture]
) -> Iterator[Case]:
    """The pictures by their names, each loaded when it is asked for; those that cannot be are told and noted."""
    for name, path in paths.items():
        try:
            yield _case(name, path, page, sight, shown_small)
        except PictureError as error:
            unread.append(path)
            print(f"error: {shown(str(error))}", file=sys.stderr)


def _tell(line: str) -> None:
    """Prints it, with escapes for what a terminal would obey and for letters that stdout has not."""
    encoding = sys.stdout.encoding or "utf-8"
    print(shown(line).encode(encoding, "backslashreplace").decode(encoding))


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
    network: Network, decoder: Decoder, wanted: Iterator[Case], num: int, unread: Sequence[Path], box: Sandbox
) -> Iterator[tuple[Case, Decoded]]:
    """The pictures and what is offered for them, a batch at a time, so that what is done is on disk."""
    with Progress(console=Console(stderr=True), disable=num == 1) as progress:
        task = progress.add_task("pictures", total=num)
        done = 0
        for batch in batches(wanted, BATCH):
            for pair in zip(batch, decode(network, decoder, batch, box), strict=True):
                yield pair
                done += 1
                progress.update(task, completed=done + len(unread))


def _folder_names(images: Sequence[Path]) -> list[str]:
    """One folder a picture, named after it; names that came before or mean another place get a number."""
    taken = {"", ".", "..", _SHEET}  # "..png" has the stem "."
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(2))
    names: list[str] = []
    for path in images:
        name = path.stem
        while name in taken:
            name = _numbered(path.stem, next(numbers[path.stem]))
        taken.add(name)
        names.append(name)
    return names


def _numbered(stem: str, number: int) -> str:
    """With the number behind it, the stem cut where the two would be too long for a file system."""
    end = f"_{number}"
    stem = stem[:_LONGEST_NAME]
    while len((stem + end).encode("utf-8", "surrogatepass")) > _LONGEST_NAME:
        stem = stem[:-1]
    return stem + end


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m cadgen.infer", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "images",
        nargs="+",
        type=Path,
        metavar="IMAGE",
        help="PNG, JPEG, PDF ... of a part, isometric, on white",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder; each picture gets a folder of its own in it")
    parser.add_argument(
        "--page", type=int, default=1, metavar="N", help="page of the PDF files, counted from 1 (default: 1)"
    )
    parser.add_argument("--decoding", default="greedy", help="a file of conf/decoding (default: greedy)")
    parser.add_argument("--ckpt", default="shipped", help="a run or checkpoint folder (default: the shipped weights)")
    parser.add_argument("--strict", action="store_true", help="all pictures or none: a bad one ends the command")
    arguments = parser.parse_args()
    try:
        return _run(arguments)
    except BrokenPipeError:
        raise
    except (SandboxUnavailable, ValueError, OSError) as error:
        print(f"error: {shown(str(error))}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    run_command(main)
