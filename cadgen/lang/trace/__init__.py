"""What a program does, without doing it."""

from cadgen.lang.trace.trace import trace
from cadgen.lang.trace.value import Call, Issue, Rejected, Unknown

__all__ = ["Call", "Issue", "Rejected", "Unknown", "trace"]
