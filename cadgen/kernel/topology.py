"""From the triangles of a boolean back to B-rep faces, edges and bodies.

Each triangle says which facet it is a piece of. Triangles that meet and lie in one surface are one face, as CadQuery
unites them after every boolean (`clean`). A face that closes around its cylinder keeps a seam. Where the wall over an
arc goes on in that of a whole circle, CadQuery leads the seam along the border between them to where the arc starts.

Shapes: T triangles, 3 T halfedges: 3 t + k runs from corner k of triangle t to the next.
"""

import numba
import numpy as np

from cadgen.kernel.ring import BEFORE, WHOLE


@numba.njit(cache=True, nogil=True)
def opposites(triangles: np.ndarray, num_vertices: int) -> np.ndarray:
    """(3 T,) int64: for each halfedge the one that runs the other way, or -1; triangles: (T, 3) vertices."""
    num = 3 * len(triangles)
    start = np.zeros(num_vertices + 1, np.int64)
    for t in range(len(triangles)):
        for k in range(3):
            start[triangles[t, k] + 1] += 1
    start = np.cumsum(start)
    fill = start[:-1].copy()
    leaving, towards = np.empty(num, np.int64), np.empty(num, triangles.dtype)
    for t in range(len(triangles)):
        for k in range(3):
            u = triangles[t, k]
            leaving[fill[u]], towards[fill[u]] = 3 * t + k, triangles[t, k + 1 if k < 2 else 0]
            fill[u] += 1
    found = np.full(num, -1, np.int64)
    for t in range(len(triangles)):
        for k in range(3):
            v = triangles[t, k + 1 if k < 2 else 0]
            for i in range(start[v], start[v + 1]):
                if towards[i] == triangles[t, k]:
                    found[3 * t + k] = leaving[i]
    return found


@numba.njit(cache=True, nogil=True)
def faces(opposite: np.ndarray, surface: np.ndarray, seam: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """((T,) int32 face of each triangle, (3 T,) int8 kind of each halfedge), faces numbered as they first occur.

    opposite: (3 T,), none -1; surface: (T,) int32; seam: (T, 3) int8, as in `Ring`, for the facet that the triangle is
    a piece of; each of the two seams of a torus has a bit. Kind: 0 within a face, 1 between two, 2 on a seam, 3 where a
    seam is led along a border.
    """
    num = len(surface)
    parent = np.arange(num)
    on_seam = np.zeros(len(opposite), np.bool_)
    for h in range(len(opposite)):
        a, b = h // 3, opposite[h] // 3
        if surface[a] == surface[b]:
            if (seam[a, 0] & seam[b, 1]) | (seam[a, 1] & seam[b, 0]):
                on_seam[h] = True
            else:
                _join(parent, a, b)
    # Where both sides of a seam are connected otherwise, the face goes all the way around.
    kind = np.zeros(len(opposite), np.int8)
    for h in range(len(opposite)):
        kind[h] = 2 * (on_seam[h] and _root(parent, h // 3) == _root(parent, opposite[h] // 3))
    for h in range(len(opposite)):
        if on_seam[h]:
            _join(parent, h // 3, opposite[h] // 3)
    face = _numbered(parent)
    closed = np.zeros(num, np.bool_)  # by face
    for h in range(len(opposite)):
        if kind[h]:
            closed[face[h // 3]] = True
    for h in range(len(opposite)):
        a, b = h // 3, opposite[h] // 3
        if face[a] != face[b]:
            kind[h] = 1
        elif closed[face[a]] and _on_border(seam[a, 2], seam[b, 2]):
            kind[h] = 3
    return face, kind


@numba.njit(cache=True, nogil=True)
def _on_border(one, other):
    """Whether of two chords one is of a circle and one before its seam; int8, the last column of `Ring.seam`."""
    return (one == WHOLE and other == BEFORE) or (one == BEFORE and other == WHOLE)


@numba.njit(cache=True, nogil=True)
def shells(opposite: np.ndarray) -> np.ndarray:
    """(T,) int32: which connected piece of the surface each triangle belongs to; opposite: (3 T,), none -1."""
    parent = np.arange(len(opposite) // 3)
    for h in range(len(opposite)):
        _join(parent, h // 3, opposite[h] // 3)
    return _numbered(parent)


@numba.njit(cache=True, nogil=True)
def _root(parent, i):
    """What stands for the set that i is in; parent: (n,) int64, ways in it are shortened in place."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@numba.njit(cache=True, nogil=True)
def _join(parent, i, j):
    """Makes the sets of i and j one, for which its smallest member stands; parent: (n,) int64, changed in place."""
    a, b = _root(parent, i), _root(parent, j)
    if a < b:
        parent[b] = a
    else:
        parent[a] = b


@numba.njit(cache=True, nogil=True)
def _numbered(parent):
    """(n,) int32: the set of each, numbered as they first occur; parent: (n,) int64, in which ways are shortened."""
    number = np.empty(len(parent), np.int32)
    num = 0
    for i in range(len(parent)):
        if parent[i] == i:  # the smallest of its set
            number[i] = num
            num += 1
        else:
            number[i] = number[_root(parent, i)]
    return number


@numba.njit(cache=True, nogil=True)
def polylines(
    triangles: np.ndarray, opposite: np.ndarray, face: np.ndarray, kind: np.ndarray, num_vertices: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(edge_points, edge_start, edge_faces) of `Solid`: the edges joined to lines as far as two faces meet in them.

    All int32: (n,) vertices, (lines + 1,), (lines, 2). triangles: (T, 3) int32; opposite: (3 T,) int64; face, kind: of
    `faces`.
    """
    halves = np.array([h for h in range(len(opposite)) if kind[h] and h < opposite[h]], np.int64)
    num = len(halves)
    ends = np.empty((num, 2), np.int64)
    sides = np.empty((num, 3), np.int64)  # two faces and the kind
    degree = np.zeros(num_vertices + 1, np.int64)
    for e in range(num):
        h = halves[e]
        ends[e, 0], ends[e, 1] = triangles[h // 3, h % 3], triangles[h // 3, (h + 1) % 3]
        a, b = face[h // 3], face[opposite[h] // 3]
        sides[e, 0], sides[e, 1], sides[e, 2] = min(a, b), max(a, b), kind[h]
        for k in range(2):
            degree[ends[e, k] + 1] += 1
    start = np.cumsum(degree)
    fill = start[:-1].copy()
    meeting = np.empty(2 * num, np.int64)
    for e in range(num):
        for k in range(2):
            meeting[fill[ends[e, k]]] = e
            fill[ends[e, k]] += 1
    done = np.zeros(num, np.bool_)
    points, starts, owners = np.empty(2 * num, np.int32), [0], [0]
    num_points = 0
    for closed in (False, True):  # lines that end somewhere, then those that are left: loops
        for e in range(num):
            for k in range(2):
                here = ends[e, k]
                if done[e] or not (closed or _next(e, here, sides, start, meeting) < 0):
                    continue
                owners.append(e)
                points[num_points] = here
                num_points += 1
                at = e
                while at >= 0 and not done[at]:
                    done[at] = True
                    here = ends[at, 1] if ends[at, 0] == here else ends[at, 0]
                    points[num_points] = here
                    num_points += 1
                    at = _next(at, here, sides, start, meeting)
                starts.append(num_points)
    edge_faces = np.empty((len(owners) - 1, 2), np.int32)
    for i in range(1, len(owners)):
        edge_faces[i - 1] = sides[owners[i], :2]
    return points[:num_points].copy(), np.array(starts, np.int32), edge_faces


@numba.njit(cache=True, nogil=True)
def _next(e, vertex, sides, start, meeting):
    """The edge that goes on where `e` reaches `vertex`, or -1.

    sides: (E, 3) int64, two faces and the kind of an edge; meeting: (2 E,) edges by the vertex they meet in, those of
    vertex v from start[v] to start[v + 1].
    """
    if start[vertex + 1] - start[vertex] != 2:
        return -1
    other = meeting[start[vertex]] + meeting[start[vertex] + 1] - e
    return other if (sides[other] == sides[e]).all() else -1
