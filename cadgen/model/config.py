"""What a checkpoint's config.json may say: known names, plain types, bounded sizes. Other people write such files.

timm and transformers act on more than sizes: `checkpoint_path` is unpickled, `hf-hub:` names and kernels are fetched.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import timm

from cadgen.model.checkpoint_error import CheckpointError

LARGEST_PARAMETERS = 2_000_000_000
LARGEST_PATCHES = 4096


@dataclass(frozen=True)
class _Rule:
    """allows: whether a value may stand there; told: what may, in words."""

    allows: Callable[[Any], bool]
    told: str


def _whole(low: int, high: int) -> _Rule:
    return _Rule(lambda value: type(value) is int and low <= value <= high, f"a whole number from {low} to {high}")


def _number(low: float, high: float) -> _Rule:
    return _Rule(lambda value: type(value) in (int, float) and low <= value <= high, f"a number from {low} to {high}")


def _one_of(*choices: Any) -> _Rule:
    """Of the same type too: True is no 1."""
    told = ", ".join(map(repr, choices))
    return _Rule(lambda value: any(type(value) is type(one) and value == one for one in choices), f"one of {told}")


def _or_null(rule: _Rule) -> _Rule:
    return _Rule(lambda value: value is None or rule.allows(value), f"null or {rule.told}")


def _list(rule: _Rule, shortest: int, longest: int) -> _Rule:
    def allows(value: Any) -> bool:
        return isinstance(value, list | tuple) and shortest <= len(value) <= longest and all(map(rule.allows, value))

    return _Rule(allows, f"a list of {shortest} to {longest}, each {rule.told}")


def _is_vit(name: Any) -> bool:
    """Plain names only, perhaps with the tag of a training: not those with a source, hf-hub:OWNER/NAME."""
    return type(name) is str and name.partition(".")[0] in timm.list_models(module="vision_transformer")


_YES_NO, _SHARE, _TOKEN = _one_of(False, True), _number(0, 0.99), _whole(0, 262_143)
_ANYTHING = _Rule(lambda _: True, "anything")

VISION = {
    "model_name": _Rule(_is_vit, "the plain name of a ViT of timm, as vit_base_patch16_224"),
    "img_size": _whole(8, 1024),
    "patch_size": _whole(2, 64),
    "in_chans": _one_of(1, 3),
    "stem": _list(_whole(1, 2048), 1, 6),
    "embed_dim": _whole(8, 4096),
    "depth": _whole(1, 64),
    "num_heads": _whole(1, 64),
    "mlp_ratio": _number(0.25, 8),
    "reg_tokens": _whole(0, 16),
    "init_values": _or_null(_number(0, 10)),
    "global_pool": _one_of("", "avg", "token"),
    "fc_norm": _or_null(_YES_NO),
    **dict.fromkeys(("qkv_bias", "qk_norm", "class_token", "no_embed_class", "pre_norm"), _YES_NO),
    **dict.fromkeys(("drop_rate", "pos_drop_rate", "proj_drop_rate", "attn_drop_rate", "drop_path_rate"), _SHARE),
}
DECODER = {
    "vocab_size": _whole(2, 262_144),
    "d_model": _whole(8, 4096),
    "d_kv": _whole(1, 512),
    "d_ff": _whole(8, 32_768),
    "num_heads": _whole(1, 128),
    "num_layers": _whole(1, 64),
    "num_decoder_layers": _whole(1, 64),
    "relative_attention_num_buckets": _whole(2, 1024),
    "relative_attention_max_distance": _whole(2, 65_536),
    "dropout_rate": _SHARE,
    "classifier_dropout": _SHARE,
    "layer_norm_epsilon": _number(1e-12, 0.1),
    "initializer_factor": _number(0, 100),
    "feed_forward_proj": _one_of("relu", "gated-gelu"),
    "dense_act_fn": _one_of("relu", "gelu_new"),
    "model_type": _one_of("t5"),
    "is_encoder_decoder": _one_of(True),
    "is_decoder": _one_of(False),
    **dict.fromkeys(("is_gated_act", "scale_decoder_outputs", "tie_word_embeddings", "use_cache"), _YES_NO),
    **dict.fromkeys(("pad_token_id", "decoder_start_token_id"), _TOKEN),
    **dict.fromkeys(("eos_token_id", "bos_token_id"), _or_null(_TOKEN)),
}
# What transformers writes about a T5 and the network never asks for.
_DESCRIPTIONS = {
    *("transformers_version", "architectures", "_name_or_path", "dtype", "torch_dtype", "id2label", "label2id"),
    *("gradient_checkpointing", "n_positions", "output_past", "task_specific_params", "finetuning_task"),
}
_WHOLE_FILE = {
    "vision": _ANYTHING,
    "decoder": _ANYTHING,
    "max_tokens": _whole(1, 8192),
    "pixels": _list(_number(-1e6, 1e6), 2, 2),
}


def checked_config(given: Any, source: str) -> dict[str, Any]:
    """What `Network` is made by, from a config.json.

    Raises `CheckpointError` naming `source` and the first value that is unknown or wrong.
    """
    _check(given, _WHOLE_FILE, source, required=_WHOLE_FILE)
    if not given["pixels"][1]:
        raise CheckpointError(f"{source}: pixels has the deviation 0, by which pixels are divided; {_REMEDY}")
    vision = checked_vision(given["vision"], f"{source}: vision")
    return {**given, "vision": vision, "decoder": checked_decoder(given["decoder"], f"{source}: decoder")}


def checked_vision(given: Any, source: str) -> dict[str, Any]:
    """Arguments of `build_vision`. Raises `CheckpointError`."""
    _check(given, VISION, source, required=("model_name",))
    return dict(given)


def checked_decoder(given: Any, source: str) -> dict[str, Any]:
    """Arguments of `T5Config`, without mere descriptions. Raises `CheckpointError`."""
    if isinstance(given, dict):
        given = {name: value for name, value in given.items() if name not in _DESCRIPTIONS}
    _check(given, DECODER, source, required=("vocab_size", "d_model", "num_heads", "decoder_start_token_id"))
    for name in ("pad_token_id", "eos_token_id", "bos_token_id", "decoder_start_token_id"):
        if (given.get(name) or 0) >= given["vocab_size"]:
            raise CheckpointError(f"{source}: {name} is outside of a vocabulary of {given['vocab_size']}; {_REMEDY}")
    if given.get("relative_attention_max_distance", 128) <= given.get("relative_attention_num_buckets", 32):
        raise CheckpointError(f"{source}: relative_attention_max_distance must exceed the number of buckets; {_REMEDY}")
    return given


_REMEDY = "give the config.json that was written with the weights"


def _check(given: Any, rules: dict[str, _Rule], source: str, required: Any) -> None:
    if not isinstance(given, dict):
        raise CheckpointError(f"{source} is no table of names and values; {_REMEDY}")
    for name, value in given.items():
        if name not in rules:
            raise CheckpointError(
                f"{source} has {name!r:.60}, which no network of cadgen has; take it out, or {_REMEDY}"
            )
        if not rules[name].allows(value):
            raise CheckpointError(f"{source}: {name} is {value!r:.60} and must be {rules[name].told}; {_REMEDY}")
    lacking = [name for name in required if name not in given]
    if lacking:
        raise CheckpointError(f"{source} lacks {', '.join(lacking)}; {_REMEDY}")
