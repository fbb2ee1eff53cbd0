"""Text to calls: `trace(code)` says which CadQuery calls a program makes, and where it goes wrong."""

import ast
from dataclasses import dataclass
from typing import Any

from cadgen.lang.trace.interpreter import Interpreter
from cadgen.lang.trace.limits import TooLong
from cadgen.lang.trace.recorder import Recorder
from cadgen.lang.trace.value import Call, Issue, Unknown
from cadgen.result_rule import choose


@dataclass(frozen=True)
class Trace:
    """calls: in the order of execution; names: what the program leaves bound; stopped: why it was not followed to its
    end, or ""; issues: in the order of their places."""

    calls: tuple[Call, ...]
    names: dict[str, Any]
    issues: tuple[Issue, ...]
    stopped: str

    def result(self) -> Call | Unknown | None:
        """The object that counts as the program's, by `cadgen.result_rule`, as far as names tell it."""
        bound = {name: value for name, value in self.names.items() if _may_be_part(value)}
        choice = choose(bound, (), lambda value: value.solid if isinstance(value, Call) else None)
        return choice.values[0] if choice else None


def _may_be_part(value: Any) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, Call) and value.kind == "Workplane")


def trace(code: str) -> Trace:
    """What `code` does, without doing it."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line, column = getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1
        return Trace((), {}, (placed(Issue("syntax", line, column, str(getattr(error, "msg", error))), code),), "")
    recorder = Recorder()
    interpreter = Interpreter(recorder.call, recorder.attribute)
    stopped = ""
    try:
        interpreter.run(tree)
    except (TooLong, RecursionError) as error:
        stopped = str(error) or "the program is nested too deeply"
    issues = sorted((placed(issue, code) for issue in interpreter.issues), key=lambda i: (i.line, i.column))
    return Trace(tuple(recorder.calls), interpreter.scopes[0], tuple(issues), stopped)


def placed(issue: Issue, code: str) -> Issue:
    """`issue` with its place in `code` shown."""
    lines = code.splitlines() or [""]
    line = lines[min(issue.line, len(lines)) - 1]
    context = f"{line}\n{' ' * (issue.column - 1)}^"
    return Issue(issue.kind, issue.line, issue.column, issue.message, context)
