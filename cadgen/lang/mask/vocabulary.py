"""What a masker knows of a tokenizer: it as llguidance has it, and the texts of its tokens."""

from copy import copy
from functools import lru_cache
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from llguidance import LLTokenizer

_OF_PARTS = frozenset(map(str, range(-192, 385)))  # parts reach from -192 to 192, depths to 384


class FastTokenizer(Protocol):
    """The part of a fast Hugging Face tokenizer that is needed here."""

    @property
    def backend_tokenizer(self) -> Any: ...

    @property
    def eos_token_id(self) -> Any: ...


class Vocabulary:
    """texts: of all tokens; numbers: the tokens of nothing but digits and signs; ending: see `_ending`."""

    def __init__(self, tokenizer: LLTokenizer) -> None:
        self.texts = [tokenizer.decode_bytes([token]) for token in range(tokenizer.vocab_size)]
        self.numbers = frozenset(i for i, text in enumerate(self.texts) if text and not text.strip(b"-0123456789"))
        self.ending = lru_cache(4096)(self._ending)
        self._after_digits = [i for i, text in enumerate(self.texts) if text.lstrip(b"-0123456789")[:1] in (b",", b")")]
        # Where every number that parts have is one token, such a token is a number that has ended.
        whole = {self.texts[token].decode(): token for token in self.numbers}
        self._whole = whole if whole.keys() >= _OF_PARTS else {}

    def _ending(self, begun: str, number: str) -> list[int]:
        """The tokens that make `begun`, an argument so far, that number and end it."""
        if not number.startswith(begun):
            return []
        rest = number[len(begun) :]
        ends = f"{rest},".encode(), f"{rest})".encode()
        found = [token for token in self._after_digits if self.texts[token].startswith(ends)]
        return [*found, self._whole[rest]] if not begun and rest in self._whole else found


_wrapped: WeakKeyDictionary[FastTokenizer, tuple[LLTokenizer, Vocabulary]] = WeakKeyDictionary()


def wrap(tokenizer: FastTokenizer) -> tuple[LLTokenizer, Vocabulary]:
    """Both, kept for each tokenizer: to make them takes up to a second."""
    if tokenizer not in _wrapped:
        backend = copy(tokenizer.backend_tokenizer)
        backend.no_padding()
        backend.no_truncation()
        wrapped = LLTokenizer(backend.to_str(), eos_token=int(tokenizer.eos_token_id))
        _wrapped[tokenizer] = wrapped, Vocabulary(wrapped)
    return _wrapped[tokenizer]
