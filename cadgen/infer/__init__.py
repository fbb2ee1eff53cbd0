"""Pictures to programs: `generate` for Python, `python -m cadgen.infer` for people."""

from cadgen.infer.generation import generate
from cadgen.infer.part_folder import write_part
from cadgen.infer.size import DEFAULT_MM, length_mm, sized

__all__ = ["DEFAULT_MM", "generate", "length_mm", "sized", "write_part"]
