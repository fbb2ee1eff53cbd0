"""A network as a folder: config.json, tokenizer.json, model.safetensors, and manifest.json with the checksums of those.

LoRA is merged, so any checkpoint loads plain. Folders of strangers are read without executing anything of theirs.
"""

import copy
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from peft import PeftModel
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from transformers import PreTrainedTokenizerFast

from cadgen.model.checkpoint_error import CheckpointError, telling_full_disk
from cadgen.model.config import DECODER, LARGEST_PARAMETERS, LARGEST_PATCHES, checked_config
from cadgen.model.finite import first_non_finite
from cadgen.model.network import Network, count_parameters
from cadgen.model.tokenizer import parse_tokenizer, plain_tokenizer
from cadgen.model.tokenizer_file import check_tokenizer
from cadgen.paths import draft_of, sha256_of, standing

SHIPPED = Path(__file__).parent / "weights" / "compact"  # in the package
ANY_PICTURE = SHIPPED.with_name("any_picture")  # shipped with it, for pictures of another look

_LARGEST_BYTES = {"config.json": 1 << 20, "tokenizer.json": 1 << 25, "model.safetensors": 4 * LARGEST_PARAMETERS}
_MANIFEST = "manifest.json"


def save_network(network: Network, folder: Path, dtype: torch.dtype | None = None) -> None:
    """Writes `folder` whole or not at all; `dtype` converts the weights (None: as they are).

    Raises `CheckpointError` where a weight is not finite, a size is none that is read, or the disk is full; the former
    folder then stays.
    """
    plain = _without_lora(network)
    config = checked_config(_config(plain), f"{folder / 'config.json'}")  # what would not be read is not written
    tokenizer = plain_tokenizer(network.tokenizer)
    check_tokenizer(json.loads(tokenizer.to_str()), f"{folder / 'tokenizer.json'}")
    weights = _unique(plain.state_dict(), dtype)
    if (bad := first_non_finite(weights.items())) is not None:
        raise CheckpointError(
            f"{folder} is not written: {bad} is not finite, so the network has diverged; train again with a lower "
            "optim.learning_rate"
        )
    with telling_full_disk(folder, "save it again, or resume=RUN goes on with a training"), draft_of(folder) as draft:
        draft.mkdir()
        (draft / "config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")
        tokenizer.save(str(draft / "tokenizer.json"))
        save_file(weights, draft / "model.safetensors")
        write_manifest(draft)


def write_manifest(folder: Path) -> None:
    """The checksums of what lies in the checkpoint `folder`."""
    sums = {name: sha256_of(folder / name) for name in _LARGEST_BYTES}
    (folder / _MANIFEST).write_text(json.dumps({"sha256": sums}, indent=1) + "\n")


def fingerprint(name: str) -> str | None:
    """What tells one checkpoint from another, whatever the times of its files; None where one of them is missing."""
    paths = [folder / file for folder in parts_of(name) for file in _LARGEST_BYTES]
    if not all(path.is_file() for path in paths):
        return None
    return hashlib.sha256(" ".join(map(sha256_of, paths)).encode()).hexdigest()


def _config(network: Network) -> dict[str, Any]:
    decoder = network.decoder.config.to_diff_dict()
    return {
        "vision": network.vision_arguments,
        "decoder": {name: value for name, value in decoder.items() if name in DECODER},
        "max_tokens": network.max_tokens,
        "pixels": network.pixels,
        "sees": network.sees,
    }


def load_network(folder: Path) -> Network:
    """The network saved in `folder`. Raises `CheckpointError`.

    A folder without checksums, made before there were any, loads with a warning on stderr.
    """
    folder = standing(folder)
    files = {name: read_file(folder / name, largest) for name, largest in _LARGEST_BYTES.items()}
    _verify(files, folder)
    config = checked_config(parse_json(files["config.json"], folder / "config.json"), f"{folder / 'config.json'}")
    tokenizer = parse_tokenizer(files["tokenizer.json"], f"{folder / 'tokenizer.json'}")
    try:
        weights = load(files["model.safetensors"])
    except (SafetensorError, LookupError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{folder / 'model.safetensors'} is damaged ({error}); copy or train it again") from error
    network = _build(config, tokenizer, len(files["model.safetensors"]), folder)
    load_weights(network, weights, str(folder))
    return network


def read_file(path: Path, largest: int) -> bytes:
    """The bytes of a checkpoint's file. Raises `CheckpointError` where there is none, or over `largest` bytes."""
    if not path.is_file():
        raise CheckpointError(
            f"{path.parent} is no checkpoint: it has no {path.name}; give a run folder made by cadgen.train or its "
            "best/"
        )
    if path.stat().st_size > largest:
        raise CheckpointError(f"{path} has {path.stat().st_size:,} bytes, and at most {largest:,} are read; {_AGAIN}")
    return path.read_bytes()


def parse_json(data: bytes, path: Path) -> Any:
    """Raises `CheckpointError` naming `path`."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is damaged ({error}); {_AGAIN}") from error


_AGAIN = "copy or train it again"


def _verify(files: Mapping[str, bytes], folder: Path) -> None:
    path = folder / _MANIFEST
    if not path.exists():
        print(
            f"warning: {folder} has no {_MANIFEST}, as it was made before there were checksums: whether its bytes are "
            "as they were written cannot be told",
            file=sys.stderr,
        )
        return
    told = parse_json(read_file(path, 1 << 16), path)
    sums = told.get("sha256") if isinstance(told, dict) else None
    for name, data in files.items():
        if not isinstance(sums, dict) or sums.get(name) != hashlib.sha256(data).hexdigest():
            raise CheckpointError(
                f"{folder / name} is damaged: its checksum is not the one in {_MANIFEST}; {_AGAIN}, or, if you "
                f"changed it yourself, delete {path}"
            )


def _build(config: dict[str, Any], tokenizer: PreTrainedTokenizerFast, num_bytes: int, folder: Path) -> Network:
    """The network of random weights; no memory is taken for one that is too large for its file of `num_bytes`."""
    arguments = (
        config["vision"],
        config["decoder"],
        tokenizer,
        config["max_tokens"],
        tuple(config["pixels"]),
        tuple(config["sees"]),
    )
    total = count_parameters(drawn(*arguments[:3], f"{folder / 'config.json'}"))[0]
    if total > num_bytes:
        raise CheckpointError(
            f"{folder} holds another network: config.json describes {total:,} parameters and model.safetensors has "
            f"{num_bytes:,} bytes; {_AGAIN}"
        )
    largest, size = max(tokenizer.get_vocab().values()), config["decoder"]["vocab_size"]
    if largest >= size:
        raise CheckpointError(
            f"{folder / 'tokenizer.json'} has a token {largest:,}, and the network only {size:,} tokens; {_AGAIN}"
        )
    return Network(*arguments)


def drawn(vision: dict, decoder: dict, tokenizer: PreTrainedTokenizerFast | None, source: str) -> Network:
    """The network without memory for its weights, only their shapes. Raises `CheckpointError` for one too large."""
    try:
        with torch.device("meta"):
            network = Network(vision, decoder, cast(PreTrainedTokenizerFast, tokenizer))
    except Exception as error:  # timm and transformers raise many kinds for sizes that do not go together
        raise CheckpointError(f"{source} describes no network ({error}); {_AGAIN}") from error
    total, patches = count_parameters(network)[0], network.vision.patch_embed.num_patches
    if total > LARGEST_PARAMETERS or patches > LARGEST_PATCHES:
        raise CheckpointError(
            f"{source} describes a network of {total:,} parameters that looks at {patches:,} patches; at most "
            f"{LARGEST_PARAMETERS:,} and {LARGEST_PATCHES:,} are read; {_AGAIN}"
        )
    return network


def load_weights(network: Network, weights: dict[str, torch.Tensor], source: str) -> None:
    """Fills the network, in its own dtype. Raises `CheckpointError` naming the first weight that does not fit."""
    own = network.state_dict()
    alias = _aliases(own)
    for name, tensor in own.items():
        given = weights.get(name, weights.get(alias[name]))
        if given is None or given.shape != tensor.shape or given.is_floating_point() != tensor.is_floating_point():
            told = "absent" if given is None else f"{tuple(given.shape)} of {given.dtype}"
            raise CheckpointError(
                f"{source} holds another network: {name} should be {tuple(tensor.shape)} and is {told}; "
                "use the model config that it was trained with"
            )
        tensor.copy_(given)
    if (bad := first_non_finite(own.items())) is not None:
        raise CheckpointError(f"{source} is of no use: {bad} is not finite; train it again with a lower learning rate")
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
    best = standing(folder / "best")
    return best if (best / "config.json").is_file() else standing(folder)


def parts_of(name: str) -> list[Path]:
    """The folders of the networks that read together under a name: one, or the shipped ones. Raises as that does."""
    beside = [ANY_PICTURE] if name == "shipped" and (ANY_PICTURE / "config.json").is_file() else []
    return [find_checkpoint(name), *beside]


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
