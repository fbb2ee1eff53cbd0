"""Names of a program and what is sure of their values, along its flow."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from cadgen.lang.check.facts import Fact, join
from cadgen.lang.check.library import module

_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


@dataclass
class Scope:
    """once: the names that one place outside of loops binds, which is all that an inner function may rely on."""

    parent: "Scope | None"
    is_class: bool
    local: frozenset[str]
    once: frozenset[str]
    facts: dict[str, Fact] = field(default_factory=dict)
    _journals: list[dict[str, tuple[bool, Fact]]] = field(default_factory=list)
    _logs: list[dict[str, Fact]] = field(default_factory=list)

    def bind(self, name: str, fact: Fact) -> None:
        if self._logs:
            _note(self._logs[-1], name, fact)
        if self._journals:
            self._journals[-1].setdefault(name, (name in self.facts, self.facts.get(name)))
        self.facts[name] = fact

    def lookup(self, name: str) -> Fact:
        """What is sure of `name` where it is read now."""
        if name in self.local:
            return self.facts.get(name)
        scope = self.parent
        while scope is not None:
            if not scope.is_class and name in scope.local:
                return scope.facts.get(name) if name in scope.once else None
            scope = scope.parent
        return None

    def is_too_early(self, name: str) -> bool:
        """Whether the program surely has not bound `name` yet, which it binds."""
        is_sure = self.parent is None and not self._logs  # another turn of a loop, or call of a function, may have
        return is_sure and name in self.local and name not in self.facts

    def begin(self) -> None:
        """From here on until `undo`, what is bound is only tried."""
        self._journals.append({})

    def undo(self) -> dict[str, Fact]:
        """Takes back what was bound since `begin`, and tells it."""
        journal = self._journals.pop()
        found = {name: self.facts[name] for name in journal}
        for name, (was_bound, fact) in journal.items():
            if was_bound:
                self.facts[name] = fact
            else:
                del self.facts[name]
        return found

    def begin_turn(self) -> None:
        """Like `begin`, for one turn of a loop."""
        self.begin()
        self._logs.append({})

    def undo_turn(self) -> dict[str, Fact]:
        """What is sure of the names after any part of the turn: where it breaks off is not followed."""
        self.undo()
        turn = self._logs.pop()
        if self._logs:
            for name, fact in turn.items():
                _note(self._logs[-1], name, fact)
        return turn

    def merge(self, ways: Sequence[dict[str, Fact]]) -> None:
        """Binds what is sure after one of `ways`; a name that one of them leaves alone may be as it was."""
        together: dict[str, list[Fact]] = {}
        for way in ways:
            for name, fact in way.items():
                together.setdefault(name, []).append(fact)
        for name, facts in together.items():
            if len(facts) < len(ways) and name in self.facts:
                facts = [self.facts[name], *facts]
            sure = facts[0]
            for fact in facts[1:]:
                sure = join(sure, fact)
            self.bind(name, sure)


def _note(log: dict[str, Fact], name: str, fact: Fact) -> None:
    log[name] = join(log[name], fact) if name in log else fact


def scope_of(parent: Scope | None, body: Iterable[ast.AST], arguments: ast.arguments | None, is_class: bool) -> Scope:
    """The scope of a module, class or function, before anything in it is bound."""
    counts: Counter[str] = Counter()
    for name, is_in_loop in _bindings(body):
        counts[name] += 2 if is_in_loop else 1
    counts.update(dict.fromkeys(parameters(arguments), 2) if arguments else {})
    return Scope(parent, is_class, frozenset(counts), frozenset(name for name, n in counts.items() if n == 1))


def parameters(arguments: ast.arguments) -> list[str]:
    told = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return [argument.arg for argument in told if argument]


def bound_in(body: Iterable[ast.AST]) -> frozenset[str]:
    """The names that the statements bind in the scope they stand in."""
    return frozenset(name for name, _ in _bindings(body))


def _bindings(body: Iterable[ast.AST]) -> Iterator[tuple[str, bool]]:
    """Each name that is bound, and whether a loop may bind it again. What inner scopes bind is theirs."""
    waiting: list[tuple[ast.AST, bool, bool]] = [(node, False, False) for node in body]
    while waiting:
        node, is_in_loop, is_inner = waiting.pop()
        names: list[str] = []
        match node:
            case ast.NamedExpr(target=ast.Name(id=name)):
                names = [name]
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if not is_inner:
                names = [name]
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names = [name]
            case ast.Import(names=aliases):
                names = [alias.asname or alias.name.split(".")[0] for alias in aliases]
            case ast.ImportFrom(module=source, names=aliases):
                names = [name for alias in aliases for name in _imported(source or "", alias)]
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names = [name]
            case ast.MatchMapping(rest=str(name)):
                names = [name]
        yield from ((name, is_in_loop) for name in names)
        if isinstance(node, _OWN_SCOPE):
            continue
        is_in_loop |= isinstance(node, _LOOPS)
        is_inner |= isinstance(node, _COMPREHENSIONS)
        waiting += [(child, is_in_loop or is_inner, is_inner) for child in ast.iter_child_nodes(node)]


def _imported(source: str, alias: ast.alias) -> list[str]:
    return [alias.asname or alias.name] if alias.name != "*" else list(module(source) or ())
