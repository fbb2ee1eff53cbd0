"""python -m cadgen.pack experiment=pretrain_compact_gpu data.root=DIR [key=value ...]: draw the pairs of `data=pack`.

Run it beside `python -m cadgen.train` with the same settings; run it again to go on after a kill.
"""

from pathlib import Path

import hydra
from omegaconf import DictConfig
from rich.progress import Progress

from cadgen.data import Stream, in_dialect, open_source
from cadgen.data.pack import write_pack
from cadgen.model import Network
from cadgen.paths import config_folder


@hydra.main(version_base="1.3", config_path=config_folder(), config_name="train")
def main(config: DictConfig) -> None:
    network: Network = hydra.utils.instantiate(config.model, _convert_="all")
    stream: Stream = hydra.utils.instantiate(config.data.source, _convert_="all")
    held_out = {sample.code for sample in in_dialect(hydra.utils.instantiate(config.data.val))}
    source = open_source(stream, network.tokenizer, network.image_size, network.max_tokens, stream.seed, held_out)
    with Progress() as progress:
        task = progress.add_task("pairs", total=config.data.train.num)
        for done in write_pack(source, Path(config.data.train.root), config.data.train.num, config.data.workers):
            progress.update(task, completed=done)


if __name__ == "__main__":
    main()
