"""Random parts, their programs and pictures."""

from cadgen.parts.pair import draw_pair
from cadgen.parts.part import Part, sample_part, sample_program
from cadgen.parts.style import Cameras, Styles

__all__ = ["Cameras", "Part", "Styles", "draw_pair", "sample_part", "sample_program"]
