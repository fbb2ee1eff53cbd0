"""What wandb is told of a judged run: scores for its summary, tables, pictures, and its files as artifacts.

The names of what is logged are here; a dashboard (`cadgen.dashboard`) names the same.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cadgen.data import Sample
from cadgen.eval.outcome import by_extrusions, by_family, groups, outcomes
from cadgen.eval.row import CONSTANT, REFERENCE, ROWS, Row
from cadgen.eval.summary import Line, summarise
from cadgen.report.gallery import SCORES, exhibits, wandb_media
from cadgen.report.table import flat
from cadgen.shape import Sandbox

JUDGED, OUTCOMES, EXTRUSIONS, FAMILIES, ANSWERS = "judged", "outcomes", "extrusions", "families", "answers"
PLOT, SHEET = "plot", "sheet"
_PICTURES = {PLOT: "plot.png", SHEET: "sheet.png"}
_FILES = (ROWS, "run.json", "table.json", "table.md", "breakdown.json", "report.html")
_TOLD = ("id", "decoding", "status", "error", "family", "num_extrusions", "confidence", "seconds", "code")
_NUM_SHOWN = 8  # pictures, the first


def log_judged(
    run: Any, rows: Sequence[Row], samples: Sequence[Sample], folder: Path, box: Sandbox, best: Path | None = None
) -> None:
    """Tells a run of wandb what was judged, and hands it the files of `folder`, and the network `best` if there is one.

    rows: also of the constant answer; samples: those judged, the first of which are shown with the decodings' answers.
    """
    import wandb

    lines = summarise({folder.name: rows})
    for name, score in scores(lines).items():
        run.summary[name] = score
    answers = [row for row in rows if row.decoding not in (CONSTANT, REFERENCE) and ":" not in row.decoding]
    shown = exhibits(samples[:_NUM_SHOWN], answers, box)
    pictures = {name: wandb.Image(str(folder / file)) for name, file in _PICTURES.items()}
    run.log({**judged_tables(lines, rows), **pictures, **wandb_media(shown)})
    kept = wandb.Artifact(f"rows-{run.id}", "rows")
    for path in (folder / name for name in _FILES):
        if path.is_file():
            kept.add_file(str(path))
    run.log_artifact(kept)
    if best is not None:
        network = wandb.Artifact(f"model-{run.id}", "model")
        network.add_dir(str(best), policy="immutable", skip_cache=True)  # not copied: it may be half a gigabyte
        run.log_artifact(network, aliases=["best"])


def scores(lines: Sequence[Line]) -> dict[str, float]:
    """`judged/<decoding>/<metric>`, and `_low` and `_high` of its interval; also `/seconds` of each decoding."""
    told = {}
    for line in lines:
        for name, value in flat(line).items():
            if isinstance(value, float):
                told[f"{JUDGED}/{line.decoding}/{name}"] = value
    return told


def judged_tables(lines: Sequence[Line], rows: Sequence[Row]) -> dict[str, Any]:
    """The table of the run, where its programs go wrong, by the kind of part, and every answer."""
    runs = {lines[0].run: rows}
    records: dict[str, Sequence[Mapping[str, object]]] = {
        JUDGED: [flat(line) for line in lines],
        OUTCOMES: outcomes(runs),
        EXTRUSIONS: groups(runs, by_extrusions),
        FAMILIES: groups(runs, by_family),
        ANSWERS: [{**{name: getattr(row, name) for name in _TOLD}, **_scores(row)} for row in rows],
    }
    return {name: _table(found) for name, found in records.items() if found}


def _scores(row: Row) -> dict[str, float | None]:
    return {name: row.scores.get(name) for name in SCORES}


def _table(records: Sequence[Mapping[str, object]]) -> Any:
    import wandb

    # A column may lack numbers in one line and texts in none: wandb would else take the type of the first.
    return wandb.Table(
        columns=list(records[0]), data=[list(record.values()) for record in records], allow_mixed_types=True
    )
