"""python -m cadgen.infer IMAGE... --out DIR [--ckpt RUN]: per picture part.py, part.step, part.stl, preview.png.

Of several pictures also sheet.png, input beside output, of the first 200.
The exit status is 1 when a picture gave no solid; its part.py is written all the same, with the reason.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import chain, count
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.progress import Progress

from cadgen.data import ImageError, load_image, squared
from cadgen.decode import Candidate, Case, Decoded, Decoder, batches, decode, load_decoder
from cadgen.eval.case import case_of
from cadgen.model import CheckpointError, Network, find_checkpoint, load_network
from cadgen.report.sheet import Cell, write_cells
from cadgen.shape import Execution, Sandbox, SandboxUnavailable, render

LARGEST_SHEET = 200  # pictures
BATCH = 16  # pictures that the network sees together


def generate(image: Path | str | Image.Image, ckpt: Path | str = "shipped", decoding: str = "greedy") -> Candidate:
    """The program for one picture. `decoding` names a file of conf/decoding, `ckpt` a run or checkpoint folder."""
    network = load_network(find_checkpoint(str(ckpt))).eval()
    picture = squared(image, "the picture") if isinstance(image, Image.Image) else load_image(Path(image))
    with Sandbox(workers=1, profile="interp") as box:
        (decoded,) = decode(network, load_decoder(decoding), [case_of("picture", picture, network.image_size)], box)
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
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as draft:
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
    names = _folder_names(arguments.images)
    # All, before any is written.
    wanted = [
        case_of(name, load_image(path), network.image_size) for name, path in zip(names, arguments.images, strict=True)
    ]
    paths = dict(zip(names, arguments.images, strict=True))
    failures = 0
    cells: list[Cell] = []
    with Sandbox(workers=2, profile="interp") as box:
        for case, decoded in _decoded(network, decoder, wanted, box):
            (execution,) = box.run([decoded.candidate.code])
            preview = render(execution.solid) if execution.solid else None
            write_part(arguments.out / case.id, decoded.candidate, execution, preview, box)
            missing = f"no solid: {execution.status}"
            told = f"{execution.solid.volume:.6g} cubic units" if execution.solid else missing
            print(f"{paths[case.id]} -> {arguments.out / case.id} ({told})")
            failures += execution.solid is None
            if len(cells) < LARGEST_SHEET:
                cells.append(Cell(Image.fromarray(case.picture), preview, missing, (case.id, told)))
    if len(cells) > 1:
        print(f"sheet: {write_cells(arguments.out / 'sheet.png', cells)}")
    return 1 if failures else 0


def _decoded(
    network: Network, decoder: Decoder, wanted: Sequence[Case], box: Sandbox
) -> Iterator[tuple[Case, Decoded]]:
    """The pictures and what is offered for them, a batch at a time, so that what is done is on disk."""
    with Progress(console=Console(stderr=True), disable=len(wanted) == 1) as progress:
        task = progress.add_task("pictures", total=len(wanted))
        for batch in batches(wanted, BATCH):
            for pair in zip(batch, decode(network, decoder, batch, box), strict=True):
                yield pair
                progress.advance(task)


def _folder_names(images: Sequence[Path]) -> list[str]:
    """One folder a picture, named after it; pictures of one name get a number."""
    names: list[str] = []
    for path in images:
        name = next(n for n in chain([path.stem], (f"{path.stem}_{k}" for k in count(2))) if n not in names)
        names.append(name)
    return names


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m cadgen.infer", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "images", nargs="+", type=Path, metavar="IMAGE", help="PNG or JPEG of a part, isometric, on white"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder; each picture gets a folder of its own in it")
    parser.add_argument("--decoding", default="greedy", help="a file of conf/decoding (default: greedy)")
    parser.add_argument("--ckpt", default="shipped", help="a run or checkpoint folder (default: the shipped weights)")
    try:
        return _run(parser.parse_args())
    except (ImageError, CheckpointError, SandboxUnavailable, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
