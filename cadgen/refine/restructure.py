"""The structure of a program made to fit the picture.

Hill climbing over `neighbours` and what lines and silhouettes ask for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import nlargest
from itertools import chain
from math import inf
from operator import attrgetter
from time import monotonic

from cadgen.program import Program
from cadgen.refine.bodies import deeper, missing
from cadgen.refine.cornered import cornered
from cadgen.refine.fit import Fitted, Search, fit, in_time, pruned, settle
from cadgen.refine.neighbour import neighbours
from cadgen.refine.residual import asked
from cadgen.refine.suspect import suspects
from cadgen.refine.view import Target, right_of

_LOOKS_OF_TRIAL = 3  # for each change, coarse ones; they take a third of the time
_KEPT, _LOOKS_OF_SOME = 8, 8  # the best of these, and looks for its measures
_FEW, _LOOKS_OF_FEW = 2, 50  # the best of these, and looks for all their measures
_LOOKS_OF_BEST = 60
_LOOKS_OF_ROUND = 100  # at least, where a program has few neighbours
_PROMISING, _SHARE = 120, 0.2  # of the changes, at least: those that are likest before any measure of them is fitted
_LEAST = 0.002  # that a round gains, and another follows
_WORTH = attrgetter("worth")


def restructure(start: Fitted, targets: Sequence[Target], num_looks: int, until: float = inf) -> Fitted:
    """The program that is worth most of those that a chain of changes leads to.

    num_looks: a further round of changes begins while less is spent on trying them; none where a round takes far more.
    What looks right is only moved along the sight, where the frame of the picture asks for it. until: as for `fit`.
    """
    best, budget = pruned(start, targets, until), [num_looks]
    right = right_of(targets)
    while num_looks >= _LOOKS_OF_ROUND and budget[0] > 0 and monotonic() < until:
        others = [*deeper(best)]
        if best.likeness < right:
            others = [*_wanted(best, targets), *others, *neighbours(best.program, suspects(best, targets))]
        some = _settled(best, in_time(others, until), targets, budget, until)
        if not some:
            break
        origin, liker = _likest(some, targets, budget, until)
        if liker.worth <= best.worth:
            break
        if _is_longer(liker, best):
            helped = [one for one in some if one.worth > best.worth and _is_longer(one, best) and one is not origin]
            liker = _together(liker, in_time(helped, until), targets)
        before, best = best, pruned(fit(liker, targets, _LOOKS_OF_BEST, until), targets, until)
        if best.worth < before.worth + _LEAST:
            break
    return best


def grown(start: Fitted, targets: Sequence[Target], num_looks: int, until: float = inf) -> Fitted:
    """The program with what lines and silhouettes ask for, one step after another as long as that is worth it.

    Little is tried for each, and nothing is taken back: a start for `restructure`, whose other arguments are the same.
    """
    best, budget = start, [num_looks]
    while budget[0] > 0 and monotonic() < until and best.likeness < right_of(targets):
        some = _settled(best, in_time(_wanted(best, targets), until), targets, budget, until)
        helped = [one for one in some if one.worth > best.worth + _LEAST]
        if not helped:
            break
        liker = max(helped, key=_WORTH)
        best = _together(liker, (one for one in helped if one is not liker), targets)
    return fit(best, targets, _LOOKS_OF_BEST, until)


def _wanted(best: Fitted, targets: Sequence[Target]) -> Iterator[Program]:
    """With one step more that lines, silhouettes or corners ask for."""
    return chain(asked(best, targets), missing(best, targets), cornered(best, targets))


def _is_longer(one: Fitted, other: Fitted) -> bool:
    return len(one.program) > len(other.program)


def _settled(
    best: Fitted, programs: Iterable[Program], targets: Sequence[Target], budget: list[int], until: float
) -> list[Fitted]:
    """Other programs in the views of the best; what looks bad before measures are fitted, or after a slide, is left.

    The budget, a list of one number, pays for the looks.
    """
    coarse = [target.coarse for target in targets]
    seen = [Search(replace(best, program=program), coarse, _LOOKS_OF_TRIAL, until) for program in programs]
    promising = nlargest(max(_PROMISING, int(_SHARE * len(seen))), seen, key=lambda search: search.best.worth)
    tried = [search.settled() for search in promising]
    kept = nlargest(_KEPT, tried, key=_WORTH)
    budget[0] -= len(seen) // 2 + len(tried) + _LOOKS_OF_SOME * len(kept)
    return [settle(one, targets, _LOOKS_OF_SOME, until) for one in kept]


def _likest(
    some: Sequence[Fitted], targets: Sequence[Target], budget: list[int], until: float
) -> tuple[Fitted, Fitted]:
    """That which is worth most once a few of them are fitted, after what it was before."""
    few = nlargest(_FEW, some, key=_WORTH)
    budget[0] -= _LOOKS_OF_FEW * len(few)
    return max(((one, fit(one, targets, _LOOKS_OF_FEW, until)) for one in few), key=lambda pair: pair[1].worth)


def _together(best: Fitted, others: Iterable[Fitted], targets: Sequence[Target]) -> Fitted:
    """The best with the last step of each of the others that helps it too: different lines ask for them."""
    for other in others:
        both = settle(replace(best, program=(*best.program, other.program[-1])), targets, _LOOKS_OF_SOME)
        best = both if both.worth > best.worth else best
    return best
