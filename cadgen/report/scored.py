"""What scoring other people's predictions leaves in its folder: `write_scored`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from cadgen.eval.comparison import Judged
from cadgen.eval.pass_at import Pass, passes
from cadgen.eval.provenance import RUN
from cadgen.eval.row import CANDIDATES, ROWS, Row
from cadgen.eval.summary import Interval, Line, summarise
from cadgen.eval.truth import Truth
from cadgen.paths import write_whole
from cadgen.report.markdown import table
from cadgen.report.page import PAGE, JudgedRun, write_page
from cadgen.report.table import markdown
from cadgen.report.write import write_tables
from cadgen.shape import Sandbox

VALID_ONLY, PASS_AT_K = "valid_only", "pass_at_k"


def write_scored(
    beside: Sequence[Row], judged: Judged, truths: Mapping[str, Truth], run_dir: Path, threshold: float, box: Sandbox
) -> str:
    """Rows, tables, plot and page as those of our own decodings, valid_only.md and, of several answers a part,
    pass_at_k.md.

    beside: the rows of the constant answer and of the references. Gives what people are to see.
    """
    rows = [*beside, *judged.rows]
    parts = [write_tables(rows, judged.candidates, run_dir)]
    write_page(run_dir / PAGE, [JudgedRun(run_dir.name, run_dir, rows, judged.candidates, truths=truths)], box)
    parts.append(_write_valid_only(judged.rows, run_dir))
    if judged.candidates:
        parts.append(_write_passes(judged, run_dir, threshold))
    return "\n".join(parts)


def _write_valid_only(rows: Sequence[Row], run_dir: Path) -> str:
    """Means as many papers report them. They favour a model that answers only what is easy: hence they stand apart."""
    valid = [row for row in rows if row.status == "ok"]
    lines = summarise({run_dir.name: valid})
    records = [_habit(line, rows) for line in lines]
    head = ["decoding", "valid", "invalidity ratio", "median Chamfer x1000 (cadrille), valid only"]
    body = [
        [str(one["decoding"]), str(one["num_valid"]), f"{one['invalidity_ratio']:.3f}", _told(one)] for one in records
    ]
    text = (
        "Means over valid programs alone, as often published; a model that fails where it is hard looks better so:\n\n"
    )
    text += f"{markdown(lines)}\n{table(head, body)}" if lines else "none is valid\n"
    write_whole(run_dir / f"{VALID_ONLY}.md", text)
    write_whole(run_dir / f"{VALID_ONLY}.json", json.dumps(records, indent=1) + "\n")
    return text


def _habit(line: Line, rows: Sequence[Row]) -> dict[str, object]:
    of_line = [row for row in rows if row.decoding == line.decoding]
    distances = [row.chamfer_cadrille for row in of_line if row.chamfer_cadrille is not None]
    return {
        "decoding": line.decoding,
        "num_valid": line.num,
        "invalidity_ratio": 1 - line.num / len(of_line),
        **{f"{name}_valid_only": interval and interval[0] for name, interval in line.scores.items() if name != "vsr"},
        "chamfer_cadrille_median": float(np.median(distances)) if distances else None,
    }


def _told(record: dict[str, object]) -> str:
    return f"{value:.3f}" if (value := record["chamfer_cadrille_median"]) is not None else ""


def _write_passes(judged: Judged, run_dir: Path, threshold: float) -> str:
    """Of all parts, those without an answer among them."""
    parts: dict[str, list[Row]] = {row.id: [] for row in judged.rows}
    for row in judged.candidates:
        parts[row.id].append(row)
    found = passes(list(parts.values()), threshold)
    over = f"pass@k, IoU aligned over {threshold:g}"
    body = [[str(one.k), str(one.num), _interval(one.valid), _interval(one.over)] for one in found]
    text = f"pass@k, the unbiased estimate of Chen et al. 2021:\n\n{table(['k', 'n', 'pass@k, valid', over], body)}"
    write_whole(run_dir / f"{PASS_AT_K}.md", text)
    write_whole(run_dir / f"{PASS_AT_K}.json", json.dumps([_record(one, threshold) for one in found], indent=1) + "\n")
    return text


def _record(one: Pass, threshold: float) -> dict[str, object]:
    return asdict(one) | {"threshold": threshold}


def _interval(value: Interval) -> str:
    return f"{value[0]:.3f} [{value[1]:.3f}, {value[2]:.3f}]"


def files_of(run_dir: Path) -> str:
    """The files that stand there, for people."""
    tables = ("table.md", "table.csv", "table.json", "plot.png", "breakdown.md")
    names = (ROWS, CANDIDATES, *tables, f"{VALID_ONLY}.md", f"{PASS_AT_K}.md", PAGE, RUN)
    return ", ".join(name for name in names if (run_dir / name).exists())
