"""Judged programs to look at: input, code, render and scores as a CSV table with PNG files, and for wandb."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trimesh
from PIL import Image

from cadgen.data import Sample
from cadgen.eval.metric import METRICS
from cadgen.eval.row import Row
from cadgen.picture import read, squared
from cadgen.shape import Sandbox, Solid, render

SAMPLES, SOLIDS = "samples", "solids"
_SIZE = 224
SCORES = tuple(metric.name for metric in METRICS)


@dataclass(frozen=True)
class Exhibit:
    """number: of the picture, from 0; output: a render of what the program built, None where it built nothing."""

    number: int
    row: Row
    picture: Image.Image
    solid: Solid | None
    output: Image.Image | None


def exhibits(samples: Sequence[Sample], rows: Sequence[Row], box: Sandbox) -> list[Exhibit]:
    """Picture by picture, the rows of each."""
    own: dict[str, list[Row]] = {}
    for row in rows:
        own.setdefault(row.id, []).append(row)
    executions = iter(box.run([row.code for sample in samples for row in own.get(sample.id, [])]))
    shown = []
    for number, sample in enumerate(samples):
        picture = Image.fromarray(squared(read(sample.image), _SIZE))
        for row in own.get(sample.id, []):
            solid = next(executions).solid
            shown.append(Exhibit(number, row, picture, solid, _render(solid) if solid else None))
    return shown


def write_gallery(shown: Sequence[Exhibit], folder: Path) -> Path:
    """`folder`/samples.csv; its columns image and render name PNG files beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "samples.csv"
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "decoding", "image", "code", "render", "status", "confidence", *SCORES])
        for one in shown:
            image, output = f"{one.number:04}.png", f"{one.number:04}_{one.row.decoding}.png"
            one.picture.save(folder / image)
            if one.output is not None:
                one.output.save(folder / output)
            table.writerow(
                [one.row.id, one.row.decoding, image, one.row.code, output if one.output else "", *_told(one)]
            )
    return path


def wandb_media(shown: Sequence[Exhibit]) -> dict[str, Any]:
    """What `wandb.Run.log` takes: `samples`, a table with pictures, and `solids`, meshes to turn round.

    wandb refuses meshes inside a table; the caption of each is its decoding and id.
    """
    import wandb

    table = wandb.Table(columns=["id", "decoding", "image", "code", "render", "status", "confidence", *SCORES])
    solids = []
    for one in shown:
        output = wandb.Image(one.output) if one.output else None
        table.add_data(one.row.id, one.row.decoding, wandb.Image(one.picture), one.row.code, output, *_told(one))
        if one.solid is not None:
            mesh = trimesh.Trimesh(one.solid.vertices, one.solid.triangles, process=False)
            text = io.StringIO(str(mesh.export(file_type="obj")))  # STL would be binary, which it does not take
            solids.append(wandb.Object3D(text, file_type="obj", caption=f"{one.row.decoding} {one.row.id}"))
    return {SAMPLES: table, **({SOLIDS: solids} if solids else {})}


def _told(one: Exhibit) -> list[object]:
    return [one.row.status, one.row.confidence, *(one.row.scores.get(name) for name in SCORES)]


def _render(solid: Solid) -> Image.Image:
    return Image.fromarray(render(solid)).resize((_SIZE, _SIZE), Image.Resampling.BOX)
