"""Choosing by making liker: programs whose measures are fitted to the picture, and then their structure."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.choose import Chooser, Execute, running_first
from cadgen.lang import DialectError
from cadgen.lang.canonical import canonical
from cadgen.picture import Seen
from cadgen.program import Program, write
from cadgen.refine.eye import BELOW, MAIN, cameras
from cadgen.refine.fit import SAME, Fitted, begun, fit
from cadgen.refine.restructure import restructure
from cadgen.refine.view import Target, target_of
from cadgen.shape import PUBLISHED, Camera

_DOUBTFUL, _LIKER = 0.955, 0.01  # less alike, and the camera may be another; which it is where that is so much liker

_LIKENESS = attrgetter("likeness")


@dataclass(frozen=True)
class Refine:
    """What `choose` chooses, and before it a program of it made liker to the picture, if the sandbox confirms that.

    num_looks: so many programs are drawn for a picture, or a few hundred more. A quarter goes to fitting the first
    `num_starts` programs in turn, since the one that can be made liker need not be the one that is; a quarter to the
    best of these, and half to its structure. Programs that are no fold of steps stay as they are.
    """

    choose: Chooser
    num_looks: int = 3000
    num_starts: int = 4

    def __call__(self, offers: Offers, pictures: Sequence[Seen], execute: Execute) -> Offers:
        chosen = self.choose(offers, pictures, execute)
        liker = [self._liker(candidates, picture) for candidates, picture in zip(chosen, pictures, strict=True)]
        return running_first(liker, execute)

    def _liker(self, candidates: list[Candidate], seen: Seen) -> list[Candidate]:
        programs = list(dict.fromkeys(filter(None, map(_program, candidates))))[: self.num_starts]
        if not programs:
            return candidates
        best = _fitted(programs, [target_of(seen)], cameras(seen), self.num_looks)
        code = _text(best.program) if best else candidates[0].code
        if code == candidates[0].code:
            return candidates
        return [Candidate(code, None, 0, True), *candidates]


def _fitted(
    programs: Sequence[Program], targets: Sequence[Target], views: Sequence[Camera], num_looks: int
) -> Fitted | None:
    each = num_looks // (4 * len(programs))
    best: Fitted | None = None
    for program in programs:
        if best is None or best.likeness < SAME:
            start = begun(program, targets, [views])
            found = start and fit(start, targets, each, turning=_is_free(start))
            best = max(filter(None, (best, found)), key=_LIKENESS, default=None)
    if best is None:
        return None
    best = fit(best, targets, num_looks // 4, turning=_is_free(best))
    if best.likeness < _DOUBTFUL:
        turned = fit(best, targets, num_looks // 4, turning=True)
        best = turned if turned.likeness > best.likeness + _LIKER else best
    return restructure(best, targets, num_looks // 2)


def _is_free(one: Fitted) -> bool:
    """Whether a camera was estimated: those that are usual stay."""
    return any(camera not in (PUBLISHED, BELOW, *MAIN) for camera in one.cameras)


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
