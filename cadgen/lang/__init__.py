"""The text of programs: parse, normalise. Knows no kernel and no network."""

from cadgen.lang.normalise import normalise
from cadgen.lang.parse import DialectError, parse
from cadgen.lang.program import GRID, Program, write

__all__ = ["GRID", "DialectError", "Program", "normalise", "parse", "write"]
