"""Calls: whether the arguments can be bound, what they surely must not be, and what is answered."""

import ast
from collections.abc import Callable
from dataclasses import dataclass

from cadgen.lang.check import argument, chain, library, member
from cadgen.lang.check.facts import NOTHING, Class, Fact, Function, Instance, Routine
from cadgen.lang.check.finding import Findings, place_of
from cadgen.lang.check.library import Signature
from cadgen.lang.check.survey import Survey

_PARENTLESS = frozenset({"parent"})


@dataclass(frozen=True)
class Given:
    """What is sure of the arguments of a call; has_more, has_names: whether `*` and `**` pass others."""

    values: list[Fact]
    named: dict[str, Fact]
    has_more: bool
    has_names: bool

    @property
    def is_whole(self) -> bool:
        return not (self.has_more or self.has_names)


@dataclass
class Calls:
    """`run` answers what is sure of what a function of the program returns."""

    findings: Findings
    survey: Survey
    run: Callable[[Routine], Fact]

    def method(self, node: ast.Attribute, owner: Instance | Class, given: Given) -> Fact:
        """What `owner.name(...)` answers."""
        if self.survey.is_open or node.attr in self.survey.patched:
            return None
        if not member.is_member(self.findings, owner, node.attr, node):
            return None
        signatures = library.signatures(owner.kind, node.attr)
        if isinstance(owner, Class):
            if not signatures or not all(signature.is_bound for signature in signatures):
                return None
            owner = Instance(owner.kind)
        if not self._binds(node, node.attr, signatures, given):
            return None
        self._judge(node, owner, node.attr, signatures, given)
        return answer(owner, node.attr, given)

    def other(self, node: ast.expr, function: Fact, given: Given) -> Fact:
        """What calling something that is no member of a CadQuery object answers; node: what is called."""
        match function:
            case Class(kind=kind):
                return self._made(node, kind, given)
            case Function(name=name, signatures=signatures):
                self._binds(node, name, signatures, given)
                kind = _returned(signatures)
                return None if kind == "Any" else Instance(kind)
            case Routine(node=definition) if not definition.decorator_list:
                self._binds(node, definition.name, (library.from_arguments(definition.args),), given)
                return self.run(function)
        return None

    def _made(self, node: ast.expr, kind: str, given: Given) -> Fact:
        """The object that a class makes."""
        if self.survey.is_open or "__init__" in self.survey.patched:
            return None
        signatures = library.signatures(kind, "__init__")
        if not self._binds(node, kind, signatures, given):
            return None
        lacks = _PARENTLESS if kind == "Sketch" else NOTHING
        if kind == "Workplane" and given.is_whole:
            lacks = chain.begun(given.named, given.values)
        made = Instance(kind, lacks)
        self._judge(node, made, "__init__", signatures, given)
        return made

    def _binds(self, node: ast.expr, name: str, signatures: tuple[Signature, ...], given: Given) -> bool:
        """Whether one of the signatures takes the arguments; reported where none does."""
        count, names, is_open = len(given.values), list(given.named), (given.has_more, given.has_names)
        refusals = [signature.refusal(count, names, is_open) for signature in signatures]
        if refusals and all(refusals):
            self.findings.add(*place_of(node), "arity", f"{signatures[0].usage(name)} {refusals[0]}")
            return False
        return True

    def _judge(
        self, node: ast.expr, owner: Instance, name: str, signatures: tuple[Signature, ...], given: Given
    ) -> None:
        """Reports values that the call does not take, and what it needs and the chain lacks."""
        if not given.is_whole:
            return
        refused = argument.refusal(name, owner, signatures, given.values, given.named)
        if refused:
            self.findings.add(*place_of(node), "type", refused)
        lacking = chain.refusal(name, owner, given.values)
        if lacking:
            self.findings.add(*place_of(node), "state", lacking)


def answer(owner: Instance, name: str, given: Given) -> Fact:
    """What is sure of what a method that exists and takes its arguments returns."""
    kind = chain.kind_after(name, owner, _returned(library.signatures(owner.kind, name)))
    return None if kind == "Any" else chain.after(name, owner, kind, given.values, given.named)


def _returned(signatures: tuple[Signature, ...]) -> str:
    told = {signature.returns for signature in signatures}
    return told.pop() if len(told) == 1 else "Any"
