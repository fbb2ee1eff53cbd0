"""The canonical dialect: reading programs into it, writing anything else in normal form."""

from cadgen.lang.canonical.arguments import NoFold
from cadgen.lang.canonical.normalise import canonical, normalise

__all__ = ["NoFold", "canonical", "normalise"]
