"""What is found wrong, as long as it is sure that the program comes by."""

import ast
from dataclasses import dataclass, field

_MOST = 50
_MOST_NODES = 2_000_000


class Enough(Exception):
    """So much was found, or read, that the rest is left alone."""


@dataclass
class Findings:
    """found: (line, offset, kind, message), in the order of finding, each once; muted: above 0 where something else may
    catch a mistake, or where it is not sure that the program comes by."""

    found: dict[tuple[int, int, str, str], None] = field(default_factory=dict)
    muted: int = 0
    _nodes: int = 0

    def add(self, line: int, offset: int, kind: str, message: str) -> None:
        if not self.muted:
            self.found[line, offset, kind, message] = None
            if len(self.found) >= _MOST:
                raise Enough

    def count(self) -> None:
        """To be called for each node that is read. Raises `Enough` for a text that no person wrote."""
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise Enough


def place_of(node: ast.AST) -> tuple[int, int]:
    """Line and offset of a node; of an attribute, of its own name."""
    if isinstance(node, ast.Attribute) and node.end_lineno and node.end_col_offset:
        return node.end_lineno, node.end_col_offset - len(node.attr.encode())
    return getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
