"""Choosing by making liker: programs whose measures are fitted to the pictures, and then their structure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from itertools import chain
from math import inf
from operator import attrgetter
from time import monotonic

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.choose import Chooser, Execute, running_first
from cadgen.decode.shot import Shots, eyes
from cadgen.lang import DialectError
from cadgen.lang.canonical import canonical
from cadgen.program import Program, write
from cadgen.refine.assembled import assembled
from cadgen.refine.bodies import pieces
from cadgen.refine.eye import Eye
from cadgen.refine.fit import FEWEST, Fitted, begun, blocks, fit, in_time, released, settle, solid_of
from cadgen.refine.leaning import leaning, turned_over
from cadgen.refine.plain import plainer
from cadgen.refine.restructure import grown, restructure
from cadgen.refine.turned import turned
from cadgen.refine.view import Target, framed, right_of, target_of
from cadgen.shape import PUBLISHED

_PROMISING, _FEW = 8, 3  # starts that are settled at full resolution, and that are fitted
_ABOUT_RIGHT = 0.9  # likeness
_NOT_BY_CHANCE = 0.005  # so much less alike, and the search goes on
_NEARLY = 0.015  # so much less alike, and what is seen is right, about: what is not seen may be made plain
_BEHIND = 0.08  # worth less by so much, and no other structure is tried
_DEAR = 0.02  # likeness: the price of what a simpler program may look as right as

_WORTH = attrgetter("worth")


@dataclass(frozen=True)
class Refine:
    """What `choose` chooses, and before it a program made liker to the pictures, if the sandbox confirms that.

    num_looks: about so many programs are drawn for a picture where what was written looks right, and up to some three
    times as many elsewhere: to settle the first `num_starts`, since the one that can be made liker need not be the one
    that is, to fit the best of these, and then for the structure.
    budget_s: for the search of a part, which then answers with the best so far; None: until its looks are spent, which
    gives the same answer on every machine.
    Programs that are no fold of steps stay as they are; where there are no others and none of them runs, a part built
    up from a block comes before them.
    """

    choose: Chooser
    num_looks: int = 3000
    num_starts: int = 24
    budget_s: float | None = None

    def __call__(self, offers: Offers, parts: Sequence[Shots], execute: Execute) -> Offers:
        chosen = self.choose(offers, parts, execute)
        liker = [self._liker(candidates, shots, execute) for candidates, shots in zip(chosen, parts, strict=True)]
        return running_first(liker, execute)

    def _liker(self, candidates: list[Candidate], shots: Shots, execute: Execute) -> list[Candidate]:
        programs = list(dict.fromkeys(filter(None, map(_program, candidates))))[: self.num_starts]
        if not programs and any(execution.ok for execution in execute([one.code for one in candidates])):
            return candidates
        targets = [target_of(shot.seen) for shot in shots]
        until = inf if self.budget_s is None else monotonic() + self.budget_s
        best = _Hunt(targets, eyes(shots), self.num_looks, until).best_from(programs)
        code = _text(best.program)
        if candidates and code == candidates[0].code:
            return [replace(candidates[0], cameras=best.cameras), *candidates[1:]]
        return [Candidate(code, None, 0, True, best.cameras), *candidates]


@dataclass(frozen=True)
class _Hunt:
    """A search for the part of `targets`, seen by `eyes`; it ends with its looks or when `monotonic()` is `until`."""

    targets: Sequence[Target]
    eyes: Sequence[Eye]
    num_looks: int
    until: float

    def best_from(self, programs: Sequence[Program]) -> Fitted:
        """What the search comes to.

        An eighth of the looks for settling all programs, two for fitting the likest of them, and one for the structure
        of that, and of each start without them, until one looks right at a fair price. The best of all goes on with
        half of the looks unless it looks right; then what the pictures leave open is made plain.
        """
        right, few = right_of(self.targets) - _NOT_BY_CHANCE, self.num_looks // 8
        settled = self._settled(programs)
        tried = settled[:1]
        for start in in_time(self._starts(settled), self.until):
            is_far = bool(tried) and start.worth < max(map(_WORTH, tried)) - _BEHIND
            there = start if is_far else self._turned_over(restructure(start, self.targets, few, self.until))
            tried.append(there)
            if there.likeness > right and there.worth > right - _DEAR and not self._leans(there):
                break
        best = released(max(tried, key=_WORTH), self.eyes)
        best = fit(best, self.targets, self.num_looks // 16, self.until)
        if best.likeness <= right:
            best = restructure(best, self.targets, self.num_looks // 2, self.until)
        best = self._turned_over(best)
        return plainer(best, self.targets, self.until) if best.likeness > right - _NEARLY else best

    def _settled(self, programs: Sequence[Program]) -> list[Fitted]:
        """The likest of the programs, with their measures about right; none where none can be built."""
        coarse = [target.coarse for target in self.targets]
        starts = begun(programs, self.targets, self.eyes, self.until)
        share = max(FEWEST, self.num_looks // 8 // max(1, len(starts)))
        there = [settle(one, coarse, share, self.until) for one in in_time(starts, self.until)]
        promising = nlargest(_PROMISING, there, key=_WORTH)
        there = [settle(one, self.targets, share, self.until) for one in in_time(promising, self.until)]
        return nlargest(_FEW, there, key=_WORTH)

    def _starts(self, settled: Sequence[Fitted]) -> Iterator[Fitted]:
        """What was written comes first where it is like enough for its structure to be about right, else last."""
        is_near = bool(settled) and settled[0].likeness > _ABOUT_RIGHT
        if is_near:
            yield self._likest(settled)
        known = self.targets, self.eyes, self.until
        for one in chain(assembled(*known), turned(*known), leaning(*known)):
            if one.likeness > _ABOUT_RIGHT:
                there = self._turned_over(one)
                yield there if there.worth > one.worth else one
        for one in chain(pieces(*known), blocks(*known)):
            yield grown(one, self.targets, self.num_looks // 8, self.until)
        if settled and not is_near:
            yield self._likest(settled)

    def _likest(self, settled: Sequence[Fitted]) -> Fitted:
        num_looks = self.num_looks // 8
        few = [fit(one, self.targets, num_looks // _FEW, self.until) for one in in_time(settled, self.until)]
        return fit(max(few, key=_WORTH), self.targets, num_looks, self.until)

    def _leans(self, one: Fitted) -> bool:
        """Whether the part would have to lean for one picture of the published look to show it so."""
        (target, *more), (eye, *_) = self.targets, self.eyes
        return not more and target.exact and bool(eye.guessed) and one.cameras[0] not in eye.usual

    def _turned_over(self, best: Fitted) -> Fitted:
        """The same part leaning, where one picture of the published look shows it so, and that is worth about as much.

        What is seen from a camera that is known or usual stands upright.
        """
        if not self._leans(best):
            return best
        (target,) = self.targets
        program = turned_over(best.program, best.cameras[0])
        leant = program and _canonical(program)
        solid = leant and solid_of(leant)
        if not leant or not solid:
            return best
        start = Fitted(leant, (framed(solid, PUBLISHED, target),), 0.0)
        there = fit(start, self.targets, self.num_looks // 10, self.until)
        return there if there.worth > best.worth - _DEAR / 2 else best


def _text(program: Program) -> str:
    """Without what fitting may have left: corners that coincide or lie in a line."""
    return write(_canonical(program) or program)


def _canonical(program: Program) -> Program | None:
    try:
        return canonical(write(program), grid=1)
    except DialectError:
        return None


def _program(candidate: Candidate) -> Program | None:
    try:
        return canonical(candidate.code, grid=1)
    except DialectError:
        return None
