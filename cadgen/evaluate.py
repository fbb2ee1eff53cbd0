"""python -m cadgen.evaluate ckpt=RUN data=gencad data.root=FOLDER decoding=greedy: rows, table, contact sheet.

-m decoding=greedy,beam judges several decodings without training again, and so does experiment=ablation_decoding.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import hydra
import torch
from hydra.core.hydra_config import HydraConfig
from lightning.pytorch.loggers import WandbLogger
from omegaconf import DictConfig

from cadgen.data import Sample
from cadgen.decode import Decoder
from cadgen.gallery import exhibits, summary, wandb_media
from cadgen.model import find_checkpoint, load_network
from cadgen.paths import config_folder
from cadgen.record import Row
from cadgen.shape import Sandbox
from cadgen.sweep import plain, run_job
from cadgen.train import judge_network


def evaluate(config: DictConfig, name: str) -> list[Row]:
    """Judges the checkpoint on the validation samples of config.data with the decoding called `name`."""
    if config.ckpt is None:
        raise ValueError("ckpt is not given; name a run folder of cadgen.train: ckpt=RUN")
    network = load_network(find_checkpoint(config.ckpt)).eval()
    network.to("cuda" if torch.cuda.is_available() else "cpu")
    samples = hydra.utils.instantiate(config.data.val)
    if config.limit is not None:
        samples = samples[: config.limit]
    decodings = {name: _seeded(hydra.utils.instantiate(config.decoding), config.seed)}
    rows = judge_network(network, decodings, samples, Path(config.run_dir), config, config.oracle)
    if config.get("logger") is not None:
        _log(config, [row for row in rows if row.decoding == name], samples)
    return rows


def _seeded(decoder: Decoder, seed: int) -> Decoder:
    """The decoder, its proposals drawn with `seed` if it draws any."""
    if not hasattr(decoder.propose, "seed"):
        return decoder
    return replace(decoder, propose=replace(cast(Any, decoder.propose), seed=seed))


def _log(config: DictConfig, rows: list[Row], samples: list[Sample], num_shown: int = 8) -> None:
    """Means to the summary of a wandb run, and the first pictures with what became of them."""
    logger = hydra.utils.instantiate(config.logger)
    if not isinstance(logger, WandbLogger):
        raise ValueError("logger: only wandb takes what a job found; without one it stands in rows.jsonl and table.csv")
    logger.experiment.config.update(plain(config))
    logger.experiment.summary.update(summary(rows))
    with Sandbox(**config.sandbox) as box:
        logger.experiment.log(wandb_media(exhibits(samples[:num_shown], rows, box)))


@hydra.main(version_base="1.3", config_path=config_folder(), config_name="evaluate")
def main(config: DictConfig) -> None:
    run_job(lambda job: evaluate(job, HydraConfig.get().runtime.choices["decoding"]), config)


if __name__ == "__main__":
    main()
