"""The structure of a program made to fit the picture.

Hill climbing over `neighbours` and what lines and silhouettes ask for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from heapq import nlargest
from operator import attrgetter

from cadgen.program import Program
from cadgen.refine.bodies import deeper, missing
from cadgen.refine.fit import Fitted, fit, pruned, settle
from cadgen.refine.neighbour import neighbours
from cadgen.refine.residual import asked
from cadgen.refine.view import Target, right_of

_LOOKS_OF_TRIAL = 3  # for each change, coarse ones; they take a third of the time
_KEPT, _LOOKS_OF_SOME = 8, 8  # the best of these, and looks for its measures
_FEW, _LOOKS_OF_FEW = 2, 50  # the best of these, and looks for all their measures
_LOOKS_OF_BEST = 60
_LOOKS_OF_ROUND = 100  # at least, where a program has few neighbours
_PROMISING = 0.6  # of the changes: those that are likest before any measure of them is fitted
_LEAST = 0.002  # that a round gains, and another follows
_WORTH = attrgetter("worth")


def restructure(start: Fitted, targets: Sequence[Target], num_looks: int) -> Fitted:
    """The program that is worth most of those that a chain of changes leads to.

    num_looks: a further round of changes begins while less is spent on trying them; none where a round takes far more.
    What looks right is only moved along the sight, where the frame of the picture asks for it.
    """
    best, budget = pruned(start, targets), [num_looks]
    right = right_of(targets)
    while num_looks >= _LOOKS_OF_ROUND and budget[0] > 0:
        others = [*deeper(best)]
        if best.likeness < right:
            others = [*asked(best, targets), *missing(best, targets), *others, *neighbours(best.program)]
        some = _settled(best, others, targets, budget)
        if not some:
            break
        origin, liker = _likest(some, targets, budget)
        if liker.worth <= best.worth:
            break
        if _is_longer(liker, best):
            helped = [one for one in some if one.worth > best.worth and _is_longer(one, best) and one is not origin]
            liker = _together(liker, helped, targets)
        before, best = best, pruned(fit(liker, targets, _LOOKS_OF_BEST), targets)
        if best.worth < before.worth + _LEAST:
            break
    return best


def _is_longer(one: Fitted, other: Fitted) -> bool:
    return len(one.program) > len(other.program)


def _settled(best: Fitted, programs: Iterable[Program], targets: Sequence[Target], budget: list[int]) -> list[Fitted]:
    """Other programs in the views of the best; what looks bad before measures are fitted, or after a slide, is left.

    The budget, a list of one number, pays for the looks.
    """
    coarse = [target.coarse for target in targets]
    seen = [settle(replace(best, program=program), coarse, 1) for program in programs]
    promising = nlargest(max(_KEPT, int(_PROMISING * len(seen))), seen, key=_WORTH)
    tried = [settle(one, coarse, _LOOKS_OF_TRIAL) for one in promising]
    kept = nlargest(_KEPT, tried, key=_WORTH)
    budget[0] -= len(seen) // 2 + len(tried) + _LOOKS_OF_SOME * len(kept)
    return [settle(one, targets, _LOOKS_OF_SOME) for one in kept]


def _likest(some: Sequence[Fitted], targets: Sequence[Target], budget: list[int]) -> tuple[Fitted, Fitted]:
    """That which is worth most once a few of them are fitted, after what it was before."""
    few = nlargest(_FEW, some, key=_WORTH)
    budget[0] -= _LOOKS_OF_FEW * len(few)
    return max(((one, fit(one, targets, _LOOKS_OF_FEW)) for one in few), key=lambda pair: pair[1].worth)


def _together(best: Fitted, others: Sequence[Fitted], targets: Sequence[Target]) -> Fitted:
    """The best with the last step of each of the others that helps it too: different lines ask for them."""
    for other in others:
        both = settle(replace(best, program=(*best.program, other.program[-1])), targets, _LOOKS_OF_SOME)
        best = both if both.worth > best.worth else best
    return best
