"""One picture in, one CadQuery program out."""

import os
import sys
from itertools import pairwise
from typing import Any

from cadgen.extra import tell_missing_extras
from cadgen.interrupt import end_at_once
from cadgen.torchvision_guard import install_guard

__version__ = "0.1.0"
__all__ = ["__version__", "generate"]

# Before torch is imported: threads that wait by spinning make two jobs on the same cores many times slower than one
# after the other.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
install_guard()
if any(one == "-m" and other.startswith("cadgen.") for one, other in pairwise(sys.orig_argv)):
    end_at_once()
    tell_missing_extras()


def __getattr__(name: str) -> Any:
    """`cadgen.generate`, on first use: it needs torch, and `import cadgen` must stay cheap."""
    if name == "generate":
        from cadgen.infer import generate

        return generate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
