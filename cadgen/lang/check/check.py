"""What is wrong with a program."""

import ast
import re
import warnings
from types import CodeType
from typing import TYPE_CHECKING

from cadgen.lang.check.calling import Calls
from cadgen.lang.check.definition import Definitions
from cadgen.lang.check.expression import Reader
from cadgen.lang.check.finding import Enough, Findings
from cadgen.lang.check.scope import scope_of
from cadgen.lang.check.survey import survey
from cadgen.lang.check.unbound import starred, unbound
from cadgen.lang.check.walk import Walk
from cadgen.lang.issue import Issue

if TYPE_CHECKING:
    from cadgen.shape import Execution, Sandbox

_LINE_END = re.compile(r"\r\n?|\n")


def check(code: str, run: "bool | Sandbox" = False) -> list[Issue]:
    """Where Python or CadQuery surely refuses `code`, in the order of the text.

    Reported are mistakes of syntax, names that nothing binds, members that a CadQuery object does not have, arguments
    that a function does not take, and calls of a chain that has nothing for them to work on; where the class of a value
    is not sure, or the program may catch what it raises, nothing. The time is linear in the length of `code`.

    run: True executes it in a sandbox of its own, a sandbox in that. A program that leaves a solid has no issues then;
    of another it is told first where it ended, by the status and in the words of its execution.
    Raises `cadgen.shape.SandboxUnavailable` on a machine without one.
    """
    found = _before_running(code)
    if run is False:
        return found
    from cadgen.shape import Sandbox  # what only looks at texts loads no geometry

    if run is not True:
        return _after_running(code, run.run([code])[0], found)
    with Sandbox(workers=1) as box:
        return _after_running(code, box.run([code])[0], found)


def _before_running(code: str) -> list[Issue]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's own about the program: an escape that is none
            tree = ast.parse(code)
            compiled = compile(tree, "<program>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return [placed("syntax", _line(error), _column(error), str(getattr(error, "msg", error)), code)]
    return _static(code, tree, compiled)


def _static(code: str, tree: ast.Module, compiled: CodeType) -> list[Issue]:
    findings, about = Findings(), survey(tree)
    calls = Calls(findings, about, lambda routine: definitions.call(routine))
    scope = scope_of(None, tree.body, None, False)
    reader = Reader(about, unbound(compiled, starred(tree)), scope, findings, calls)
    definitions = Definitions(reader, lambda statements: walk.block(statements))
    walk = Walk(reader, definitions)
    try:
        walk.run(tree)
    except (Enough, RecursionError):
        pass  # what was found by then is wrong all the same
    lines = _lines(code)
    found = sorted(findings.found)
    return [
        placed(kind, line, len(lines[line - 1].encode()[:offset].decode(errors="replace")) + 1, message, code)
        for line, offset, kind, message in found
    ]


def _after_running(code: str, execution: "Execution", found: list[Issue]) -> list[Issue]:
    """The outcome, and what was sure before; where both speak of one line, the one that knows the place in it."""
    if execution.ok:
        return []
    lines = _lines(code)
    line = min(execution.line or len(lines), len(lines))
    column = len(lines[line - 1]) - len(lines[line - 1].lstrip()) + 1
    if any(issue.line == line for issue in found):
        return sorted(found, key=lambda issue: issue.line != line)
    return [placed(execution.status, line, column, execution.error, code), *found]


def placed(kind: str, line: int, column: int, message: str, code: str) -> Issue:
    """An issue with its place in `code` shown."""
    lines = _lines(code)
    shown = lines[min(line, len(lines)) - 1]
    return Issue(kind, line, column, message, f"{shown}\n{' ' * (column - 1)}^")


def _lines(code: str) -> list[str]:
    """The lines as Python counts them: a form feed or a Unicode separator, at which `splitlines` cuts, ends none."""
    return _LINE_END.split(code)


def _line(error: BaseException) -> int:
    return max(1, getattr(error, "lineno", None) or 1)


def _column(error: BaseException) -> int:
    return max(1, getattr(error, "offset", None) or 1)
