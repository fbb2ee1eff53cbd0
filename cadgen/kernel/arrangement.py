"""How rings that cross, touch and overlap part a plane: vertices, edges between them, and what lies beside each edge.

Chords are split where others cross them or end on them; what is nearer than `_SAME` is one point.

Shapes: N points of R rings, chord i from point i to the next; P pieces of chords; V vertices, of which the first N are
the points; E edges. Coordinates are float64 grid steps, numbers of things int64.
"""

from dataclasses import dataclass

import numba
import numpy as np

from cadgen.kernel.nesting import contains

_SAME = 1e-7  # grid steps: between what rounding does to equal points and what parts different ones


@dataclass(frozen=True)
class Plan:
    """points: (V, 2); edges: (E, 2), each once.

    chord: (E, R), the chord of each ring that the edge is a piece of, or -1; inside: (2, E, R) bool, whether what is
    left and right of the edge lies in the ring.
    """

    points: np.ndarray
    edges: np.ndarray
    chord: np.ndarray
    inside: np.ndarray


def plan(points: np.ndarray, start: np.ndarray) -> Plan:
    """points: those of all rings, counterclockwise; start: (R + 1,) where each ring begins."""
    vertices, piece, chord = _split(points, start)
    return Plan(vertices, *_sides(points, start, vertices, piece, chord))


@numba.njit(cache=True, nogil=True)
def _split(points, start):
    """(V, 2) vertices, and the pieces of chords as (P, 2) vertices and (P,) chords, in the order of the rings.

    points: (N, 2); start: (R + 1,), as for `plan`.
    """
    num = len(points)
    ring, after = np.empty(num, np.int64), np.arange(1, num + 1)
    for r in range(len(start) - 1):
        ring[start[r] : start[r + 1]] = r
        after[start[r + 1] - 1] = start[r]
    low, high = np.empty((num, 2)), np.empty((num, 2))
    for i in range(num):
        for k in range(2):
            low[i, k] = min(points[i, k], points[after[i], k]) - _SAME
            high[i, k] = max(points[i, k], points[after[i], k]) + _SAME
    same = _merged(points)
    vertices = [(points[i, 0], points[i, 1]) for i in range(num)]
    cuts = [(0, 0.0, 0)]  # chord, share of its length, vertex
    order = np.argsort(low[:, 0])
    for one in range(num):
        i = order[one]
        for two in range(one + 1, num):
            j = order[two]
            if low[j, 0] > high[i, 0]:
                break
            if ring[i] != ring[j] and low[j, 1] <= high[i, 1] and low[i, 1] <= high[j, 1]:
                _meet(points, after, same, i, j, vertices, cuts)
    return _pieces(vertices, after, same, cuts)


@numba.njit(cache=True, nogil=True)
def _merged(points):
    """(N,): for each of the points (N, 2) the one that stands for it."""
    same = np.arange(len(points))
    order = np.argsort(points[:, 0])
    for one in range(len(order)):
        i = order[one]
        for two in range(one + 1, len(order)):
            j = order[two]
            if points[j, 0] - points[i, 0] > _SAME:
                break
            if abs(points[i, 1] - points[j, 1]) <= _SAME:
                same[j] = same[i]
    return same


@numba.njit(cache=True, nogil=True)
def _meet(points, after, same, i, j, vertices, cuts):
    """Adds to `cuts` the ends of each of the chords i and j that lie on the other, or else where the two cross.

    points: (N, 2); after: (N,) the next point of the ring; same: (N,), of `_merged`; vertices: list of (x, y), which
    crossings are added to; cuts: list of (chord, share of its length, vertex).
    """
    touches = False
    for one, two in ((i, j), (j, i)):
        a, b = points[one], points[after[one]]
        ux, uy = b[0] - a[0], b[1] - a[1]
        length = np.sqrt(ux * ux + uy * uy)
        for end in (two, after[two]):
            p = points[end]
            if same[end] == same[one] or same[end] == same[after[one]]:
                touches = True
                continue
            along = (ux * (p[0] - a[0]) + uy * (p[1] - a[1])) / length
            across = (ux * (p[1] - a[1]) - uy * (p[0] - a[0])) / length
            if abs(across) <= _SAME and 0 < along < length:
                touches = True
                cuts.append((one, along / length, same[end]))
    if touches:
        return
    a, b, c, d = points[i], points[after[i]], points[j], points[after[j]]
    ux, uy, vx, vy = b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]
    across = ux * vy - uy * vx
    if across == 0:
        return
    s = ((c[0] - a[0]) * vy - (c[1] - a[1]) * vx) / across
    t = ((c[0] - a[0]) * uy - (c[1] - a[1]) * ux) / across
    if 0 < s < 1 and 0 < t < 1:
        at = _vertex(a[0] + s * ux, a[1] + s * uy, same, vertices)
        cuts.append((i, s, at))
        cuts.append((j, t, at))


@numba.njit(cache=True, nogil=True)
def _vertex(x, y, same, vertices):
    """The number of a crossing at (x, y), which may be a point of a third ring or have been found before.

    same: (N,), of `_merged`; vertices: list of (x, y), which a new one is added to.
    """
    for i in range(len(vertices)):
        if abs(vertices[i][0] - x) <= _SAME and abs(vertices[i][1] - y) <= _SAME:
            return same[i] if i < len(same) else i
    vertices.append((x, y))
    return len(vertices) - 1


@numba.njit(cache=True, nogil=True)
def _pieces(vertices, after, same, cuts):
    """(V, 2) vertices, (P, 2) vertices of the pieces, (P,) their chords: each chord parted at its cuts, in order.

    Lists and arrays as for `_meet`; the first of `cuts` only tells numba its type.
    """
    cut = cuts[1:]
    cut.sort()
    piece, chord = [(0, 0)], [0]
    at = 0
    for i in range(len(after)):
        here = same[i]
        while at < len(cut) and cut[at][0] == i:
            if cut[at][2] != here:
                piece.append((here, cut[at][2]))
                chord.append(i)
                here = cut[at][2]
            at += 1
        if same[after[i]] != here:
            piece.append((here, same[after[i]]))
            chord.append(i)
    return np.array(vertices), np.array(piece)[1:], np.array(chord)[1:]


@numba.njit(cache=True, nogil=True)
def _sides(points, start, vertices, piece, chord):
    """(E, 2) edges, (E, R) chord and (2, E, R) bool inside of `Plan`.

    points, start: as for `plan`; vertices, piece, chord: of `_split`.
    """
    num_rings = len(start) - 1
    edge, edges = _edges(piece, len(vertices))
    num = len(edges)
    of_ring = np.full((num, num_rings), -1)
    inside = np.zeros((2, num, num_rings), np.bool_)
    left, right = inside[0], inside[1]
    degree = np.zeros(len(vertices), np.int64)
    for u, v in edges:
        degree[u] += 1
        degree[v] += 1
    ring = np.searchsorted(start, chord, side="right") - 1
    for p in range(len(piece)):
        e, r, forward = edge[p], ring[p], piece[p, 0] < piece[p, 1]
        of_ring[e, r] = chord[p]
        left[e, r], right[e, r] = forward, not forward
    for r in range(num_rings):
        low, high = _box(points[start[r] : start[r + 1]])
        for p in range(len(piece)):
            e = edge[p]
            if of_ring[e, r] >= 0:
                continue
            before = edge[p - 1]
            if p and ring[p] == ring[p - 1] and degree[piece[p, 0]] == 2 and of_ring[before, r] < 0:
                left[e, r] = right[e, r] = left[before, r]
                continue
            x = (vertices[piece[p, 0], 0] + vertices[piece[p, 1], 0]) / 2
            y = (vertices[piece[p, 0], 1] + vertices[piece[p, 1], 1]) / 2
            if low[0] < x < high[0] and low[1] < y < high[1]:
                left[e, r] = right[e, r] = contains(points[start[r] : start[r + 1]], x, y)
    return edges, of_ring, inside


@numba.njit(cache=True, nogil=True)
def _edges(piece, num_vertices):
    """(P,) the edge of each piece, and (E, 2) edges from the lower vertex to the higher, in the order of their pieces.

    piece: (P, 2) vertices.
    """
    key = np.empty(len(piece), np.int64)
    for p in range(len(piece)):
        key[p] = min(piece[p, 0], piece[p, 1]) * num_vertices + max(piece[p, 0], piece[p, 1])
    order = np.argsort(key, kind="mergesort")
    first = np.empty(len(piece), np.int64)
    for i in range(len(order)):
        again = i > 0 and key[order[i]] == key[order[i - 1]]
        first[order[i]] = first[order[i - 1]] if again else order[i]
    edge, edges, num = np.empty(len(piece), np.int64), np.empty((len(piece), 2), np.int64), 0
    for p in range(len(piece)):
        if first[p] == p:
            edges[num, 0], edges[num, 1] = min(piece[p, 0], piece[p, 1]), max(piece[p, 0], piece[p, 1])
            edge[p] = num
            num += 1
        else:
            edge[p] = edge[first[p]]
    return edge, edges[:num]


@numba.njit(cache=True, nogil=True)
def _box(points):
    """(2,) lowest and (2,) highest coordinates of points (n, 2)."""
    low, high = points[0].copy(), points[0].copy()
    for p in points:
        for k in range(2):
            low[k], high[k] = min(low[k], p[k]), max(high[k], p[k])
    return low, high
