"""Pictures to programs: `generate` for Python, `python -m cadgen.infer` for people."""

from cadgen.infer.generation import generate
from cadgen.infer.part_folder import write_part

__all__ = ["generate", "write_part"]
