"""Whole numbers and turns drawn so that every machine draws the same: no logarithm, no power, sines rounded."""

from collections.abc import Mapping
from math import cos, pi, sin
from random import Random
from typing import TypeVar

Point = tuple[int, int]
Key = TypeVar("Key")


def share(rng: Random, size: int, least: int, most: int) -> int:
    """Between `least` and `most` percent of `size`, at least 1."""
    return max(1, rng.randint(size * least // 100, size * most // 100))


def octave(rng: Random, size: int, num: int) -> int:
    """A fraction of `size`, each of the `num` halvings below it equally likely; at least 1."""
    half = size >> rng.randrange(num)
    return max(1, rng.randint(half // 2, half))


def chance(rng: Random, percent: int) -> bool:
    return rng.randrange(100) < percent


def pick(rng: Random, weights: Mapping[Key, float]) -> Key:
    """A key of `weights`, as often as its weight says."""
    return rng.choices(list(weights), list(weights.values()))[0]


def turn(radius: float, part: int, whole: int, start: int = 0) -> tuple[float, float]:
    """The point at `part` / `whole` of a full turn plus `start` degrees on a circle around the origin."""
    angle = 2 * pi * part / whole + pi * start / 180
    # The last bits of sines differ from one C library to the next.
    return radius * round(cos(angle), 9), radius * round(sin(angle), 9)


def nearest(x: float, y: float) -> Point:
    return whole(x), whole(y)


def whole(value: float) -> int:
    """The nearest whole number; halves go up."""
    return int((value + 0.5) // 1)


def split(rng: Random, size: int, num: int) -> list[int]:
    """`num` + 1 ascending marks from 0 to `size`: even steps, or the inner ones anywhere."""
    if chance(rng, 45):
        return [size * i // num for i in range(num + 1)]
    weights = [rng.randint(1, 5) for _ in range(num)]
    marks = [0]
    for weight in weights:
        marks.append(marks[-1] + weight)
    return [size * mark // marks[-1] for mark in marks]
