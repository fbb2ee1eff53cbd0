"""python -m cadgen.evaluate ckpt=RUN data=gencad data.root=FOLDER decoding=greedy: rows, table, contact sheet.

-m decoding=greedy,beam judges several decodings without training again, and so does experiment=ablation_decoding.
trainer.devices=4 shares the samples among four processes, each with a device of its own; the rows are the same.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

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
from cadgen.eval.case import truths_of
from cadgen.eval.gather import gather
from cadgen.eval.judge import Judged, judge_decodings
from cadgen.eval.row import Row
from cadgen.eval.summary import summary
from cadgen.eval.truth import Truth
from cadgen.model import Network, find_checkpoint, load_network
from cadgen.paths import config_folder
from cadgen.report.gallery import exhibits, wandb_media
from cadgen.report.write import write_report
from cadgen.shape import Sandbox
from cadgen.sweep import plain, run_job


def evaluate(config: DictConfig, name: str) -> list[Row]:
    """Judges the checkpoint on the validation samples of config.data with the decoding called `name`."""
    if config.ckpt is None:
        raise ValueError("ckpt is not given; name a run folder of cadgen.train: ckpt=RUN")
    network = load_network(find_checkpoint(config.ckpt)).eval()
    samples = hydra.utils.instantiate(config.data.val)
    if config.limit is not None:
        samples = samples[: config.limit]
    decodings = {name: _seeded(hydra.utils.instantiate(config.decoding), config.seed)}
    trainer = L.Trainer(**config.trainer, logger=False, enable_progress_bar=False, use_distributed_sampler=False)
    if trainer.world_size > 1 and HydraConfig.get().mode == RunMode.MULTIRUN:
        raise ValueError("a sweep runs each job in one process: set trainer.devices=1, or evaluate without -m")
    with Sandbox(**config.sandbox) as box:
        judging = _Judging(network, decodings, samples, box, config.oracle, config.candidates)
        trainer.validate(judging, DataLoader(cast(Any, [0])), verbose=False)
        if not trainer.is_global_zero:
            return []
        truths = judging.truths | truths_of([sample for sample in samples if sample.id not in judging.truths], box)
        in_order = {sample.id: truths[sample.id] for sample in samples}
        rows = write_report(judging.judged, in_order, samples, Path(config.run_dir), plain(config), box)
        if config.get("logger") is not None:
            _log(config, [row for row in rows if row.decoding == name], samples, box)
    return rows


class _Judging(L.LightningModule):
    """One validation step, in which every process judges its share of the samples.

    judged: then what all processes judged; truths: of its own share.
    """

    def __init__(
        self,
        network: Network,
        decodings: dict[str, Decoder],
        samples: list[Sample],
        box: Sandbox,
        oracle: bool,
        all_candidates: bool,
    ):
        super().__init__()
        self.network, self.decodings, self.samples = network, decodings, samples
        self.box, self.oracle, self.all_candidates = box, oracle, all_candidates
        self.judged = Judged([], [])
        self.truths: dict[str, Truth] = {}

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        own = self.samples[self.global_rank :: self.trainer.world_size]
        self.truths = truths_of(own, self.box)
        self.judged = judge_decodings(
            self.network,
            self.decodings,
            own,
            self.truths,
            self.box,
            oracle=self.oracle,
            all_candidates=self.all_candidates,
            is_quiet=not self.trainer.is_global_zero,
        )

    def on_validation_epoch_end(self) -> None:
        order = [sample.id for sample in self.samples]
        self.judged = Judged(gather(self.judged.rows, order), gather(self.judged.candidates, order))


def _seeded(decoder: Decoder, seed: int) -> Decoder:
    """The decoder, its proposals drawn with `seed` if it draws any."""
    if not hasattr(decoder.propose, "seed"):
        return decoder
    return replace(decoder, propose=replace(cast(Any, decoder.propose), seed=seed))


def _log(config: DictConfig, rows: list[Row], samples: list[Sample], box: Sandbox, num_shown: int = 8) -> None:
    """Means to the summary of a wandb run, and the first pictures with what became of them."""
    logger = hydra.utils.instantiate(config.logger)
    if not isinstance(logger, WandbLogger):
        raise ValueError("logger: only wandb takes what a job found; without one it stands in rows.jsonl and table.csv")
    logger.experiment.config.update(plain(config))
    logger.experiment.summary.update(summary(rows))
    logger.experiment.log(wandb_media(exhibits(samples[:num_shown], rows, box)))


@hydra.main(version_base="1.3", config_path=config_folder(), config_name="evaluate")
def main(config: DictConfig) -> None:
    run_job(lambda job: evaluate(job, HydraConfig.get().runtime.choices["decoding"]), config)


if __name__ == "__main__":
    main()
