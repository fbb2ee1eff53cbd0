"""Expressions of a program: what is sure of their values, and what Python or CadQuery would refuse in them."""

import ast
from dataclasses import dataclass, field

from cadgen.lang.check import member
from cadgen.lang.check.calling import Calls, Given, answer
from cadgen.lang.check.constant import Refused, compute, formatted
from cadgen.lang.check.facts import Class, Constant, Fact, Instance, Items, Module, Routine, join
from cadgen.lang.check.finding import Findings
from cadgen.lang.check.scope import Scope, bound_in, scope_of
from cadgen.lang.check.survey import Survey
from cadgen.lang.check.unbound import BUILT_IN, Place

_ASKS = frozenset({"hasattr", "getattr", "isinstance", "callable", "dir", "type", "globals", "locals"})
_OPERATORS = {ast.Add: "__add__", ast.Sub: "__sub__", ast.Mult: "__mul__"}
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)


@dataclass
class Reader:
    """Reads expressions in `scope`.

    wanted: functions that the program surely may call; methods: those of its classes, by name; hidden: names that a
    comprehension binds for itself.
    """

    survey: Survey
    unbound: frozenset[Place] | None
    scope: Scope
    findings: Findings
    calls: Calls
    wanted: list[Routine] = field(default_factory=list)
    methods: dict[str, list[Routine]] = field(default_factory=dict)
    hidden: list[frozenset[str]] = field(default_factory=list)

    def read(self, node: ast.expr | None) -> Fact:
        """What is sure of the value of `node`; what is wrong in it is reported."""
        if node is None:
            return None
        spine: list[ast.Call | ast.Attribute] = []  # a chain may be longer than Python's stack is deep
        while isinstance(node, ast.Call | ast.Attribute):
            spine.append(node)
            node = node.func if isinstance(node, ast.Call) else node.value
        fact = self._simple(node)
        while spine:
            link = spine.pop()
            self.findings.count()
            if isinstance(link, ast.Call):
                fact = self.calls.other(link.func, fact, self._given(link))
            elif spine and isinstance(call := spine[-1], ast.Call) and isinstance(fact, Instance | Class):
                spine.pop()
                fact = self.calls.method(link, fact, self._given(call))
            else:
                fact = self._attribute(link, fact)
        return fact

    def truth(self, node: ast.expr) -> bool | None:
        """Whether the condition holds, where that is sure."""
        fact = self.read(node)
        return bool(fact.value) if isinstance(fact, Constant) else None

    def asks(self, node: ast.expr) -> bool:
        """Whether the condition looks what there is before it is used."""
        return any(isinstance(part, ast.Name) and part.id in _ASKS for part in ast.walk(node))

    def _simple(self, node: ast.expr) -> Fact:
        self.findings.count()
        match node:
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.Constant(value=value):
                return Constant(value) if isinstance(value, int | float | str | None) else None
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                for element in elements:
                    self.read(element)
                is_sure = not any(isinstance(element, ast.Starred) for element in elements)
                return Items(len(elements), isinstance(node, ast.List)) if is_sure else None
            case ast.UnaryOp() | ast.BinOp() | ast.Compare(ops=[_]):
                return self._computed(node)
            case ast.JoinedStr(values=values):
                return formatted([self._piece(value) for value in values])
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                fact = self.read(value)
                self.scope.bind(name, None if self.findings.muted or self.hidden else fact)
                return fact
            case ast.BoolOp(values=[first, *rest]):
                return self._either(node, first, rest)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._chosen(test, body, orelse)
            case ast.Lambda(args=arguments, body=body):
                return self._later(arguments, [*arguments.defaults, *filter(None, arguments.kw_defaults)], [body])
            case ast.GeneratorExp(generators=generators):
                return self._later(None, [generators[0].iter], [node], bound_by(node))
        self._inside(node, bound_by(node) if isinstance(node, _COMPREHENSIONS) else frozenset())
        return None

    def _inside(self, node: ast.AST, names: frozenset[str]) -> None:
        """Reads what stands in `node`, where `names` are its own."""
        self.hidden.append(names)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.read(child)
            elif not isinstance(child, ast.expr_context | ast.operator | ast.cmpop | ast.boolop):
                self._inside(child, frozenset())
        self.hidden.pop()

    def _later(
        self,
        arguments: ast.arguments | None,
        now: list[ast.expr],
        body: list[ast.expr],
        names: frozenset[str] = frozenset(),
    ) -> Fact:
        """Of what is computed when it is called: only what holds at any time."""
        for node in now:
            self.read(node)
        outer = self.scope
        self.scope = scope_of(outer, body, arguments, False)
        for node in body:
            if isinstance(node, ast.GeneratorExp):
                self._inside(node, names)
            else:
                self.read(node)
        self.scope = outer
        return None

    def _name(self, node: ast.Name, name: str) -> Fact:
        if self.unbound is not None and (node.lineno, node.col_offset, name) in self.unbound:
            self.findings.add(node.lineno, node.col_offset, "name", f"{name} is bound nowhere in the program")
        if any(name in names for names in self.hidden) or name in self.survey.distant:
            return None
        if self.unbound is not None and name not in BUILT_IN and self.scope.is_too_early(name):
            self.findings.add(node.lineno, node.col_offset, "name", f"{name} is bound only later")
        fact = self.scope.lookup(name)
        if isinstance(fact, Items) and fact.is_list and name in self.survey.loud:
            return None
        if isinstance(fact, Routine) and not self.findings.muted:
            self.wanted.append(fact)
        return fact

    def _computed(self, node: ast.UnaryOp | ast.BinOp | ast.Compare) -> Fact:
        match node:
            case ast.UnaryOp(op=operation, operand=operand):
                values = [self.read(operand)]
            case ast.BinOp(left=left, op=operation, right=right):
                values = [self.read(left), self.read(right)]
                one, other = values
                method = _OPERATORS.get(type(operation))
                if isinstance(one, Instance) and isinstance(other, Instance) and one.kind == other.kind and method:
                    return answer(one, method, Given([other], {}, False, False))
            case ast.Compare(left=left, ops=[operation], comparators=[right]):
                values = [self.read(left), self.read(right)]
        try:
            return compute(operation, values)
        except Refused as error:
            self.findings.add(node.lineno, node.col_offset, "type", str(error))
            return None

    def _piece(self, value: ast.expr) -> Fact:
        """A part of a formatted string."""
        if not isinstance(value, ast.FormattedValue):
            return self.read(value)
        fact = self.read(value.value)
        if value.format_spec is not None:
            self.read(value.format_spec)
        return fact if value.format_spec is None and value.conversion == -1 else None

    def _either(self, node: ast.BoolOp, first: ast.expr, rest: list[ast.expr]) -> Fact:
        """`and` and `or`: what comes later may never be computed."""
        truth = self.truth(first)
        is_settled = truth is (isinstance(node.op, ast.Or))
        guards = self.asks(node)
        self.findings.muted += is_settled or guards
        facts = [self.read(value) for value in rest]
        self.findings.muted -= is_settled or guards
        is_plain = truth is not None and len(rest) == 1
        return Constant(truth) if is_settled and truth is False else facts[0] if is_plain and not is_settled else None

    def _chosen(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> Fact:
        truth, guards = self.truth(test), self.asks(test)
        facts = []
        for branch, is_dead in ((body, truth is False), (orelse, truth is True)):
            self.findings.muted += is_dead or guards
            facts.append(self.read(branch))
            self.findings.muted -= is_dead or guards
        return join(*facts) if truth is None else facts[not truth]

    def _attribute(self, node: ast.Attribute, owner: Fact) -> Fact:
        """What `owner.name` is, where it is not called at once."""
        name = node.attr
        if not self.findings.muted:
            self.wanted += self.methods.get(name, [])
        if self.survey.is_open or name in self.survey.patched:
            return None
        if isinstance(owner, Module):
            return member.of_module(self.findings, owner, name, node)
        if isinstance(owner, Instance | Class):
            member.is_member(self.findings, owner, name, node)
        return None

    def _given(self, call: ast.Call) -> Given:
        """What is sure of the arguments."""
        values = [self.read(value.value if isinstance(value, ast.Starred) else value) for value in call.args]
        stars = [isinstance(value, ast.Starred) for value in call.args]
        named = {keyword.arg: self.read(keyword.value) for keyword in call.keywords}
        sure = [value for value, is_star in zip(values, stars, strict=True) if not is_star]
        return Given(sure, {name: fact for name, fact in named.items() if name}, any(stars), None in named)


def bound_by(node: ast.expr) -> frozenset[str]:
    """The names that a comprehension binds for itself."""
    return frozenset(name for part in getattr(node, "generators", []) for name in bound_in([part.target]))
