"""The structure of a program made to fit the picture: hill climbing over `neighbours`, each of them fitted."""

from collections.abc import Set
from heapq import nlargest
from operator import itemgetter

from cadgen.program import Program
from cadgen.refine.fit import SAME, Search, fit
from cadgen.refine.move import Move, moves
from cadgen.refine.neighbour import neighbours
from cadgen.refine.view import Look

_SOME, _LOOKS_OF_SOME = 12, 12  # neighbours, and looks for what is new in each
_FEW, _LOOKS_OF_FEW = 4, 50  # the best of these, and looks for all their measures
_LOOKS_OF_BEST = 200
_LIKER = 0.002  # more numbers alone make a program a little liker
# Likeness from which on one structure may be all that is missing, and that the right one reaches. Below, what is liker
# is as often a distorted part (experiments/ablation_decoding/README.md).
_NEAR, _RIGHT = 0.93, 0.97

_Found = tuple[Program, float]  # and its likeness


def restructure(program: Program, alike: float, target: Look, num_looks: int) -> _Found:
    """The most like `target` of the programs that a chain of neighbours leads to, and its likeness.

    alike: the likeness of `program`, which stays unless another is nearly the picture. num_looks: a further round of
    neighbours begins while less is spent.
    """
    unchanged = program, alike
    while num_looks > 0 and _NEAR <= alike < SAME:
        drawn = [(one, Search(one, target, 1).likeness) for one in neighbours(program)]
        known = set(moves(program))
        some = [_placed(one, known, target) for one, _ in nlargest(_SOME, drawn, key=itemgetter(1))]
        few = [fit(one, target, _LOOKS_OF_FEW) for one, _ in nlargest(_FEW, some, key=itemgetter(1))]
        best, liker = max(few, key=itemgetter(1), default=(program, alike))
        num_looks -= len(drawn) + len(some) * _LOOKS_OF_SOME + len(few) * _LOOKS_OF_FEW + _LOOKS_OF_BEST
        if liker < alike + _LIKER:
            break
        program, alike = fit(best, target, _LOOKS_OF_BEST)
    return (program, alike) if alike >= _RIGHT else unchanged


def _placed(program: Program, known: Set[Move], target: Look) -> _Found:
    """The program after the moves that a variant brought with it."""
    search = Search(program, target, _LOOKS_OF_SOME)
    new = [move for move in moves(program) if move not in known]
    for distance in (16, 8, 4):
        for move in new:
            if not search.climb(move, distance):
                search.climb(move, -distance)
    return search.best, search.likeness
