"""The text of programs: parse, check, normalise, repair, mask. Knows no kernel and no network."""

from cadgen.lang.canonical import normalise
from cadgen.lang.check import check
from cadgen.lang.error import DialectError
from cadgen.lang.grammar import Grammar, parse
from cadgen.lang.issue import Issue
from cadgen.lang.repair import Repair, repair
from cadgen.program import GRID, Program, write

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
