"""A contact sheet: for each picture the input, the picture of what the program built, and the scores."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cadgen.data import Sample, load_image
from cadgen.record import Row
from cadgen.shape import Sandbox, render

_TILE, _TEXT, _COLUMNS = 200, 40, 4


def write_sheet(path: Path, samples: Sequence[Sample], rows: Sequence[Row], box: Sandbox, limit: int = 32) -> Path:
    """A PNG of the first `limit` rows: input | render of the output, with status and IoU below."""
    inputs = {sample.id: sample.image for sample in samples}
    shown = list(rows)[:limit]
    executions = box.run([row.code for row in shown])
    cells = [
        _cell(load_image(inputs[row.id]), render(execution.solid, 2 * _TILE) if execution.solid else None, row)
        for row, execution in zip(shown, executions, strict=True)
    ]
    width, height = cells[0].size
    num_lines = -(-len(cells) // _COLUMNS)
    sheet = Image.new("RGB", (min(_COLUMNS, len(cells)) * width, num_lines * height), "white")
    for number, cell in enumerate(cells):
        sheet.paste(cell, (number % _COLUMNS * width, number // _COLUMNS * height))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
    return path


def _cell(picture: Image.Image, output: np.ndarray | None, row: Row) -> Image.Image:
    cell = Image.new("RGB", (2 * _TILE, _TILE + _TEXT), "white")
    draw = ImageDraw.Draw(cell)
    font = ImageFont.load_default(13)
    cell.paste(picture.resize((_TILE, _TILE), Image.Resampling.BOX), (0, 0))
    if output is not None:
        cell.paste(Image.fromarray(output).resize((_TILE, _TILE), Image.Resampling.BOX), (_TILE, 0))
    else:
        draw.text((_TILE + 20, _TILE // 2), f"no solid: {row.status}", "firebrick", font)
    scores = f"IoU {row.iou_aligned:.2f}   CAD-Coder {row.iou_cadcoder or 0:.2f}   take-home {row.iou_takehome:.2f}"
    draw.text((8, _TILE + 4), f"{row.id}   {row.decoding}", "black", font)
    draw.text((8, _TILE + 20), scores, "black", font)
    draw.rectangle((0, 0, 2 * _TILE - 1, _TILE + _TEXT - 1), outline="lightgrey")
    return cell
