"""The table of operations, `cadgen/api.txt`, as the cage needs it: `methods()`, class -> what a program may call."""

import ast
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parents[2] / "api.txt"


@cache
def methods() -> dict[str, frozenset[str]]:
    """Constructors among them, as `__init__`. Methods that hand out something other than a chain are left out."""
    found = {}
    for owner in ast.parse(_TABLE.read_text(encoding="utf-8")).body:
        if isinstance(owner, ast.ClassDef):
            says = [method for method in owner.body if isinstance(method, ast.FunctionDef)]
            found[owner.name] = frozenset(method.name for method in says if _state_after(method) != "Other")
    return found


def _state_after(method: ast.FunctionDef) -> str:
    return ast.unparse(method.returns) if method.returns else ""
