"""`close`: the triangles of a solid as closed, outward meshes, one a body, or a `NotManifold` that says what is wrong.

The kernel triangulates face by face. Points on shared edges are merged here; where it failed to triangulate a face, the
hole is filled by a fan; a body inside out is turned. What is still not a body after that is refused.
"""

from dataclasses import dataclass, replace
from itertools import product

import numba
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

_TOLERANCES = (1e-9, 1e-7, 1e-5)  # of the size; shared edges carry the same points up to the kernel's tolerance
_FLAT = 1e-12  # of size times area: what rounding leaves of a body without volume
_TINY = 1e-200
_FILLED_VOLUME = 0.1  # relative difference to the kernel's volume up to which filled holes are believed
_STRETCH = 1e50  # the largest and, inverted, the smallest size of a body in units of length that can be cubed safely
_HASH = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


class NotManifold(ValueError):
    """The triangles do not bound a volume, even after merging points and filling holes."""


@dataclass(frozen=True)
class Body:
    """A closed mesh: at every edge as many triangles run one way as the other.

    vertices: (V, 3) float64; triangles: (T, 3) int64, outward; volume: that of the mesh; num_filled: triangles that
    were put into holes.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    volume: float
    num_filled: int

    def turned(self, rotation: np.ndarray) -> "Body":
        """The body with each point p at rotation @ p; it stays outward when that mirrors."""
        triangles = self.triangles if np.linalg.det(rotation) > 0 else self.triangles[:, ::-1]
        return replace(self, vertices=self.vertices @ rotation.T, triangles=triangles)

    def normalised(self, origin: np.ndarray, unit: float) -> "Body":
        """The body as seen from `origin`, with `unit` as the unit of length. Raises `ValueError` for an absurd unit."""
        if not 1 / _STRETCH < np.ptp(self.vertices, axis=0).max() / unit < _STRETCH:
            raise ValueError(f"{unit:g} is no unit of length for a body of volume {self.volume:g}; is it degenerate?")
        return replace(self, vertices=(self.vertices - origin) / unit, volume=self.volume / unit**3)


def close(vertices: np.ndarray, triangles: np.ndarray, triangle_body: np.ndarray, volume: float) -> tuple[Body, ...]:
    """The bodies that enclose something. Raises `NotManifold`.

    volume: the kernel's, which tells whether filled holes are what the missing faces were.
    """
    found = [_body(vertices, triangles[triangle_body == body]) for body in np.unique(triangle_body)]
    bodies = tuple(body for body in found if _encloses(body))
    total, num_filled = sum(body.volume for body in bodies), sum(body.num_filled for body in found)
    if not bodies:
        raise NotManifold(f"the {len(triangles)} triangles enclose no volume; the kernel says {volume:g}")
    if num_filled and abs(total - volume) > _FILLED_VOLUME * volume:
        raise NotManifold(
            f"the {len(triangles)} triangles leave holes: filled with {num_filled} more they enclose {total:g}, "
            f"but the kernel says {volume:g}"
        )
    return bodies


def watertight(corners: np.ndarray) -> Body:
    """The mesh of triangles that no kernel vouches for: (3 T, 3) points, three a triangle. No hole is filled.

    Raises `NotManifold` where an edge has no neighbour, or nothing is enclosed.
    """
    body = _body(corners, np.arange(len(corners)).reshape(-1, 3))
    if body.num_filled:
        raise NotManifold(f"the mesh is not watertight: {body.num_filled} edges have a triangle on one side only")
    if not _encloses(body):
        raise NotManifold(f"the {len(corners) // 3} triangles enclose no volume")
    return body


def _encloses(body: Body) -> bool:
    area = surface_area(body.vertices, body.triangles)
    return body.volume > _FLAT * area * float(np.ptp(body.vertices, axis=0).max())


def _body(vertices: np.ndarray, triangles: np.ndarray) -> Body:
    used, corners = np.unique(triangles, return_inverse=True)
    size = max(float(np.ptp(vertices[used], axis=0).max()), _TINY)
    for cells, tolerance in (*product([_rounded], _TOLERANCES), *product([_runs], _TOLERANCES[:-1])):
        points, welded = _weld(vertices[used], corners.reshape(-1, 3), cells(vertices[used], tolerance * size))
        open_edges = _open_edges(welded)
        if not len(open_edges):
            break
    else:
        cell = _rounded(vertices[used], _TOLERANCES[0] * size)
        points, welded = _weld(vertices[used], corners.reshape(-1, 3), cell)
        open_edges = _open_edges(welded)
    num_welded = len(welded)
    points, welded = _fill(points, welded, open_edges)
    volume = signed_volume(points, welded)
    return Body(points, welded if volume >= 0 else welded[:, ::-1], abs(volume), len(welded) - num_welded)


def _rounded(points: np.ndarray, tolerance: float) -> np.ndarray:
    """(V, 3) int64, the cell that each point lies in: quick, but near points may lie on both sides of a wall."""
    cell: np.ndarray = np.round((points - points.min(0)) / tolerance).astype(np.int64)
    return cell


def _runs(points: np.ndarray, tolerance: float) -> np.ndarray:
    """(V, 3) int64, where each point lies among the runs of coordinates that are no farther apart than the tolerance.

    Near points are in one cell wherever they lie, and so are far ones of a mesh so fine that its coordinates leave no
    gaps: for small tolerances.
    """
    order = np.argsort(points, axis=0, kind="stable")
    steps = np.diff(np.take_along_axis(points, order, axis=0), axis=0) > tolerance
    cell = np.zeros(points.shape, np.int64)
    np.put_along_axis(cell, order[1:], np.cumsum(steps, axis=0), axis=0)
    return cell


def _weld(points: np.ndarray, corners: np.ndarray, cell: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The points of different cells (V, 3), and the triangles that are left between them."""
    _, first, same = np.unique(cell.view(np.uint64) @ _HASH, return_index=True, return_inverse=True)
    triangles = same[corners]
    flat = (triangles == np.roll(triangles, 1, axis=1)).any(1)
    return points[first], triangles[~flat]


def _open_edges(triangles: np.ndarray) -> np.ndarray:
    """(E, 2) directed edges without an opposite, as often as they lack one."""
    start, end = triangles.ravel(), np.roll(triangles, -1, axis=1).ravel()
    low, high = np.minimum(start, end), np.maximum(start, end)
    edge, which = np.unique(low * (triangles.max(initial=0) + 1) + high, return_inverse=True)
    surplus = np.bincount(which, np.where(start < end, 1, -1), len(edge)).astype(np.int64)
    pairs = np.stack(np.divmod(edge, triangles.max(initial=0) + 1), axis=1)
    directed = np.where(surplus[:, None] > 0, pairs, pairs[:, ::-1])
    return np.repeat(directed, np.abs(surplus), axis=0)


def _fill(points: np.ndarray, triangles: np.ndarray, open_edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A fan from the middle of each hole to its rim: exact where the missing face is flat with one rim."""
    if not len(open_edges):
        return points, triangles
    start, end = open_edges.T
    graph = coo_array((np.ones(len(start)), (start, end)), shape=(len(points), len(points)))
    _, hole = connected_components(graph, directed=False)
    which = np.unique(hole[start], return_inverse=True)[1]
    middle = np.stack([np.bincount(which, points[start, axis]) for axis in range(3)], 1) / np.bincount(which)[:, None]
    fans = np.column_stack([end, start, len(points) + which])
    return np.concatenate([points, middle]), np.concatenate([triangles, fans])


def surface_area(vertices: np.ndarray, triangles: np.ndarray) -> float:
    """Of all triangles, in units squared."""
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()) / 2


@numba.njit(cache=True, nogil=True)
def signed_volume(vertices: np.ndarray, triangles: np.ndarray) -> float:
    """The volume inside a closed mesh, vertices (V, 3) and triangles (T, 3), negative where it is inside out."""
    six, o = 0.0, vertices[0]
    for t in range(len(triangles)):
        a, b, c = vertices[triangles[t, 0]], vertices[triangles[t, 1]], vertices[triangles[t, 2]]
        x, y, z = a[0] - o[0], a[1] - o[1], a[2] - o[2]
        six += x * ((b[1] - o[1]) * (c[2] - o[2]) - (b[2] - o[2]) * (c[1] - o[1]))
        six += y * ((b[2] - o[2]) * (c[0] - o[0]) - (b[0] - o[0]) * (c[2] - o[2]))
        six += z * ((b[0] - o[0]) * (c[1] - o[1]) - (b[1] - o[1]) * (c[0] - o[0]))
    return six / 6
