"""Measures made to fit the picture: a local search over a program's integers, by drawing and comparing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.choose import Chooser, Execute, Picture
from cadgen.decode.look import Look, likeness, look_at, look_of
from cadgen.decode.measure import Measure, changed, measures
from cadgen.decode.move import Move, follow, moved, moves
from cadgen.decode.newton import blurred, strides
from cadgen.kernel import NotCovered, build
from cadgen.lang import DialectError, Program, write
from cadgen.lang.normalise import canonical

_LEAPS = (-8, -4, -2, -1, 1, 2, 4, 8)  # grid steps
_BETTER = 1e-6  # less is rounding
_SAME = 1 - 1e-4  # as like as a picture of the same part; what is left is a pixel here and there


@dataclass(frozen=True)
class Refine:
    """What `choose` chooses, and before it a program of it with its measures fitted to the picture, if that is liker.

    num_looks: of `fit`, for a picture. Half of them go to the first `num_starts` programs in turn, since the one that
    can be made liker need not be the one that is; the rest to the best of these. Programs that are no fold of
    extrusions stay as they are.
    """

    choose: Chooser
    num_looks: int = 1500
    num_starts: int = 4

    def __call__(self, offers: Offers, pictures: Sequence[Picture], execute: Execute) -> Offers:
        chosen = self.choose(offers, pictures, execute)
        return [
            self._fitted(candidates, look_at(picture)) for candidates, picture in zip(chosen, pictures, strict=True)
        ]

    def _fitted(self, candidates: list[Candidate], target: Look) -> list[Candidate]:
        programs = list(dict.fromkeys(filter(None, map(_program, candidates))))[: self.num_starts]
        if not programs:
            return candidates
        each = self.num_looks // (2 * len(programs))
        best, alike = programs[0], -1.0
        for program in programs:
            if alike < _SAME:
                best, alike = max((best, alike), fit(program, target, each), key=lambda found: found[1])
        best, alike = fit(best, target, self.num_looks - each * len(programs))
        code = write(best)
        if code == candidates[0].code or alike <= 0:
            return candidates
        return [Candidate(code, None, 0, True), *candidates]


def _program(candidate: Candidate) -> Program | None:
    try:
        return canonical(candidate.code, grid=1)
    except DialectError:
        return None


def fit(program: Program, target: Look, num_looks: int) -> tuple[Program, float]:
    """The program most like `target` that the search came upon, and its likeness; the program itself at the worst.

    num_looks: so many programs are built, drawn and compared at most, some milliseconds each; the same picture always
    gives the same program. A pattern search (Hooke and Jeeves 1961) over `moves` finds the rough measures. Least
    squares move all at once, since a part fills its picture whatever its size: one measure that is wrong displaces
    all lines. What is left of the looks goes to pairs of moves by chance.
    """
    search = _Search(program, target, num_looks)
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


class _Search:
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
        if found >= _SAME:
            self.looks_left = 0
        return look

    def sweep(self, distance: int) -> None:
        """Every move by this distance, to and fro and on as long as it helps, until none does."""
        at = idle = 0
        while self.looks_left and idle < len(known := moves(self.best)):
            move = known[at % len(known)]
            at, idle = at + 1, idle + 1
            if any(self._climb(move, signed) for signed in (distance, -distance)):
                idle = 0

    def _climb(self, move: Move, distance: int) -> bool:
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
                measure: slope_R
                for measure in measures(base, shared)
                if (slope_R := self._slope(base, measure, base_R, reach, probe)) is not None
            }
            if slopes:
                self._stride(base, list(slopes), np.stack(list(slopes.values()), 1), goal_R - base_R)
            if self.likeness <= before + _BETTER:
                return

    def _slope(self, base: Program, measure: Measure, base_R: np.ndarray, reach: int, probe: int) -> np.ndarray | None:
        """(R,) a grid step of the measure; None where the picture does not show it."""
        for way in (probe, -probe):
            there = changed(base, {measure: way})
            look = there and self._look(there)
            if look:
                slope_R = (blurred(look, reach) - base_R) / way
                return slope_R if slope_R.any() else None
        return None

    def _stride(self, base: Program, known: list[Measure], slope_RM: np.ndarray, missing_R: np.ndarray) -> None:
        for stride_M in strides(slope_RM, missing_R):
            by = dict(zip(known, np.rint(stride_M).astype(int).tolist(), strict=True))
            if self.accepts(changed(base, by)):
                return

    def leap(self, pair: list[tuple[Move, int]]) -> None:
        program: Program | None = self.best
        for move, distance in pair:
            program = program and moved(program, move, distance)
        self.accepts(program)


def _leaps(rng: Random, search: _Search) -> Iterator[list[tuple[Move, int]]]:
    """Pairs of moves of the best program. Ends with the looks, or where chance finds no more that are new."""
    attempts = 4 * search.looks_left
    while search.looks_left and attempts:
        attempts -= 1
        known = moves(search.best)
        yield [(rng.choice(known), rng.choice(_LEAPS)) for _ in range(2)]
