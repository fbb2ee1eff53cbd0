"""Choosing by making liker: programs whose measures are fitted to the pictures, and then their structure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.choose import Chooser, Execute, running_first
from cadgen.decode.shot import Shots, guesses
from cadgen.lang import DialectError
from cadgen.lang.canonical import canonical
from cadgen.program import Program, write
from cadgen.refine.eye import BELOW, MAIN, Guess, all_round
from cadgen.refine.fit import SAME, Fitted, begun, fit
from cadgen.refine.restructure import restructure
from cadgen.refine.view import Target, target_of
from cadgen.shape import PUBLISHED

_DOUBTFUL, _LIKER = 0.955, 0.01  # less alike, and the camera may be another; which it is where that is so much liker
_USUAL = all_round((PUBLISHED, BELOW, *MAIN))

_LIKENESS = attrgetter("likeness")


@dataclass(frozen=True)
class Refine:
    """What `choose` chooses, and before it a program of it made liker to the pictures, if the sandbox confirms that.

    num_looks: so many programs are drawn for a picture, or a few hundred more. A quarter goes to fitting the first
    `num_starts` programs in turn, since the one that can be made liker need not be the one that is; a quarter to the
    best of these, and half to its structure. Programs that are no fold of steps stay as they are.
    """

    choose: Chooser
    num_looks: int = 3000
    num_starts: int = 4

    def __call__(self, offers: Offers, parts: Sequence[Shots], execute: Execute) -> Offers:
        chosen = self.choose(offers, parts, execute)
        liker = [self._liker(candidates, shots) for candidates, shots in zip(chosen, parts, strict=True)]
        return running_first(liker, execute)

    def _liker(self, candidates: list[Candidate], shots: Shots) -> list[Candidate]:
        programs = list(dict.fromkeys(filter(None, map(_program, candidates))))[: self.num_starts]
        if not programs:
            return candidates
        targets = [target_of(shot.seen) for shot in shots]
        best = _fitted(programs, targets, guesses(shots), self.num_looks * len(shots))
        if best is None:
            return candidates
        code = _text(best.program)
        if code == candidates[0].code:
            return [replace(candidates[0], cameras=best.cameras), *candidates[1:]]
        return [Candidate(code, None, 0, True, best.cameras), *candidates]


def _fitted(
    programs: Sequence[Program], targets: Sequence[Target], guesses: Sequence[Guess], num_looks: int
) -> Fitted | None:
    free = [number for number, guess in enumerate(guesses) if not guess.is_known]
    each = num_looks // (4 * len(programs))
    best: Fitted | None = None
    for program in programs:
        if best is None or best.likeness < SAME:
            start = begun(program, targets, guesses)
            found = start and fit(start, targets, each, turning=_estimated(start, free))
            best = max(filter(None, (best, found)), key=_LIKENESS, default=None)
    if best is None:
        return None
    best = fit(best, targets, num_looks // 4, turning=_estimated(best, free))
    if free and best.likeness < _DOUBTFUL:
        turned = fit(best, targets, num_looks // 4, turning=free)
        best = turned if turned.likeness > best.likeness + _LIKER else best
    return restructure(best, targets, num_looks // 2)


def _estimated(one: Fitted, free: Sequence[int]) -> list[int]:
    """Of the pictures whose cameras are free, those whose camera was estimated: those that are usual stay."""
    return [number for number in free if one.cameras[number] not in _USUAL]


def _text(program: Program) -> str:
    """Without what fitting may have left: corners that coincide or lie in a line."""
    try:
        return write(canonical(write(program), grid=1))
    except DialectError:
        return write(program)


def _program(candidate: Candidate) -> Program | None:
    try:
        return canonical(candidate.code, grid=1)
    except DialectError:
        return None
