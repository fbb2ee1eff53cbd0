"""A folder of generated parts, laid out as the published pairs: `manifest.jsonl` (id, image, code), `images/*.png`.

A part's line is appended only after its picture is on disk, so a killed run goes on where it stopped and ends with the
same folder.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from rich.progress import track

from cadgen.lang import write
from cadgen.parts.part import sample_program
from cadgen.shape import Sandbox, Solid, render

_SIZE = 448  # as the published pictures
_CHUNK = 64

_CARD = """# {num} generated parts

Made by `python -m cadgen.parts --n {num} --seed {seed} --out DIR`. Canonical CadQuery programs of sketch-and-extrude \
parts,
each executed by the CAD kernel, and its picture ({size} x {size}). `manifest.jsonl`: id, image, code. Licence: CC0-1.0.
"""


def write_parts(out: Path, num: int, seed: int, workers: int = 2) -> None:
    """Fills `out` up to `num` parts, no program twice. Raises `ValueError` if `out` holds parts of another seed."""
    (out / "images").mkdir(parents=True, exist_ok=True)
    _claim(out, seed)
    manifest = out / "manifest.jsonl"
    seen = {line["code"] for line in _read_whole_lines(manifest)}
    first = len(seen)
    if first < num:
        with Sandbox(workers) as box, manifest.open("a") as lines:
            parts = _parts(box, seed, seen)
            for number in track(range(first, num), f"parts, seed {seed}", show_speed=True):
                code, solid = next(parts)
                name = f"images/{number:06d}.png"
                Image.fromarray(render(solid, _SIZE)).save(out / name)
                lines.write(json.dumps({"id": f"{number:06d}", "image": name, "code": code}) + "\n")
                lines.flush()
    (out / "README.md").write_text(_CARD.format(num=num, seed=seed, size=_SIZE))


def write_contact_sheet(out: Path, columns: int = 10, rows: int = 5, size: int = 160) -> Path:
    """A PNG of the first parts of the folder, to look at."""
    tiles = [
        np.asarray(Image.open(out / line["image"]).convert("RGB").resize((size, size), Image.Resampling.BOX))
        for line in _read_whole_lines(out / "manifest.jsonl")[: columns * rows]
    ]
    blank = np.full((size, size, 3), 255, np.uint8)
    tiles += [blank] * (-len(tiles) % columns)
    lines = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    path = out / "contact_sheet.png"
    Image.fromarray(np.vstack(lines)).save(path)
    return path


def _claim(out: Path, seed: int) -> None:
    mark = out / "seed"
    if mark.exists() and mark.read_text().strip() != str(seed):
        raise ValueError(f"{out} holds parts of seed {mark.read_text().strip()}, not {seed}; choose another folder")
    mark.write_text(f"{seed}\n")


def _read_whole_lines(manifest: Path) -> list[dict]:
    """The manifest's rows; a last line that was cut by a kill is taken off the file."""
    if not manifest.exists():
        return []
    text = manifest.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if whole != text:
        manifest.write_bytes(whole)
    return [json.loads(line) for line in whole.splitlines()]


def _parts(box: Sandbox, seed: int, seen: set[str]) -> Iterator[tuple[str, Solid]]:
    """(code, solid) of the programs that give a valid solid, in the order of their draw, without those in `seen`."""
    draw = 0
    while True:
        codes: list[str] = []
        while len(codes) < _CHUNK:
            code = write(sample_program(int(hashlib.sha256(f"{seed}/{draw}".encode()).hexdigest()[:12], 16)))
            draw += 1
            if code not in seen:
                codes.append(code)
        for code, execution in zip(codes, box.run(codes), strict=True):
            if execution.solid is not None and execution.solid.valid and code not in seen:
                seen.add(code)
                yield code, execution.solid
