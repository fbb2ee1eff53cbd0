"""Which of a program's values is its result: one rule for all that run programs or read them.

Standard library only: the cage loads this file by its path.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

RESULT_NAMES = ("solid", "result", "shape", "part", "object", "obj", "res")
"""Names that say it, the strongest first: those of the take-home evaluation and of CAD-Coder's."""

RULES = ("named", "shown", "exported", "last", "first")
"""What a `Choice` can follow from."""

SHOWING = ("show_object", "show", "debug", "export")
"""Functions that a program hands its result to: those of viewers, and all that write files."""


@dataclass(frozen=True)
class Choice(Generic[T]):
    """What counts as the result, all values of it together.

    rule: one of `RULES`; name: of the variable, or of several with commas between, "" where there is none.
    """

    rule: str
    name: str
    values: tuple[T, ...]


def choose(
    bound: Mapping[str, T], given: Sequence[tuple[str, T]], holds_solid: Callable[[T], bool | None]
) -> Choice[T] | None:
    """A result name first; then all that was shown; the last that was exported; what was shown for debugging; else the
    last value that was bound and holds a solid. None of nothing.

    A result name whose value holds no solid (a profile, say) gives way to what is shown, or bound after it, and does.
    Where nothing holds a solid, the choice is what a reader would take for the result.

    bound: name -> CadQuery object, in the order in which they were bound last; given: (one of `SHOWING`, object), as it
    was handed over; holds_solid: None where it cannot be told, which counts as yes.
    """
    named = next((name for name in RESULT_NAMES if name in bound), None)
    if named is not None and holds_solid(bound[named]) is not False:
        return Choice("named", named, (bound[named],))
    solid = [(how, value) for how, value in given if holds_solid(value) is not False]
    shown = [value for how, value in solid if how in ("show_object", "show")]
    exported = [value for how, value in solid if how == "export"]
    debugged = [value for how, value in solid if how == "debug"]
    for rule, values in (("shown", shown), ("exported", exported[-1:]), ("shown", debugged)):
        if values:
            distinct = {id(value): value for value in values}.values()
            return Choice(rule, _names(distinct, bound), tuple(distinct))
    names = list(bound)
    later = names[names.index(named) + 1 :] if named is not None else names
    last = next((name for name in reversed(later) if holds_solid(bound[name]) is not False), None)
    if last is not None:
        return Choice("last", last, (bound[last],))
    if named is not None:
        return Choice("named", named, (bound[named],))
    if given:
        how, value = given[-1]
        return Choice("exported" if how == "export" else "shown", _names([value], bound), (value,))
    return Choice("last", names[-1], (bound[names[-1]],)) if names else None


def choose_takehome(bound: Mapping[str, T]) -> Choice[T] | None:
    """As the take-home evaluation and CAD-Coder's have it, solid or not: a result name, else what was bound first."""
    for name in RESULT_NAMES:
        if name in bound:
            return Choice("named", name, (bound[name],))
    return next((Choice("first", name, (value,)) for name, value in bound.items()), None)


def _names(values: Iterable[T], bound: Mapping[str, T]) -> str:
    """Of the variables that hold the values; of one that has none, nothing."""
    found = (next((name for name, one in bound.items() if one is value), "") for value in values)
    return ", ".join(filter(None, found))
