"""Decoders by name, without Hydra: `load_decoder(name)`."""

import pkgutil
from pathlib import Path
from typing import Any

import yaml

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
    return _instantiate(yaml.safe_load(path.read_text()))


def _instantiate(node: Any) -> Any:
    """Objects from `_target_` nodes, as Hydra makes them."""
    if not isinstance(node, dict):
        return node
    arguments = {key: _instantiate(value) for key, value in node.items() if key != "_target_"}
    return pkgutil.resolve_name(node["_target_"])(**arguments) if "_target_" in node else arguments
