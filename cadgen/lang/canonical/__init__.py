"""The canonical dialect: reading programs into it, writing anything else in normal form."""

from cadgen.lang.canonical.arguments import NoFold
from cadgen.lang.canonical.normalise import canonical, normal_text, texts_of

__all__ = ["NoFold", "canonical", "normal_text", "texts_of"]
