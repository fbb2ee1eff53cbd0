"""Triangles of a flat region between loops, by a sweep from left to right (de Berg et al., Computational Geometry).

Diagonals part the region into pieces that every vertical line meets in one stretch; these are triangulated in one pass.
All is turned first, by an angle at which no edge is vertical: rounding would tell the sides of such an edge wrong.

Of the helpers: points (n, 2) float64 are the turned ones; before, after: (n,) int64, the points next to each in its
loop; order: (n,) int64, points as the sweep meets them; rank: (n,) int64, the place of each in that.
"""

import numba
import numpy as np

_COSINE, _SINE = 0.8191725134, 0.5735524369  # of an angle that no other number has to do with
_EQUAL = 1e-9


@numba.njit(cache=True, nogil=True)
def triangulate(drawn: np.ndarray, start: np.ndarray) -> np.ndarray:
    """(T, 3) int64 rows of `drawn`, counterclockwise; none where loops touch or come so near that rounding misleads.

    drawn: (n, 2) float64, the points of all loops, which have the region on their left; start: (loops + 1,) int64,
    where each loop begins.
    """
    num = len(drawn)
    points = np.empty((num, 2))
    for i in range(num):
        points[i, 0] = _COSINE * drawn[i, 0] - _SINE * drawn[i, 1]
        points[i, 1] = _SINE * drawn[i, 0] + _COSINE * drawn[i, 1]
    before, after = np.arange(-1, num - 1), np.arange(1, num + 1)
    for i in range(len(start) - 1):
        before[start[i]], after[start[i + 1] - 1] = start[i + 1] - 1, start[i]
    order = _order(points)
    for i in range(1, num):
        if points[order[i], 0] == points[order[i - 1], 0] and points[order[i], 1] == points[order[i - 1], 1]:
            return np.empty((0, 3), np.int64)
    rank = np.empty(num, np.int64)
    rank[order] = np.arange(num)
    triangles = _pieces(points, after, rank, _diagonals(points, before, after, order, rank))
    return triangles if _cover(points, after, triangles) else triangles[:0]


@numba.njit(cache=True, nogil=True)
def _cover(points, after, triangles):
    """Whether the triangles (T, 3) are as large, all taken as positive, as what is between the loops."""
    large, inside = 0.0, 0.0
    for t in range(len(triangles)):
        large += abs(_turn(points, triangles[t, 0], triangles[t, 1], triangles[t, 2]))
    for i in range(len(points)):
        inside += _turn(points, 0, i, after[i])
    return abs(large - inside) <= _EQUAL * inside


@numba.njit(cache=True, nogil=True)
def _order(points):
    """(n,) int64: points from left to right, and upwards where two are as far left."""
    order = np.argsort(points[:, 0])
    for i in range(1, len(order)):
        at = order[i]
        while i > 0 and points[order[i - 1], 0] == points[at, 0] and points[order[i - 1], 1] > points[at, 1]:
            order[i] = order[i - 1]
            i -= 1
        order[i] = at
    return order


@numba.njit(cache=True, nogil=True)
def _turn(points, a, b, c):
    """Positive where the way over the points a -> b -> c turns left: twice the area of the triangle."""
    ux, uy = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1]
    return ux * (points[c, 1] - points[a, 1]) - uy * (points[c, 0] - points[a, 0])


@numba.njit(cache=True, nogil=True)
def _diagonals(points, before, after, order, rank):
    """(D, 2) int64: from every corner where the region opens or closes to one that sees it.

    floor: first points of the edges that run to the right under what the sweep line sees of the region. helper: the
    last point seen over such an edge; merges: whether the region closed there, so that it still lacks a diagonal.
    """
    floor, helper, merges = [order[0]], np.full(len(order), -1), np.zeros(len(order), np.bool_)
    floor.pop()
    found = [(0, 0)]
    for v in order:
        p, n = before[v], after[v]
        from_left, to_right = rank[p] < rank[v], rank[n] > rank[v]
        if from_left:
            if merges[helper[p]]:
                found.append((v, helper[p]))
            if p in floor:
                floor.remove(p)
        opens, convex = not from_left and to_right, _turn(points, p, v, n) > 0
        closes = from_left and not to_right
        if ((opens or closes) and not convex) or not (from_left or to_right):
            edge = _below(points, after, floor, v)
            if opens or merges[helper[edge]]:
                found.append((v, helper[edge]))
            helper[edge] = v
            merges[v] = closes
        if to_right:
            floor.append(v)
            helper[v] = v
    return np.array(found)[1:]


@numba.njit(cache=True, nogil=True)
def _below(points, after, floor, v):
    """The first point of the edge next below point v, or -1; floor: list of first points, as in `_diagonals`."""
    best, found = -np.inf, -1
    for a in floor:
        b = after[a]
        if _turn(points, a, b, v) > 0 and points[a, 0] < points[b, 0]:
            share = (points[v, 0] - points[a, 0]) / (points[b, 0] - points[a, 0])
            height = points[a, 1] + share * (points[b, 1] - points[a, 1])
            if height > best:
                best, found = height, a
    return found


@numba.njit(cache=True, nogil=True)
def _pieces(points, after, rank, diagonals):
    """(T, 3) int64: the triangles of all pieces; diagonals: (D, 2).

    Edge i runs from point i to the next, those above to and fro along diagonals.
    """
    num, many = len(points), len(diagonals)
    tail, head = np.empty(num + 2 * many, np.int64), np.empty(num + 2 * many, np.int64)
    tail[:num], head[:num] = np.arange(num), after
    for i in range(many):
        u, v = diagonals[i]
        tail[num + 2 * i], head[num + 2 * i], tail[num + 2 * i + 1], head[num + 2 * i + 1] = u, v, v, u
    leaving = [[0]]
    leaving.pop()
    extra = np.full(num, -1)
    for e in range(num, len(tail)):
        if extra[tail[e]] < 0:
            extra[tail[e]] = len(leaving)
            leaving.append([tail[e]])
        leaving[extra[tail[e]]].append(e)
    done, piece = np.zeros(len(tail), np.bool_), np.empty(len(tail), np.int64)
    triangles, at = np.empty((num + 2 * many, 3), np.int64), 0
    for first in range(len(tail)):
        e, length = first, 0
        while not done[e]:
            done[e] = True
            piece[length] = tail[e]
            length += 1
            v = head[e]
            e = v if extra[v] < 0 else _next(points, tail[e], v, head, leaving[extra[v]])
        if length > 2:
            at = _fill(points, rank, piece[:length], triangles, at)
    return triangles[:at]


@numba.njit(cache=True, nogil=True)
def _next(points, u, v, head, leaving):
    """Of the edges that leave point v, a list, the first one clockwise from the way back to point u, or -1.

    head: (n + 2 D,) int64, the point that each edge runs to.
    """
    best, found = np.inf, -1
    back = np.arctan2(points[u, 1] - points[v, 1], points[u, 0] - points[v, 0])
    for e in leaving:
        w = head[e]
        if w != u:
            turn = (back - np.arctan2(points[w, 1] - points[v, 1], points[w, 0] - points[v, 0])) % (2 * np.pi)
            if turn < best:
                best, found = turn, e
    return found


@numba.njit(cache=True, nogil=True)
def _fill(points, rank, piece, triangles, at):
    """How many triangles there are after those of one piece went into `triangles` (room, 3), in place from row `at`.

    piece: (k,) points, counterclockwise, whose lower and upper sides both run from left to right; so are the triangles.
    """
    num = len(piece)
    first, last = np.argmin(rank[piece]), np.argmax(rank[piece])
    order, upper = np.empty(num, np.int64), np.zeros(num, np.bool_)
    low, high = first, first
    for i in range(num):
        following, preceding = (low + 1) % num, (high - 1) % num
        if i == 0:
            order[i] = piece[first]
        elif low != last and (high == last or rank[piece[following]] <= rank[piece[preceding]]):
            order[i], low = piece[following], following
        else:
            order[i], high, upper[i] = piece[preceding], preceding, True
    stack, size = np.empty(num, np.int64), 2  # places in `order` that still want triangles
    stack[0], stack[1] = 0, 1
    for i in range(2, num):
        across = i == num - 1 or upper[i] != upper[stack[size - 1]]
        kept = size - 1
        while kept > 0:
            a, b, c = order[stack[kept - 1]], order[stack[kept]], order[i]
            left = _turn(points, a, b, c) * (-1 if upper[stack[kept]] else 1)
            if not across and left <= 0:
                break
            triangles[at] = a, b, c
            if upper[stack[kept]]:
                triangles[at] = b, a, c
            at += 1
            kept -= 1
        if across:
            stack[0], stack[1], size = stack[size - 1], i, 2
        else:
            stack[kept + 1], size = i, kept + 2
    return at
