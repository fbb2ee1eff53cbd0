"""The program that a damaged one was meant to be."""

from cadgen.lang.repair.edit import Edit
from cadgen.lang.repair.repair import Repair, repair

__all__ = ["Edit", "Repair", "repair"]
