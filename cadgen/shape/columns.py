"""Volumes by columns: a solid is what parallel lines, one a cell of a grid, run through.

It needs no manifold: bodies may overlap, touch or cross themselves, inside is where more surfaces were entered than
left. Each line stands at a place of its own in its cell (golden and silver steps), so that faces parallel to the grid
cost no more accuracy than others.

The functions below count x and y in cells: a grid of num x num, cell row * num + column, the line of which stands at
(column + place_x[row], row + place_y[column]). Coordinates are float64, numbers of things int64.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np

from cadgen.shape.mesh import Body

_GOLDEN, _SILVER = (np.sqrt(5) - 1) / 2, np.sqrt(2) - 1


@dataclass(frozen=True)
class Grid:
    """num x num columns along z over the rectangle from `low` (2,) to `high` (2,)."""

    low: np.ndarray
    high: np.ndarray
    num: int


@dataclass(frozen=True)
class Columns:
    """Where the lines run inside: column i has the stretches start[i]:start[i + 1] of `stretch` (S, 2), ascending z."""

    grid: Grid
    start: np.ndarray
    stretch: np.ndarray

    @property
    def volume(self) -> float:
        cell = np.prod(self.grid.high - self.grid.low) / self.grid.num**2
        return float((self.stretch[:, 1] - self.stretch[:, 0]).sum() * cell)

    def points(self, num: int) -> np.ndarray:
        """(num, 3), evenly over the volume: golden steps along all stretches laid end to end.

        Steps of equal length would fall in with columns of equal length and meet them all at one height.
        """
        ends = np.cumsum(self.stretch[:, 1] - self.stretch[:, 0])
        if not len(ends):
            return np.zeros((num, 3))
        along = np.arange(1, num + 1) * _GOLDEN % 1 * ends[-1]
        which = np.minimum(np.searchsorted(ends, along), len(ends) - 1)
        cell = np.searchsorted(self.start, which, side="right") - 1
        row, column = np.divmod(cell, self.grid.num)
        place_x, place_y = _places(self.grid.num)
        in_cells = np.stack([column + place_x[row], row + place_y[column]], axis=1)
        flat = self.grid.low + in_cells * (self.grid.high - self.grid.low) / self.grid.num
        return np.column_stack([flat, self.stretch[which, 1] - (ends[which] - along)])

    def hits(self, points: np.ndarray, matrices: np.ndarray) -> np.ndarray:
        """(K,): how many of the points (N, 3), turned by each of (K, 3, 3), lie inside, by the line of their cell."""
        size = np.array([*_extent(self.grid) / self.grid.num, 1.0])
        low = np.array([*self.grid.low, 0.0]) / size
        return _hits(points, matrices / size[:, None], low, self.start, self.stretch, self.grid.num)


def grid_over(points: np.ndarray, num: int) -> Grid:
    """The grid that covers the points (N, 3) as seen along z."""
    return Grid(points[:, :2].min(0), points[:, :2].max(0), num)


def cut(bodies: Sequence[Body], grid: Grid) -> Columns:
    """The columns of the union of the bodies."""
    offsets = np.cumsum([0, *(len(body.vertices) for body in bodies[:-1])])
    points = np.concatenate([body.vertices for body in bodies])
    triangles = np.concatenate([body.triangles + offset for body, offset in zip(bodies, offsets, strict=True)])
    return cut_triangles(points, triangles, grid)


def cut_triangles(points: np.ndarray, triangles: np.ndarray, grid: Grid) -> Columns:
    """The columns of closed, outward meshes."""
    scaled = np.column_stack([(points[:, :2] - grid.low) * (grid.num / _extent(grid)), points[:, 2]])
    start, stretch = _cut(scaled, triangles, *_places(grid.num), grid.num)
    return Columns(grid, start, stretch)


def shared_volume(a: Columns, b: Columns) -> float:
    """The volume inside both; they must stand on the same grid."""
    assert a.grid is b.grid
    cell = np.prod(a.grid.high - a.grid.low) / a.grid.num**2
    return float(_shared(a.start, a.stretch, b.start, b.stretch) * cell)


def _extent(grid: Grid) -> np.ndarray:
    return np.maximum(grid.high - grid.low, 1e-300)


def _places(num: int) -> tuple[np.ndarray, np.ndarray]:
    """Where in its cell the line stands: x by the cell's row, y by its column, in [0, 1)."""
    steps = np.arange(num) + 0.5
    return steps * _GOLDEN % 1, steps * _SILVER % 1


@numba.njit(cache=True, nogil=True)
def _cut(points, triangles, place_x, place_y, num):
    """(num^2 + 1,) start and (S, 2) stretch of `Columns`.

    points: (V, 3), x and y in cells; triangles: (T, 3) int64, outward; place_x, place_y: (num,), of `_places`.
    """
    first = np.zeros(num * num + 1, np.int64)
    cell, height, step = _cross(points, triangles, place_x, place_y, num)
    for c in cell:
        first[c + 1] += 1
    for c in range(num * num):
        first[c + 1] += first[c]
    order = np.empty(len(cell), np.int64)
    free = first[:-1].copy()
    for k in range(len(cell)):
        c = cell[k]
        at = free[c]  # insertion sort: a column crosses a handful of faces
        while at > first[c] and height[order[at - 1]] > height[k]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = k
        free[c] += 1
    start = np.zeros(num * num + 1, np.int64)
    stretch = np.empty((len(cell), 2))
    total = 0
    for c in range(num * num):
        depth = 0
        for at in range(first[c], first[c + 1]):
            k = order[at]
            if depth <= 0 < depth + step[k]:
                stretch[total, 0] = height[k]
            elif depth + step[k] <= 0 < depth:
                stretch[total, 1] = height[k]
                total += stretch[total, 1] > stretch[total, 0]
            depth += step[k]
        start[c + 1] = total
    return start, stretch[:total].copy()


@numba.njit(cache=True, nogil=True)
def _cross(points, triangles, place_x, place_y, num):
    """Every crossing of a line and a triangle, going up: (C,) cell, (C,) z, (C,) +1 for going in and -1 for going out.

    Arguments as for `_cut`; crossings come triangle by triangle.
    """
    room, count = 64 * num, 0
    cell, height, step = np.empty(room, np.int64), np.empty(room), np.empty(room, np.int64)
    for t in range(len(triangles)):
        i, j, k = triangles[t]
        a, b, c = _corner(points, i), _corner(points, j), _corner(points, k)
        u_x, u_y, u_0 = _side(points, j, k)
        v_x, v_y, v_0 = _side(points, k, i)
        w_x, w_y, w_0 = _side(points, i, j)
        z_x, z_y = _slope(a, b, c)
        bottom, top = min(a[2], b[2], c[2]), max(a[2], b[2], c[2])
        low, high = max(0, int(min(a[1], b[1], c[1]))), min(num - 1, int(max(a[1], b[1], c[1])))
        for row in range(low, high + 1):
            if count + num > room:
                room *= 2
                cell, height, step = _more(cell, room), _more(height, room), _more(step, room)
            left, right = _reach(a, b, c, row)
            for column in range(max(0, int(left)), min(num - 1, int(right)) + 1):
                x, y = column + place_x[row], row + place_y[column]
                side = u_x * x + u_y * y + u_0 > 0
                if (v_x * x + v_y * y + v_0 > 0) != side or (w_x * x + w_y * y + w_0 > 0) != side:
                    continue
                cell[count], step[count] = row * num + column, -1 if side else 1
                height[count] = min(max(a[2] + z_x * (x - a[0]) + z_y * (y - a[1]), bottom), top)
                count += 1
    return cell[:count], height[:count], step[:count]


@numba.njit(cache=True, nogil=True)
def _corner(points, i):
    """x, y, z of row i of points (V, 3): numbers, as a view would be counted wherever it is handed on."""
    return points[i, 0], points[i, 1], points[i, 2]  # numbers, not a view: a view is counted wherever it is handed on


@numba.njit(cache=True, nogil=True)
def _side(points, i, j):
    """p, q, r: p x + q y + r > 0 to the left of the edge from point i to point j, rows of points (V, 3).

    Computed from the lower to the higher index, so that both owners of an edge have the same numbers with the opposite
    sign; no line goes through an edge exactly.
    """
    low, high = (i, j) if i < j else (j, i)
    x, y = points[low, 0], points[low, 1]
    p, q = y - points[high, 1], points[high, 0] - x
    r = -(p * x + q * y)
    return (p, q, r) if i < j else (-p, -q, -r)


@numba.njit(cache=True, nogil=True)
def _slope(a, b, c):
    """How z rises with x and with y on the plane of a triangle, 0 where it stands upright; a, b, c: (x, y, z)."""
    bx, by, bz, cx, cy, cz = b[0] - a[0], b[1] - a[1], b[2] - a[2], c[0] - a[0], c[1] - a[1], c[2] - a[2]
    area = bx * cy - by * cx
    return ((bz * cy - by * cz) / area, (bx * cz - bz * cx) / area) if area != 0 else (0.0, 0.0)


@numba.njit(cache=True, nogil=True)
def _reach(a, b, c, row):
    """The smallest and the largest x of a triangle between the heights row and row + 1, and a hair more.

    a, b, c: (x, y, z), x and y in cells; left is greater than right where the triangle is not there.
    """
    left, right = 1e18, -1e18
    for p, q in ((a, b), (b, c), (c, a)):
        first, last = max(min(p[1], q[1]), row), min(max(p[1], q[1]), row + 1)
        if first > last:
            continue
        start, end = p[0], q[0]
        if p[1] != q[1]:
            slope = (q[0] - p[0]) / (q[1] - p[1])
            start, end = p[0] + slope * (first - p[1]), p[0] + slope * (last - p[1])
        left, right = min(left, start, end), max(right, start, end)
    return left - 1e-6, right + 1e-6


@numba.njit(cache=True, nogil=True)
def _more(array, room):
    """(room,) of the same dtype, which begins as `array` (n,) does."""
    larger = np.empty(room, array.dtype)
    larger[: len(array)] = array
    return larger


@numba.njit(cache=True, nogil=True)
def _hits(points, matrices, low, start, stretch, num):
    """(K,): how many of the points (N, 3), turned by each of (K, 3, 3) matrices, lie inside, by the line of their cell.

    The matrices also scale x and y to cells; low: (3,), their lowest, in cells; start, stretch: of `Columns` of num x
    num.
    """
    counts = np.zeros(len(matrices), np.int64)
    for k in range(len(matrices)):
        m = matrices[k]
        for p in range(len(points)):
            x, y, z = _corner(points, p)
            column = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z - low[0]
            row = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z - low[1]
            if 0 <= column < num and 0 <= row < num:
                height = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z
                cell = int(row) * num + int(column)
                for s in range(start[cell], start[cell + 1]):
                    counts[k] += stretch[s, 0] <= height <= stretch[s, 1]
    return counts


@numba.njit(cache=True, nogil=True)
def _shared(start_a, stretch_a, start_b, stretch_b):
    """Length inside both, over all columns, in units of z; starts (C + 1,) and stretches (S, 2) of `Columns`."""
    total = 0.0
    for c in range(len(start_a) - 1):
        i, j = start_a[c], start_b[c]
        while i < start_a[c + 1] and j < start_b[c + 1]:
            low, high = max(stretch_a[i, 0], stretch_b[j, 0]), min(stretch_a[i, 1], stretch_b[j, 1])
            if high > low:
                total += high - low
            if stretch_a[i, 1] < stretch_b[j, 1]:
                i += 1
            else:
                j += 1
    return total
