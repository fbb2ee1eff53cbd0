"""Parts that lean as a whole: seen upright by a camera that leans, and turned over when they are right.

A part that leans, looked at from a known corner, shows what the upright one shows from another, with a rolled head.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import nlargest
from itertools import permutations, product
from math import inf
from operator import attrgetter
from warnings import catch_warnings

import numpy as np
from scipy.spatial.transform import Rotation

from cadgen.program import Circle, Extrude, Program, Tilt, Tilted, rectangle
from cadgen.refine.eye import Eye
from cadgen.refine.fit import FEWEST, Fitted, begun, fit, settle
from cadgen.refine.view import Target
from cadgen.shape import PUBLISHED, Camera

_TRIED, _STARTS = 8, 2  # starts that are settled, and that are fitted
_LOOKS = 120
_NONE = 2.0  # degrees; less is no turn
_LONG = tuple(
    (Extrude("union", "XY", -half, half, (loop,)),)
    for half in (40, 140, 280)
    for loop in (rectangle(-190, -140, 190, 140), Circle((0, 0), 110))
)
_QUARTERS = {  # degrees around x, y and z: of each turn one way
    tuple(np.rint(Rotation.from_euler("xyz", angles, degrees=True).as_matrix()).astype(int).ravel().tolist()): angles
    for angles in product((270, 180, 90, 0), repeat=3)
}


def leaning(targets: Sequence[Target], eyes: Sequence[Eye], until: float = inf) -> Iterator[Fitted]:
    """Plain parts that lean in the picture, fitted: of one alone, whose camera nobody told."""
    if len(targets) > 1 or not eyes[0].leaning:
        return
    starts = begun(_LONG, targets, [Eye(eyes[0].leaning)], until)
    free = [replace(one, views=tuple(replace(view, free=True) for view in one.views)) for one in starts]
    settled = [settle(one, targets, FEWEST, until) for one in nlargest(_TRIED, free, key=attrgetter("likeness"))]
    for one in nlargest(_STARTS, settled, key=attrgetter("worth")):
        yield fit(one, targets, _LOOKS, until)


def turned_over(program: Program, camera: Camera) -> Program | None:
    """The program of the same part leaning, which looks from the published corner as this one does from the camera.

    None where it does not lean, or something of it already does. Quarter turns come first, which are no leaning.
    """
    if any(isinstance(step, Tilted) for step in program):
        return None
    tilts = _tilts(PUBLISHED.axes.T @ camera.axes)
    return tuple(Tilted(body, tilts) for body in program if not isinstance(body, Tilted)) if tilts else None


def _tilts(turn_33: np.ndarray) -> tuple[Tilt, ...]:
    """The turn as whole degrees around as few axes as can be, and as few degrees, after quarter turns."""
    ways = [(_degrees(turn_33 @ np.reshape(quarter, (3, 3)).T), first) for quarter, first in _QUARTERS.items()]
    rest, first = min(ways, key=lambda way: _effort(way[0]))
    turns = [*enumerate(first), *rest]
    return tuple(Tilt(axis, (0, 0), degrees) for axis, degrees in turns if degrees)


def _degrees(turn_33: np.ndarray) -> list[tuple[int, int]]:
    """(axis, whole degrees) of turns one after another, in that order of the axes which takes the fewest."""
    turn, ways = Rotation.from_matrix(turn_33), []
    for order in permutations((0, 1, 2)):
        with catch_warnings(action="ignore"):  # that two of the turns are around one line, and one of them is left out
            angles = turn.as_euler("".join("xyz"[axis] for axis in order), degrees=True)
        ways.append(
            [(axis, round(angle) if abs(angle) > _NONE else 0) for axis, angle in zip(order, angles, strict=True)]
        )
    return min(ways, key=_effort)


def _effort(turns: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return sum(degrees != 0 for _, degrees in turns), sum(abs(degrees) for _, degrees in turns)
