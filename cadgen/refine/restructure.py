"""The structure of a program made to fit the picture: hill climbing over `neighbours`, each of them fitted."""

from collections.abc import Sequence, Set
from dataclasses import replace
from heapq import nlargest
from operator import attrgetter

from cadgen.refine.fit import SAME, Fitted, Search, fit
from cadgen.refine.move import Move, moves
from cadgen.refine.neighbour import neighbours
from cadgen.refine.view import Target

_SOME, _LOOKS_OF_SOME = 12, 12  # neighbours, and looks for what is new in each
_FEW, _LOOKS_OF_FEW = 4, 50  # the best of these, and looks for all their measures
_LOOKS_OF_BEST = 200
_LIKER = 0.002  # more numbers alone make a program a little liker
# Likeness from which on one structure may be all that is missing, and that the right one reaches. Below, what is liker
# is as often a distorted part (experiments/ablation_decoding/README.md).
_NEAR, _RIGHT = 0.9, 0.96
_LIKENESS = attrgetter("likeness")


def restructure(start: Fitted, targets: Sequence[Target], num_looks: int) -> Fitted:
    """The most like `targets` of the programs that a chain of neighbours leads to.

    The start stays unless another is nearly the picture. num_looks: a further round of neighbours begins while less is
    spent; a program takes one for each target.
    """
    best, each = start, len(targets)
    while num_looks > 0 and _NEAR <= best.likeness < SAME:
        drawn = [Search(replace(best, program=one), targets, each).best for one in neighbours(best.program)]
        known = set(moves(best.program))
        some = [_placed(one, known, targets) for one in nlargest(_SOME, drawn, key=_LIKENESS)]
        few = [fit(one, targets, each * _LOOKS_OF_FEW) for one in nlargest(_FEW, some, key=_LIKENESS)]
        liker = max(few, key=_LIKENESS, default=best)
        spent = len(drawn) + len(some) * _LOOKS_OF_SOME + len(few) * _LOOKS_OF_FEW + _LOOKS_OF_BEST
        num_looks -= each * spent
        if liker.likeness < best.likeness + _LIKER:
            break
        best = fit(liker, targets, each * _LOOKS_OF_BEST)
    return best if best.likeness >= _RIGHT else start


def _placed(one: Fitted, known: Set[Move], targets: Sequence[Target]) -> Fitted:
    """The program after the moves that a variant brought with it."""
    search = Search(one, targets, len(targets) * _LOOKS_OF_SOME)
    new = [move for move in moves(one.program) if move not in known]
    for distance in (16, 8, 4):
        for move in new:
            if not search.climb(move, distance):
                search.climb(move, -distance)
    return search.best
