"""python -m cadgen.evaluate ckpt=RUN data=gencad data.root=FOLDER decoding=greedy: rows, table, contact sheet.

-m decoding=greedy,beam judges several decodings without training again, and so does experiment=ablation_decoding.
trainer.devices=4 shares the samples among four processes, each with a device of its own; the rows are the same.
What is judged is on disk at once: the same command in the same folder (hydra.run.dir=FOLDER) goes on where it stopped.
A sample whose reference leaves no solid, or whose picture cannot be read, is named and left out; strict=true refuses.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import hydra
import lightning as L
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from lightning.pytorch.loggers import WandbLogger
from omegaconf import DictConfig
from torch import Tensor
from torch.utils.data import DataLoader

from cadgen.data import Sample
from cadgen.decode import Decoder
from cadgen.eval.comparison import Judged, rows_beside
from cadgen.eval.gather import gather
from cadgen.eval.journal import Journal
from cadgen.eval.judge import judge_decodings
from cadgen.eval.provenance import state_of_code
from cadgen.eval.row import Row, read_rows
from cadgen.eval.summary import summary
from cadgen.eval.truth import LeftOut, Truth
from cadgen.eval.truth_files import truths_of
from cadgen.interrupt import run_command
from cadgen.job import begin, is_finished, plain, run_job
from cadgen.model import Gate, Network, fingerprint, load_reader
from cadgen.paths import config_folder
from cadgen.report.board import log_judged
from cadgen.report.write import write_report
from cadgen.settings import made, register
from cadgen.shape import Sandbox

register()

_T = TypeVar("_T")


class _Last(Generic[_T]):
    """What was made last, by what it was made from: the jobs of a sweep mostly judge by one and the same."""

    def __init__(self) -> None:
        self._known: tuple[str, _T] | None = None

    def of(self, origin: str, make: Callable[[], _T]) -> _T:
        if self._known is None or self._known[0] != origin:
            self._known = None  # not two at once in memory
            self._known = origin, make()
        return self._known[1]


_TRUTHS, _BESIDE = _Last[tuple[dict[str, Truth], list[LeftOut]]](), _Last[list[Row]]()
_NUMBERS_OF_PROCESSES = ("devices", "num_nodes", "strategy")


def evaluate(config: DictConfig, name: str) -> list[Row]:
    """Judges the checkpoint on the validation samples of config.data with the decoding called `name`."""
    if config.ckpt is None:
        raise ValueError("ckpt is not given; name a run folder of cadgen.train: ckpt=RUN")
    run_dir, settings = Path(config.run_dir), plain(config)
    if is_finished(run_dir, settings):
        print(f"{run_dir} is finished already; its table: {run_dir / 'table.md'}")
        return read_rows(run_dir)
    logger = _logger(config.get("logger"))
    network = load_reader(str(config.ckpt))
    samples = hydra.utils.instantiate(config.data.val)
    if config.limit is not None:
        if config.limit < 1:
            raise ValueError(f"limit={config.limit}: judge at least one sample, or all of them (limit=null)")
        samples = samples[: config.limit]
    decodings = {name: _seeded(hydra.utils.instantiate(config.decoding), config.seed)}
    fixed = partial(L.Trainer, logger=False, enable_progress_bar=False, use_distributed_sampler=False)
    trainer = made("trainer", fixed, **config.trainer)
    if trainer.world_size > 1 and HydraConfig.get().mode == RunMode.MULTIRUN:
        raise ValueError("a sweep runs each job in one process: set trainer.devices=1, or evaluate without -m")
    weights = fingerprint(str(config.ckpt))
    origin = _origin(settings, weights, samples)
    ruler = json.dumps([origin["data"], settings["strict"], origin["settings"]["sandbox"]])
    journal = Journal(run_dir, origin, trainer.global_rank)
    if trainer.is_global_zero:
        begin(run_dir, settings)
    with made("sandbox", Sandbox, **config.sandbox) as box:
        judging = _Judging(network, decodings, samples, box, config, journal, ruler)
        trainer.validate(judging, DataLoader(cast(Any, [0])), verbose=False)
        if not trainer.is_global_zero:
            return []
        others = [sample for number, sample in enumerate(samples) if number % trainer.world_size]
        truths, left_out = truths_of(others, box, config.strict)
        truths = judging.truths | truths
        in_order = {sample.id: truths[sample.id] for sample in samples if sample.id in truths}
        left_out = judging.left_out + left_out
        beside = _BESIDE.of(ruler, lambda: rows_beside(in_order, box))
        rows = write_report(judging.judged, beside, in_order, samples, run_dir, settings, box, left_out, weights)
        journal.end()
        if logger is not None:
            _log(logger, config, name, rows, samples, box)
    return rows


def _origin(settings: dict, weights: str | None, samples: list[Sample]) -> dict:
    """What rows follow from, however many processes judge them, and wherever they are written."""
    kept = {name: value for name, value in settings.items() if name not in ("run_dir", "logger")}
    kept["trainer"] = {name: value for name, value in kept["trainer"].items() if name not in _NUMBERS_OF_PROCESSES}
    kept["sandbox"] = {name: value for name, value in kept["sandbox"].items() if name != "workers"}
    data = hashlib.sha256()
    for sample in samples:
        data.update(repr((sample.id, sample.code, _told(sample.image), _told(sample.step))).encode(errors="replace"))
    return {"settings": kept, "code": state_of_code(), "weights": weights, "data": data.hexdigest()}


def _told(file: Path | bytes | None) -> object:
    """What tells a file from what stood there before."""
    if isinstance(file, Path):
        # Of one that is missing, for which its sample is left out, nothing.
        return (file.stat().st_size, file.stat().st_mtime_ns) if file.exists() else None
    return file


class _Judging(L.LightningModule):
    """One validation step, in which every process judges its share of the samples.

    ruler: what truths follow from; judged: then what all processes judged; truths, left_out: of its own share.
    """

    def __init__(
        self,
        network: Network | Gate,
        decodings: dict[str, Decoder],
        samples: list[Sample],
        box: Sandbox,
        config: DictConfig,
        journal: Journal,
        ruler: str,
    ):
        super().__init__()
        self.network, self.decodings, self.samples, self.box = network, decodings, samples, box
        self.config, self.journal, self.ruler = config, journal, ruler
        self.judged = Judged([], [])
        self.truths: dict[str, Truth] = {}
        self.left_out: list[LeftOut] = []

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        own = self.samples[self.global_rank :: self.trainer.world_size]
        self.truths, self.left_out = _TRUTHS.of(self.ruler, lambda: truths_of(own, self.box, self.config.strict))
        self.judged = judge_decodings(
            self.network,
            self.decodings,
            own,
            self.truths,
            self.box,
            oracle=self.config.oracle,
            all_candidates=self.config.candidates,
            is_quiet=not self.trainer.is_global_zero,
            journal=self.journal,
        )

    def on_validation_epoch_end(self) -> None:
        order = [sample.id for sample in self.samples]
        self.judged = Judged(gather(self.judged.rows, order), gather(self.judged.candidates, order))


def _seeded(decoder: Decoder, seed: int) -> Decoder:
    """The decoder, its proposals drawn with `seed` if it draws any."""
    if not hasattr(decoder.propose, "seed"):
        return decoder
    return replace(decoder, propose=replace(cast(Any, decoder.propose), seed=seed))


def _logger(node: DictConfig | None) -> WandbLogger | None:
    """What is told in the end; it writes nothing before that."""
    logger = hydra.utils.instantiate(node)
    if logger is not None and not isinstance(logger, WandbLogger):
        raise ValueError("logger: only wandb takes what a job found; without one it stands in rows.jsonl and table.csv")
    return logger


def _log(
    logger: WandbLogger, config: DictConfig, decoding: str, rows: list[Row], samples: list[Sample], box: Sandbox
) -> None:
    """Tells wandb all that was judged; in the summary the scores of `decoding` have plain names, to be compared by."""
    logger.experiment.config.update(plain(config))
    logger.experiment.summary.update(summary([row for row in rows if row.decoding == decoding]))
    log_judged(logger.experiment, rows, samples, Path(config.run_dir), box)


@hydra.main(version_base="1.3", config_path=config_folder(), config_name="evaluate")
def main(config: DictConfig) -> None:
    run_job(lambda job: evaluate(job, HydraConfig.get().runtime.choices["decoding"]), config)


if __name__ == "__main__":
    run_command(main)
