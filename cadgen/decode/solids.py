"""The solids of programs, cheaply: by the mesh kernel, which executes nothing, and in the sandbox where it cannot."""

from collections.abc import Callable, Iterable, Sequence

from cadgen.kernel import NotCovered, build
from cadgen.lang import DialectError
from cadgen.lang.canonical import canonical
from cadgen.shape import Execution, Solid


def solids(codes: Iterable[str], execute: Callable[[Sequence[str]], list[Execution]]) -> dict[str, Solid | None]:
    """The solid of each distinct program, None where it leaves none.

    The mesh kernel is given the normal form, which may stand where the text itself fails: a loop that encloses nothing
    is dropped.
    """
    found = {code: built(code) for code in codes}
    rest = [code for code, solid in found.items() if solid is None]
    executed = execute(rest) if rest else []
    return found | {code: execution.solid for code, execution in zip(rest, executed, strict=True)}


def built(code: str) -> Solid | None:
    """The solid of the mesh kernel, None where it cannot build the program."""
    try:
        return build(canonical(code, grid=1))
    except (NotCovered, DialectError):
        return None
