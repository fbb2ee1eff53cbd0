"""`tables`: the page of results, from the rows that are committed beside each experiment."""

from collections.abc import Iterator
from pathlib import Path

from cadgen.eval.provenance import record_of
from cadgen.eval.row import ROWS, read_rows
from cadgen.eval.summary import Line, summarise
from cadgen.report.table import markdown

EXPERIMENTS = Path(__file__).resolve().parent.parent / "experiments"
_SELF = "."  # the run that lies in the experiment's own folder


def tables(folder: Path = EXPERIMENTS) -> str:
    """Markdown: for each experiment that has rows where they are from, and their `summarise`."""
    return "\n".join(_section(experiment, runs) for experiment, runs in experiments(folder).items())


def experiments(folder: Path) -> dict[Path, list[Path]]:
    """The folders of experiments, and in each the folders with rows."""
    found: dict[Path, list[Path]] = {}
    for rows in sorted(folder.rglob(ROWS)):
        found.setdefault(folder / rows.relative_to(folder).parts[0], []).append(rows.parent)
    return found


def lines(experiment: Path, runs: list[Path]) -> Iterator[Line]:
    """A line for each run and decoding; differences are against the first decoding of the same run."""
    for run in runs:
        yield from summarise({_name(experiment, run): read_rows(run)})


def _section(experiment: Path, runs: list[Path]) -> str:
    readme = f"[What was asked and found](../experiments/{experiment.name}/README.md).\n\n"
    told = readme if (experiment / "README.md").is_file() else ""
    records = [(_name(experiment, run), record_of(run)) for run in runs]
    origins = [f"- {name}: commit {one['commit']}, `{one['command']}`\n" for name, one in records if one]
    return f"## {experiment.name}\n\n{told}{markdown(list(lines(experiment, runs)))}\n{''.join(origins)}"


def _name(experiment: Path, run: Path) -> str:
    return str(run.relative_to(experiment)) if run != experiment else _SELF
