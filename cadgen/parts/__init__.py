"""Random parts, their programs and pictures."""

from cadgen.parts.augment import Augment
from cadgen.parts.pair import draw_pair
from cadgen.parts.part import Part, sample_part, sample_program

__all__ = ["Augment", "Part", "draw_pair", "sample_part", "sample_program"]
