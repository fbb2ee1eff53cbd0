"""What is wrong with a program, without running it."""

from cadgen.lang.trace.trace import placed, trace
from cadgen.lang.trace.value import Issue, Unknown


def check(code: str) -> list[Issue]:
    """Where Python or CadQuery would refuse `code`, in the order of the text; empty where nothing is known to fail.

    What only the kernel can tell (a fillet too large, a selector that finds nothing) is not reported.
    """
    traced = trace(code)
    result = traced.result()
    if traced.issues or traced.stopped or isinstance(result, Unknown):
        return list(traced.issues)
    if result is None:
        return [_at_end(code, "the program binds no solid; end it with result=...")]
    if result.solid is False:
        return [_at_end(code, "the result holds no solid; extrude its profile")]
    return []


def _at_end(code: str, message: str) -> Issue:
    lines = code.splitlines() or [""]
    return placed(Issue("state", len(lines), len(lines[-1]) + 1, message), code)
