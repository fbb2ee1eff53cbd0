"""Triangles and edges on the screen: a z-buffer, and lines of one pixel where nothing hides them.

Shapes: V vertices, T triangles, P pieces of edges, H rows and W columns of the picture. On the screen are float64
columns and rows, pixel centres at halves, and nearness: how far towards the eye, in units of the solid.
"""

import numba
import numpy as np

from cadgen.shape.solid import Solid

_TIE = 1e-6  # pixels
_RIM = 1e-9  # of a triangle: a point as little outside is taken to be in it
_LEVEL = 1e-3  # pixels


def segments(solid: Solid) -> np.ndarray:
    """(P, 4) int32: two vertices of each piece of a B-rep edge, then the two faces that own the edge."""
    inner = np.ones(len(solid.edge_points), bool)
    inner[solid.edge_start[1:] - 1] = False
    at = np.flatnonzero(inner)
    edge = np.searchsorted(solid.edge_start, at, side="right") - 1
    return np.column_stack([solid.edge_points[at], solid.edge_points[at + 1], solid.edge_faces[edge]])


@numba.njit(cache=True, nogil=True)
def fill(screen, triangles, depth, owner, is_closed=False) -> None:
    """Z-buffer: each pixel centre takes the nearest triangle's nearness and number, in place.

    is_closed: triangles that are turned away are left out, since those of a closed mesh hide them.

    screen: (V, 3); triangles: (T, 3) int32; depth: (H, W) nearness, -inf where nothing is; owner: (H, W) int32
    triangles, left alone where nothing is.
    """
    height, width = depth.shape
    bounds = np.empty((3, 3))
    for t in range(len(triangles)):
        a, b, c = screen[triangles[t, 0]], screen[triangles[t, 1]], screen[triangles[t, 2]]
        double = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if abs(double) < 1e-12 or (is_closed and double > 0):
            continue
        left = max(0, int(np.ceil(min(a[0], b[0], c[0]) - 0.5)))
        right = min(width - 1, int(np.floor(max(a[0], b[0], c[0]) - 0.5)))
        top = max(0, int(np.ceil(min(a[1], b[1], c[1]) - 0.5)))
        bottom = min(height - 1, int(np.floor(max(a[1], b[1], c[1]) - 0.5)))
        if left > right or top > bottom:
            continue
        _bound(a, b, c, double, bounds)
        slope = ((b[1] - c[1]) * (a[2] - c[2]) + (c[1] - a[1]) * (b[2] - c[2])) / double  # of nearness along a row
        for row in range(top, bottom + 1):
            y = row + 0.5
            low, high = left - 0.25, right + 0.25
            for i in range(3):
                at = bounds[i, 0] + bounds[i, 1] * y - 0.5
                if bounds[i, 2] > 0:
                    low = max(low, at - bounds[i, 2])
                elif bounds[i, 2] < 0:
                    high = min(high, at - bounds[i, 2])
            first, last = int(np.ceil(low)), int(np.floor(high))
            while first <= last and not _is_in(a, b, c, double, first + 0.5, y):
                first += 1
            while first <= last and not _is_in(a, b, c, double, last + 0.5, y):
                last -= 1
            u, v = _shares(a, b, c, double, first + 0.5, y)
            near_first = u * a[2] + v * b[2] + (1.0 - u - v) * c[2]
            for column in range(first, last + 1):
                near = near_first + slope * (column - first)
                if near > depth[row, column]:
                    depth[row, column] = near
                    owner[row, column] = t


@numba.njit(cache=True, nogil=True)
def _shares(a, b, c, double, x, y) -> tuple:
    """Of the corners a and b in the point (x, y) of their triangle; the rest is that of c. double: as for `_bound`."""
    u = ((b[0] - x) * (c[1] - y) - (b[1] - y) * (c[0] - x)) / double
    v = ((c[0] - x) * (a[1] - y) - (c[1] - y) * (a[0] - x)) / double
    return u, v


@numba.njit(cache=True, nogil=True)
def _is_in(a, b, c, double, x, y) -> bool:
    """Whether the triangle has the point (x, y), or nearly."""
    u, v = _shares(a, b, c, double, x, y)
    return u >= -_RIM and v >= -_RIM and 1.0 - u - v >= -_RIM


@numba.njit(cache=True, nogil=True)
def _bound(a, b, c, double, bounds):
    """Writes a row of `bounds` (3, 3) for each side: at height y, the triangle is right or left of row[0] + row[1] * y.

    Give or take row[2], which is positive for right of it, negative for left, and 0 where a side is too level to tell.
    a, b, c: corners on the screen; double: twice the area, with the sign that `fill` gives it.
    """
    for i in range(3):
        p, q = ((b, c), (c, a), (a, b))[i]
        rise = q[1] - p[1]
        bounds[i] = 0.0
        if abs(rise) > _LEVEL:
            slope = (q[0] - p[0]) / rise
            bounds[i, 0], bounds[i, 1] = p[0] - slope * p[1], slope
            # How much further a point may be whose share of the triangle is -_RIM, and what rounding adds.
            slack = 1e-6 + 2 * _RIM * abs(double / rise)
            bounds[i, 2] = slack if rise * double < 0 else -slack


@numba.njit(cache=True, nogil=True)
def draw(ends, owners, face, depth, owner, tolerance, line) -> None:
    """One-pixel lines as a graphics card draws them: one pixel at each pixel centre along the longer direction.

    A line between two pixels takes the left one: half of a symmetric part's vertical edges fall there. ends: (P, 2, 3)
    on the screen; owners: (P, 2) int32 faces; face: (T,) int32 of each triangle; depth, owner: as `fill` left them;
    tolerance: nearness, of half a pixel; line: (H, W) bool, made True where a line is seen.
    """
    for s in range(len(ends)):
        a, b = ends[s]
        steep = abs(b[1] - a[1]) > abs(b[0] - a[0])
        start, length = (a[1], b[1] - a[1]) if steep else (a[0], b[0] - a[0])
        low, high = min(start, start + length), max(start, start + length)
        for step in range(int(np.ceil(low - 0.5)), int(np.floor(high - 0.5)) + 1):
            f = (step + 0.5 - start) / length if length != 0 else 0.0
            column = int(np.floor(a[0] + f * (b[0] - a[0]) - _TIE)) if steep else step
            row = step if steep else int(np.floor(a[1] + f * (b[1] - a[1])))
            if not (0 <= row < depth.shape[0] and 0 <= column < depth.shape[1]):
                continue
            if seen(row, column, a[2] + f * (b[2] - a[2]), owners[s], face, depth, owner, tolerance):
                line[row, column] = True


@numba.njit(cache=True, nogil=True)
def seen(row, column, near, owners, face, depth, owner, tolerance) -> bool:
    """False when all around the pixel is nearer and belongs to other faces than the two that own the edge.

    At a silhouette the pixel itself may show what lies behind or in front, so its neighbours are asked as well. near:
    of the edge at the pixel; owners: (2,) int32 faces; face, depth, owner, tolerance: as for `draw`.
    """
    if depth[row, column] <= near + tolerance:
        return True
    for r in range(max(0, row - 1), min(depth.shape[0], row + 2)):
        for c in range(max(0, column - 1), min(depth.shape[1], column + 2)):
            if depth[r, c] > near + 4 * tolerance or owner[r, c] < 0:
                continue
            if face[owner[r, c]] == owners[0] or face[owner[r, c]] == owners[1]:
                return True
    return False
