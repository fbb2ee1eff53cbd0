"""Functions, classes and imports of a program: what they bind, and what their bodies do once something calls them."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cadgen.lang.check import library, member
from cadgen.lang.check.expression import Reader
from cadgen.lang.check.facts import Fact, Module, Routine, join
from cadgen.lang.check.scope import parameters, scope_of

End = Literal["", "jumps", "leaves"]  # how a block ends: at its end, by break or continue, by return or raise

_DEEPEST = 8  # calls of functions that are followed at once


@dataclass
class Definitions:
    """`block` reads statements in the scope of `reader`."""

    reader: Reader
    block: Callable[[Sequence[ast.stmt]], End]
    _answers: dict[int, Fact] = field(default_factory=dict)  # by function
    _read_aloud: set[int] = field(default_factory=set)
    _returns: list[list[Fact]] = field(default_factory=list)  # of the functions that are being read

    def read_wanted(self) -> None:
        """Reads the bodies of the functions that may be called, and of those that they may call."""
        for routine in self.reader.wanted:  # which grows meanwhile
            if id(routine.node) not in self._read_aloud:
                self._body(routine)

    def call(self, routine: Routine) -> Fact:
        """What is sure of what the function returns."""
        key = id(routine.node)
        if key not in self._answers:
            if len(self._returns) >= _DEEPEST:
                return None
            self._body(routine)
        return self._answers[key]

    def returned(self, fact: Fact) -> None:
        if self._returns:
            self._returns[-1].append(fact)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        arguments = node.args
        told = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        annotations = [*(argument.annotation for argument in told if argument), node.returns]
        hints = [] if self.reader.survey.postpones else annotations
        for value in (*node.decorator_list, *arguments.defaults, *arguments.kw_defaults, *hints):
            self.reader.read(value)
        routine = Routine(node, self.reader.scope)
        self.reader.scope.bind(node.name, None if self.reader.scope.is_class else routine)
        if self.reader.scope.is_class:
            self.reader.methods.setdefault(node.name, []).append(routine)
        if node.decorator_list and not self.reader.findings.muted:
            self.reader.wanted.append(routine)

    def of_class(self, node: ast.ClassDef) -> None:
        for value in (*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)):
            self.reader.read(value)
        outer = self.reader.scope
        self.reader.scope = scope_of(outer, node.body, None, True)
        self.block(node.body)
        self.reader.scope = outer
        outer.bind(node.name, None)

    def import_from(self, node: ast.ImportFrom) -> None:
        reader, source = self.reader, node.module or ""
        for alias in node.names:
            if alias.name != "*":
                is_known = source == "math" or library.module(source) is not None
                fact = (
                    member.of_module(reader.findings, Module(source), alias.name, node)
                    if is_known and not node.level
                    else None
                )
                reader.scope.bind(alias.asname or alias.name, fact)
                continue
            for name in library.module(source) or ():
                reader.scope.bind(name, member.of_module(reader.findings, Module(source), name, node))

    def _body(self, routine: Routine) -> None:
        """Reads the function's body from its own scope, and keeps what is sure of what it returns."""
        reader, node = self.reader, routine.node
        outer, hidden, muted = reader.scope, reader.hidden, reader.findings.muted
        self._answers[id(node)] = None  # while it is read: it may call itself
        if not muted:
            self._read_aloud.add(id(node))
        reader.scope, reader.hidden = scope_of(routine.scope, node.body, node.args, False), []
        for name in parameters(node.args):
            reader.scope.bind(name, None)
        self._returns.append([])
        end = self.block(node.body)
        returned = self._returns.pop()
        reader.scope, reader.hidden, reader.findings.muted = outer, hidden, muted
        is_plain = isinstance(node, ast.FunctionDef) and not _yields(node) and end == "leaves"
        fact: Fact = returned[0] if returned and is_plain else None
        for other in returned[1:]:
            fact = join(fact, other)
        self._answers[id(node)] = fact


def _yields(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))
