"""Choosing by making liker: programs whose measures are fitted to the pictures, and then their structure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from operator import attrgetter

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.choose import Chooser, Execute, running_first
from cadgen.decode.shot import Shots, eyes
from cadgen.lang import DialectError
from cadgen.lang.canonical import canonical
from cadgen.program import Program, write
from cadgen.refine.bodies import pieces
from cadgen.refine.eye import Eye
from cadgen.refine.fit import FEWEST, Fitted, begun, blocks, fit, released, settle, solid_of
from cadgen.refine.leaning import leaning, turned_over
from cadgen.refine.restructure import restructure
from cadgen.refine.view import Target, framed, right_of, target_of
from cadgen.shape import PUBLISHED

_PROMISING, _FEW = 8, 3  # starts that are settled at full resolution, and that are fitted
_ABOUT_RIGHT = 0.9  # likeness
_NOT_BY_CHANCE = 0.005  # so much less alike, and the search goes on
_DEAR = 0.02  # likeness: the price of what a simpler program may look as right as

_WORTH = attrgetter("worth")


@dataclass(frozen=True)
class Refine:
    """What `choose` chooses, and before it a program made liker to the pictures, if the sandbox confirms that.

    num_looks: about so many programs are drawn for a picture where what was written looks right, and up to some three
    times as many elsewhere: to settle the first `num_starts`, since the one that can be made liker need not be the one
    that is, to fit the best of these, and then for the structure, as `_fitted` shares them out.
    Programs that are no fold of steps stay as they are; where there are no others and none of them runs, a part built
    up from a block comes before them.
    """

    choose: Chooser
    num_looks: int = 3000
    num_starts: int = 24

    def __call__(self, offers: Offers, parts: Sequence[Shots], execute: Execute) -> Offers:
        chosen = self.choose(offers, parts, execute)
        liker = [self._liker(candidates, shots, execute) for candidates, shots in zip(chosen, parts, strict=True)]
        return running_first(liker, execute)

    def _liker(self, candidates: list[Candidate], shots: Shots, execute: Execute) -> list[Candidate]:
        programs = list(dict.fromkeys(filter(None, map(_program, candidates))))[: self.num_starts]
        if not programs and any(execution.ok for execution in execute([one.code for one in candidates])):
            return candidates
        targets = [target_of(shot.seen) for shot in shots]
        some = eyes(shots)
        best = _turned_over(_fitted(programs, targets, some, self.num_looks), targets, some, self.num_looks // 10)
        code = _text(best.program)
        if candidates and code == candidates[0].code:
            return [replace(candidates[0], cameras=best.cameras), *candidates[1:]]
        return [Candidate(code, None, 0, True, best.cameras), *candidates]


def _fitted(programs: Sequence[Program], targets: Sequence[Target], some: Sequence[Eye], num_looks: int) -> Fitted:
    """What the search came to.

    An eighth of the looks for settling all, two for fitting the likest of what was written, and one for the structure
    of that, and of each block that the part is built up from, until one looks right at a fair price. The best of all
    goes on with half of the looks unless it looks right.
    """
    right, tried = right_of(targets) - _NOT_BY_CHANCE, list[Fitted]()
    for start in _starts(_settled(programs, targets, some, num_looks // 8), targets, some, num_looks // 8):
        tried.append(restructure(start, targets, num_looks // 8))
        if tried[-1].likeness > right and tried[-1].worth > right - _DEAR:
            break
    best = fit(released(max(tried, key=_WORTH), some), targets, num_looks // 16)
    return best if best.likeness > right else restructure(best, targets, num_looks // 2)


def _turned_over(best: Fitted, targets: Sequence[Target], some: Sequence[Eye], num_looks: int) -> Fitted:
    """The same part leaning, where one picture of the published look shows it so, and that is worth about as much.

    What is seen from a camera that is known or usual stands upright.
    """
    if len(targets) > 1 or not targets[0].exact or not some[0].guessed or best.cameras[0] in some[0].usual:
        return best
    program = turned_over(best.program, best.cameras[0])
    leant = program and _canonical(program)
    solid = leant and solid_of(leant)
    if not leant or not solid:
        return best
    there = fit(Fitted(leant, (framed(solid, PUBLISHED, targets[0]),), 0.0), targets, num_looks)
    return there if there.worth > best.worth - _DEAR / 2 else best


def _settled(
    programs: Sequence[Program], targets: Sequence[Target], some: Sequence[Eye], num_looks: int
) -> list[Fitted]:
    """The likest of the programs, with their measures about right; none where none can be built."""
    coarse, starts = [target.coarse for target in targets], begun(programs, targets, some)
    share = max(FEWEST, num_looks // max(1, len(starts)))
    promising = nlargest(_PROMISING, [settle(one, coarse, share) for one in starts], key=_WORTH)
    return nlargest(_FEW, [settle(one, targets, share) for one in promising], key=_WORTH)


def _starts(
    settled: Sequence[Fitted], targets: Sequence[Target], some: Sequence[Eye], num_looks: int
) -> Iterator[Fitted]:
    """What was written comes first where it is like enough for its structure to be about right, else last."""
    is_near = bool(settled) and settled[0].likeness > _ABOUT_RIGHT
    if is_near:
        yield _likest(settled, targets, num_looks)
    for one in leaning(targets, some):
        if one.likeness > _ABOUT_RIGHT:
            there = _turned_over(one, targets, some, num_looks)
            yield there if there.worth > one.worth else one
    yield from pieces(targets, some)
    yield from blocks(targets, some)
    if settled and not is_near:
        yield _likest(settled, targets, num_looks)


def _likest(settled: Sequence[Fitted], targets: Sequence[Target], num_looks: int) -> Fitted:
    few = [fit(one, targets, num_looks // _FEW) for one in settled]
    return fit(max(few, key=_WORTH), targets, num_looks)


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
