"""Decoders by name: `load_decoder(name)`."""

from pathlib import Path

from hydra.utils import instantiate
from omegaconf import OmegaConf

from cadgen.decode.decoder import Decoder
from cadgen.paths import config_folder


def load_decoder(name: str) -> Decoder:
    """The decoder that conf/decoding/<name>.yaml describes. Raises `ValueError` listing the names there are."""
    folder = Path(config_folder()) / "decoding"
    path = folder / f"{name}.yaml"
    if not path.is_file():
        raise ValueError(
            f"decoding={name} is unknown; choose one of {', '.join(sorted(p.stem for p in folder.glob('*.yaml')))}"
        )
    return instantiate(OmegaConf.load(path))
