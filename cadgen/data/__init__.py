"""Datasets: generated, from folders, from GenCAD-Code, mixed; pictures and programs as tensors."""

from cadgen.data.hub import gencad
from cadgen.data.pairs import Pairs, collate, collate_by_length, in_dialect
from cadgen.data.parquet import read_shards, synthetic
from cadgen.data.sample import DataError, Sample, read_beside, read_folder
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
