"""One picture in, one CadQuery program out."""

from typing import Any

from cadgen.torchvision_guard import install_guard

__version__ = "0.1.0"
__all__ = ["__version__", "generate"]

install_guard()


def __getattr__(name: str) -> Any:
    """`cadgen.generate`, on first use: it needs torch, and `import cadgen` must stay cheap."""
    if name == "generate":
        from cadgen.infer import generate

        return generate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
