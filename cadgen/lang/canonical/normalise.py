"""One way to say each thing: calls, or the text of some, rewritten into the canonical dialect.

In a fold of steps along the axes planes become XY, XZ or YZ with global in-plane coordinates, sweeps run from low to
high, numbers are rounded once, as global coordinates, to integers of the grid; loops run counterclockwise from their
lexicographically smallest vertex. Circles and rectangles in rows or around a circle become one array, what is turned
out of the axes is made upright and then turned.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from cadgen.lang.call.value import Call
from cadgen.lang.canonical.arguments import NoFold
from cadgen.lang.canonical.float_step import FloatStep
from cadgen.lang.canonical.read import read
from cadgen.lang.canonical.recorded import calls_of
from cadgen.lang.canonical.rewrite import rewrite
from cadgen.lang.canonical.straight import straight
from cadgen.lang.canonical.untangle import untangled
from cadgen.lang.error import DialectError
from cadgen.lang.grammar import parse
from cadgen.program import GRID, LoopsCoincide, Program, stands, write


def texts_of(notes: Sequence[Any], result: Any, grid: float, digits: int) -> Iterator[tuple[str, str]]:
    """What the notes of a program tell: on the grid, and in the program's own unit with so many decimals.

    There are one or two ways, the better first: a fold of steps along the axes is written as `program.write` does, and
    any part in the normal form of the grammar `full`. Raises `DialectError` naming what it cannot bring in.
    """
    calls, end, ups = calls_of(notes, result)
    is_fold = True
    try:
        steps = read(calls, end)
        pair = write(to_grid(steps, grid)), write(to_grid(steps, 10.0**digits), digits)
    except DialectError:
        is_fold = False
    if is_fold:
        yield pair
    try:
        end, every = untangled(calls, end, ups)
        pair = _in_full(end, grid, every), _in_full(end, 10.0**digits, every, digits)
    except DialectError:
        if not is_fold:
            raise
        return
    yield pair


def _in_full(end: Call, grid: float, calls: Sequence[Call] = (), digits: int = 0) -> str:
    text = rewrite(end, grid, calls, digits)
    parse(text)
    return text


def normal_text(code: str, grid: float = GRID) -> str:
    """The normal form of a straight-line text, without a kernel; `normal_text(canonical, grid=1)` is the identity.

    Raises `DialectError` naming what it cannot bring in.
    """
    calls, result = straight(code)
    try:
        return write(to_grid(read(calls, result), grid))
    except NoFold:
        return _in_full(result, grid)


def canonical(code: str, grid: float = GRID) -> Program:
    """A straight-line text as a fold of steps along the axes. Raises `DialectError` where it is none."""
    return to_grid(read(*straight(code)), grid)


def to_grid(steps: Sequence[FloatStep], grid: float) -> Program:
    """The program whose numbers are those of `steps` times `grid`, rounded.

    Paths that enclose nothing on the grid are dropped; a thickness or a radius that rounds to 0 becomes 1. Raises
    `NoFold` where a profile lies across its axis.
    """
    try:
        rounded = [step.on_grid(grid) for step in steps]
    except LoopsCoincide as error:
        raise DialectError(f"{error} on the grid of {grid} steps a unit; use a finer grid") from None
    kept = tuple(step for step in rounded if step is not None)
    if not kept or kept[0].operation != "union" or rounded[0] is None:
        raise DialectError(f"the first solid vanishes on the grid of {grid} steps a unit; use a finer grid")
    if not stands(kept):
        raise NoFold(f"a loop is not on one side of its axis on the grid of {grid} steps a unit")
    return kept
