"""Datasets: generated, from a folder; pictures and programs as tensors."""

from cadgen.data.image import ImageError, load_image, squared, to_tensor
from cadgen.data.pairs import Pairs, collate
from cadgen.data.sample import DataError, Sample, read_folder, synthetic

__all__ = [
    "DataError",
    "ImageError",
    "Pairs",
    "Sample",
    "collate",
    "load_image",
    "read_folder",
    "squared",
    "synthetic",
    "to_tensor",
]
