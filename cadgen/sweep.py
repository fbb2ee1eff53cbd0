"""Jobs of a sweep: a finished one is not run again, a failed one does not end the others, one table tells of all.

What became of a job stands in its folder, in run.json; so any launcher will do, and a sweep whose folder is given again
(hydra.sweep.dir=FOLDER) does what is left.
"""

import json
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from cadgen.data import DataError, ImageError
from cadgen.eval.provenance import FAILED, FINISHED, RUN, commit, write_run
from cadgen.eval.row import CONSTANT, REFERENCE, ROWS, Row, read_rows
from cadgen.eval.seeds import over_seeds
from cadgen.eval.summary import summarise, without_repeats
from cadgen.model import CheckpointError, HubUnreachable, find_checkpoint
from cadgen.paths import write_whole
from cadgen.report.breakdown import write_breakdown
from cadgen.report.table import markdown, variant_table, write_table
from cadgen.shape import SandboxUnavailable

EXPECTED_ERRORS = (CheckpointError, DataError, HubUnreachable, ImageError, SandboxUnavailable, ValueError)


@dataclass(frozen=True)
class Job:
    """status: as in run.json, "unfinished" where there is none; overrides: what the job was asked for, in order."""

    folder: Path
    overrides: tuple[str, ...]
    status: str
    error: str
    rows: tuple[Row, ...]


def run_job(work: Callable[[DictConfig], object], config: DictConfig) -> None:
    """Does `work`. An error ends the process with one line for people and status 1; in a sweep it ends the job only."""
    commit()  # before the work, during which the tree may change
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        _run_in_sweep(work, config)
        return
    try:
        work(config)
    except Exception as error:
        if (told := _told(error)) is None:
            raise
        print(f"error: {told}", file=sys.stderr)
        sys.exit(1)


def _run_in_sweep(work: Callable[[DictConfig], object], config: DictConfig) -> None:
    folder, settings = Path(config.run_dir), plain(config)
    try:
        if is_finished(folder, settings):
            print(f"{folder} is finished already")
            return
        (folder / RUN).unlink(missing_ok=True)
        work(config)
    except Exception as error:
        if (told := _told(error)) is None:
            traceback.print_exc()
        write_run(folder, settings, status=FAILED, error=told or repr(error))
        print(f"error: {told or repr(error)}", file=sys.stderr)
    finally:
        _end_wandb()


def plain(config: DictConfig) -> dict:
    """The configuration as it stands in run.json: paths below the working directory are told from there."""
    here = json.dumps(f"{Path.cwd()}/")[:-1]  # with the quotation mark that opens a string
    return json.loads(json.dumps(OmegaConf.to_container(config, resolve=True)).replace(here, '"'))


def is_finished(folder: Path, settings: dict) -> bool:
    """Whether a job of these settings has ended well in `folder`, whatever that was called, with today's weights."""
    path = folder / RUN
    if not path.is_file():
        return False
    record = json.loads(path.read_text())
    if record.get("status") != FINISHED or record["config"] | {"run_dir": settings["run_dir"]} != settings:
        return False
    if settings.get("ckpt") is not None:
        weights = find_checkpoint(settings["ckpt"]) / "model.safetensors"
        if not weights.is_file() or weights.stat().st_mtime > path.stat().st_mtime:
            return False
    return (folder / ROWS).is_file() or settings.get("decodings") == {}  # a run without decodings has no rows


class SweepTable(Callback):
    """At the end of a sweep: table.md, table.csv and table.json of its jobs, and variants.md and variants.json.

    The process ends with status 1 where a job has not finished.
    """

    def on_multirun_end(self, config: DictConfig, **kwargs) -> None:
        try:
            folder = Path(config.hydra.sweep.dir)
            left = tell(read_jobs(folder), folder)
        except Exception:  # Hydra would make a warning of it
            traceback.print_exc()
            left = 1
        if left:
            sys.exit(1)


def read_jobs(folder: Path) -> list[Job]:
    """The jobs whose folders lie in `folder`, by their number in the sweep."""
    found = []
    for overrides in folder.rglob(".hydra/overrides.yaml"):
        number = OmegaConf.load(overrides.with_name("hydra.yaml")).hydra.job.num
        found.append((number, _read_job(overrides.parent.parent, tuple(OmegaConf.load(overrides)))))
    return [job for _, job in sorted(found, key=lambda pair: pair[0])]


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
    path = folder / RUN
    record = json.loads(path.read_text()) if path.is_file() else {}
    status = record.get("status", "unfinished")
    rows = read_rows(folder) if status == FINISHED and (folder / ROWS).is_file() else []
    return Job(folder, overrides, status, record.get("error", ""), tuple(rows))


def _names(jobs: Sequence[Job]) -> list[str]:
    """What distinguishes each job: those of its overrides that not all have; the folder where nothing does."""
    shared = Counter(override for job in jobs for override in job.overrides)
    return [", ".join(o for o in job.overrides if shared[o] < len(jobs)) or job.folder.name for job in jobs]


def _split_seed(name: str) -> tuple[str, int]:
    parts = name.split(", ")
    seeds = [int(part.removeprefix("seed=")) for part in parts if part.startswith("seed=")]
    return ", ".join(part for part in parts if not part.startswith("seed=")), seeds[0] if seeds else 0


def _told(error: Exception) -> str | None:
    """The error in one line for people; None where nobody expected it."""
    cause = error.__cause__ if isinstance(error, hydra.errors.InstantiationException) and error.__cause__ else error
    return str(cause) if isinstance(cause, EXPECTED_ERRORS) else None


def _end_wandb() -> None:
    """Ends the job's run: jobs of one process would otherwise be one run to wandb."""
    if "wandb" in sys.modules:
        sys.modules["wandb"].finish()
