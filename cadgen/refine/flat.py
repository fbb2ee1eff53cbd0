"""How points go with the dimensions of an extrusion on whose flat surfaces they lie: most surfaces are, so all at once.

Shapes: P points, M dimensions, S straight sides.
"""

from collections.abc import Iterator, Mapping, Sequence

import numba
import numpy as np

from cadgen.program import AXES, Arc, Extrude, Line, Loop, Path, Point
from cadgen.refine.dimension import Dimension

ON = 1e-3  # grid steps from a surface; points as near are on it


def segments_of(loops: Sequence[Loop]) -> Iterator[tuple[Point, Line | Arc]]:
    """The segments of all paths, each after the point where it starts."""
    for loop in loops:
        if isinstance(loop, Path):
            start = loop.start
            for segment in loop.segments:
                yield start, segment
                start = segment.end


def add_flat(
    step: Extrude,
    number: int,
    column: Mapping[Dimension, int],
    point_P3: np.ndarray,
    told_P33: np.ndarray,
    push_P3M: np.ndarray,
) -> None:
    """Adds what the flat surfaces of an extrusion tell, in place.

    number: of the step; column: of each dimension that is known. told_P33: normals by normals; push_P3M: normals by
    pushes, its last column for what is not known.
    """

    def at(axis: int, value: int) -> int:
        return column.get((None, axis, value), column.get((number, axis, value), -1))

    first, second, across = AXES[step.plane]
    ends = [(start, segment.end) for start, segment in segments_of(step.loops) if isinstance(segment, Line)]
    side_S22 = np.array(ends, float).reshape(-1, 2, 2)
    at_S22 = np.array([[(at(first, x), at(second, y)) for x, y in side] for side in ends], np.int64).reshape(-1, 2, 2)
    span_2, at_2 = np.array([step.low, step.high], float), np.array([at(across, step.low), at(across, step.high)])
    _add_prism(point_P3, np.array([first, second, across]), span_2, at_2, side_S22, at_S22, told_P33, push_P3M)


@numba.njit(cache=True, nogil=True)
def _add_prism(point, axes, span, at_ends, sides, at_sides, told, push) -> None:
    """Adds normals by normals to `told` (P, 3, 3), and normals by pushes to `push` (P, 3, M + 1), in place.

    point: (P, 3); axes: (3,) of the sketch, and across it; span: (2,) where the prism ends, and at_ends the numbers of
    these dimensions; sides: (S, 2, 2) from where to where each runs, and at_sides the numbers of these coordinates. A
    number of -1 is no dimension's.
    """
    first, second, across = axes
    for p in range(len(point)):
        x, y, z = point[p, first], point[p, second], point[p, across]
        for k in range(2):
            if abs(z - span[k]) < ON:
                told[p, across, across] += 1
                push[p, across, at_ends[k]] += 1
        if not span[0] - ON < z < span[1] + ON:
            continue
        for s in range(len(sides)):
            wx, wy = sides[s, 1, 0] - sides[s, 0, 0], sides[s, 1, 1] - sides[s, 0, 1]
            length = max(np.hypot(wx, wy), ON)
            nx, ny = -wy / length, wx / length
            ox, oy = x - sides[s, 0, 0], y - sides[s, 0, 1]
            share = (ox * wx + oy * wy) / length**2
            if abs(ox * nx + oy * ny) >= ON or share * length <= -ON or (share - 1) * length >= ON:
                continue
            told[p, first, first] += nx * nx
            told[p, first, second] += nx * ny
            told[p, second, first] += nx * ny
            told[p, second, second] += ny * ny
            for e in range(2):
                weight = share if e else 1 - share
                push[p, first, at_sides[s, e, 0]] += nx * nx * weight
                push[p, second, at_sides[s, e, 0]] += ny * nx * weight
                push[p, first, at_sides[s, e, 1]] += nx * ny * weight
                push[p, second, at_sides[s, e, 1]] += ny * ny * weight
