"""Tables of what rows add up to, for people (Markdown) and programs (CSV, JSON)."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from cadgen.eval.metric import TITLES, VSR
from cadgen.eval.seeds import Variant
from cadgen.eval.summary import Interval, Line
from cadgen.label import shown
from cadgen.paths import write_whole
from cadgen.report.markdown import Cells, table
from cadgen.report.plot import write_plot

_CALIBRATION = ["AUROC", "ECE"]  # of the confidence: does it tell right from wrong, and is it as often right as it says


def markdown(lines: Sequence[Line]) -> str:
    """The table as Markdown, see `cells`."""
    return table(*cells(lines))


def cells(lines: Sequence[Line]) -> Cells:
    """Head and body: mean [low, high]; AUROC and calibration error of the confidence, where there is one.

    Seconds only where they are known.
    """
    metrics = [metric for metric in TITLES if any(line.scores[metric] for line in lines)]
    timed = any(line.seconds for line in lines)
    head = ["run", "decoding", "n", *(TITLES[metric] for metric in metrics), "difference of IoU aligned"]
    head += ["s/image"] if timed else []
    head += _CALIBRATION if (judged := any(line.calibration for line in lines)) else []
    body = [
        [
            line.run,
            line.decoding,
            str(line.num),
            *(_interval(line.scores[metric]) for metric in metrics),
            _interval(line.difference, sign="+"),
            *([f"{line.seconds:.2f}"] if timed else []),
            *(_calibration(line) if judged else []),
        ]
        for line in lines
    ]
    return head, body


def write_table(lines: Sequence[Line], folder: Path) -> None:
    """table.md, table.csv and table.json, and plot.png of the IoUs, in `folder`."""
    records = [flat(line) for line in lines]
    write_whole(folder / "table.md", markdown(lines))
    write_whole(folder / "table.json", json.dumps(records, indent=1) + "\n")
    write_whole(folder / "table.csv", _csv(records))
    several = len({line.run for line in lines}) > 1
    bars = {shown(f"{line.run} {line.decoding}" if several else line.decoding): _ious(line) for line in lines}
    write_plot(folder / "plot.png", bars)


def _interval(value: Interval | None, sign: str = "") -> str:
    return f"{value[0]:{sign}.3f} [{value[1]:{sign}.3f}, {value[2]:{sign}.3f}]" if value else ""


def _calibration(line: Line) -> list[str]:
    return [f"{line.calibration.auroc:.3f}", f"{line.calibration.error:.3f}"] if line.calibration else ["", ""]


def flat(line: Line) -> dict[str, object]:
    """The line as a record: each mean, its `_low` and its `_high` in a field of its own."""
    flat: dict[str, object] = {"run": line.run, "decoding": line.decoding, "num": line.num}
    for name, interval in (*line.scores.items(), ("difference", line.difference)):
        flat |= dict(zip((name, f"{name}_low", f"{name}_high"), interval or (None, None, None), strict=True))
    found = line.calibration
    told = (found.auroc, found.error) if found else (None, None)
    return flat | {"seconds": line.seconds} | dict(zip(("auroc", "calibration_error"), told, strict=True))


def _ious(line: Line) -> dict[str, Interval | None]:
    return {TITLES[metric]: interval for metric, interval in line.scores.items() if metric != VSR}


def _csv(records: Sequence[dict[str, object]]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: shown(v) if isinstance(v, str) else v for name, v in one.items()} for one in records)
    return file.getvalue()


def variant_table(found: Sequence[Variant]) -> str:
    """The table as Markdown."""
    head = ["variant", "decoding", "seeds", "VSR", "IoU aligned [lowest, highest seed]", "s/image", "relative"]
    body = [
        [
            one.name,
            one.decoding,
            str(one.num_seeds),
            f"{one.vsr:.3f}",
            f"{one.iou_aligned:.3f} [{one.lowest:.3f}, {one.highest:.3f}]",
            f"{one.seconds:.3f}",
            "" if one.relative is None else f"{one.relative:.2f}",
        ]
        for one in found
    ]
    return table(head, body)
