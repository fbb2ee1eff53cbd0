"""The text of programs: parse, check, normalise, repair, mask. Asks the sandbox where only the kernel knows."""

from cadgen.lang.check import check
from cadgen.lang.error import DialectError
from cadgen.lang.grammar import Grammar, parse
from cadgen.lang.issue import Issue
from cadgen.lang.normal_form import normalise, normalise_all
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
    "normalise_all",
    "parse",
    "repair",
    "write",
]
