"""Calls of CadQuery as values: whether their arguments fit, and what they leave of a chain."""

from cadgen.lang.call.value import Call, Rejected

__all__ = ["Call", "Rejected"]
