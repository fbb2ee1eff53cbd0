"""The visible edges of a solid, and where measures, camera and frame must go for them to run along a picture's lines.

Iterated closest points: points on edges are matched with the nearest lines of the picture, points on lines with the
nearest edges, and all unknowns are moved at once by least squares, with analytic slopes. What is matched over a longer
distance than the reach counts for less and less (weights of Geman and McClure): lines of another structure hold little.

Shapes: N points on edges, P ends of the pieces that they are on, M dimensions, U unknowns: the dimensions, and for each
picture the turns of its camera that are free, then scale (hundredths), and across and down (pixels) of its frame.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numba
import numpy as np
from scipy.spatial import cKDTree

from cadgen.program import Program
from cadgen.refine.dimension import Dimension
from cadgen.refine.pose import nudged, turned, turns
from cadgen.refine.slope import slopes
from cadgen.refine.view import Target, View, owners_of, screen_of
from cadgen.shape import Solid
from cadgen.shape.raster import seen, segments

_EVERY = 4.0  # pixels, of those that are compared, between two points on an edge
_MOST = 1500  # points of either kind
_BESIDE = 2.0  # pixels of those that are compared, to either side of an edge, where the part is looked for
_SHORT = 3.0  # pixels; whether a nearer match lies across an edge is not asked
_FEWEST = 8  # points on edges
_DAMPINGS = (0.02, 0.3)  # of each unknown's curvature (Marquardt 1963)
_STIFF = 1e-3  # of the mean curvature: holds what the pictures do not show, such as the part's size
_FARTHEST = 64.0  # grid steps
_FRAME = 3  # unknowns of a frame
_LITTLE = 0.01  # of a turn, for differences


@dataclass(frozen=True)
class Edges:
    """Points on the visible edges of a solid, creases and contours of round faces, seams not.

    place_N2: columns and rows; normal_N2: across the edge; end_N2: the two ends' numbers among end_P; share_N: of the
    way from one end to the other; end_P: vertices of the solid.
    """

    place_N2: np.ndarray
    normal_N2: np.ndarray
    end_N2: np.ndarray
    share_N: np.ndarray
    end_P: np.ndarray


@dataclass(frozen=True)
class Lines:
    """The edges of a solid in a view: by_NW, pixels that each point goes across its edge, a step of each unknown.

    some_W: numbers of these unknowns.
    """

    edges: Edges
    by_NW: np.ndarray
    some_W: np.ndarray


@dataclass(frozen=True)
class Matched:
    """Sums over all matches: curvature_UU and pull_U, of pixels squared by unknowns, of the weighted squares."""

    curvature_UU: np.ndarray
    pull_U: np.ndarray

    def strides(self) -> Iterator[np.ndarray]:
        """(U,) steps of the unknowns, from the boldest to the most careful."""
        diagonal_U = np.diag(self.curvature_UU)
        stiff = _STIFF * diagonal_U.mean() + 1e-9
        for damping in _DAMPINGS:
            held_UU = self.curvature_UU + np.diag(damping * diagonal_U + stiff)
            stride_U = np.linalg.solve(held_UU, self.pull_U).clip(-_FARTHEST, _FARTHEST)
            yield from (stride_U, stride_U / 2)


def lines_of(
    program: Program, solid: Solid, views: Sequence[View], targets: Sequence[Target], known: Sequence[Dimension]
) -> list[Lines]:
    """The program's edges in each of the views; none where too few are seen."""
    found, at = [], len(known)
    for view, target in zip(views, targets, strict=True):
        names = list(turns(view))
        edges = edges_of(solid, view, target.grain, only_outline=target.flat)
        if min(len(edges.place_N2), target.tree.n) < _FEWEST:
            return []
        by_NW = _slopes_across(program, solid, view, edges, known, names)
        width = len(names) + _FRAME
        found.append(Lines(edges, by_NW, np.r_[: len(known), at : at + width]))
        at += width
    return found


def matched(lines: Sequence[Lines], targets: Sequence[Target], reach: float) -> Matched:
    """The edges, of one view at least, matched with the pictures. reach: pixels."""
    num = lines[-1].some_W[-1] + 1
    total = Matched(np.zeros((num, num)), np.zeros(num))
    for line, target in zip(lines, targets, strict=True):
        for across_NW, off_N, weight_N in _matches(line.edges, line.by_NW, target, reach):
            _add(across_NW, off_N, weight_N, line.some_W, total.curvature_UU, total.pull_U)
    return total


@numba.njit(cache=True, nogil=True)
def _add(across, off, weight, some, curvature, pull):
    """Adds weighted squares and products to the unknowns that `some` names, in place.

    across: (N, W); off, weight: (N,); some: (W,) numbers of unknowns; curvature: (U, U); pull: (U,). A library's matrix
    product would start threads for as little.
    """
    for n in range(len(off)):
        for i in range(len(some)):
            weighed = weight[n] * across[n, i]
            if weighed == 0.0:
                continue
            pull[some[i]] += weighed * off[n]
            for j in range(i + 1):
                curvature[some[i], some[j]] += weighed * across[n, j]
                if i != j:
                    curvature[some[j], some[i]] += weighed * across[n, j]


def strode(views: Sequence[View], stride: np.ndarray) -> tuple[View, ...]:
    """The views after a stride of their unknowns."""
    found, at = [], 0
    for view in views:
        names = list(turns(view))
        *by, scale, across, down = stride[at : at + len(names) + _FRAME].tolist()
        camera = turned(view.camera, dict(zip(names, by, strict=True)))
        growth = 1 + max(-0.5, min(0.5, scale / 100))
        found.append(
            replace(
                view,
                camera=camera,
                scale=view.scale * growth,
                across=view.across + across,
                down=view.down + down,
            )
        )
        at += len(names) + _FRAME
    return tuple(found)


def edges_of(solid: Solid, view: View, grain: int = 1, only_outline: bool = False) -> Edges:
    """The visible edges of the solid in the view.

    grain: as of a `Target`, in which what is visible is told; only_outline: without those that have the part on both
    sides.
    """
    screen = screen_of(solid.vertices, view)
    depth, owner = owners_of(solid, view, grain)
    pieces = segments(solid)
    pieces = np.concatenate([pieces[pieces[:, 2] != pieces[:, 3]], _contours(screen, solid)])
    ends, coarse = screen[pieces[:, :2]], np.array([1 / grain, 1 / grain, 1])
    shown, face, near = ends * coarse, solid.triangle_face, 0.5 * grain / view.scale
    piece_N, share_N = _visible(shown, pieces[:, 2:], face, depth, owner, near, _EVERY)
    a_N2, b_N2 = ends[piece_N, 0, :2], ends[piece_N, 1, :2]
    way_N2 = b_N2 - a_N2
    place_N2 = a_N2 + share_N[:, None] * way_N2
    normal_N2 = np.stack([-way_N2[:, 1], way_N2[:, 0]], 1) / np.maximum(np.hypot(*way_N2.T), 1e-9)[:, None]
    some = np.arange(len(piece_N))
    if only_outline:
        some = some[_on_outline(place_N2 / grain, normal_N2, owner)]
    some = some[:: 1 + len(some) // _MOST]
    end_P, end_N2 = np.unique(pieces[piece_N[some], :2], return_inverse=True)
    return Edges(place_N2[some], normal_N2[some], end_N2.reshape(-1, 2), share_N[some], end_P)


def _on_outline(place_N2: np.ndarray, normal_N2: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """(N,) bool: whether there is none of the part on one side of the points, in pixels of `owner`."""
    outside = np.zeros(len(place_N2), bool)
    for side in (-_BESIDE, _BESIDE):
        column_N, row_N = np.clip((place_N2 + side * normal_N2).astype(int), 0, len(owner) - 1).T
        outside |= owner[row_N, column_N] < 0
    return outside


def _contours(screen: np.ndarray, solid: Solid) -> np.ndarray:
    """(C, 4) as `segments`: edges of triangles of one face, of which one is turned to the eye and the other is not."""
    corner_T32 = screen[solid.triangles][:, :, :2]
    (ux, uy), (vx, vy) = (corner_T32[:, 1] - corner_T32[:, 0]).T, (corner_T32[:, 2] - corner_T32[:, 0]).T
    facing_T = ux * vy - uy * vx > 0
    start, end = solid.triangles.ravel(), np.roll(solid.triangles, -1, 1).ravel()
    key = np.minimum(start, end).astype(np.int64) * len(screen) + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    first, second = order[:-1], order[1:]
    meets = key[first] == key[second]
    first, second = first[meets], second[meets]
    one, other = first // 3, second // 3
    kept = (facing_T[one] != facing_T[other]) & (solid.triangle_face[one] == solid.triangle_face[other])
    face = solid.triangle_face[one[kept]]
    return np.column_stack([start[first[kept]], end[first[kept]], face, face]).astype(np.int32)


@numba.njit(cache=True, nogil=True)
def _visible(ends, owners, face, depth, owner, tolerance, every) -> tuple:
    """(N,) the piece of each point that is seen, and (N,) how far along it that is, from 0 to 1.

    ends: (S, 2, 3) on the screen; the others as for `cadgen.shape.raster.draw`; every: pixels between two points.
    """
    pieces, shares = [0], [0.0]
    left_over = 0.0  # pixels since the last point, over pieces: those of circles are shorter than `every`
    for s in range(len(ends)):
        length = np.hypot(ends[s, 1, 0] - ends[s, 0, 0], ends[s, 1, 1] - ends[s, 0, 1])
        at = every - left_over
        while at <= length:
            f = at / length
            column, row = (
                int(ends[s, 0, 0] + f * (ends[s, 1, 0] - ends[s, 0, 0])),
                int(ends[s, 0, 1] + f * (ends[s, 1, 1] - ends[s, 0, 1])),
            )
            if 0 <= row < depth.shape[0] and 0 <= column < depth.shape[1]:
                near = ends[s, 0, 2] + f * (ends[s, 1, 2] - ends[s, 0, 2])
                if seen(row, column, near, owners[s], face, depth, owner, tolerance):
                    pieces.append(s)
                    shares.append(f)
            at += every
        left_over = length - (at - every)
    return np.array(pieces[1:], np.int64), np.array(shares[1:])


def _slopes_across(
    program: Program, solid: Solid, view: View, edges: Edges, known: Sequence[Dimension], names: Sequence[str]
) -> np.ndarray:
    """(N, W): pixels that each point goes across its edge, a step of each dimension, turn, and the frame's unknowns."""
    point_P3 = solid.vertices[edges.end_P]
    screen_P3 = screen_of(point_P3, view)
    by_P2W = np.concatenate(
        [
            _by_measures(slopes(program, point_P3, known), point_P3, view),
            *(_by_turn(name, point_P3, screen_P3, view) for name in names),
            ((screen_P3[:, :2] - (view.across, view.down)) / 100)[:, :, None],
            np.broadcast_to(np.eye(2), (len(point_P3), 2, 2)),
        ],
        axis=2,
    )
    share_N11 = edges.share_N[:, None, None]
    by_N2W = (1 - share_N11) * by_P2W[edges.end_N2[:, 0]] + share_N11 * by_P2W[edges.end_N2[:, 1]]
    found: np.ndarray = np.einsum("nk,nkw->nw", edges.normal_N2, by_N2W)
    return found


def _by_measures(slope_P3M: np.ndarray, point_P3: np.ndarray, view: View) -> np.ndarray:
    """(P, 2, M) pixels."""
    axes, nearer = view.camera.axes, view.camera.perspective / view.diagonal
    place_P3 = (point_P3 - view.centre) @ axes.T
    factor_P = 1 / np.maximum(0.05, 1 - place_P3[:, 2] * nearer)
    by_P3M = np.einsum("ij,pjm->pim", axes, slope_P3M)
    closer_PM = (factor_P**2 * nearer)[:, None] * by_P3M[:, 2]
    across_PM = factor_P[:, None] * by_P3M[:, 0] + place_P3[:, :1] * closer_PM
    up_PM = factor_P[:, None] * by_P3M[:, 1] + place_P3[:, 1:2] * closer_PM
    return view.scale * np.stack([across_PM, -up_PM], 1)


def _by_turn(name: str, point_P3: np.ndarray, screen_P3: np.ndarray, view: View) -> np.ndarray:
    """(P, 2, 1) pixels a step."""
    there = replace(view, camera=nudged(view.camera, name, _LITTLE))
    return ((screen_of(point_P3, there) - screen_P3)[:, :2] / _LITTLE)[:, :, None]


_Matches = tuple[np.ndarray, np.ndarray, np.ndarray]  # slopes, pixels across, weights


def _matches(edges: Edges, by_NW: np.ndarray, target: Target, reach: float) -> Iterator[_Matches]:
    """From edges to lines and from lines to edges; either way weighs as much as the other."""
    _, nearest_N = target.tree.query(edges.place_N2)
    yield _weighed(edges.normal_N2, target.tree.data[nearest_N] - edges.place_N2, by_NW, reach)
    line_K2 = target.tree.data[:: 1 + len(target.tree.data) // _MOST]
    _, nearest_K = cKDTree(edges.place_N2).query(line_K2)
    yield _weighed(edges.normal_N2[nearest_K], line_K2 - edges.place_N2[nearest_K], by_NW[nearest_K], reach)


def _weighed(normal_N2: np.ndarray, off_N2: np.ndarray, by_NW: np.ndarray, reach: float) -> _Matches:
    across_N, far_N = (normal_N2 * off_N2).sum(1), np.hypot(*off_N2.T)
    cosine_N = np.where(far_N > _SHORT, np.abs(across_N) / np.maximum(far_N, 1e-9), 1.0)
    weight_N = cosine_N**2 / (1 + (far_N / reach) ** 2) ** 2
    return by_NW, across_N, weight_N / len(off_N2)
