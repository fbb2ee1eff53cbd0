"""The numbers of a program as sliders, and the program once they are moved.

Programs come from strangers and are read in our process here, which may take long where many copies are made: what is
asked is so short that this takes no more than seconds, and is refused otherwise (`Fixed`).
"""

import ast
from collections.abc import Mapping, Sequence
from math import prod

from cadgen.lang import DialectError, write
from cadgen.lang.canonical import canonical
from cadgen.program import ANGLE, LENGTH, RADIUS, Program
from cadgen.refine.dimension import Dimension, changed, dimensions

MOST = 80
"""Sliders; a program with more numbers has none."""
FARTHEST = 4096
"""Grid steps that a number may be moved by."""

_MOST_PARTS = 2500  # of the syntax tree, times the copies that it makes
_KINDS = {0: "x", 1: "y", 2: "z", RADIUS: "radius", ANGLE: "angle", LENGTH: "distance"}
_NODES = (
    *(ast.Module, ast.Import, ast.alias, ast.Assign, ast.Expr, ast.Call, ast.keyword, ast.Attribute, ast.Name),
    *(ast.Load, ast.Store, ast.Constant, ast.UnaryOp, ast.USub, ast.Tuple, ast.List),
)
_PLAIN = """
Workplane moveTo lineTo line hLine vLine threePointArc close circle rect box cylinder center workplane faces extrude
cutBlind cutThruAll hole revolve union cut rarray polarArray rotate translate polyline pushPoints
"""
_METHODS = frozenset(_PLAIN.split())


class Fixed(ValueError):
    """A program whose numbers cannot be moved, and why."""


def program_of(code: str) -> Program:
    """The program that a text says. Raises `Fixed`."""
    _require_plain(code)
    try:
        return canonical(code, grid=1)
    except (DialectError, RecursionError) as error:
        raise Fixed(f"it is no fold of sketches, swept or turned ({str(error)[:200]})") from None


def sliders(program: Program) -> list[dict]:
    """For each number {axis, value, kind}. Raises `Fixed` where there are too many."""
    found = dimensions(program, shared=True)
    if len(found) > MOST:
        raise Fixed(f"it has {len(found)} numbers, and more than {MOST} are no help")
    return [{"axis": axis, "value": value, "kind": _KINDS[axis]} for _, axis, value in sorted(found, key=_order)]


def moved(program: Program, by: Mapping[tuple[int, int], int]) -> str:
    """The text of the program whose numbers, by axis and value, have grown by so many grid steps. Raises `Fixed`."""
    known = set(dimensions(program, shared=True))
    wanted: dict[Dimension, int] = {(None, axis, value): step for (axis, value), step in by.items()}
    if unknown := wanted.keys() - known:
        raise Fixed(f"there is no number {sorted((axis, value) for _, axis, value in unknown)[0]} in it")
    there = changed(program, wanted)
    if there is None:
        raise Fixed("a step of it would vanish there")
    return write(there)


def _order(dimension: Dimension) -> tuple[int, int]:
    _, axis, value = dimension
    return axis, value


def _require_plain(code: str) -> None:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Fixed("it is no Python") from None
    nodes = list(ast.walk(tree))
    for node in nodes:
        if not isinstance(node, _NODES):
            raise Fixed(f"it has a {type(node).__name__}, where only lines that bind a chain of calls have sliders")
        if isinstance(node, ast.Attribute) and node.attr not in _METHODS:
            raise Fixed(f"it calls {node.attr[:40]}, whose numbers have no sliders")
    copies = prod(_copies(node) for node in nodes if isinstance(node, ast.Call))
    if len(nodes) * copies > _MOST_PARTS:
        raise Fixed("it is too long")


def _copies(call: ast.Call) -> int:
    """How many an array makes of what it is given, at most."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in ("rarray", "polarArray"):
        return 1
    return prod(max(1, number) for number in _counts(call))


def _counts(call: ast.Call) -> Sequence[int]:
    """The counts among the arguments: xCount and yCount of rarray, count of polarArray. Others are not looked at."""
    names, first = (("xCount", "yCount"), 2) if call.func.attr == "rarray" else (("count",), 3)  # type: ignore[attr-defined]
    given = [*call.args[first : first + len(names)], *(word.value for word in call.keywords if word.arg in names)]
    found = []
    for node in given:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, int):
            raise Fixed("the number of its copies is no plain number")
        found.append(node.value)
    return found
