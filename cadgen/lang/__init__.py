"""The text of programs: parse, check, normalise, repair, mask. Knows no kernel and no network."""

from cadgen.lang.check import check
from cadgen.lang.error import DialectError
from cadgen.lang.grammar import Grammar, parse
from cadgen.lang.normalise import normalise
from cadgen.lang.program import GRID, Program, write
from cadgen.lang.repair import Repair, repair
from cadgen.lang.value import Issue

__all__ = [
    "GRID",
    "DialectError",
    "Grammar",
    "Issue",
    "Program",
    "Repair",
    "check",
    "normalise",
    "parse",
    "repair",
    "write",
]
