"""Byte-level BPE for canonical programs: an integer is one token, and so is the text between two integers.

A tokenizer.json may say more than that to the library: decoders that multiply a text without end, paddings of any
length, expressions that take for ever. `check_tokenizer` allows ours, and what transformers writes of a RoBERTa's.
"""

import json
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from cadgen.model.checkpoint_error import CheckpointError
from cadgen.model.config import ANYTHING, YES_NO, Rule, check, list_of, one_of, or_null, whole

PAD, EOS = "<pad>", "</s>"
_INTEGER = r"-?\d+"


def fit_tokenizer(programs: Iterable[str], largest: int, vocabulary_size: int = 2048) -> PreTrainedTokenizerFast:
    """A tokenizer whose vocabulary holds every integer from -largest to largest; any other text falls back to bytes."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_INTEGER), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=[PAD, EOS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    integers = (str(number) for number in range(-largest, largest + 1) for _ in range(2))
    tokenizer.train_from_iterator(chain(integers, programs), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {EOS}", special_tokens=[(EOS, tokenizer.token_to_id(EOS))]
    )
    return wrap(tokenizer)


def wrap(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=PAD, eos_token=EOS, clean_up_tokenization_spaces=False
    )


def load_tokenizer(path: Path) -> PreTrainedTokenizerFast:
    """The tokenizer in the file `path` (tokenizer.json). Raises `CheckpointError`."""
    return parse_tokenizer(path.read_bytes(), str(path))


def parse_tokenizer(data: bytes, source: str) -> PreTrainedTokenizerFast:
    """The tokenizer of the text of a tokenizer.json. Raises `CheckpointError` naming `source`."""
    try:
        told = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{source} is damaged ({error}); {_REMEDY}") from error
    check_tokenizer(told, source)
    try:
        tokenizer = Tokenizer.from_str(json.dumps(told))  # what was checked: of a name that stands twice, one
        lacking = [token for token in (PAD, EOS) if tokenizer.token_to_id(token) is None]
        if lacking:
            raise ValueError(f"it has no token {lacking[0]}")
        return wrap(tokenizer)
    except BaseException as error:  # the library raises bare `Exception`, and its panics are not even that
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise CheckpointError(f"{source} is damaged ({error}); {_REMEDY}") from error


def plain_tokenizer(tokenizer: PreTrainedTokenizerFast) -> Tokenizer:
    """A copy that neither pads nor truncates, as published ones may, which is then for its caller to do."""
    plain = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    plain.no_padding()
    plain.no_truncation()
    return plain


_REMEDY = "copy or train it again"
_LONGEST_TOKEN = 1024  # characters; thousands of them are decoded to one text


def _text(longest: int) -> Rule:
    return Rule(lambda value: type(value) is str and 0 < len(value) <= longest, f"a text of 1 to {longest} characters")


def _table(rules: dict[str, Rule], optional: Iterable[str] = ()) -> Rule:
    """All of `rules`, except perhaps for the optional ones, and nothing else."""
    needed = rules.keys() - set(optional)

    def allows(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and needed <= value.keys() <= rules.keys()
            and all(rules[name].allows(one) for name, one in value.items())
        )

    return Rule(allows, "a table in which " + ", ".join(f"{name} is {rule.told}" for name, rule in rules.items()))


def _named(key: Rule, value: Rule, most: int) -> Rule:
    def allows(given: Any) -> bool:
        if not isinstance(given, dict) or len(given) > most:
            return False
        return all(key.allows(name) and value.allows(one) for name, one in given.items())

    return Rule(allows, f"a table of at most {most} names, each {key.told}, with {value.told}")


def _either(*rules: Rule) -> Rule:
    told = "; or ".join(rule.told for rule in rules)
    return Rule(lambda value: any(rule.allows(value) for rule in rules), told)


_TOKEN, _ID = _text(_LONGEST_TOKEN), whole(0, 262_143)
_SWITCHES = ("add_prefix_space", "trim_offsets", "use_regex")
_BYTES = _table({"type": one_of("ByteLevel"), **dict.fromkeys(_SWITCHES, YES_NO)}, optional=("use_regex",))
_INTEGERS = _table({
    "type": one_of("Split"), "pattern": _table({"Regex": one_of(_INTEGER)}), "behavior": one_of("Isolated"),
    "invert": one_of(False),
})  # fmt: skip
_SPLITS = _table({"type": one_of("Sequence"), "pretokenizers": list_of(_either(_INTEGERS, _BYTES), 1, 4)})
_MARK = list_of(_either(_TOKEN, _ID), 2, 2)  # a token and its number
_PIECES = list_of(
    _either(
        _table({"Sequence": _table({"id": one_of("A", "B"), "type_id": whole(0, 9)})}),
        _table({"SpecialToken": _table({"id": _TOKEN, "type_id": whole(0, 9)})}),
    ),
    0,
    16,
)
_SPECIAL = _table({"id": _TOKEN, "ids": list_of(_ID, 1, 16), "tokens": list_of(_TOKEN, 1, 16)})
_ENDS = _either(
    _BYTES,
    _table({
        "type": one_of("TemplateProcessing"), "single": _PIECES, "pair": _PIECES,
        "special_tokens": _named(_TOKEN, _SPECIAL, 16),
    }),
    _table({"type": one_of("BertProcessing"), "sep": _MARK, "cls": _MARK}),
    _table({
        "type": one_of("RobertaProcessing"), "sep": _MARK, "cls": _MARK, "trim_offsets": YES_NO,
        "add_prefix_space": YES_NO,
    }),
)  # fmt: skip
_ADDED = _table({
    "id": _ID, "content": _TOKEN,
    **dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized", "special"), YES_NO),
})  # fmt: skip
_WHOLE_FILE = {
    "version": one_of("1.0"),
    "truncation": one_of(None),
    "padding": one_of(None),
    "added_tokens": list_of(_ADDED, 0, 1024),
    "normalizer": one_of(None),
    "pre_tokenizer": Rule(_either(_BYTES, _SPLITS).allows, "at integers and by bytes"),
    "post_processor": Rule(or_null(_ENDS).allows, "null or a short frame of the text by special tokens"),
    "decoder": Rule(_BYTES.allows, "by bytes"),
    "model": ANYTHING,
}
_BPE = {
    "type": one_of("BPE"),
    "vocab": _named(_TOKEN, _ID, 262_144),
    "merges": list_of(_either(list_of(_TOKEN, 2, 2), _text(2 * _LONGEST_TOKEN + 1)), 0, 1_000_000),
    "dropout": one_of(None),
    "unk_token": or_null(_TOKEN),
    **dict.fromkeys(("continuing_subword_prefix", "end_of_word_suffix"), one_of(None, "")),
    **dict.fromkeys(("fuse_unk", "byte_fallback", "ignore_merges"), YES_NO),
}


def check_tokenizer(told: Any, source: str) -> None:
    """Raises `CheckpointError` naming `source` and what a tokenizer.json says that none of cadgen does."""
    check(told, _WHOLE_FILE, source, _WHOLE_FILE, _REMEDY)
    check(told["model"], _BPE, f"{source}: model", ("type", "vocab", "merges"), _REMEDY)
