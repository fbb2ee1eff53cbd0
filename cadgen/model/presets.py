"""The networks that conf/model names.

`compact` needs nothing from outside, `from_hub` starts from published weights.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from timm.layers import build_sincos2d_pos_embed
from timm.models.vision_transformer import VisionTransformer
from transformers import AutoTokenizer, T5Config, T5ForConditionalGeneration

from cadgen.model.checkpoint import drawn, find_checkpoint, load_network, parse_json, read_file
from cadgen.model.checkpoint_error import CheckpointError
from cadgen.model.config import DECODER, checked_config, checked_decoder, checked_vision
from cadgen.model.network import Lora, Network, drop_encoder
from cadgen.model.number import embed_numbers
from cadgen.model.tokenizer import load_tokenizer

_TOKENIZER = Path(__file__).parent / "assets" / "tokenizer.json"


_WHITE_IS_ZERO = (1.0, -0.5)  # most of a picture is background


class HubUnreachable(OSError):
    """Published weights are neither in the local cache nor reachable; the message says what to do instead."""


def compact(
    weights: str | None = None,
    image_size: int = 224,
    stem: Sequence[int] = (48, 96, 192, 192),
    vision_width: int = 192,
    vision_layers: int = 4,
    decoder_width: int = 192,
    decoder_layers: int = 4,
    max_tokens: int = 320,
    sees: Sequence[str] = ("drawing", "shade"),
    trainable_blocks: int | None = None,
    lora: dict | None = None,
) -> Network:
    """A small ViT and T5 decoder with a tokenizer of its own, random (weights=None) or from a checkpoint.

    A patch is 4 px wide times 2 for each width of `stem` after the first. With `weights` (a run or a checkpoint
    folder) the sizes are the checkpoint's.
    """
    if weights is not None:
        network = load_network(find_checkpoint(weights))
        return network.adapt(trainable_blocks, Lora(**lora) if lora else None)
    tokenizer = load_tokenizer(_TOKENIZER)
    vision = {
        "model_name": "vit_tiny_patch16_224",  # everything of it but the name's depth and width is the same for all
        "img_size": image_size,
        "in_chans": sum(3 if name == "colour" else 1 for name in sees),
        "stem": list(stem),
        "embed_dim": vision_width,
        "depth": vision_layers,
        "num_heads": vision_width // 64,
    }
    decoder = {
        "vocab_size": len(tokenizer),
        "d_model": decoder_width,
        "d_kv": 64,
        "d_ff": 4 * decoder_width,
        "num_heads": decoder_width // 64,
        "num_layers": decoder_layers,
        "num_decoder_layers": decoder_layers,
        "dropout_rate": 0.0,
        "pad_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "decoder_start_token_id": tokenizer.pad_token_id,
    }
    network = Network(vision, decoder, tokenizer, max_tokens, _WHITE_IS_ZERO, tuple(sees))
    _mark_positions(network.vision)
    embed_numbers(network.decoder.get_input_embeddings().weight, tokenizer)
    return network.adapt(trainable_blocks, Lora(**lora) if lora else None)


def shipped(trainable_blocks: int | None = 2, lora: dict | None = None) -> Network:
    """The shipped network, its ViT frozen but for the last blocks, with LoRA in its decoder.

    Where none is shipped it says so and returns `compact()`: random weights, all of which train.
    """
    try:
        return compact("shipped", trainable_blocks=trainable_blocks, lora=lora)
    except CheckpointError as error:
        print(f"training from random weights, without LoRA: {error}")
        return compact()


def _mark_positions(vision: VisionTransformer) -> None:
    """Starts the learned position embedding as a 2D sine-cosine code of amplitude 1 (He et al. 2022, MAE).

    timm's own start is noise of 0.02, beside which patches of one content in two places look alike to the decoder.
    """
    code_ND = build_sincos2d_pos_embed(list(vision.patch_embed.grid_size), dim=vision.embed_dim)
    assert vision.pos_embed is not None
    with torch.no_grad():
        vision.pos_embed[0, -len(code_ND) :] = code_ND


def from_hub(
    vision: str = "vit_base_patch16_224",
    decoder: str = "Salesforce/codet5-small",
    max_tokens: int = 512,
    sees: Sequence[str] = ("drawing", "shade"),
    trainable_blocks: int | None = 2,
    lora: dict | None = None,
) -> Network:
    """A published ViT (timm name) and the decoder half of a published T5, from the local cache or the hub.

    `vision` and `decoder` may also be folders: `model.safetensors` + `config.json` as timm and transformers write them.
    Raises `HubUnreachable`, and `CheckpointError` for folders that hold something else.
    """
    folder = _fetch(decoder)
    settings = _t5_settings(folder)
    arguments, state, pixels = _load_vit(vision)
    source = f"{vision} with {decoder}"
    told = {"vision": arguments, "decoder": settings, "max_tokens": max_tokens, "pixels": pixels, "sees": list(sees)}
    checked_config(told, source)
    drawn(arguments, settings, None, source)
    tokenizer, t5 = _load_t5(folder, settings)
    network = Network(arguments, t5.config.to_diff_dict(), tokenizer, max_tokens, pixels, tuple(sees))
    network.decoder = t5
    network.vision.load_state_dict(state)
    network.pretrained = True
    return network.adapt(trainable_blocks, Lora(**lora) if lora else None)


def _t5_settings(folder: Path) -> dict:
    """Arguments of `T5Config`: what `DECODER` lists is heeded of the folder's config.json, and nothing else."""
    known = {name: value for name, value in _read_config(folder).items() if name in DECODER}
    return checked_decoder(known, f"{folder / 'config.json'}")


def _load_t5(folder: Path, settings: dict) -> tuple:
    """(tokenizer, the T5 without its encoder)."""
    if (folder / "adapter_config.json").exists():  # which may name yet another network
        raise CheckpointError(f"{folder} holds an adapter of another network; merge it into that, or delete it")
    t5 = T5ForConditionalGeneration.from_pretrained(
        folder, config=T5Config(**settings), local_files_only=True, weights_only=True
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    return tokenizer, drop_encoder(t5).train()  # transformers loads for use, with dropout off


def _read_config(folder: Path) -> dict:
    told = parse_json(read_file(folder / "config.json", 1 << 20), folder / "config.json")
    if not isinstance(told, dict):
        raise CheckpointError(f"{folder / 'config.json'} is no table of names and values; copy it again")
    return told


def _load_vit(name: str) -> tuple[dict, dict, tuple[float, float]]:
    """(arguments of timm.create_model, weights without the classifier, mean and deviation of its pixels)."""
    import timm
    from safetensors.torch import load_file

    if Path(name).is_dir():
        folder = Path(name)
        config = _read_config(folder)
        arguments = {"model_name": config.get("architecture"), **_table(config, "model_args")}
        told = _table(config, "pretrained_cfg")
    else:
        published = timm.get_pretrained_cfg(name)
        if published is None or published.hf_hub_id is None:
            raise ValueError(f"vision={name} is neither a folder nor a timm model whose weights are on the hub")
        folder = _fetch(published.hf_hub_id)
        arguments = {"model_name": name}
        told = published.to_dict()
    arguments = checked_vision(arguments, f"vision={name}")
    state = load_file(folder / "model.safetensors")
    # Drawings are grey: one mean and one deviation stand for those of three colours.
    pixels = (_mean(told.get("mean", (0.5,))), _mean(told.get("std", (0.5,))))
    return arguments, {key: value for key, value in state.items() if not key.startswith("head.")}, pixels


def _table(config: dict, name: str) -> dict:
    return told if isinstance(told := config.get(name, {}), dict) else {}


def _mean(values: Sequence[float]) -> float:
    try:
        return sum(values) / len(values)
    except (TypeError, ZeroDivisionError) as error:
        raise CheckpointError(f"mean and std of a ViT's pixels are lists of numbers, not {values!r:.60}") from error


def _fetch(name: str) -> Path:
    """The local folder of a hub repository: a folder as it is, else the cache, else a download."""
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import constants, get_session, snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    files = ["*.json", "*.safetensors", "*.txt", "pytorch_model.bin"]
    try:
        return Path(snapshot_download(name, allow_patterns=files, local_files_only=True))
    except LocalEntryNotFoundError:
        pass
    try:
        if not constants.HF_HUB_OFFLINE:
            get_session().head(constants.ENDPOINT, timeout=5)  # the library itself would retry for most of a minute
            return Path(snapshot_download(name, allow_patterns=files))
        reason = "HF_HUB_OFFLINE is set"
    except Exception as error:  # the hub client raises many kinds, all of which mean that there are no weights
        reason = f"{type(error).__name__}"
    raise HubUnreachable(
        f"{name} is not in the local cache and the hub cannot be reached ({reason}). Use model=compact, which needs no "
        f"download, or fetch it where there is a network (hf download {name}) and copy the cache, or name a local "
        "folder"
    )
