"""Whether every step of a program changes the volume of its part.

Most steps are told by points inside their extrusion; what these leave open is told by the mesh kernel's volumes.
"""

import numba
import numpy as np

from cadgen.kernel import volume
from cadgen.lang import Program
from cadgen.lang.program import Extrusion
from cadgen.parts.clearance import chords_of, contains
from cadgen.parts.loop import box_of
from cadgen.shape import Solid
from cadgen.shape.mesh import signed_volume

_LEAST_CHANGE = 2e-4  # of the volume: what the smallest holes of published parts take away
_CLEAR = 0.04  # of a step: chords stand in for arcs, which is wrong by less
_AXES = {"XY": (0, 1, 2), "XZ": (0, 2, 1), "YZ": (1, 2, 0)}  # two in the plane, the swept one
_NUM = 2048
# Steps of the plastic number spread points evenly over a cube.
_CUBE = (np.arange(_NUM)[:, None] * (0.8191725134, 0.6710436067, 0.5497004779) + 0.5) % 1.0


def is_minimal(program: Program, solid: Solid) -> bool:
    """solid: what the program builds. Raises `NotCovered` where the mesh kernel cannot tell."""
    whole = signed_volume(solid.vertices, solid.triangles)
    chords = [chords_of(step.extrusion.loops) for step in program]
    unsure = []
    for num in range(1, len(program)):
        share, changed = _changed(program, chords, num)
        if share == 0:
            return False
        if share < _CLEAR or changed < 2 * _LEAST_CHANGE * whole:
            unsure.append(num)
    volumes = {num: volume(program[:num]) for num in {*unsure, *(num + 1 for num in unsure)} - {len(program)}}
    volumes[len(program)] = whole
    return all(abs(volumes[num + 1] - volumes[num]) > _LEAST_CHANGE * whole for num in unsure)


def _changed(program: Program, chords: list[np.ndarray], num: int) -> tuple[float, float]:
    """About the share of its extrusion, and the volume, that step `num` changes from empty to full or back."""
    added = program[num].extrusion
    left, bottom, right, top = box_of(added.loops)
    low = np.array([left, bottom, added.low], float)
    size = np.array([right, top, added.high]) - low
    flat = low + _CUBE * size
    points = np.empty_like(flat)
    points[:, _AXES[added.plane]] = flat
    full = _full(program, chords, num, points)
    inside = np.zeros(_NUM, np.bool_)
    _set(inside, True, points, chords[num], *_place(added))
    changed = inside & (full if program[num].operation == "cut" else ~full)
    return changed.sum() / max(inside.sum(), 1), changed.mean() * size.prod()


def _full(program: Program, chords: list[np.ndarray], num: int, points: np.ndarray) -> np.ndarray:
    """(N,) bool: which points are inside the part before step `num`."""
    full = np.zeros(len(points), np.bool_)
    for step, lines in zip(program[:num], chords, strict=False):
        _set(full, step.operation == "union", points, lines, *_place(step.extrusion))
    return full


def _place(extrusion: Extrusion) -> tuple[int, int, int, int, int]:
    return *_AXES[extrusion.plane], extrusion.low, extrusion.high


@numba.njit(cache=True, nogil=True)
def _set(full, value, points, chords, first, second, swept, low, high):
    for i in range(len(points)):
        point = points[i]
        if low < point[swept] < high and full[i] != value and contains(chords, point[first], point[second]):
            full[i] = value
