"""The structure of a program made to fit the picture: hill climbing over `neighbours`, each of them fitted."""

from collections.abc import Sequence
from dataclasses import replace
from heapq import nlargest
from operator import attrgetter

from cadgen.refine.fit import SAME, Fitted, fit, settle
from cadgen.refine.neighbour import neighbours
from cadgen.refine.view import Target

_LOOKS_OF_SOME = 8  # for each neighbour
_FEW, _LOOKS_OF_FEW = 4, 50  # the best of these, and looks for all their measures
_LOOKS_OF_BEST = 200
# Likeness from which on one structure may be all that is missing, and that the right one reaches. Below, what is liker
# is as often a distorted part (experiments/ablation_decoding/README.md).
_NEAR, _RIGHT = 0.9, 0.96
_WORTH = attrgetter("worth")


def restructure(start: Fitted, targets: Sequence[Target], num_looks: int) -> Fitted:
    """The most like `targets` of the programs that a chain of neighbours leads to.

    The start stays unless another is nearly the picture. num_looks: a further round of neighbours begins while less is
    spent.
    """
    best = start
    while num_looks > 0 and _NEAR <= best.likeness < SAME:
        some = [settle(replace(best, program=one), targets, _LOOKS_OF_SOME) for one in neighbours(best.program)]
        few = [fit(one, targets, _LOOKS_OF_FEW) for one in nlargest(_FEW, some, key=_WORTH)]
        liker = max(few, key=_WORTH, default=best)
        num_looks -= len(some) * _LOOKS_OF_SOME + len(few) * _LOOKS_OF_FEW + _LOOKS_OF_BEST
        if liker.worth <= best.worth:
            break
        best = fit(liker, targets, _LOOKS_OF_BEST)
    return best if best.likeness >= _RIGHT else start
