"""Everything that a judged run leaves in its folder: `write_report`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from cadgen.data import Sample
from cadgen.eval.comparison import Judged
from cadgen.eval.provenance import FINISHED, RUN, write_run
from cadgen.eval.row import CANDIDATES, CONSTANT, Row, write_rows
from cadgen.eval.summary import summarise
from cadgen.eval.truth import LeftOut, Truth
from cadgen.eval.truth_files import tell_left_out
from cadgen.report.breakdown import breakdown_markdown, write_breakdown
from cadgen.report.page import PAGE, JudgedRun, write_page
from cadgen.report.sheet import write_sheet
from cadgen.report.table import markdown, write_table
from cadgen.shape import Sandbox


def write_report(
    judged: Judged,
    beside: Sequence[Row],
    truths: Mapping[str, Truth],
    samples: Sequence[Sample],
    run_dir: Path,
    settings: dict,
    box: Sandbox,
    left_out: Sequence[LeftOut] = (),
    weights: str | None = None,
) -> list[Row]:
    """The rows of what needs no network, and those judged: written with run.json, tables, contact sheet and page.

    beside: the former, see `rows_beside`; left_out: the samples that nothing was judged by; weights: see `fingerprint`.
    run.json names both. Raises `ValueError` where no other sample is left.
    """
    tell_left_out(left_out)
    if left_out and not truths:
        raise ValueError(f"none of {len(samples)} samples can be judged by; see above what is at fault with each")
    rows = [*beside, *judged.rows]
    last = next((row.decoding for row in reversed(judged.rows) if ":" not in row.decoding), CONSTANT)
    sheet = write_sheet(run_dir / "sheet.png", samples, [row for row in rows if row.decoding == last], box)
    told = write_tables(rows, judged.candidates, run_dir)
    write_run(run_dir, settings, status=FINISHED, weights=weights, left_out=[asdict(one) for one in left_out])
    print(told, end="")
    if left_out:
        print(f"{len(left_out)} of {len(left_out) + len(truths)} samples are left out, see {run_dir / RUN}")
    run = JudgedRun(run_dir.name, run_dir, rows, judged.candidates, {one.id: one for one in samples}, truths)
    page = write_page(run_dir / PAGE, [run], box)
    print(f"'{CONSTANT}' answers one box to every picture. Table: {run_dir / 'table.md'}, pictures: {sheet}")
    print(f"Every answer to look at, with tables and where they are from: {page}")
    return rows


def write_tables(rows: Sequence[Row], candidates: Sequence[Row], run_dir: Path) -> str:
    """The rows, and what they add up to, as files; the table and where programs go wrong as Markdown."""
    write_rows(rows, run_dir)
    if candidates:
        write_rows(candidates, run_dir, CANDIDATES)
    runs = {run_dir.name: rows}
    lines = summarise(runs)
    write_table(lines, run_dir)
    write_breakdown(runs, run_dir)
    return f"{markdown(lines)}\n{breakdown_markdown(runs)}"
