"""What an answer loses where its picture is changed and the part is not: `python benchmarks/changes.py --out DIR`.

Generated parts in mixed looks, each moved in a larger frame, made smaller and larger, recoloured, inverted, and stored
as a JPEG. Prints Markdown: how many answers change by more than 0.05 of aligned IoU. Rows go to DIR/rows.jsonl.
"""

import argparse
import io
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from report import table

from cadgen.decode import decode, load_decoder
from cadgen.eval.case import case_of
from cadgen.eval.judge import judge
from cadgen.eval.provenance import commit
from cadgen.eval.row import Row, write_rows
from cadgen.eval.truth import references
from cadgen.model import load_reader
from cadgen.parts import Styles, draw_pair
from cadgen.picture import Picture, read
from cadgen.shape import Sandbox

SEED = 19 << 48  # no training, nor what confidence is fitted to, draws from it
CHANGED = 0.05


def _moved(image_HWC: np.ndarray) -> np.ndarray:
    return np.pad(image_HWC, ((40, 30), (90, 20), (0, 0)), mode="edge")


def _scaled(by: float) -> Callable[[np.ndarray], np.ndarray]:
    how = cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC
    return lambda image_HWC: cv2.resize(image_HWC, None, fx=by, fy=by, interpolation=how)


def _recoloured(image_HWC: np.ndarray) -> np.ndarray:
    return image_HWC[..., [2, 0, 1, *range(3, image_HWC.shape[2])]]


def _inverted(image_HWC: np.ndarray) -> np.ndarray:
    return np.concatenate([255 - image_HWC[..., :3], image_HWC[..., 3:]], axis=2)


def _jpeg(image_HWC: np.ndarray) -> np.ndarray:
    shown, file = Image.fromarray(image_HWC).convert("RGBA"), io.BytesIO()
    Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown).convert("RGB").save(file, "JPEG", quality=80)
    return read(file.getvalue()).colour_HW3


CHANGES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "none": lambda image_HWC: image_HWC,
    "moved": _moved,
    "smaller": _scaled(0.8),
    "larger": _scaled(1.7),
    "recoloured": _recoloured,
    "inverted": _inverted,
    "jpeg": _jpeg,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ckpt", default="shipped")
    parser.add_argument("--decoding", default="refine")
    parser.add_argument("--num", type=int, default=20, help="parts (default: 20)")
    parser.add_argument("--out", type=Path, default=Path("outputs/changes"))
    arguments = parser.parse_args()
    pairs = {f"{SEED + number}": draw_pair(SEED + number, styles=Styles()) for number in range(arguments.num)}
    network, decoder = load_reader(arguments.ckpt), load_decoder(arguments.decoding)
    print(f"commit {commit()}, {arguments.decoding}, {len(pairs)} parts, invalid programs count 0\n", flush=True)
    found: dict[str, list[Row]] = {}
    with Sandbox(workers=1, profile="interp") as box:
        truths, _ = references({part: code for part, (_, code) in pairs.items()}, box)
        pictures = {part: image for part, (image, _) in pairs.items() if part in truths}
        for name, change in CHANGES.items():
            shown = (case_of(part, [Picture.of(change(image))], network.sight) for part, image in pictures.items())
            found[name] = judge(f"{arguments.decoding}, {name}", decode(network, decoder, shown, box), truths, box)
            write_rows([row for rows in found.values() for row in rows], arguments.out)
    rows = [_told(*each, found["none"]) for each in found.items()]
    table("change", "IoU aligned", f"changed by over {CHANGED}", rows=rows)


def _told(name: str, rows: list[Row], before: list[Row]) -> tuple[str, ...]:
    num = sum(abs(one.primary - other.primary) > CHANGED for one, other in zip(rows, before, strict=True))
    return name, f"{sum(row.primary for row in rows) / len(rows):.3f}", str(num)


if __name__ == "__main__":
    main()
