"""What is wrong with a program, without running it."""

from cadgen.lang.trace import trace
from cadgen.lang.value import Call, Issue, Unknown


def check(code: str) -> list[Issue]:
    """Where Python or CadQuery would refuse `code`, in the order of the text; empty where nothing is known to fail.

    What only the kernel can tell (a fillet too large, a selector that finds nothing) is not reported.
    """
    traced = trace(code)
    if traced.issues or traced.stopped:
        return list(traced.issues)
    result = traced.result()
    lines = code.splitlines() or [""]
    end = Issue("state", len(lines), len(lines[-1]) + 1, "", lines[-1])
    if result is None:
        return [Issue(end.kind, end.line, end.column, "the program binds no solid; end it with result=...", end.context)]
    if isinstance(result, Call) and result.kind == "Workplane" and result.solid is False:
        return [Issue(end.kind, end.line, end.column, "the result holds no solid; extrude its profile", end.context)]
    assert isinstance(result, Call | Unknown)
    return []
