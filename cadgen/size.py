"""Parts as long as asked: `sized` writes a program anew in millimetres, and the sandbox confirms that it is the same.

A picture does not tell how large a part is, so programs are written in steps of a grid. In one that is a fold of steps
every number is scaled, and rounded to as few decimals as leave it the same part, two at least; any other one gets a
last line that scales its solid, which is exact.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cadgen.lang import DialectError
from cadgen.lang.canonical import canonical
from cadgen.program import Program, idiomatic, scaled, stands, write
from cadgen.shape import Execution, Sandbox, Solid
from cadgen.shape.sandbox import Profile

DEFAULT_MM = 100.0
LONGEST_MM, SHORTEST_MM = 1e5, 0.1
OFF = 0.001  # share of the longest extent, and of the volume, that rounding may cost

_UNITS_MM = {"": 1.0, "mm": 1.0, "cm": 10.0, "in": 25.4}
_DECIMALS = range(2, 7)


class SizeError(ValueError):
    """A part cannot be given a size."""


@dataclass(frozen=True)
class Sized:
    """A program in millimetres, what became of it, and the lengths along x, y and z of the box around its solid.

    by_line: its last line scales it; its other numbers are in other units.
    """

    code: str
    execution: Execution
    extents_mm: tuple[float, float, float]
    by_line: bool

    @property
    def extents(self) -> str:
        """For people."""
        return f"{' x '.join(map(_rounded, self.extents_mm))} mm"

    @property
    def note(self) -> str:
        """The same, with what is to be known of it, as a comment over the program says it."""
        return f"{self.extents} (width x depth x height){f', {BY_LINE}' if self.by_line else ''}"


BY_LINE = "scaled by its last line"


def length_mm(text: str) -> float:
    """The length that "120", "120mm", "12 cm" or "4.5in" says, in millimetres. Raises `SizeError`."""
    found = re.fullmatch(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})\s*([a-z]*)\s*", text.lower(), re.ASCII)
    if found is None or found[2] not in _UNITS_MM:
        raise SizeError(f"{text!r} is no length; give millimetres, or a unit with it, as in 120, 12cm or 4.5in")
    return checked(float(found[1]) * _UNITS_MM[found[2]])


def checked(size_mm: float) -> float:
    """The size itself. Raises `SizeError` where it is beyond what a kernel that takes 1e-7 mm for nothing can build."""
    if not SHORTEST_MM <= size_mm <= LONGEST_MM:
        raise SizeError(f"a size of {size_mm:g} mm; give one from {SHORTEST_MM:g} to {LONGEST_MM:g} mm")
    return size_mm


def fold_of(code: str) -> Program:
    """The program as a fold of steps, () where it is none. Reading takes long where arrays make many copies."""
    try:
        return canonical(code, grid=1)
    except DialectError:
        return ()


def sized(code: str, fold: Program, solid: Solid, size_mm: float, box: Sandbox) -> Sized:
    """The program of `solid` scaled so that the longest side of the box around it, along the axes, is `size_mm`.

    fold: of the program, as `fold_of` reads it; () scales it by a last line. box: a running sandbox. Raises
    `SizeError` where no program is confirmed to leave the same solid of that size, and `RuntimeError` where the kernel
    cannot measure it.
    """
    whole = box.extents(solid)
    factor = checked(size_mm) / max(whole)
    why = "nobody can tell which variable holds it"
    for text, profile, by_line in _scaled(code, fold, factor, box):
        (execution,) = box.run([text], profile=profile)
        if execution.solid is None:
            why = f"{execution.status}: {execution.error}"
            continue
        extents = box.extents(execution.solid)
        if _is_same(solid, whole, execution.solid, extents, factor):
            return Sized(text, execution, extents, by_line)
        why = "what comes out is another part"
    raise SizeError(f"the part cannot be made {size_mm:g} mm long: {why}")


def _scaled(code: str, fold: Program, factor: float, box: Sandbox) -> Iterator[tuple[str, Profile, bool]]:
    """The program with its numbers scaled, to more and more decimals, then by a last line; how to run it; whether so.

    Of each number of decimals the text that a person could have written comes first.
    """
    for digits in _DECIMALS if fold else ():
        step = factor * 10**digits
        rounded = scaled(fold, step)
        if stands(rounded):
            yield idiomatic(rounded, digits, loose=1 + step), "dialect", False
            yield write(rounded, digits), "interp", False
    (execution,) = box.run([code])  # which is remembered: its solid is at hand
    if execution.name.isidentifier():
        yield _by_line(code, execution.name, factor), "dialect", True


def _by_line(code: str, name: str, factor: float) -> str:
    """name: of the variable that holds the part, a workplane."""
    return f"{code.rstrip()}\n{name}={name}.newObject([one.scale({factor:.12g}) for one in {name}.vals()])\n"


def _is_same(one: Solid, one_long: tuple, other: Solid, other_long: tuple, factor: float) -> bool:
    """Whether the other solid is the first one times `factor`, as far as rounding goes."""
    off = np.abs(np.array(other_long) - factor * np.array(one_long)).max() / (factor * max(one_long))
    volume = other.volume / (one.volume * factor**3)
    return bool(off <= OFF and math.isclose(volume, 1, rel_tol=OFF) and _counts(one) == _counts(other))


def _counts(solid: Solid) -> tuple[int, int, bool]:
    """Bodies and faces, as the kernel counts them, and whether it finds them valid."""
    return len(np.unique(solid.triangle_body)), int(solid.triangle_face.max()) + 1, solid.valid


def _rounded(length: float) -> str:
    return f"{length:.2f}".rstrip("0").rstrip(".") if length >= 1 else f"{length:.3g}"
