"""What more pictures of the same parts add: `python benchmarks/views.py FOLDER FOLDER... --out DIR`. Prints Markdown.

Each FOLDER has a manifest (see data=gencad) with the same ids, its pictures taken from another side. Parts are decoded
from the picture of the first folder, of the first two, and of all; no camera is named. Rows go to DIR/rows.jsonl.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from report import table

from cadgen.data import Sample, read_folder
from cadgen.decode import Case, decode, load_decoder
from cadgen.eval.calibration import RIGHT
from cadgen.eval.case import case_of
from cadgen.eval.judge import judge
from cadgen.eval.provenance import commit
from cadgen.eval.row import Row, write_rows
from cadgen.eval.truth import references
from cadgen.model import Gate, Network, load_reader
from cadgen.picture import read
from cadgen.shape import Sandbox


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--ckpt", default="shipped")
    parser.add_argument("--decoding", default="refine")
    parser.add_argument("--num", type=int, default=16, help="parts, the first of the folders (default: 16)")
    parser.add_argument("--out", type=Path, default=Path("outputs/views"))
    arguments = parser.parse_args()
    by_folder = [{sample.id: sample for sample in read_folder(folder)} for folder in arguments.folders]
    ids = [each for each in by_folder[0] if all(each in samples for samples in by_folder)][: arguments.num]
    if not ids:
        raise SystemExit("the folders have no part in common")
    parts = [[samples[each] for samples in by_folder] for each in ids]
    print(f"commit {commit()}, {arguments.decoding}, {len(parts)} parts, invalid programs count 0\n", flush=True)
    network, decoder = load_reader(arguments.ckpt), load_decoder(arguments.decoding)
    found: dict[int, list[Row]] = {}
    with Sandbox(workers=1, profile="interp") as box:
        truths, _ = references({of[0].id: of[0].code for of in parts}, box)
        for num in sorted({1, min(2, len(by_folder)), len(by_folder)}):
            box.forget()  # what was executed before is not to make more pictures seem faster
            shown = _cases([of[:num] for of in parts if of[0].id in truths], network)
            found[num] = judge(f"{arguments.decoding} of {num}", decode(network, decoder, shown, box), truths, box)
            write_rows([row for rows in found.values() for row in rows], arguments.out)
    header = ("pictures", "IoU aligned", "IoU take-home", f"over {RIGHT}", "seconds")
    table(*header, rows=[_told(*each) for each in found.items()])


def _cases(parts: Sequence[Sequence[Sample]], network: Network | Gate) -> Iterator[Case]:
    return (case_of(of[0].id, [read(sample.image) for sample in of], network.sight) for of in parts)


def _told(num: int, rows: list[Row]) -> tuple[str, ...]:
    def mean(values: list[float]) -> str:
        return f"{sum(values) / len(rows):.3f}"

    take_home = mean([row.scores["iou_takehome"] or 0.0 for row in rows])
    right, seconds = sum(row.primary > RIGHT for row in rows), sum(row.seconds for row in rows) / len(rows)
    return str(num), mean([row.primary for row in rows]), take_home, str(right), f"{seconds:.0f}"


if __name__ == "__main__":
    main()
