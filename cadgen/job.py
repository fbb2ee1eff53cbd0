"""A job of `train` or `evaluate`: what its folder says of it, and how an error or a signal ends it.

A job is a run of its own or one of a sweep; run.json in its folder tells what became of it.
"""

import json
import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, InstantiationException
from hydra.types import RunMode
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.fabric.utilities.rank_zero import rank_zero_only
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from cadgen.adverts import silence
from cadgen.eval.provenance import FAILED, FINISHED, INTERRUPTED, RUN, RUNNING, commit, record_of, write_run
from cadgen.eval.row import ROWS
from cadgen.interrupt import Interrupted, was_asked_to_end
from cadgen.model import fingerprint
from cadgen.shape import SandboxUnavailable

# Those of cadgen are of these kinds.
_EXPECTED = (MisconfigurationException, OSError, SandboxUnavailable, ValueError)


def run_job(work: Callable[[DictConfig], object], config: DictConfig) -> None:
    """Does `work`. An error ends the process with one line for people and status 1; in a sweep it ends the job only.

    run.json tells how a job ended that had begun: also by a signal, which ends the process.
    """
    silence()
    commit()  # before the work, during which the tree may change
    if multiprocessing.get_start_method(allow_none=True) == "loky":  # a job of joblib: its workers know no such method
        multiprocessing.set_start_method(None, force=True)
    in_sweep = HydraConfig.get().mode == RunMode.MULTIRUN
    try:
        settings = plain(config)
        (_run_in_sweep if in_sweep else _run_alone)(work, config, settings)
    except Exception as error:
        if was_asked_to_end(error):
            raise
        line = told(error)
        if line is None or os.environ.get("HYDRA_FULL_ERROR"):
            if not in_sweep:
                raise
            traceback.print_exc()
        print(f"error: {line or repr(error)}", file=sys.stderr)
        if not in_sweep:
            sys.exit(1)


def _run_alone(work: Callable[[DictConfig], object], config: DictConfig, settings: dict) -> None:
    try:
        work(config)
    except (Exception, Interrupted) as error:
        _record_end(Path(config.run_dir), settings, error)
        raise


def _run_in_sweep(work: Callable[[DictConfig], object], config: DictConfig, settings: dict) -> None:
    folder = Path(config.run_dir)
    if is_finished(folder, settings):
        print(f"{folder} is finished already")
        return
    (folder / RUN).unlink(missing_ok=True)
    try:
        work(config)
    except (Exception, Interrupted) as error:
        if not (folder / RUN).exists():  # it had not even begun
            with suppress(OSError):
                begin(folder, settings)
        _record_end(folder, settings, error)
        raise
    finally:
        _end_wandb()


def begin(folder: Path, settings: dict) -> None:
    """Records that a job begins in `folder`. Raises `ValueError` where another one has finished there."""
    if status_of(folder) == FINISHED:
        raise ValueError(
            f"{folder} holds a finished run of other settings or weights; choose another folder "
            "(hydra.run.dir=FOLDER), or delete it"
        )
    write_run(folder, settings, status=RUNNING)


@rank_zero_only
def _record_end(folder: Path, settings: dict, error: BaseException) -> None:
    """Only of a job that had begun: what stands in the folder of one that was refused is another's."""
    record = record_of(folder)
    if record.get("status") != RUNNING or record.get("config") != settings:
        return
    facts = {name: value for name, value in record.items() if name == "step"}
    if was_asked_to_end(error):
        facts["status"] = INTERRUPTED
    else:
        facts |= {"status": FAILED, "error": (isinstance(error, Exception) and told(error)) or repr(error)}
    with suppress(OSError):  # a full disk, say, which is told of all the same
        write_run(folder, settings, **facts)


def plain(config: DictConfig) -> dict:
    """The configuration as it stands in run.json: paths below the working directory are told from there."""
    here = json.dumps(f"{Path.cwd()}/")[:-1]  # with the quotation mark that opens a string
    return json.loads(json.dumps(OmegaConf.to_container(config, resolve=True)).replace(here, '"'))


def is_finished(folder: Path, settings: dict) -> bool:
    """Whether a job of these settings has ended well in `folder`, whatever that was called, with today's weights."""
    record = record_of(folder)
    config = record.get("config")
    if record.get("status") != FINISHED or not isinstance(config, dict):
        return False
    if config | {"run_dir": settings["run_dir"]} != settings:
        return False
    if settings.get("ckpt") is not None and record.get("weights") != fingerprint(str(settings["ckpt"])):
        return False
    return (folder / ROWS).is_file() or settings.get("decodings") == {}  # a run without decodings has no rows


def status_of(folder: Path) -> str:
    """What run.json says, "unfinished" where there is none."""
    return str(record_of(folder).get("status", "unfinished"))


def told(error: Exception) -> str | None:
    """The error in one line for people; None where nobody expected it."""
    cause = error.__cause__ if isinstance(error, InstantiationException) and error.__cause__ else error
    if isinstance(cause, _EXPECTED):
        return " ".join(str(cause).split())
    if isinstance(error, OmegaConfBaseException | HydraException):
        return f"the configuration does not fit: {' '.join(str(error).split())}; --help lists the choices"
    return None


def _end_wandb() -> None:
    """Ends the job's run: jobs of one process would otherwise be one run to wandb."""
    if "wandb" in sys.modules:
        sys.modules["wandb"].finish()
