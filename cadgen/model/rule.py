"""Rules for what strangers' files may say: allow-lists of names, plain types and bounded sizes, and `check`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cadgen.model.checkpoint_error import CheckpointError


@dataclass(frozen=True)
class Rule:
    """allows: whether a value may stand there; told: what may, in words."""

    allows: Callable[[Any], bool]
    told: str


def whole(low: int, high: int) -> Rule:
    return Rule(lambda value: type(value) is int and low <= value <= high, f"a whole number from {low} to {high}")


def number(low: float, high: float) -> Rule:
    return Rule(lambda value: type(value) in (int, float) and low <= value <= high, f"a number from {low} to {high}")


def one_of(*choices: Any) -> Rule:
    """Of the same type too: True is no 1."""
    told = ", ".join(map(repr, choices))
    return Rule(lambda value: any(type(value) is type(one) and value == one for one in choices), f"one of {told}")


def or_null(rule: Rule) -> Rule:
    return Rule(lambda value: value is None or rule.allows(value), f"null or {rule.told}")


def list_of(rule: Rule, shortest: int, longest: int) -> Rule:
    def allows(value: Any) -> bool:
        return isinstance(value, list | tuple) and shortest <= len(value) <= longest and all(map(rule.allows, value))

    return Rule(allows, f"a list of {shortest} to {longest}, each {rule.told}")


def text(longest: int) -> Rule:
    return Rule(lambda value: type(value) is str and 0 < len(value) <= longest, f"a text of 1 to {longest} characters")


def table(rules: dict[str, Rule], optional: Iterable[str] = ()) -> Rule:
    """All of `rules`, except perhaps for the optional ones, and nothing else."""
    needed = rules.keys() - set(optional)

    def allows(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and needed <= value.keys() <= rules.keys()
            and all(rules[name].allows(one) for name, one in value.items())
        )

    return Rule(allows, "a table in which " + ", ".join(f"{name} is {rule.told}" for name, rule in rules.items()))


def named(key: Rule, value: Rule, most: int) -> Rule:
    """At most so many names, whichever fit `key`."""

    def allows(given: Any) -> bool:
        if not isinstance(given, dict) or len(given) > most:
            return False
        return all(key.allows(name) and value.allows(one) for name, one in given.items())

    return Rule(allows, f"a table of at most {most} names, each {key.told}, with {value.told}")


def either(*rules: Rule) -> Rule:
    told = "; or ".join(rule.told for rule in rules)
    return Rule(lambda value: any(rule.allows(value) for rule in rules), told)


YES_NO = one_of(False, True)
ANYTHING = Rule(lambda _: True, "anything")


def check(given: Any, rules: Mapping[str, Rule], source: str, required: Iterable[str], remedy: str) -> None:
    """Raises `CheckpointError` naming `source` and the first value of the table `given` that no rule allows."""
    if not isinstance(given, dict):
        raise CheckpointError(f"{source} is no table of names and values; {remedy}")
    for name, value in given.items():
        if name not in rules:
            raise CheckpointError(
                f"{source} has {name!r:.60}, which no network of cadgen has; take it out, or {remedy}"
            )
        if not rules[name].allows(value):
            raise CheckpointError(f"{source}: {name} is {shortly(value)} and must be {rules[name].told}; {remedy}")
    lacking = [name for name in required if name not in given]
    if lacking:
        raise CheckpointError(f"{source} lacks {', '.join(lacking)}; {remedy}")


def shortly(value: Any) -> str:
    """At most 60 characters of it, in one line: tensors have several."""
    return " ".join(repr(value).split())[:60]
