"""python -m cadgen.infer IMAGE... --out DIR [--ckpt RUN]: per picture part.py, part.step, part.stl, preview.png.

Of several pictures also sheet.png, input beside output, of the first 200.
The exit status is 1 when a picture gave no solid; its part.py is written all the same, with the reason.
"""

import argparse
import pkgutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import chain, count
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image
from rich.console import Console
from rich.progress import track

from cadgen.bench import Case, Truth, decode, references
from cadgen.data import ImageError, Sample, load_image, squared, to_grey, to_tensor
from cadgen.decode import Candidate, Decoder
from cadgen.decode.look import SIDE
from cadgen.model import CheckpointError, Network, find_checkpoint, load_network
from cadgen.paths import config_folder
from cadgen.shape import Execution, Sandbox, SandboxUnavailable, render
from cadgen.sheet import Cell, write_cells

LARGEST_SHEET = 200  # pictures


def generate(image: Path | str | Image.Image, ckpt: Path | str = "shipped", decoding: str = "greedy") -> Candidate:
    """The program for one picture. `decoding` names a file of conf/decoding, `ckpt` a run or checkpoint folder."""
    network = load_network(find_checkpoint(str(ckpt))).eval()
    picture = squared(image, "the picture") if isinstance(image, Image.Image) else load_image(Path(image))
    with Sandbox(workers=1, profile="interp") as box:
        (decoded,) = decode(network, load_decoder(decoding), [_case("picture", "", picture, network.image_size)], box)
    return decoded.candidate


def load_decoder(name: str) -> Decoder:
    """The decoder that conf/decoding/<name>.yaml describes. Raises `ValueError` listing the names there are."""
    folder = Path(config_folder()) / "decoding"
    path = folder / f"{name}.yaml"
    if not path.is_file():
        raise ValueError(
            f"decoding={name} is unknown; choose one of {', '.join(sorted(p.stem for p in folder.glob('*.yaml')))}"
        )
    return _instantiate(yaml.safe_load(path.read_text()))


def _instantiate(node: Any) -> Any:
    """Objects from `_target_` nodes, as Hydra makes them; this command does without Hydra."""
    if not isinstance(node, dict):
        return node
    arguments = {key: _instantiate(value) for key, value in node.items() if key != "_target_"}
    return pkgutil.resolve_name(node["_target_"])(**arguments) if "_target_" in node else arguments


def cases(samples: Sequence[Sample], image_size: int) -> Iterator[Case]:
    """The samples as the bench wants them, their pictures loaded one by one."""
    for sample in samples:
        yield _case(sample.id, sample.code, load_image(sample.image), image_size)


def truths_of(samples: Sequence[Sample], box: Sandbox) -> dict[str, Truth]:
    """What the samples are judged by. Raises `ValueError`, see `references`."""
    steps = {sample.id: sample.step.read_bytes() for sample in samples if sample.step}
    families = {sample.id: sample.family for sample in samples if sample.family}
    return references({sample.id: sample.code for sample in samples}, box, steps, families)


def _case(case_id: str, code: str, picture: Image.Image, image_size: int) -> Case:
    return Case(case_id, code, to_tensor(picture, image_size), to_grey(picture, SIDE)[0].numpy())


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
    console = Console(stderr=True)
    decoder = load_decoder(arguments.decoding)
    network: Network = load_network(find_checkpoint(arguments.ckpt)).eval()
    # All, before any is written.
    wanted = [_case(str(path), "", load_image(path), network.image_size) for path in arguments.images]
    names = _folder_names(arguments.images)
    failures = 0
    cells: list[Cell] = []
    with Sandbox(workers=1, profile="interp") as box:
        pairs = list(zip(arguments.images, names, wanted, strict=True))
        for path, name, case in track(pairs, "pictures", console=console, disable=len(pairs) == 1):
            (decoded,) = decode(network, decoder, [case], box)
            (execution,) = box.run([decoded.candidate.code])
            preview = render(execution.solid) if execution.solid else None
            write_part(arguments.out / name, decoded.candidate, execution, preview, box)
            missing = f"no solid: {execution.status}"
            told = f"{execution.solid.volume:.6g} cubic units" if execution.solid else missing
            print(f"{path} -> {arguments.out / name} ({told})")
            failures += execution.solid is None
            if len(cells) < LARGEST_SHEET:
                cells.append(Cell(Image.fromarray(case.picture), preview, missing, (name, told)))
    if len(cells) > 1:
        print(f"sheet: {write_cells(arguments.out / 'sheet.png', cells)}")
    return 1 if failures else 0


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
