"""Random parts, their programs and pictures."""

from cadgen.parts.part import Part, sample_part, sample_program

__all__ = ["Part", "sample_part", "sample_program"]
