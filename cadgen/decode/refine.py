"""Measures made to fit the picture: a local search over a program's integers, by drawing and comparing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.choose import Chooser, Execute, Picture
from cadgen.decode.look import Look, likeness, look_at, look_of
from cadgen.decode.move import Move, follow, moved, moves
from cadgen.kernel import NotCovered, build
from cadgen.lang import DialectError, Program, write
from cadgen.lang.normalise import canonical

_DISTANCES = (32, 16, 8, 4, 2, 1)  # grid steps
_LEAPS = (-8, -4, -2, -1, 1, 2, 4, 8)
_BETTER = 1e-6  # less is rounding


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
        started = [fit(program, target, each) for program in programs]
        best, _ = max(started, key=lambda found: found[1])
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

    num_looks: so many programs are built, drawn and compared, some milliseconds each; the same picture always gives
    the same program. A pattern search (Hooke and Jeeves 1961) over `moves`; what is left of the looks goes to pairs of
    moves by chance, since a thin wall can only be seen to be too thin once its neighbours are right.
    """
    search = _Search(program, target, num_looks)
    for distance in _DISTANCES:
        search.sweep(distance)
    for pair in _leaps(Random(0), search):
        search.leap(pair)
    return search.best, search.likeness


class _Search:
    def __init__(self, program: Program, target: Look, num_looks: int):
        self.target, self.looks_left = target, num_looks
        self.seen: set[Program] = set()
        self.best, self.likeness = program, -1.0
        self.accepts(program)

    def accepts(self, program: Program | None) -> bool:
        """Whether the program is liker than all before it; it is then the best."""
        if program is None or program in self.seen or not self.looks_left:
            return False
        self.looks_left -= 1
        self.seen.add(program)
        try:
            found = likeness(self.target, look_of(build(program)))
        except NotCovered:
            return False
        if found < self.likeness + _BETTER:
            return False
        self.best, self.likeness = program, found
        return True

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
