"""The generator that `cadgen/parts` began with, taken from the history of the repository to compare with."""

import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

from cadgen.lang.canonical.float_frame import FloatCircle, FloatPath, Frame, named_frame
from cadgen.lang.canonical.float_step import FloatExtrude
from cadgen.program import Program

_COMMIT = "84f266c"
_ROOT = Path(__file__).resolve().parent.parent
_TODAY = {  # the modules that it imports, and where their names are now
    "cadgen.parts.profile": "first_profile",
    "cadgen.lang.normalise": "cadgen.lang.canonical.normalise",
    "cadgen.lang.program": "cadgen.program",
    "cadgen.lang.raw": "first_raw",
}


def first_sample_program() -> Callable[[int], Program]:
    """Its `sample_program(seed)`. Raises `CalledProcessError` in a checkout without that commit."""
    raw = types.ModuleType("first_raw")
    raw.__dict__.update(RawCircle=FloatCircle, RawPath=FloatPath, RawStep=_raw_step, named_frame=named_frame)
    sys.modules[raw.__name__] = raw
    _load("first_profile", "cadgen/parts/profile.py")
    return _load("first_part", "cadgen/parts/part.py").sample_program


def _raw_step(
    operation: str, frame: Frame, low: float, high: float, loops: tuple[FloatPath | FloatCircle, ...]
) -> FloatExtrude:
    return FloatExtrude(operation, frame, loops, low, high)


def _load(name: str, path: str) -> types.ModuleType:
    told = subprocess.run(["git", "show", f"{_COMMIT}:{path}"], cwd=_ROOT, check=True, capture_output=True, text=True)
    source = told.stdout
    for then, now in _TODAY.items():
        source = source.replace(then, now)
    module = types.ModuleType(name)
    sys.modules[name] = module  # dataclasses look their module up
    exec(compile(source, path, "exec"), module.__dict__)
    return module
