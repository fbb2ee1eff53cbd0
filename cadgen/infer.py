"""python -m cadgen.infer IMAGE... --out DIR [--ckpt RUN]: per picture part.py, part.step, part.stl, preview.png.

Of several pictures also sheet.png, input beside output, of the first 200. With --one-part they all show one part, which
is written once, into a folder named after the first of them: what one picture hides, another may show.
A part's confidence is the probability that it is right; where it is low, a warning on stderr says what speaks against
it. Both stand in part.py too.
The exit status is 0 when every picture gave a solid; 1 when one could not be read, which is told on stderr, or gave no
solid, whose part.py is written all the same, with the reason; 2 when nothing could be done, or no more.
"""

import argparse
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from cadgen.model import Gate, Network, load_reader
from cadgen.paths import writing
from cadgen.picture import Picture, PictureError, Seen, Sight, Sights, read, see, squared
from cadgen.report.sheet import Cell, write_cells
from cadgen.shape import NAMED, Camera, Execution, Sandbox, SandboxUnavailable, render

LARGEST_SHEET = 200  # pictures
_SHEET = "sheet.png"
_SMALL = 200  # pixels a side of a picture on the sheet
_LONGEST_NAME = 255  # bytes of a file's name, on every usual file system
BATCH = 16  # pictures that the network sees together
FREE = "any"  # the view of a picture whose camera is to be found

Source = Path | str | Image.Image


def generate(
    image: Source | Sequence[Source],
    ckpt: Path | str = "shipped",
    decoding: str = "greedy",
    views: Sequence[str] | None = None,
    page: int = 1,
) -> Candidate:
    """The program for one picture, or for several pictures of one part.

    `decoding` names a file of conf/decoding, `ckpt` a run or checkpoint folder; `views` names the view of each picture
    (front, back, left, right, top, bottom, iso), "any" where it is to be found. Decodings that look at no picture, such
    as greedy, make no use of them. `page` counts from 1 and is for PDF files alone. Raises `ValueError`.
    """
    images = [image] if isinstance(image, (Path, str, Image.Image)) else list(image)
    if not images:
        raise ValueError("no picture; give one at least")
    cameras = _cameras(views or (), len(images))
    network = load_reader(str(ckpt))
    pictures = [read(one if isinstance(one, Image.Image) else Path(one), page=page) for one in images]
    case = case_of("picture", pictures, network.sight, cameras=cameras)
    with Sandbox(workers=1, profile="interp") as box:
        (decoded,) = decode(network, load_decoder(decoding), [case], box)
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
        files["part.py"] = _told_confidence(candidate).encode() + files["part.py"]
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


def _told_confidence(candidate: Candidate) -> str:
    """A comment of one line; nothing where nobody asked."""
    if candidate.confidence is None:
        return ""
    return f"# {shown(': '.join(filter(None, (f'confidence {candidate.confidence:.2f}', candidate.reason))))}\n"


def _cameras(views: Sequence[str], num_pictures: int) -> tuple[Camera | None, ...]:
    """The cameras of the views, None for one that is free; none where no view is named. Raises `ValueError`."""
    choices = (*NAMED, FREE)
    if unknown := [view for view in views if view not in choices]:
        raise ValueError(f"view {unknown[0]} is unknown; choose one of {', '.join(choices)}")
    if views and len(views) != num_pictures:
        counts = f"views: {len(views)}, pictures: {num_pictures}"
        raise ValueError(f"{counts}; name one view for each picture, in their order, {FREE} where it is to be found")
    return tuple(NAMED.get(view) for view in views)


def _parts(arguments: argparse.Namespace) -> dict[str, list[Path]]:
    """The pictures of each part, by the name of its folder. Raises `ValueError`."""
    images: list[Path] = arguments.images
    if arguments.one_part:
        return {_folder_names(images)[0]: images}
    if arguments.view and len(images) > 1:
        raise ValueError("--view is for the pictures of one part; add --one-part, or give one picture at a time")
    return {name: [path] for name, path in zip(_folder_names(images), images, strict=True)}


def _run(arguments: argparse.Namespace) -> int:
    parts = _parts(arguments)
    cameras = _cameras(arguments.view, len(arguments.images))
    decoder = load_decoder(arguments.decoding)
    network = load_reader(arguments.ckpt)
    reader = _Reader(network.sight, cameras, arguments.page)
    unread: list[str] = []
    shown_small: dict[str, Picture] = {}
    if arguments.strict:  # all, before anything is written
        wanted = iter([reader.case(name, paths, shown_small) for name, paths in parts.items()])
    else:
        wanted = _readable(parts, reader, unread, shown_small)
    _check_output(arguments.out, parts)
    failures = 0
    cells: list[Cell] = []
    with Sandbox(workers=2, profile="interp") as box:
        for case, decoded in _decoded(network, decoder, wanted, len(parts), unread, box):
            (execution,) = box.run([decoded.candidate.code])
            preview = render(execution.solid) if execution.solid else None
            with writing(arguments.out / case.id):
                write_part(arguments.out / case.id, decoded.candidate, execution, preview, box)
            missing = f"no solid: {execution.status}"
            told = f"{execution.solid.volume:.6g} cubic units" if execution.solid else missing
            told += f", confidence {decoded.candidate.confidence:.2f}"
            named = ", ".join(map(str, parts[case.id]))
            _tell(f"{named} -> {arguments.out / case.id} ({told}{_told_cameras(decoded.candidate.cameras)})")
            if decoded.candidate.reason:
                _warn(f"{named}: doubtful (confidence {decoded.candidate.confidence:.2f}): {decoded.candidate.reason}")
            failures += execution.solid is None
            if case.id in shown_small:
                cells.append(Cell(shown_small[case.id], preview, missing, (case.id, told)))
    if len(cells) > 1:
        with writing(arguments.out / _SHEET):
            sheet = write_cells(arguments.out / _SHEET, cells)
        _tell(f"sheet: {sheet}")
    return 1 if failures or unread else 0


def _told_cameras(cameras: Sequence[Camera]) -> str:
    """Where each picture was found to be taken from; nothing where nobody looked."""
    told = [
        f"azimuth {round(camera.azimuth)}, elevation {round(camera.elevation)}, perspective {camera.perspective:.2g}"
        for camera in cameras
    ]
    return f"; seen from {'; from '.join(told)}" if told else ""


@dataclass(frozen=True)
class _Reader:
    """How pictures become cases. cameras: of the pictures of a part, none where all are free; page: of PDF files."""

    sight: Sight | Sights
    cameras: tuple[Camera | None, ...] = ()
    page: int = 1

    def case(self, name: str, paths: Sequence[Path], shown_small: dict[str, Picture]) -> Case:
        """A part as it is decoded, with what is doubted told; a small first picture of it goes to `shown_small`."""
        pictures, seen = zip(*map(self._seen, paths), strict=True)
        if len(shown_small) < LARGEST_SHEET:
            shown_small[name] = Picture(squared(pictures[0], _SMALL))
        return case_of(name, pictures, self.sight, seen, self.cameras)

    def _seen(self, path: Path) -> tuple[Picture, Seen]:
        picture = read(path, page=self.page)
        try:
            seen = see(picture)
        except PictureError as error:
            raise PictureError(f"{path}: {error}") from None
        for doubt in seen.doubts:
            _warn(f"{path}: {doubt}")
        return picture, seen


def _readable(
    parts: Mapping[str, Sequence[Path]], reader: _Reader, unread: list[str], shown_small: dict[str, Picture]
) -> Iterator[Case]:
    """The parts by their names, each loaded when it is asked for; those with a bad picture are told and noted."""
    for name, paths in parts.items():
        try:
            yield reader.case(name, paths, shown_small)
        except PictureError as error:
            unread.append(name)
            print(f"error: {shown(str(error))}", file=sys.stderr)


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
        help="PNG, JPEG, PDF ... of a part, of any look and view",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder; each part gets a folder of its own in it")
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
