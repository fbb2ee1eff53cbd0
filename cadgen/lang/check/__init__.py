"""What is wrong with a program: what is sure before it runs, and what becomes of it."""

from cadgen.lang.check.check import check

__all__ = ["check"]
