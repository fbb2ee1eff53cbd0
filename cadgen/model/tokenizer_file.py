"""What a checkpoint's tokenizer.json may say. Other people write such files.

To the library it may say more: decoders that multiply a text without end, paddings of any length, expressions that take
for ever. `check_tokenizer` allows ours, and what transformers writes of a RoBERTa's.
"""

from typing import Any

from cadgen.model.rule import ANYTHING, YES_NO, Rule, check, either, list_of, named, one_of, or_null, table, text, whole

INTEGER = r"-?\d+"
"""The one expression that texts are split by."""
REMEDY = "copy or train it again"
_LONGEST_TOKEN = 1024  # characters; thousands of them are decoded to one text


_TOKEN, _ID = text(_LONGEST_TOKEN), whole(0, 262_143)
_SWITCHES = ("add_prefix_space", "trim_offsets", "use_regex")
_BYTES = table({"type": one_of("ByteLevel"), **dict.fromkeys(_SWITCHES, YES_NO)}, optional=("use_regex",))
_INTEGERS = table({
    "type": one_of("Split"), "pattern": table({"Regex": one_of(INTEGER)}), "behavior": one_of("Isolated"),
    "invert": one_of(False),
})  # fmt: skip
_SPLITS = table({"type": one_of("Sequence"), "pretokenizers": list_of(either(_INTEGERS, _BYTES), 1, 4)})
_MARK = list_of(either(_TOKEN, _ID), 2, 2)  # a token and its number
_PIECES = list_of(
    either(
        table({"Sequence": table({"id": one_of("A", "B"), "type_id": whole(0, 9)})}),
        table({"SpecialToken": table({"id": _TOKEN, "type_id": whole(0, 9)})}),
    ),
    0,
    16,
)
_SPECIAL = table({"id": _TOKEN, "ids": list_of(_ID, 1, 16), "tokens": list_of(_TOKEN, 1, 16)})
_ENDS = either(
    _BYTES,
    table({
        "type": one_of("TemplateProcessing"), "single": _PIECES, "pair": _PIECES,
        "special_tokens": named(_TOKEN, _SPECIAL, 16),
    }),
    table({"type": one_of("BertProcessing"), "sep": _MARK, "cls": _MARK}),
    table({
        "type": one_of("RobertaProcessing"), "sep": _MARK, "cls": _MARK, "trim_offsets": YES_NO,
        "add_prefix_space": YES_NO,
    }),
)  # fmt: skip
_ADDED = table({
    "id": _ID, "content": _TOKEN,
    **dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized", "special"), YES_NO),
})  # fmt: skip
_WHOLE_FILE = {
    "version": one_of("1.0"),
    "truncation": one_of(None),
    "padding": one_of(None),
    "added_tokens": list_of(_ADDED, 0, 1024),
    "normalizer": one_of(None),
    "pre_tokenizer": Rule(either(_BYTES, _SPLITS).allows, "at integers and by bytes"),
    "post_processor": Rule(or_null(_ENDS).allows, "null or a short frame of the text by special tokens"),
    "decoder": Rule(_BYTES.allows, "by bytes"),
    "model": ANYTHING,
}
_BPE = {
    "type": one_of("BPE"),
    "vocab": named(_TOKEN, _ID, 262_144),
    "merges": list_of(either(list_of(_TOKEN, 2, 2), text(2 * _LONGEST_TOKEN + 1)), 0, 1_000_000),
    "dropout": one_of(None),
    "unk_token": or_null(_TOKEN),
    **dict.fromkeys(("continuing_subword_prefix", "end_of_word_suffix"), one_of(None, "")),
    **dict.fromkeys(("fuse_unk", "byte_fallback", "ignore_merges"), YES_NO),
}


def check_tokenizer(told: Any, source: str) -> None:
    """Raises `CheckpointError` naming `source` and what a tokenizer.json says that none of cadgen does."""
    check(told, _WHOLE_FILE, source, _WHOLE_FILE, REMEDY)
    check(told["model"], _BPE, f"{source}: model", ("type", "vocab", "merges"), REMEDY)
