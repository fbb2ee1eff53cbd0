"""Triangles of flat regions: at once for what is convex, or lies between two convex loops, else by manifold3d."""

from itertools import pairwise

import manifold3d
import numba
import numpy as np


def triangulate(points: np.ndarray, loop: np.ndarray, start: np.ndarray) -> np.ndarray:
    """(T, 3) points, counterclockwise. Loop i is loop[start[i] : start[i + 1]] and has the region on its left."""
    loops = [loop[a:b] for a, b in pairwise(start)]
    if len(loops) == 1 and _is_convex(points[loop], 1):
        return loop[_fan(len(loop))]
    if len(loops) == 2:
        outer, inner = loops if _is_convex(points[loops[0]], 1) else loops[::-1]
        if _is_convex(points[outer], 1) and _is_convex(points[inner], -1):
            return _between(points, outer, inner[::-1])
    return loop[manifold3d.triangulate([points[each] for each in loops])]


@numba.njit(cache=True, nogil=True)
def _is_convex(points, way):
    """Whether a loop turns left (way: 1) or right (-1) at each corner, once around."""
    num, rises = len(points), 0
    for i in range(num):
        a, b, c = points[i - 2], points[i - 1], points[i]
        ux, uy, vx, vy = b[0] - a[0], b[1] - a[1], c[0] - b[0], c[1] - b[1]
        if (ux * vy - uy * vx) * way <= 0:
            return False
        rises += (uy > 0 or (uy == 0 and ux > 0)) != (vy > 0 or (vy == 0 and vx > 0))
    return rises == 2


@numba.njit(cache=True, nogil=True)
def _fan(num):
    """Triangles of a convex loop of `num` corners, thick ones: every second corner is cut off, again and again."""
    triangles, left, at = np.empty((num - 2, 3), np.int64), np.arange(num), 0
    while len(left) > 2:
        kept = left[::2].copy()
        for i in range(len(left) // 2):
            triangles[at] = left[2 * i], left[2 * i + 1], left[(2 * i + 2) % len(left)]
            at += 1
        left = kept
    return triangles


@numba.njit(cache=True, nogil=True)
def _between(points, outer, inner):
    """Triangles between two convex loops, both counterclockwise.

    Each outer corner in turn takes the inner edges that it sees and that those before it have left.
    """
    num, many = len(outer), len(inner)
    triangles, at = np.empty((num + many, 3), np.int64), 0
    first = 0  # the corner where what outer[0] sees ends
    while first < many and _sees(points, outer[0], inner, first):
        first += 1
    while first > -many and not _sees(points, outer[0], inner, first - 1):
        first -= 1
    here = first
    for i in range(1, num + 1):
        corner = outer[i % num]
        triangles[at] = outer[i - 1], corner, inner[here % many]
        at += 1
        while here < first + many and _sees(points, corner, inner, here):
            triangles[at] = corner, inner[(here + 1) % many], inner[here % many]
            at += 1
            here += 1
    return triangles[:at]


@numba.njit(cache=True, nogil=True)
def _sees(points, corner, inner, i):
    """Whether the corner is on the outer side of the inner loop's edge from corner i."""
    p, a, b = points[corner], points[inner[i % len(inner)]], points[inner[(i + 1) % len(inner)]]
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) < 0
