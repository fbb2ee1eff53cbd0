"""The walls and ends of what stands over a plan: between levels each side of each edge is full or empty.

Point p of the plan at level k is vertex k * V + p. A wall stands where full meets empty, an end where what is below and
above a level differ.

Shapes: V points, E edges and R rings of the plan; L layers; K levels; K + 1 slabs, slab s under level s, so that the
first and the last are outside; T triangles. Arrays are int64 or float64 where nothing else is said.
"""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def filled(
    inside: np.ndarray, chord: np.ndarray, member: np.ndarray, span: np.ndarray, adds: np.ndarray, num_levels: int
) -> tuple[np.ndarray, np.ndarray]:
    """(2, E, K + 1) bool: where it is full beside the edges; (E, K + 1): the chord that made the wall there, or -1.

    inside: (2, E, R) bool, which rings a side of an edge lies in; chord: (E, R), as in `Plan`; member: (L, R) bool, the
    rings of each layer, which is full where an odd number of them are around; span: (L, 2) its levels; adds: (L,) bool,
    whether it adds or takes away.
    """
    num = inside.shape[1]
    full, maker = np.zeros((2, num, num_levels + 1), np.bool_), np.full((num, num_levels + 1), -1)
    odd = np.zeros(2, np.bool_)
    for e in range(num):
        for i in range(len(span)):
            odd[:], own = False, -1
            for r in range(len(member[i])):
                if member[i, r]:
                    odd[0] ^= inside[0, e, r]
                    odd[1] ^= inside[1, e, r]
                    own = chord[e, r] if own < 0 else own
            for s in range(span[i, 0] + 1, span[i, 1] + 1):
                before = np.int64(full[0, e, s]) - np.int64(full[1, e, s])
                for k in range(2):
                    if odd[k]:
                        full[k, e, s] = adds[i]
                if np.int64(full[0, e, s]) - np.int64(full[1, e, s]) != before:
                    maker[e, s] = own
    return full, maker


@numba.njit(cache=True, nogil=True)
def is_manifold(edges: np.ndarray, left: np.ndarray, right: np.ndarray, num_points: int) -> bool:
    """Whether no more than two walls and ends meet anywhere in an edge of the solid.

    edges: (E, 2) points; left, right: (E, K + 1) bool, whether it is full beside them.
    """
    num_slabs = left.shape[1]
    walls = np.zeros((num_points, num_slabs), np.int8)
    for e in range(len(edges)):
        for s in range(num_slabs):
            if left[e, s] == right[e, s]:
                continue
            walls[edges[e, 0], s] += 1
            walls[edges[e, 1], s] += 1
            if left[e, s] != left[e, s + 1] and left[e, s] == right[e, s + 1] and right[e, s] == left[e, s + 1]:
                return False
    for p in range(num_points):
        for s in range(num_slabs):
            if walls[p, s] != 0 and walls[p, s] != 2:
                return False
    return True


@numba.njit(cache=True, nogil=True)
def walls(
    edges: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    maker: np.ndarray,
    inside: np.ndarray,
    start: np.ndarray,
    num_points: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(T, 3) triangles, (T,) the chord that made the wall of each, (T,) 2 r, or 2 r + 1 where ring r is full inside.

    edges, left, right: as for `is_manifold`; maker: (E, K + 1), of `filled`; inside: (E, R) bool, whether the left of
    an edge lies in a ring; start: (R + 1,) where the chords of each ring begin.

    A wall has corners at the levels where something changes at its sides.
    """
    num_slabs = left.shape[1]
    wall = np.zeros((len(edges), num_slabs), np.int64)
    changes = np.zeros((num_points, num_slabs), np.bool_)  # at the level above each slab
    for e in range(len(edges)):
        for s in range(num_slabs):
            if left[e, s] != right[e, s]:
                wall[e, s] = maker[e, s] + 1 if left[e, s] else -maker[e, s] - 1
            if s and wall[e, s] != wall[e, s - 1]:
                changes[edges[e, 0], s - 1] = changes[edges[e, 1], s - 1] = True
    room = 2 * num_slabs * len(edges)
    triangles, chord, side = np.empty((room, 3), np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    num = 0
    for e in range(len(edges)):
        low = 0
        while low < num_slabs - 2:
            high, kind = low + 1, wall[e, low + 1]
            while high < num_slabs - 2 and wall[e, high + 1] == kind:
                high += 1
            # Between the levels `low` and `high`, which are above the slabs of these numbers, the wall is the same.
            first, ring = num, np.searchsorted(start, abs(kind) - 1, side="right") - 1
            if kind:
                num = _strip(changes, num_points, edges[e], (low, high), triangles, num)
            for t in range(first, num):
                chord[t], side[t] = abs(kind) - 1, 2 * ring + (inside[e, ring] == (kind > 0))
                if kind < 0:
                    triangles[t, 1], triangles[t, 2] = triangles[t, 2], triangles[t, 1]
            low = high
    return triangles[:num], chord[:num], side[:num]


@numba.njit(cache=True, nogil=True)
def _strip(changes, num_points, ends, span, triangles, num):
    """How many triangles there are after those of one wall, seen from the right of its edge, went into `triangles`.

    changes: (V, K + 1) bool, whether walls have a corner at this point and level; ends: (2,) points of the edge; span:
    the levels from and to which the wall goes; triangles: (room, 3) vertices, of which `num` rows are taken, written in
    place.
    """
    (u, v), (low, high) = ends, span
    here, there = low, low
    while here < high or there < high:
        up, upper = here + 1, there + 1
        while up < high and not changes[u, up]:
            up += 1
        while upper < high and not changes[v, upper]:
            upper += 1
        triangles[num, 0], triangles[num, 1] = here * num_points + u, there * num_points + v
        if here == high or (there < high and upper <= up):
            triangles[num, 2] = upper * num_points + v
            there = upper
        else:
            triangles[num, 2] = up * num_points + u
            here = up
        num += 1
    return num


@numba.njit(cache=True, nogil=True)
def ends(
    edges: np.ndarray, left: np.ndarray, right: np.ndarray, points: np.ndarray
) -> tuple[list[tuple[int, bool]], list[tuple[np.ndarray, np.ndarray]]]:
    """Levels at which ends face up (True) or down, and for each the loops around these ends, which are on their left.

    edges, left, right: as for `is_manifold`; points: (V, 2). Loops: (n,) points, and (loops + 1,) where each loop
    starts.
    """
    where, loops = [(0, True)], [_outline(edges, left, right, points, 0, True)]
    for level in range(left.shape[1] - 1):
        for upward in (True, False):
            if level or not upward:
                found = _outline(edges, left, right, points, level, upward)
                if len(found[0]):
                    where.append((level, upward))
                    loops.append(found)
    return where[1:], loops[1:]


@numba.njit(cache=True, nogil=True)
def _outline(edges, left, right, points, level, upward):
    """(n,) points of the loops around what ends at a level, (loops + 1,) where each starts; arguments as for `ends`."""
    below, above = (level, level + 1) if upward else (level + 1, level)
    start = np.zeros(len(points) + 1, np.int64)
    ends = np.empty((len(edges), 2), np.int64)
    num = 0
    for e in range(len(edges)):
        on_left = left[e, below] and not left[e, above]
        on_right = right[e, below] and not right[e, above]
        if on_left != on_right:
            ends[num, 0], ends[num, 1] = (edges[e, 0], edges[e, 1]) if on_left else (edges[e, 1], edges[e, 0])
            start[ends[num, 0] + 1] += 1
            num += 1
    start = np.cumsum(start)
    leaving, fill = np.empty(num, np.int64), start[:-1].copy()
    for e in range(num):
        leaving[fill[ends[e, 0]]] = e
        fill[ends[e, 0]] += 1
    done = np.zeros(num, np.bool_)
    loop, starts, length = np.empty(num, np.int64), [0], 0
    for first in range(num):
        e = first
        while not done[e]:
            done[e] = True
            loop[length] = ends[e, 0]
            length += 1
            e = _next(points, ends, leaving, start, done, e, first)
        if length > starts[-1]:
            starts.append(length)
    return loop, np.array(starts)


@numba.njit(cache=True, nogil=True)
def _next(points, ends, leaving, start, done, e, first):
    """The edge that goes on at the end of `e`: where several do, the one farthest to the left.

    points: (V, 2); ends: (n, 2) points that edges run from and to; leaving: (n,) edges by the point they leave, those
    of point p from start[p] to start[p + 1]; done: (n,) bool, edges already in a loop; first: the edge this loop began
    with.
    """
    u, v = ends[e]
    if start[v + 1] - start[v] == 1:
        return leaving[start[v]]
    best, found = np.inf, first
    for i in range(start[v], start[v + 1]):
        if done[leaving[i]] and leaving[i] != first:
            continue
        w = ends[leaving[i], 1]
        turn = np.arctan2(points[u, 1] - points[v, 1], points[u, 0] - points[v, 0]) - np.arctan2(
            points[w, 1] - points[v, 1], points[w, 0] - points[v, 0]
        )
        turn %= 2 * np.pi  # clockwise, from the way back
        if turn < best:
            best, found = turn, leaving[i]
    return found


@numba.njit(cache=True, nogil=True)
def compact(
    triangles: np.ndarray, points: np.ndarray, levels: np.ndarray, axes: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) the vertices that are used, and (T, 3) int32 triangles in these.

    triangles: (T, 3) numbers k * V + p; points: (V, 2); levels: (K,) heights; axes: of the two coordinates and of the
    levels.
    """
    num = len(points)
    number = np.full(num * len(levels), -1, np.int32)
    for triangle in triangles:
        for v in triangle:
            number[v] = 0
    vertices, found = np.empty((num * len(levels), 3)), 0
    for v in range(len(number)):
        if number[v] == 0:
            number[v] = found
            vertices[found, axes[0]], vertices[found, axes[1]] = points[v % num]
            vertices[found, axes[2]] = levels[v // num]
            found += 1
    used = np.empty(triangles.shape, np.int32)
    for t in range(len(triangles)):
        for k in range(3):
            used[t, k] = number[triangles[t, k]]
    return vertices[:found].copy(), used
