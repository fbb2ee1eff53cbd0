"""Random parts, their programs and pictures."""

from cadgen.parts.pair import draw_pair
from cadgen.parts.part import Part, sample_part, sample_program
from cadgen.parts.style import Cameras, Styles
from cadgen.parts.wide import draw_wide

__all__ = ["Cameras", "Part", "Styles", "draw_pair", "draw_wide", "sample_part", "sample_program"]
