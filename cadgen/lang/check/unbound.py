"""Names that a program reads and nothing in it binds, as Python's own compiler sees its scopes."""

import ast
import builtins
import dis
import math
from collections.abc import Iterator
from types import CodeType

from cadgen.lang.check import library

_OF_MODULES = """
__annotations__ __builtins__ __cached__ __doc__ __file__ __loader__ __module__ __name__ __package__ __path__
__qualname__ __spec__
"""
_OF_VIEWERS = "show_object show debug log rand_color"  # which CQ-editor, CQGI and the sandbox hand to programs
BUILT_IN = frozenset([*dir(builtins), *_OF_MODULES.split(), *_OF_VIEWERS.split()])
_READS = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS", "LOAD_CLASSDEREF")
_ANY_NAME = ("exec", "eval", "globals", "locals", "vars", "__builtins__", "__import__")  # may bind what no text shows

Place = tuple[int, int, str]  # line, offset in its UTF-8, name: as an `ast.Name` has them


def unbound(code: CodeType, imported: frozenset[str] | None) -> frozenset[Place] | None:
    """Where `code`, that of a whole program, reads a name that no path through it binds; None where none can tell.

    imported: what `starred` tells.
    """
    codes = list(_codes(code))
    if imported is None or any(name in each.co_names for each in codes for name in _ANY_NAME):
        return None
    everywhere = set(BUILT_IN | imported)
    reads: list[tuple[Place, set[str]]] = []
    for each in codes:
        own = everywhere if each is code else set(each.co_freevars)
        for instruction in dis.get_instructions(each):
            place = instruction.positions
            if instruction.opname == "STORE_NAME":
                own.add(instruction.argval)
            elif instruction.opname == "STORE_GLOBAL":
                everywhere.add(instruction.argval)
            elif instruction.opname in _READS and place and place.lineno and place.col_offset is not None:
                reads.append(((place.lineno, place.col_offset, instruction.argval), own))
    return frozenset(place for place, own in reads if place[2] not in everywhere and place[2] not in own)


def _codes(code: CodeType) -> Iterator[CodeType]:
    waiting = [code]
    while waiting:
        each = waiting.pop()
        yield each
        parts = (part for part in each.co_consts if isinstance(part, CodeType))
        waiting += [part for part in parts if part.co_name != "__annotate__"]  # not computed before it is asked for


def starred(tree: ast.Module) -> frozenset[str] | None:
    """What its `from ... import *` bind; None where that cannot be told."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            told = dir(math) if node.module == "math" else library.module(node.module or "")
            if told is None or node.level:
                return None
            names.update(told)
    return frozenset(names)
