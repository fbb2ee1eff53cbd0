"""`write_page`: the whole file. It fetches nothing and runs no script but ours, which its own policy holds it to."""

from collections.abc import Sequence
from pathlib import Path

from cadgen.eval.metric import METRICS, PRIMARY
from cadgen.eval.outcome import OUTCOMES, UNKNOWN
from cadgen.eval.provenance import commit
from cadgen.eval.summary import summarise, without_repeats
from cadgen.paths import write_whole
from cadgen.report.breakdown import breakdown_cells
from cadgen.report.markdown import Cells
from cadgen.report.page.answers import answers
from cadgen.report.page.assets import embedded
from cadgen.report.page.figures import plot, provenance, table, text
from cadgen.report.page.judged_run import JudgedRun
from cadgen.report.page.shell import base_style, filled, policy
from cadgen.report.table import cells
from cadgen.report.viewer import script
from cadgen.shape import Sandbox

PAGE = "report.html"
LIMIT = 200
"""Answers that have pictures and solids, unless it is said otherwise."""

_HERE = Path(__file__).resolve().parent


def write_page(
    path: Path, runs: Sequence[JudgedRun], box: Sandbox, limit: int = LIMIT, against: str | None = None
) -> Path:
    """The page of runs, of which there is at least one with rows. Raises `ValueError`."""
    return write_whole(path, page(runs, box, limit, against))


def page(runs: Sequence[JudgedRun], box: Sandbox, limit: int = LIMIT, against: str | None = None) -> str:
    """Its HTML. limit: answers that have pictures and solids; against: see `summarise`."""
    rows = without_repeats({run.name: run.rows for run in runs})
    lines = summarise(rows, against)
    if not lines:
        raise ValueError(f"{runs[0].name} has no rows; name a run that was judged")
    found = answers(runs, box, limit)
    assets, num = found.pop("assets"), found.pop("num")
    listed = len(found["records"])
    data = found | {
        "runs": [{"name": run.name, "main": run.main} for run in runs],
        "metrics": [[metric.name, metric.title] for metric in METRICS],
        "primary": PRIMARY.name,
        "outcomes": [*OUTCOMES, UNKNOWN],
        "told": _told(listed, num, limit),
    }
    scripts = [script(), _ours("select.js"), _ours("report.js")]
    style = base_style() + _ours("report.css")
    parts = {
        "title": text(", ".join(run.name for run in runs)[:120]),
        "written": text(f"written by cadgen at commit {commit()}"),
        "policy": text(policy(scripts, style)),
        "style": style,
        "ladder": table(_without_run(cells(lines), len(runs)), "Means with 95% bootstrap intervals over pictures"),
        "plot": plot(lines),
        "breakdown": _breakdown(breakdown_cells(rows), len(runs)),
        "provenance": "".join(map(provenance, runs)),
        "data": f'<script type="application/json" id="data">{embedded(data)}</script>',
        "assets": "".join(_asset(name, one) for name, one in assets.items()),
        "scripts": "".join(f"<script>{one}</script>" for one in scripts),
    }
    return filled(_ours("report.html"), parts)


def _told(listed: int, num: int, limit: int) -> str:
    """What the page leaves out."""
    told = [f"{listed} of {num} are listed; the tables count all."] if listed < num else []
    if limit < listed:
        told.append(f"{limit} have pictures and solids, first those of the decoding that a run is about; --limit N of")
        told.append("python -m cadgen.report shows more.")
    return " ".join(told)


def _without_run(found: Cells, num_runs: int) -> Cells:
    """A single run need not be named in every line."""
    head, body = found
    return (head, body) if num_runs > 1 else (head[1:], [line[1:] for line in body])


def _breakdown(found: Sequence[Cells], num_runs: int) -> str:
    shares, *groups = found
    captions = (f"Mean {PRIMARY.title} by {head[0]} of the reference" for head, _ in groups)
    return table(_without_run(shares, num_runs), "Shares of all programs") + "".join(map(table, groups, captions))


def _asset(name: str, content: str) -> str:
    return f'<script type="text/plain" id="{name}">{content}</script>'


def _ours(name: str) -> str:
    return (_HERE / name).read_text("utf-8")
