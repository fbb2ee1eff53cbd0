"""Measures made to fit the picture: a local search over a program's integers, by drawing and comparing."""

from collections.abc import Iterator
from random import Random

import numpy as np

from cadgen.kernel import NotCovered, build
from cadgen.program import Program
from cadgen.refine.dimension import Dimension, changed, dimensions
from cadgen.refine.move import Move, follow, moved, moves
from cadgen.refine.newton import blurred, strides
from cadgen.refine.view import Look, likeness, look_of

_LEAPS = (-8, -4, -2, -1, 1, 2, 4, 8)  # grid steps
_BETTER = 1e-6  # less is rounding
SAME = 1 - 1e-4  # as like as a picture of the same part; what is left is a pixel here and there


def fit(program: Program, target: Look, num_looks: int) -> tuple[Program, float]:
    """The program most like `target` that the search came upon, and its likeness; the program itself at the worst.

    num_looks: so many programs are built, drawn and compared at most, some milliseconds each; the same picture always
    gives the same program. A pattern search (Hooke and Jeeves 1961) over `moves` finds the rough measures. Least
    squares move all at once, since a part fills its picture whatever its size: one measure that is wrong displaces
    all lines. What is left of the looks goes to pairs of moves by chance.
    """
    search = Search(program, target, num_looks)
    for distance in (32, 16, 8):
        search.sweep(distance)
    for shared, reach, probe in ((True, 24, 4), (True, 8, 2), (False, 8, 2)):
        search.descend(shared, reach, probe)
    for distance in (4, 2, 1):
        search.sweep(distance)
    search.descend(shared=False, reach=8, probe=2)
    for distance in (2, 1):
        search.sweep(distance)
    for pair in _leaps(Random(0), search):
        search.leap(pair)
    return search.best, search.likeness


class Search:
    """The best program so far, its likeness and its look, and how many looks are left."""

    def __init__(self, program: Program, target: Look, num_looks: int):
        self.target, self.looks_left = target, num_looks
        self.seen: set[Program] = set()
        self.best, self.likeness = program, -1.0
        self.look: Look | None = None  # of the best
        self.accepts(program)

    def accepts(self, program: Program | None) -> bool:
        """Whether the program is new and liker than all before it; it is then the best."""
        if program is None or program in self.seen:
            return False
        self._look(program)
        return self.best is program

    def _look(self, program: Program) -> Look | None:
        """None where it cannot be built or no look is left. None is left once the pictures are the same."""
        if not self.looks_left:
            return None
        self.looks_left -= 1
        self.seen.add(program)
        try:
            look = look_of(build(program))
        except NotCovered:
            return None
        found = likeness(self.target, look)
        if found > self.likeness + _BETTER:
            self.best, self.likeness, self.look = program, found, look
        if found >= SAME:
            self.looks_left = 0
        return look

    def sweep(self, distance: int) -> None:
        """Every move by this distance, to and fro and on as long as it helps, until none does."""
        at = idle = 0
        while self.looks_left and idle < len(known := moves(self.best)):
            move = known[at % len(known)]
            at, idle = at + 1, idle + 1
            if any(self.climb(move, signed) for signed in (distance, -distance)):
                idle = 0

    def climb(self, move: Move, distance: int) -> bool:
        """Goes on by this distance as long as that is liker; whether it ever was."""
        climbed = False
        while self.accepts(moved(self.best, move, distance)):
            move, climbed = follow(move, distance), True
        return climbed

    def descend(self, shared: bool, reach: int, probe: int, num_strides: int = 4) -> None:
        """All measures at once, by slopes that `probe` grid steps tell, until that is no longer liker."""
        goal_R = blurred(self.target, reach)
        for _ in range(num_strides):
            if self.look is None or not self.looks_left:
                return
            base, base_R, before = self.best, blurred(self.look, reach), self.likeness
            slopes = {
                dimension: slope_R
                for dimension in dimensions(base, shared)
                if (slope_R := self._slope(base, dimension, base_R, reach, probe)) is not None
            }
            if slopes:
                self._stride(base, list(slopes), np.stack(list(slopes.values()), 1), goal_R - base_R)
            if self.likeness <= before + _BETTER:
                return

    def _slope(
        self, base: Program, dimension: Dimension, base_R: np.ndarray, reach: int, probe: int
    ) -> np.ndarray | None:
        """(R,) a grid step of the dimension; None where the picture does not show it."""
        for way in (probe, -probe):
            there = changed(base, {dimension: way})
            look = there and self._look(there)
            if look:
                slope_R = (blurred(look, reach) - base_R) / way
                return slope_R if slope_R.any() else None
        return None

    def _stride(self, base: Program, known: list[Dimension], slope_RM: np.ndarray, missing_R: np.ndarray) -> None:
        for stride_M in strides(slope_RM, missing_R):
            by = dict(zip(known, np.rint(stride_M).astype(int).tolist(), strict=True))
            if self.accepts(changed(base, by)):
                return

    def leap(self, pair: list[tuple[Move, int]]) -> None:
        program: Program | None = self.best
        for move, distance in pair:
            program = program and moved(program, move, distance)
        self.accepts(program)


def _leaps(rng: Random, search: Search) -> Iterator[list[tuple[Move, int]]]:
    """Pairs of moves of the best program. Ends with the looks, or where chance finds no more that are new."""
    attempts = 4 * search.looks_left
    while search.looks_left and attempts:
        attempts -= 1
        known = moves(search.best)
        yield [(rng.choice(known), rng.choice(_LEAPS)) for _ in range(2)]
