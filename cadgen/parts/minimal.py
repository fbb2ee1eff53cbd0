"""Whether every step of a program changes the volume of its part.

Most steps are told by points inside their extrusion; what these leave open is told by the mesh kernel's volumes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np

from cadgen.kernel import volume
from cadgen.parts.clearance import chords_of, contains
from cadgen.program import AXES, Extrude, Program, box_of
from cadgen.shape import Solid
from cadgen.shape.mesh import signed_volume

_LEAST_CHANGE = 2e-4  # of the volume: what the smallest holes of published parts take away
_CLEAR = 0.04  # of a step: chords stand in for arcs, which is wrong by less
_NUM = 2048
# Steps of the plastic number spread points evenly over a cube.
_CUBE = (np.arange(_NUM)[:, None] * (0.8191725134, 0.6710436067, 0.5497004779) + 0.5) % 1.0


@dataclass(frozen=True)
class Change:
    """About what a step changes from empty to full or back: the share of its extrusion, and the volume."""

    share: float
    volume: float


_UNTOLD = Change(_CLEAR / 2, 0.0)


def changes(program: Program, largest: float) -> list[Change] | None:
    """Those of all steps but the first, told by points inside them; None where a step changes nothing.

    largest: a volume that the part stays below; where a change is seen to be large enough, points are left out. Points
    tell of extrusions only: with a step of another type all is left to volumes.
    """
    if len(program) == 1:
        return []
    extrusions = tuple(step for step in program if isinstance(step, Extrude))
    if len(extrusions) < len(program):
        return [_UNTOLD] * (len(program) - 1)
    outlines, found = _Outlines(extrusions), list[Change]()
    for num in range(1, len(program)):
        found.append(outlines.change(num, largest))
        if found[-1].share == 0:
            return None
    return found


def is_minimal(program: Program, told: Sequence[Change], solid: Solid) -> bool:
    """told: the `changes` of the program; solid: what it builds. Raises `NotCovered` where volumes cannot tell."""
    whole = signed_volume(solid.vertices, solid.triangles)
    unsure = [
        num for num, change in enumerate(told, 1) if change.share < _CLEAR or change.volume < 2 * _LEAST_CHANGE * whole
    ]
    volumes = {num: volume(program[:num]) for num in {*unsure, *(num + 1 for num in unsure)} - {len(program)}}
    volumes[len(program)] = whole
    return all(abs(volumes[num + 1] - volumes[num]) > _LEAST_CHANGE * whole for num in unsure)


class _Outlines:
    """The steps of a program as numbers: chords, where those of each step start, reach, axes, and what they do."""

    def __init__(self, program: Sequence[Extrude]) -> None:
        self.program = program
        chords = [chords_of(step.loops) for step in program]
        self.chords = np.concatenate(chords)
        self.start = np.cumsum([0, *map(len, chords)])
        self.reach = np.array(
            [
                (*each[:, :2].min(0), step.low, *each[:, :2].max(0), step.high)
                for each, step in zip(chords, program, strict=True)
            ]
        ).reshape(-1, 2, 3)
        self.axes = np.array([AXES[step.plane] for step in program])
        self.adds = np.array([step.operation == "union" for step in program])

    def change(self, num: int, largest: float) -> Change:
        step = self.program[num]
        left, bottom, right, top = box_of(step.loops)
        low = np.array([left, bottom, step.low], float)
        size = np.array([right, top, step.high]) - low
        enough = max(_CLEAR * _NUM, 2 * _LEAST_CHANGE * largest * _NUM / size.prod())
        lines = self.chords, self.start, self.reach, self.axes, self.adds
        inside, changed = _count(low, size, _CUBE, *lines, num, enough)
        return Change(changed / max(inside, 1), changed / _NUM * size.prod())


@numba.njit(cache=True, nogil=True)
def _count(low, size, cube, chords, start, reach, axes, adds, num, enough):
    """How many points spread over a box are inside step `num`, and at how many it matters, up to more than `enough`.

    low, size: (3,) of the box, along the axes of the step; cube: (n, 3), the points in a box from 0 to 1; chords: (S,
    7), those of each of P steps from start (P + 1,) on; reach: (P, 2, 3), low and high ends; axes: (P, 3) of the world,
    those of the plane first; adds: (P,) bool.
    """
    inside, changed = 0, 0
    point = np.empty(3)
    for i in range(len(cube)):
        for k in range(3):
            point[axes[num, k]] = low[k] + cube[i, k] * size[k]
        if not _is_in(point, chords, start, reach, axes, num):
            continue
        inside += 1
        last = num - 1  # the last step that reaches the point has decided whether it is full
        while last >= 0 and not _is_in(point, chords, start, reach, axes, last):
            last -= 1
        changed += (last >= 0 and adds[last]) != adds[num]
        if changed > enough:
            break
    return inside, changed


@numba.njit(cache=True, nogil=True)
def _is_in(point, chords, start, reach, axes, num):
    """Whether the point (3,), in the world, is inside the extrusion of step `num`; arrays as for `_count`."""
    for k in range(3):
        if not reach[num, 0, k] < point[axes[num, k]] < reach[num, 1, k]:
            return False
    return contains(chords[start[num] : start[num + 1]], point[axes[num, 0]], point[axes[num, 1]])
