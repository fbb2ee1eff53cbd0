"""What the cage shares with the rest: `methods()`, class -> what a program may call, and the `rule` of the result.

Both are read from their files by path: nothing of cadgen is imported here.
"""

import ast
import sys
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

_CADGEN = Path(__file__).parents[2]
_TABLE = _CADGEN / "api.txt"


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


def _loaded(name: str) -> ModuleType:
    spec = spec_from_file_location(name, _CADGEN / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


rule = _loaded("result_rule")
