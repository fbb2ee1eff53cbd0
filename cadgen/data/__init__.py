"""Datasets: generated, from folders, from GenCAD-Code, mixed; pictures and programs as tensors."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cadgen.data.hub import gencad
from cadgen.data.parquet import read_shards, synthetic
from cadgen.data.sample import DataError, Sample, read_beside, read_folder

if TYPE_CHECKING:
    from cadgen.data.pairs import Pairs, collate, collate_by_length, in_dialect
    from cadgen.data.sampled import drawn
    from cadgen.data.source import Mixture, Source, Stream, Training, open_source

__all__ = [
    "DataError",
    "Mixture",
    "Pairs",
    "Sample",
    "Source",
    "Stream",
    "Training",
    "collate",
    "collate_by_length",
    "drawn",
    "gencad",
    "in_dialect",
    "open_source",
    "read_beside",
    "read_folder",
    "read_shards",
    "synthetic",
]

_LEARNT_FROM = {
    "pairs": ("Pairs", "collate", "collate_by_length", "in_dialect"),
    "sampled": ("drawn",),
    "source": ("Mixture", "Source", "Stream", "Training", "open_source"),
}


def __getattr__(name: str) -> Any:
    """What a network learns from, on first use: that needs torch, which reading data to judge by must not."""
    for module, names in _LEARNT_FROM.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
