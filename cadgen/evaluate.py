"""python -m cadgen.evaluate ckpt=RUN data=gencad data.root=FOLDER decoding=greedy: rows, table, contact sheet.

-m decoding=greedy,beam judges several decodings without training again.
"""

import sys
from pathlib import Path

import hydra
import torch
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from cadgen.model import find_checkpoint, load_network
from cadgen.paths import config_folder
from cadgen.record import Row
from cadgen.train import judge_network, report_error


def evaluate(config: DictConfig, name: str) -> list[Row]:
    """Judges the checkpoint on the validation samples of config.data with the decoding called `name`."""
    if config.ckpt is None:
        raise ValueError("ckpt is not given; name a run folder of cadgen.train: ckpt=RUN")
    network = load_network(find_checkpoint(config.ckpt)).eval()
    network.to("cuda" if torch.cuda.is_available() else "cpu")
    samples = hydra.utils.instantiate(config.data.val)
    if config.limit is not None:
        samples = samples[: config.limit]
    decodings = {name: hydra.utils.instantiate(config.decoding)}
    return judge_network(network, decodings, samples, Path(config.run_dir), config, config.oracle)


@hydra.main(version_base="1.3", config_path=config_folder(), config_name="evaluate")
def main(config: DictConfig) -> None:
    try:
        evaluate(config, HydraConfig.get().runtime.choices["decoding"])
    except Exception as error:
        sys.exit(report_error(error))


if __name__ == "__main__":
    main()
