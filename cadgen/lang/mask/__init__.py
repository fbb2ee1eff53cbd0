"""Which tokens may come next."""

from cadgen.lang.mask.masker import Masker
from cadgen.lang.mask.vocabulary import FastTokenizer

__all__ = ["FastTokenizer", "Masker"]
