"""Statements of a program, in the order in which it comes by them: each is read once, loops again where they must.

A loop is first read as if its names kept what is sure of them; where a turn changes that, again with what is sure of
both, and after `_MOST_TURNS` with nothing sure: so nested loops too are read a bounded number of times.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cadgen.lang.check import chain
from cadgen.lang.check.definition import Definitions, End
from cadgen.lang.check.expression import Reader
from cadgen.lang.check.facts import Fact, Module, join
from cadgen.lang.check.scope import bound_in

_MOST_TURNS = 4
_EXITS = frozenset({"exit", "quit"})


@dataclass
class Walk:
    """`definitions` knows what functions and classes the program has, and reads them by `block`."""

    reader: Reader
    definitions: Definitions
    _turns: Counter[int] = field(default_factory=Counter)  # of loops
    _waiting: int = 0  # functions of `wanted` that were looked at

    def run(self, tree: ast.Module) -> None:
        """Reads the program and every function that it may call."""
        self.block(tree.body)
        self.definitions.read_wanted()

    def block(self, statements: Sequence[ast.stmt]) -> End:
        for statement in statements:
            self.reader.findings.count()
            end = self._statement(statement)
            if end:
                return end
        return ""

    def _statement(self, node: ast.stmt) -> End:
        read = self.reader.read
        match node:
            case ast.Expr(value=value):
                read(value)
                return "leaves" if _exits(value) else ""
            case ast.Assign(targets=targets, value=value):
                fact = read(value)
                for target in targets:
                    self._bind(target, fact)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                is_read = self.reader.scope.parent is None or self.reader.scope.is_class
                if is_read and not self.reader.survey.postpones:
                    read(annotation)
                if value is not None:
                    self._bind(target, read(value))
            case ast.AugAssign(target=target, value=value):
                self._augmented(node)
            case ast.Return(value=value):
                fact = read(value)
                self.definitions.returned(fact)
                return "leaves"
            case ast.Raise(exc=raised, cause=cause):
                read(raised)
                read(cause)
                return "leaves"
            case ast.Break() | ast.Continue():
                return "jumps"
            case ast.Assert(test=test, msg=message):
                read(test)
                self._quietly([message])
            case ast.Delete(targets=targets):
                for target in targets:
                    self._bind(target, None)
            case ast.If():
                return self._if(node)
            case ast.For() | ast.AsyncFor() | ast.While():
                self._loop(node)
            case ast.Try() | ast.TryStar():
                return self._try(node)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                return self._with(items, body)
            case ast.Match():
                self._match(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.definitions.function(node)
            case ast.ClassDef():
                self.definitions.of_class(node)
            case ast.Import(names=aliases):
                for alias in aliases:
                    name = alias.name if alias.asname else alias.name.split(".")[0]
                    self.reader.scope.bind(alias.asname or name, Module(name))
            case ast.ImportFrom():
                self.definitions.import_from(node)
        return ""

    def _bind(self, target: ast.expr, fact: Fact) -> None:
        if isinstance(target, ast.Name):
            self.reader.scope.bind(target.id, chain.kept(fact, self.reader.survey.is_stable))
        elif isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                self._bind(element, None)
        elif isinstance(target, ast.Starred):
            self._bind(target.value, None)
        elif isinstance(target, ast.Attribute | ast.Subscript):
            self.reader.read(target.value)
            if isinstance(target, ast.Subscript):
                self.reader.read(target.slice)

    def _augmented(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            as_read = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
            value = ast.copy_location(ast.BinOp(as_read, node.op, node.value), node)
            self._bind(node.target, self.reader.read(value))
        else:
            self.reader.read(node.value)
            self._bind(node.target, None)

    def _quietly(self, nodes: Iterable[ast.expr | None]) -> None:
        self.reader.findings.muted += 1
        for node in nodes:
            self.reader.read(node)
        self.reader.findings.muted -= 1

    def _ways(self, bodies: Sequence[tuple[Sequence[ast.stmt], bool]]) -> End:
        """Reads blocks of which one is run, each from here, those with True quietly; binds what is sure after any."""
        scope, ways, ends = self.reader.scope, [], []
        for body, is_muted in bodies:
            scope.begin()
            self.reader.findings.muted += is_muted
            end = self.block(body)
            self.reader.findings.muted -= is_muted
            bound = scope.undo()
            ends.append(end)
            if end != "leaves":
                ways.append(bound)
        scope.merge(ways)
        if ways:
            return "jumps" if all(ends) else ""
        return "leaves"

    def _if(self, node: ast.If) -> End:
        """A chain of `elif` is one statement, however long."""
        ways: list[tuple[Sequence[ast.stmt], bool]] = []
        guards = False
        rest: Sequence[ast.stmt] = [node]
        while len(rest) == 1 and isinstance(rest[0], ast.If):
            branch = rest[0]
            truth = self.reader.truth(branch.test)
            guards |= self.reader.asks(branch.test)
            rest = branch.orelse
            if truth is not False:
                ways.append((branch.body, guards))
            if truth is True:
                return self._ways(ways)
        return self._ways([*ways, (rest, guards)])

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        reader, scope = self.reader, self.reader.scope
        if not isinstance(node, ast.While):
            reader.read(node.iter)
        issues = dict(reader.findings.found)
        is_settled = False
        while not is_settled:
            self._turns[id(node)] += 1
            if self._turns[id(node)] > _MOST_TURNS:
                for name in bound_in([node]):
                    scope.bind(name, None)
            turn = self._turn(node)
            before = {name: scope.facts[name] for name in turn if name in scope.facts}
            is_settled = all(join(fact, turn[name]) == fact for name, fact in before.items())
            if not is_settled:
                reader.findings.found = dict(issues)
            scope.merge([{}, turn])
        self.block(node.orelse)

    def _turn(self, node: ast.For | ast.AsyncFor | ast.While) -> dict[str, Fact]:
        scope = self.reader.scope
        scope.begin_turn()
        if not isinstance(node, ast.While):
            self._bind(node.target, None)
            self.block(node.body)
        elif self.reader.truth(node.test) is not False:
            self.block(node.body)
        return scope.undo_turn()

    def _try(self, node: ast.Try | ast.TryStar) -> End:
        """What handlers may catch is not reported; they begin with nothing sure of what the body binds."""
        is_caught = bool(node.handlers)
        if not is_caught:
            end = self.block(node.body) or self.block(node.orelse)
            return self.block(node.finalbody) or end
        scope = self.reader.scope
        for handler in node.handlers:
            self._quietly([handler.type])
        scope.begin()
        self.reader.findings.muted += 1
        end = self.block(node.body)
        self.reader.findings.muted -= 1
        tried = scope.undo()
        scope.begin()
        for name, fact in tried.items():
            scope.bind(name, fact)
        end = end or self.block(node.orelse)
        ways, ends = [scope.undo()], [end]
        for handler in node.handlers:
            scope.begin()
            for name in (*tried, *filter(None, [handler.name])):
                scope.bind(name, None)
            self.reader.findings.muted += 1  # that something is caught is not sure
            ends.append(self.block(handler.body))
            self.reader.findings.muted -= 1
            ways.append(scope.undo())
        going_on = [way for way, how in zip(ways, ends, strict=True) if how != "leaves"]
        scope.merge(going_on)
        final = self.block(node.finalbody)
        return final or ("" if "" in ends else "jumps" if going_on else "leaves")

    def _with(self, items: list[ast.withitem], body: list[ast.stmt]) -> End:
        """A context may catch what is raised in it."""
        for item in items:
            self.reader.read(item.context_expr)
            if item.optional_vars is not None:
                self._bind(item.optional_vars, None)
        self._ways([(body, True), ([], False)])
        return ""

    def _match(self, node: ast.Match) -> None:
        self.reader.read(node.subject)
        scope = self.reader.scope
        for case in node.cases:
            for name in bound_in([case.pattern]):
                scope.bind(name, None)
        for case in node.cases:
            self._quietly([case.guard])
        self._ways([*((case.body, False) for case in node.cases), ([], False)])


def _exits(value: ast.expr) -> bool:
    """Whether the program ends here."""
    match value:
        case ast.Call(func=ast.Name(id=name)):
            return name in _EXITS
        case ast.Call(func=ast.Attribute(value=ast.Name(id="sys" | "os"), attr="exit" | "_exit")):
            return True
    return False
