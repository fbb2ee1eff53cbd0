"""Byte-level BPE for canonical programs: an integer is one token, and so is the text between two integers."""

import json
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from cadgen.model.checkpoint_error import CheckpointError
from cadgen.model.tokenizer_file import INTEGER, REMEDY, check_tokenizer

PAD, EOS = "<pad>", "</s>"


def fit_tokenizer(programs: Iterable[str], largest: int, vocabulary_size: int = 2048) -> PreTrainedTokenizerFast:
    """A tokenizer whose vocabulary holds every integer from -largest to largest; any other text falls back to bytes."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(INTEGER), "isolated"),
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
        raise CheckpointError(f"{source} is damaged ({error}); {REMEDY}") from error
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
        raise CheckpointError(f"{source} is damaged ({error}); {REMEDY}") from error


def plain_tokenizer(tokenizer: PreTrainedTokenizerFast) -> Tokenizer:
    """A copy that neither pads nor truncates, as published ones may, which is then for its caller to do."""
    plain = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    plain.no_padding()
    plain.no_truncation()
    return plain
