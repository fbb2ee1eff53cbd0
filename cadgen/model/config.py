"""What a checkpoint's config.json may say: known names, plain types, bounded sizes. Other people write such files.

timm and transformers act on more than sizes: `checkpoint_path` is unpickled, `hf-hub:` names and kernels are fetched.
"""

from typing import Any

import timm

from cadgen.model.checkpoint_error import CheckpointError
from cadgen.model.rule import ANYTHING, YES_NO, Rule, check, list_of, number, one_of, or_null, whole
from cadgen.picture import CHANNELS

_REMEDY = "give the config.json that was written with the weights"

LARGEST_PARAMETERS = 2_000_000_000
LARGEST_PATCHES = 4096
_SMALLEST_DEVIATION = 1e-6  # pixels lie between 0 and 1; divided by much less they are no numbers any more


def _is_vit(name: Any) -> bool:
    """Plain names only, perhaps with the tag of a training: not those with a source, hf-hub:OWNER/NAME."""
    return type(name) is str and name.partition(".")[0] in timm.list_models(module="vision_transformer")


_SHARE, _TOKEN = number(0, 0.99), whole(0, 262_143)

VISION = {
    "model_name": Rule(_is_vit, "the plain name of a ViT of timm, as vit_base_patch16_224"),
    "img_size": whole(8, 1024),
    "patch_size": whole(2, 64),
    "in_chans": one_of(1, 2, 3),
    "stem": list_of(whole(1, 2048), 1, 6),
    "embed_dim": whole(8, 4096),
    "depth": whole(1, 64),
    "num_heads": whole(1, 64),
    "mlp_ratio": number(0.25, 8),
    "reg_tokens": whole(0, 16),
    "init_values": or_null(number(0, 10)),
    "global_pool": one_of("", "avg", "token"),
    "fc_norm": or_null(YES_NO),
    **dict.fromkeys(("qkv_bias", "qk_norm", "class_token", "no_embed_class", "pre_norm"), YES_NO),
    **dict.fromkeys(("drop_rate", "pos_drop_rate", "proj_drop_rate", "attn_drop_rate", "drop_path_rate"), _SHARE),
}
DECODER = {
    "vocab_size": whole(2, 262_144),
    "d_model": whole(8, 4096),
    "d_kv": whole(1, 512),
    "d_ff": whole(8, 32_768),
    "num_heads": whole(1, 128),
    "num_layers": whole(1, 64),
    "num_decoder_layers": whole(1, 64),
    "relative_attention_num_buckets": whole(2, 1024),
    "relative_attention_max_distance": whole(2, 65_536),
    "dropout_rate": _SHARE,
    "classifier_dropout": _SHARE,
    "layer_norm_epsilon": number(1e-12, 0.1),
    "initializer_factor": number(0, 100),
    "feed_forward_proj": one_of("relu", "gated-gelu"),
    "dense_act_fn": one_of("relu", "gelu_new"),
    "model_type": one_of("t5"),
    "is_encoder_decoder": one_of(True),
    "is_decoder": one_of(False),
    **dict.fromkeys(("is_gated_act", "scale_decoder_outputs", "tie_word_embeddings", "use_cache"), YES_NO),
    **dict.fromkeys(("pad_token_id", "decoder_start_token_id"), _TOKEN),
    **dict.fromkeys(("eos_token_id", "bos_token_id"), or_null(_TOKEN)),
}
# What transformers writes about a T5 and the network never asks for.
_DESCRIPTIONS = {
    *("transformers_version", "architectures", "_name_or_path", "dtype", "torch_dtype", "id2label", "label2id"),
    *("gradient_checkpointing", "n_positions", "output_past", "task_specific_params", "finetuning_task"),
}
_WHOLE_FILE = {
    "vision": ANYTHING,
    "decoder": ANYTHING,
    "max_tokens": whole(1, 8192),
    "pixels": list_of(number(-1e6, 1e6), 2, 2),
    "sees": list_of(one_of(*CHANNELS), 1, len(CHANNELS)),
}
_COLOUR = {"sees": ["colour"]}  # what every network saw before there was a choice


def checked_config(given: Any, source: str) -> dict[str, Any]:
    """What `Network` is made by, from a config.json.

    Raises `CheckpointError` naming `source` and the first value that is unknown or wrong.
    """
    given = {**_COLOUR, **given} if isinstance(given, dict) else given
    check(given, _WHOLE_FILE, source, _WHOLE_FILE, _REMEDY)
    if abs(given["pixels"][1]) < _SMALLEST_DEVIATION:
        raise CheckpointError(
            f"{source}: pixels has the deviation {given['pixels'][1]}, by which pixels are divided: at least "
            f"{_SMALLEST_DEVIATION}; {_REMEDY}"
        )
    vision = checked_vision(given["vision"], f"{source}: vision")
    return {**given, "vision": vision, "decoder": checked_decoder(given["decoder"], f"{source}: decoder")}


def checked_vision(given: Any, source: str) -> dict[str, Any]:
    """Arguments of `build_vision`. Raises `CheckpointError`."""
    check(given, VISION, source, ("model_name",), _REMEDY)
    return dict(given)


def checked_decoder(given: Any, source: str) -> dict[str, Any]:
    """Arguments of `T5Config`, without mere descriptions. Raises `CheckpointError`."""
    if isinstance(given, dict):
        given = {name: value for name, value in given.items() if name not in _DESCRIPTIONS}
    check(given, DECODER, source, ("vocab_size", "d_model", "num_heads", "decoder_start_token_id"), _REMEDY)
    for name in ("pad_token_id", "eos_token_id", "bos_token_id", "decoder_start_token_id"):
        if (given.get(name) or 0) >= given["vocab_size"]:
            raise CheckpointError(f"{source}: {name} is outside of a vocabulary of {given['vocab_size']}; {_REMEDY}")
    if given.get("relative_attention_max_distance", 128) <= given.get("relative_attention_num_buckets", 32):
        raise CheckpointError(f"{source}: relative_attention_max_distance must exceed the number of buckets; {_REMEDY}")
    return given
