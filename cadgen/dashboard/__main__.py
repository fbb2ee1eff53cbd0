"""python -m cadgen.dashboard [--out FOLDER]: a workspace and a report of wandb, for what our runs log there.

Sections: scores by decoding with their intervals, IoU against the number of draws, a heat map by family, samples with
pictures and solids, curves, throughput. The report has the ablations one after the other. With --out nothing is asked
of wandb: workspace.json, report.json and charts/*.json in FOLDER are what it would be told.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import wandb
from wandb.errors import CommError, UsageError

from cadgen.dashboard.charts import CHARTS, chart_name
from cadgen.dashboard.panels import report, workspace
from cadgen.interrupt import run_command
from cadgen.label import shown
from cadgen.paths import OutputError, write_whole, writing

_EXAMPLES = """examples:
  python -m cadgen.dashboard                                    the project cadgen of whoever is logged in
  python -m cadgen.dashboard --entity team --project parts
  python -m cadgen.dashboard --out dashboard                    offline: the specification, as JSON
"""


def parser() -> argparse.ArgumentParser:
    """What the command is given."""
    made = argparse.ArgumentParser(
        prog="python -m cadgen.dashboard",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--entity", help="team or user of wandb; by default that of whoever is logged in")
    made.add_argument("--project", default="cadgen", help="where the runs are: logger.project (default: cadgen)")
    made.add_argument("--out", type=Path, metavar="FOLDER", help="write the specification there; wandb is told nothing")
    return made


def main() -> int:
    """Exit status 0; 1 with a line where wandb cannot be told or the folder not written."""
    arguments = parser().parse_args()
    try:
        if arguments.out is None:
            _publish(arguments.entity, arguments.project)
        else:
            for path in write_spec(arguments.out, arguments.entity or "entity", arguments.project):
                print(path)
    except OutputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except (CommError, UsageError, ValueError) as error:
        told = shown(" ".join(str(error).split()))
        print(
            f"error: wandb is told nothing ({told}); wandb login, or --out FOLDER for the specification",
            file=sys.stderr,
        )
        return 1
    return 0


def write_spec(folder: Path, entity: str, project: str) -> list[Path]:
    """Writes what wandb would be told; returns the files."""
    charts = {f"charts/{chart_name(name)}.json": chart for name, chart in CHARTS.items()}
    told = {"workspace.json": _plain(workspace(entity, project)), "report.json": _plain(report(entity, project))}
    with writing(folder):
        return [write_whole(folder / name, json.dumps(spec, indent=1) + "\n") for name, spec in (told | charts).items()]


def _plain(made: Any) -> dict:
    return made._to_model().model_dump(mode="json", by_alias=True, exclude_none=True)


def _publish(entity: str | None, project: str) -> None:
    api = wandb.Api(timeout=30)
    entity = entity or str(api.default_entity)
    for name, chart in CHARTS.items():
        api.create_custom_chart(entity, chart_name(name), f"cadgen: {name}", "vega2", "private", chart)
    print(f"workspace: {workspace(entity, project).save().url}")
    made = report(entity, project)
    made.save()
    print(f"report: {made.url}")


if __name__ == "__main__":
    run_command(main)
