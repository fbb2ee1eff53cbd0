"""The generator that `cadgen/parts` began with, taken from the history of the repository to compare with."""

import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

from cadgen.program import Program

_COMMIT = "84f266c"
_ROOT = Path(__file__).resolve().parent.parent


def first_sample_program() -> Callable[[int], Program]:
    """Its `sample_program(seed)`. Raises `CalledProcessError` in a checkout without that commit."""
    _load("first_profile", "cadgen/parts/profile.py")
    return _load("first_part", "cadgen/parts/part.py").sample_program


def _load(name: str, path: str) -> types.ModuleType:
    told = subprocess.run(["git", "show", f"{_COMMIT}:{path}"], cwd=_ROOT, check=True, capture_output=True, text=True)
    source = told.stdout.replace("cadgen.parts.profile", "first_profile")
    module = types.ModuleType(name)
    sys.modules[name] = module  # dataclasses look their module up
    exec(compile(source, path, "exec"), module.__dict__)
    return module
