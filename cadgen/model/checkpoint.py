"""A network as a folder: config.json, tokenizer.json, model.safetensors.

LoRA is merged, so any checkpoint loads plain.
"""

import copy
import json
import tempfile
from pathlib import Path
from typing import cast

import torch
from peft import PeftModel
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from cadgen.model.draft import CheckpointError
from cadgen.model.network import Network
from cadgen.model.tokenizer import load_tokenizer

SHIPPED = Path(__file__).parent / "weights" / "compact"  # in the package


def save_network(network: Network, folder: Path, dtype: torch.dtype | None = None) -> None:
    """Writes `folder` whole or not at all; `dtype` converts the weights (None: as they are)."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as room:
        draft, old = Path(room) / "new", Path(room) / "old"
        draft.mkdir()
        _write(network, draft, dtype)
        if folder.exists():
            folder.replace(old)
        draft.replace(folder)


def _write(network: Network, folder: Path, dtype: torch.dtype | None) -> None:
    plain = _without_lora(network)
    config = {
        "vision": network.vision_arguments,
        "decoder": plain.decoder.config.to_diff_dict(),
        "max_tokens": network.max_tokens,
        "pixels": network.pixels,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")
    network.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    save_file(_unique(plain.state_dict(), dtype), folder / "model.safetensors")


def load_network(folder: Path) -> Network:
    """The network saved in `folder`. Raises `CheckpointError`."""
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise CheckpointError(
                f"{folder} is no checkpoint: it has no {name}; give a run folder made by cadgen.train or its best/"
            )
    try:
        config = json.loads((folder / "config.json").read_text())
        network = Network(
            config["vision"],
            config["decoder"],
            load_tokenizer(folder / "tokenizer.json"),
            config["max_tokens"],
            tuple(config["pixels"]),
        )
        weights = load_file(folder / "model.safetensors")
    except (SafetensorError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise CheckpointError(f"{folder} is damaged ({error}); copy or train it again") from error
    load_weights(network, weights, str(folder))
    return network


def load_weights(network: Network, weights: dict[str, torch.Tensor], source: str) -> None:
    """Fills the network, in its own dtype. Raises `CheckpointError` naming the first weight that does not fit."""
    own = network.state_dict()
    alias = _aliases(own)
    for name, tensor in own.items():
        given = weights.get(name, weights.get(alias[name]))
        if given is None or given.shape != tensor.shape:
            told = "absent" if given is None else f"{tuple(given.shape)}"
            raise CheckpointError(
                f"{source} holds another network: {name} should be {tuple(tensor.shape)} and is {told}; "
                "use the model config that it was trained with"
            )
        tensor.copy_(given)
    network.pretrained = True


def find_checkpoint(name: str) -> Path:
    """The folder that `name` means: "shipped", a checkpoint folder, or a run folder with best/ in it."""
    if name == "shipped":
        if not (SHIPPED / "config.json").is_file():
            raise CheckpointError(
                "this installation ships no weights; name a run (ckpt=RUN, --ckpt RUN), or train and ship one: "
                "python -m cadgen.train experiment=pretrain_compact, python -m cadgen.export RUN"
            )
        return SHIPPED
    folder = Path(name)
    return folder / "best" if (folder / "best" / "config.json").is_file() else folder


def _without_lora(network: Network) -> Network:
    if not network.has_lora:
        return network
    plain = copy.deepcopy(network)
    plain.decoder = cast(PeftModel, plain.decoder).merge_and_unload()
    return plain


def _aliases(state: dict[str, torch.Tensor]) -> dict[str, str]:
    """Each name -> the first name that has the same memory: the embedding goes by several."""
    first: dict[int, str] = {}
    return {name: first.setdefault(tensor.data_ptr(), name) for name, tensor in state.items()}


def _unique(state: dict[str, torch.Tensor], dtype: torch.dtype | None) -> dict[str, torch.Tensor]:
    alias = _aliases(state)
    return {
        name: tensor.detach().to("cpu", dtype if tensor.is_floating_point() else None).contiguous()
        for name, tensor in state.items()
        if alias[name] == name
    }
