"""Jobs of a sweep: a finished one is not run again, a failed one does not end the others, one table tells of all.

What became of a job stands in its folder, in run.json; so any launcher will do, and a sweep whose folder is given again
(hydra.sweep.dir=FOLDER) does what is left.
"""

import json
import sys
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from cadgen.eval.provenance import FINISHED, record_of
from cadgen.eval.row import CONSTANT, REFERENCE, ROWS, Row, read_rows
from cadgen.eval.seeds import over_seeds
from cadgen.eval.summary import summarise, without_repeats
from cadgen.interrupt import at_interruption
from cadgen.job import status_of, told
from cadgen.paths import write_whole
from cadgen.report.breakdown import write_breakdown
from cadgen.report.table import markdown, variant_table, write_table

_LARGEST_YAML = 1 << 20  # bytes of a file that Hydra writes: they are kilobytes


@dataclass(frozen=True)
class Job:
    """status: as in run.json, "unfinished" where there is none; overrides: what the job was asked for, in order."""

    folder: Path
    overrides: tuple[str, ...]
    status: str
    error: str
    rows: tuple[Row, ...]


class SweepTable(Callback):
    """At the end of a sweep: table.md, table.csv and table.json of its jobs, and variants.md and variants.json.

    The process ends with status 1 where a job has not finished. A signal that ends the sweep leaves the tables too.
    """

    def on_multirun_start(self, config: DictConfig, **kwargs) -> None:
        folder = Path(config.hydra.sweep.dir)
        try:
            _refuse_other_jobs(folder, planned(config))
        except ValueError as error:
            print(f"error: {error}", file=sys.stderr)
            sys.exit(1)
        at_interruption(partial(_tell_sweep, config))

    def on_multirun_end(self, config: DictConfig, **kwargs) -> None:
        if _tell_sweep(config):
            sys.exit(1)


def _tell_sweep(config: DictConfig) -> int:
    """How many jobs of the sweep did not finish, after `tell`."""
    folder = Path(config.hydra.sweep.dir)
    try:
        return tell(read_jobs(folder, planned(config)), folder)
    except Exception as error:  # Hydra would make a warning of it
        if (line := told(error)) is None:
            traceback.print_exc()
        print(f"error: {line or repr(error)}", file=sys.stderr)
        return 1


def _refuse_other_jobs(folder: Path, plan: Sequence[tuple[str, ...]]) -> None:
    """Raises `ValueError` where a job of the folder is another than the one that would take its place."""
    for number, job in _jobs_in(folder).items():
        if number < len(plan) and job.overrides != plan[number]:
            raise ValueError(
                f"{folder} holds a sweep of other jobs ({' '.join(job.overrides)}); choose another folder "
                "(hydra.sweep.dir=FOLDER), or delete it"
            )


def planned(config: DictConfig) -> list[tuple[str, ...]]:
    """The overrides of every job of the sweep, by number, as Hydra's own sweeper deals them out."""
    if not config.hydra.sweeper._target_.endswith(".BasicSweeper"):
        return []  # it chooses as it goes
    asked = [f"{name}={value}" for name, value in (config.hydra.sweeper.get("params") or {}).items()]
    parsed = OverridesParser.create().parse_overrides([*asked, *config.hydra.overrides.task])
    try:
        (jobs,) = BasicSweeper.split_arguments(parsed, None)
    except (AssertionError, HydraException):
        return []  # no list can tell it beforehand
    return [tuple(job) for job in jobs]


def read_jobs(folder: Path, plan: Sequence[tuple[str, ...]] = ()) -> list[Job]:
    """The jobs whose folders lie in `folder`, by their number in the sweep, and those of `plan` that have none.

    Raises `ValueError` for a folder whose files are not Hydra's.
    """
    found = _jobs_in(folder)
    for number, overrides in enumerate(plan):
        found.setdefault(number, Job(folder, overrides, "not begun", "", ()))
    return [found[number] for number in sorted(found)]


def _jobs_in(folder: Path) -> dict[int, Job]:
    found = {}
    for path in folder.rglob(".hydra/overrides.yaml"):
        try:
            number = int(_yaml(path.with_name("hydra.yaml"))["hydra"]["job"]["num"])
            overrides = tuple(_yaml(path))
            if not all(isinstance(override, str) for override in overrides):
                raise ValueError("overrides are texts")
        except (LookupError, OSError, RecursionError, TypeError, ValueError, yaml.YAMLError) as error:
            line = " ".join(str(error).split())
            raise ValueError(f"{path.parent} tells of no job ({line}); delete its job's folder") from None
        found[number] = _read_job(path.parent.parent, overrides)
    return found


def tell(jobs: Sequence[Job], folder: Path) -> int:
    """Prints and writes the tables; returns how many jobs did not finish."""
    names = _names(jobs)
    judged = {name: list(job.rows) for name, job in zip(names, jobs, strict=True) if job.rows}
    if judged:
        runs = without_repeats(judged)
        decoded = {
            name: [row for row in rows if row.decoding not in (CONSTANT, REFERENCE)] for name, rows in runs.items()
        }
        lines = summarise(runs, against=next(rows[0].decoding for rows in decoded.values() if rows))
        write_table(lines, folder)
        write_breakdown(runs, folder)
        found = over_seeds({_split_seed(name): rows for name, rows in decoded.items()})
        write_whole(folder / "variants.md", variant_table(found))
        write_whole(folder / "variants.json", json.dumps([asdict(one) for one in found], indent=1) + "\n")
        print(f"{markdown(lines)}\n{variant_table(found)}\nTables: {folder / 'table.md'}, {folder / 'variants.md'}")
    left = [(name, job) for name, job in zip(names, jobs, strict=True) if job.status != FINISHED]
    for name, job in left:
        print(f"{job.status}: {name}: {job.error or job.folder}", file=sys.stderr)
    if left:
        print(f"{len(left)} of {len(jobs)} jobs did not finish; again: hydra.sweep.dir={folder}", file=sys.stderr)
    return len(left)


def _read_job(folder: Path, overrides: tuple[str, ...]) -> Job:
    record, status = record_of(folder), status_of(folder)
    try:
        rows = read_rows(folder) if status == FINISHED and (folder / ROWS).is_file() else []
    except ValueError as error:
        return Job(folder, overrides, "unreadable", str(error), ())
    return Job(folder, overrides, status, str(record.get("error", "")), tuple(rows))


def _yaml(path: Path) -> Any:
    """Plain data: what a file of others interpolates is not resolved."""
    if path.stat().st_size > _LARGEST_YAML:
        raise ValueError(f"{path.name} has over {_LARGEST_YAML} bytes")
    return yaml.safe_load(path.read_text())


def _names(jobs: Sequence[Job]) -> list[str]:
    """What distinguishes each job: those of its overrides that not all have; the folder where nothing does."""
    shared = Counter(override for job in jobs for override in job.overrides)
    return [", ".join(o for o in job.overrides if shared[o] < len(jobs)) or job.folder.name for job in jobs]


def _split_seed(name: str) -> tuple[str, int]:
    parts = name.split(", ")
    seeds = [int(part.removeprefix("seed=")) for part in parts if part.startswith("seed=")]
    return ", ".join(part for part in parts if not part.startswith("seed=")), seeds[0] if seeds else 0
