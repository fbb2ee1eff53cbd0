"""Where programs go wrong, as tables: what became of them, and their scores by the kind of part."""

import json
from collections.abc import Sequence
from pathlib import Path

from cadgen.eval.metric import PRIMARY
from cadgen.eval.outcome import UNKNOWN, Runs, by_extrusions, by_family, groups, outcomes
from cadgen.paths import write_whole
from cadgen.report.markdown import Cells, table


def breakdown_markdown(runs: Runs) -> str:
    """The tables of `breakdown_cells` as Markdown."""
    return "\n".join(table(head, body) for head, body in breakdown_cells(runs))


def breakdown_cells(runs: Runs) -> list[Cells]:
    """What became of the programs; mean aligned IoU by extrusions of the reference, and by family where it is known."""
    parts = [_outcome_cells(outcomes(runs))]
    for title, group in (("extrusions", by_extrusions), ("family", by_family)):
        if records := groups(runs, group):
            parts.append(_group_cells(title, records, len(runs) > 1))
    return parts


def write_breakdown(runs: Runs, folder: Path) -> None:
    """breakdown.md and breakdown.json in `folder`."""
    records = {
        "outcomes": outcomes(runs),
        "extrusions": groups(runs, by_extrusions),
        "family": groups(runs, by_family),
    }
    write_whole(folder / "breakdown.json", json.dumps(records, indent=1) + "\n")
    write_whole(folder / "breakdown.md", breakdown_markdown(runs))


def _outcome_cells(records: Sequence[dict]) -> Cells:
    shown = [name for name in records[0] if name != UNKNOWN or any(record[UNKNOWN] for record in records)]
    body = [[f"{v:.2f}" if isinstance(v := record[name], float) else str(v) for name in shown] for record in records]
    return ["n" if name == "num" else name for name in shown], body


def _group_cells(title: str, records: Sequence[dict], several_runs: bool) -> Cells:
    """Groups down, decodings across."""

    def column(record: dict) -> str:
        return f"{record['run']} {record['decoding']}" if several_runs else record["decoding"]

    columns = list(dict.fromkeys(map(column, records)))
    cells = {(record["group"], column(record)): record for record in records}
    body = []
    for group in sorted({record["group"] for record in records}):
        found = [cells.get((group, name)) for name in columns]
        num = max(record["num"] for record in found if record)
        body.append([group, str(num), *(f"{record[PRIMARY.name]:.3f}" if record else "" for record in found)])
    return [title, "n", *columns], body
