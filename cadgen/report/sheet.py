"""A contact sheet: for each picture the input, the picture of what the program built, and two lines of text."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cadgen.data import Sample
from cadgen.eval.metric import METRICS
from cadgen.eval.row import Row
from cadgen.label import shown
from cadgen.picture import Picture, read, squared
from cadgen.shape import Sandbox, render

_TILE, _TEXT, _COLUMNS = 200, 40, 4


@dataclass(frozen=True)
class Cell:
    """output: (H, W, 3) uint8, None where no solid came out; missing: what stands in its place."""

    picture: Picture
    output: np.ndarray | None
    missing: str
    lines: tuple[str, str]


def write_sheet(path: Path, samples: Sequence[Sample], rows: Sequence[Row], box: Sandbox, limit: int = 32) -> Path:
    """A PNG of the first `limit` rows: input | render of the output, with status, IoU and confidence below."""
    inputs = {sample.id: sample.image for sample in samples}
    shown = list(rows)[:limit]
    executions = box.run([row.code for row in shown])
    cells = [
        Cell(
            read(inputs[row.id]),
            render(execution.solid, 2 * _TILE) if execution.solid else None,
            f"no solid: {row.status}",
            (f"{row.id}   {row.decoding}", _scores(row)),
        )
        for row, execution in zip(shown, executions, strict=True)
    ]
    return write_cells(path, cells)


def write_cells(path: Path, cells: Sequence[Cell]) -> Path:
    """The cells, at least one, in lines of four."""
    width, height = 2 * _TILE, _TILE + _TEXT
    num_lines = -(-len(cells) // _COLUMNS)
    sheet = Image.new("RGB", (min(_COLUMNS, len(cells)) * width, num_lines * height), "white")
    for number, cell in enumerate(cells):
        sheet.paste(_drawn(cell), (number % _COLUMNS * width, number // _COLUMNS * height))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
    return path


def _scores(row: Row) -> str:
    shown = [metric for metric in METRICS if not metric.of_step]
    told = [f"{metric.title.removeprefix('IoU ')} {row.scores.get(metric.name) or 0:.2f}" for metric in shown]
    return "  ".join(told if row.confidence is None else [*told, f"sure {row.confidence:.2f}"])


def _drawn(cell: Cell) -> Image.Image:
    drawn = Image.new("RGB", (2 * _TILE, _TILE + _TEXT), "white")
    draw = ImageDraw.Draw(drawn)
    font = ImageFont.load_default(12)  # all scores fit into a line
    drawn.paste(Image.fromarray(squared(cell.picture, _TILE)), (0, 0))
    if cell.output is not None:
        drawn.paste(Image.fromarray(cell.output).resize((_TILE, _TILE), Image.Resampling.BOX), (_TILE, 0))
    else:
        draw.text((_TILE + 20, _TILE // 2), cell.missing, "firebrick", font)
    for number, line in enumerate(cell.lines):
        draw.text((8, _TILE + 4 + 16 * number), shown(line), "black", font)
    draw.rectangle((0, 0, 2 * _TILE - 1, _TILE + _TEXT - 1), outline="lightgrey")
    return drawn
