"""How alike a part and what is seen on a picture are: outlines and lines, not shades.

Shapes: S pixels a side of the frame; V, T, P vertices, triangles and pieces of edges of a solid; N pixels on lines.
H is half of S.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numba
import numpy as np
from scipy.spatial import cKDTree

from cadgen.picture import ROOM, SIDE, Seen, enclosed
from cadgen.shape import PUBLISHED, Camera, Solid
from cadgen.shape.camera import middle, seen_from
from cadgen.shape.raster import draw, fill, segments
from cadgen.shape.render import scale_of

_FAR = 48  # pixels; lines farther apart are as good as unrelated
_NEAR = 0.5  # pixels; lines as near are the same
# Of what lines count, and the pixels within which it is decided: a thin wall is no thicker than few of them.
_EXACT, _FINE = 0.2, 4.0
_UNSEEN = 12  # pixels; where lines are not drawn, one that is not seen may all the same be there, and counts no more
_RIGHT_IF_EXACT, _RIGHT = 0.995, 0.985
_OUTLINE = 0.4  # the share of the silhouettes in the likeness; lines have the rest


@dataclass(frozen=True)
class Target:
    """What is seen, as it is compared.

    part_SS: bool; distance_SS: float32, pixels to the nearest line; most: pixels that a line of the part is taken to be
    apart at most; line_N2: rows and columns of the squares of two pixels that its lines run through; tree: of the
    columns and rows of pixels on its lines; middle, size: column and row of the middle of the box around its
    silhouette, and the longer side of that; exact: framed as the published pictures are; filled: faces look like the
    ground, and so do holes, which part_SS has none of then; flat: faces look like each other, so that no line between
    two is seen, and one that is not counts nothing; grey_SS: as `Seen` has it; grain: pixels of the frame a side of
    those that are compared, S of which are a side of it.
    """

    part_SS: np.ndarray
    distance_SS: np.ndarray
    most: float
    line_N2: np.ndarray
    tree: cKDTree
    middle: tuple[float, float]
    size: float
    exact: bool
    filled: bool
    flat: bool
    grey_SS: np.ndarray | None = None
    grain: int = 1

    @cached_property
    def coarse(self) -> "Target":
        """The same at half the resolution: what is compared to it takes a third of the time."""
        part_HH = cv2.resize(self.part_SS.astype(np.uint8), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) > 0
        distance_HH = cv2.resize(self.distance_SS, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        return replace(self, part_SS=part_HH, distance_SS=distance_HH, grain=2)

    @property
    def right(self) -> float:
        """The likeness of a program that is right, about: as like, and others are no liker but by chance."""
        return _RIGHT_IF_EXACT if self.exact else _RIGHT

    def silhouette(self, look: "Look") -> np.ndarray:
        """(S, S) bool: that of a look, as the picture would show it."""
        return enclosed(look.part_SS) if self.filled else look.part_SS

    def compares(self, look: "Look") -> np.ndarray:
        """(S, S) bool: lines of a look that the picture would show if they were there: `likeness` counts them."""
        return look.line_SS & ~(self.part_SS & (self.distance_SS > _FINE)) if self.flat else look.line_SS

    def lacking(self, look: "Look", reach: int) -> np.ndarray:
        """(K, 2) columns and rows on its lines that no line of the look is nearer to than `reach` pixels."""
        line_N2 = np.asarray(self.tree.data).reshape(-1, 2)
        column_N, row_N = np.clip(line_N2.astype(int), 0, SIDE - 1).T // 2
        lines: np.ndarray = line_N2[look.near(reach)[row_N, column_N] >= 1]
        return lines

    def near(self, reach: int) -> np.ndarray:
        """(S, S) float32: from 0 on lines to 1 at `reach` pixels from them and farther."""
        return np.minimum(self.distance_SS, reach) / np.float32(reach)


@dataclass(frozen=True)
class Look:
    """A part in the frame, from some camera.

    part_SS, line_SS: bool, whether a pixel shows the part, or one of its lines, the outline among them and seams not,
    which some renderers draw and others not; distance_HH: int16, for squares of two pixels, how many thirds of one the
    nearest line or seam is away, at most `_FAR` pixels.
    """

    part_SS: np.ndarray
    line_SS: np.ndarray
    distance_HH: np.ndarray

    def near(self, reach: int) -> np.ndarray:
        """(H, H) float32: from 0 on lines to 1 at `reach` pixels from them and farther."""
        return np.minimum(self.distance_HH, 3 * reach // 2) / np.float32(3 * reach // 2)


class _Buffers(threading.local):
    """What a z-buffer writes to, kept for the next picture of the thread: new memory takes longer than drawing does."""

    def __init__(self) -> None:
        sides = [SIDE // grain for grain in (1, 2)]
        self.of = {side: (np.empty((side, side)), np.empty((side, side), np.int32)) for side in sides}

    def fresh(self, side: int) -> tuple[np.ndarray, np.ndarray]:
        depth, owner = self.of[side]
        depth.fill(-np.inf)
        owner.fill(-1)
        return depth, owner


_buffers = _Buffers()


def right_of(targets: Sequence[Target]) -> float:
    """The likeness to all of them of a program that is right, about, in the mean."""
    return sum(target.right for target in targets) / len(targets)


def target_of(seen: Seen) -> Target:
    """A picture as it is compared."""
    line_N2 = np.clip(np.floor(seen.line_N2[:, ::-1] / 2).astype(np.int64), 0, SIDE // 2 - 1)
    most = float(_FAR if seen.drawn else _UNSEEN)
    middle, size = (SIDE / 2, SIDE / 2), ROOM * SIDE
    if seen.exact:
        rows, columns = np.flatnonzero(seen.part_SS.any(1)), np.flatnonzero(seen.part_SS.any(0))
        middle = (columns[0] + columns[-1] + 1) / 2, (rows[0] + rows[-1] + 1) / 2
        size = float(max(np.ptp(columns), np.ptp(rows)) + 1)
    tree, filled = cKDTree(seen.line_N2), not seen.shade_SS.any()
    about = middle, size, seen.exact, filled, seen.flat, seen.grey_SS
    return Target(seen.part_SS, seen.distance_SS, most, line_N2, tree, *about)


@dataclass(frozen=True)
class View:
    """A camera and the frame that it has put a part into: both stay while the part's measures are changed.

    centre: what the camera turns around, in units; diagonal: units by which perspective is measured; scale: pixels a
    unit; across, down: pixels, where the centre lies; free: the camera is a guess, to be fitted.
    """

    camera: Camera
    centre: tuple[float, float, float]
    diagonal: float
    scale: float
    across: float
    down: float
    free: bool = False

    def apart(self, other: "View") -> float:
        """Pixels by which the two show the same point at different places, about, where their cameras are the same."""
        x, y, _ = self.camera.axes @ np.subtract(other.centre, self.centre)
        across, down = self.across + self.scale * x - other.across, self.down - self.scale * y - other.down
        return abs(self.scale / other.scale - 1) * SIDE / 2 + float(np.hypot(across, down))


def framed(solid: Solid, camera: Camera, target: Target) -> View:
    """The solid where the target has its part: the boxes around the silhouettes have one middle and one size.

    Where the target is a published picture, and the camera theirs, as they are framed: by the box around the part.
    """
    x, y, z, diagonal, scale, across, down = _framing(solid.vertices, camera.axes, camera.perspective, target.size)
    across, down = across + target.middle[0], down + target.middle[1]
    if target.exact and camera == PUBLISHED:
        scale, across, down = scale_of(solid.vertices, camera.axes, SIDE), SIDE / 2, SIDE / 2
    return View(camera, (x, y, z), diagonal, scale, across, down)


def look_of(solid: Solid, view: View, grain: int = 1) -> Look:
    """The look of a solid, in pixels as coarse as `grain` says."""
    side, scale = SIDE // grain, view.scale / grain
    screen = screen_of(solid.vertices, view, grain)
    depth, owner = _buffers.fresh(side)
    fill(screen, solid.triangles, depth, owner, True)
    pieces, line_SS, seam_SS = segments(solid), np.zeros((side, side), np.bool_), np.zeros((side, side), np.bool_)
    is_seam = pieces[:, 2] == pieces[:, 3]
    for some, drawn_SS in ((pieces[~is_seam], line_SS), (pieces[is_seam], seam_SS)):
        draw(screen[some[:, :2]], some[:, 2:], solid.triangle_face, depth, owner, 0.5 / scale, drawn_SS)
    part_SS = _outlined(owner, line_SS)
    any_SS = line_SS | seam_SS
    return Look(part_SS, line_SS, _distances(any_SS if grain == 2 else _squares(any_SS), 3 * _FAR // 2))


def owners_of(solid: Solid, view: View, grain: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """(S, S) nearness, and int32: the triangle of the solid that each pixel shows, -1 for none."""
    side = SIDE // grain
    depth, owner = np.full((side, side), -np.inf), np.full((side, side), -1, np.int32)
    fill(screen_of(solid.vertices, view, grain), solid.triangles, depth, owner, True)
    return depth, owner


def screen_of(point_P3: np.ndarray, view: View, grain: int = 1) -> np.ndarray:
    """(P, 3): columns, rows and nearness of points in the view."""
    screen = seen_from(point_P3, view.camera.axes, np.array(view.centre), view.camera.perspective / view.diagonal)
    _put(screen, view.scale / grain, view.across / grain, view.down / grain)
    return np.asarray(screen)


def level_of(place_N2: np.ndarray, view: View) -> np.ndarray:
    """(N, 3) what is seen at these columns and rows, as near as the centre of the view, perspective aside."""
    right, up, _ = view.camera.axes
    off_N2 = (place_N2 - (view.across, view.down)) / view.scale
    points: np.ndarray = view.centre + off_N2[:, :1] * right - off_N2[:, 1:] * up
    return points


def likeness(target: Target, look: Look) -> float:
    """From 0 to 1, the same: IoU of the silhouettes and nearness of the lines, both ways."""
    part_SS = target.silhouette(look)
    both, either, out, lines = _compared(
        target.part_SS, target.distance_SS, target.most, target.flat, part_SS, look.line_SS
    )
    outline = both / either if either else 0.0
    apart = (out / lines + _nearest(look.distance_HH, target.line_N2)) / 2 if lines else 1.0
    return _OUTLINE * outline + (1 - _OUTLINE) * (1 - apart)


@numba.njit(cache=True, nogil=True)
def _framing(vertices, axes, perspective, room) -> tuple:
    """The numbers of a `View`: centre (three), diagonal, scale, across, down. vertices: (V, 3); axes: (3, 3)."""
    centre, diagonal = middle(vertices)
    screen = seen_from(vertices, axes, centre, perspective / diagonal)
    left, right, low, high = screen[0, 0], screen[0, 0], screen[0, 1], screen[0, 1]
    for v in range(len(screen)):
        left, right = min(left, screen[v, 0]), max(right, screen[v, 0])
        low, high = min(low, screen[v, 1]), max(high, screen[v, 1])
    scale = room / max(right - left, high - low, 1e-300)
    across, down = -scale * (left + right) / 2, scale * (low + high) / 2
    return centre[0], centre[1], centre[2], diagonal, scale, across, down


@numba.njit(cache=True, nogil=True)
def _put(screen, scale, across, down):
    """Moves and scales (V, 3) points on the screen into the frame, in place."""
    for v in range(len(screen)):
        screen[v, 0] = across + scale * screen[v, 0]
        screen[v, 1] = down - scale * screen[v, 1]


@numba.njit(cache=True, nogil=True)
def _compared(part, distance, most, flat, part_of_look, line_of_look) -> tuple:
    """Pixels of both silhouettes, of either, and the sum and number of how far lines of the look are from the target's.

    part, part_of_look, line_of_look: (S, S) bool; distance: (S, S) float32; most: each line pixel counts no more; flat:
    those on the part that no line is near to are left out.
    """
    both, either, out, lines = 0, 0, 0.0, 0
    for r in range(part.shape[0]):
        for c in range(part.shape[1]):  # without a branch, several pixels at once
            both += part[r, c] & part_of_look[r, c]
            either += part[r, c] | part_of_look[r, c]
        for c in range(part.shape[1]):
            if line_of_look[r, c] and not (flat and part[r, c] and distance[r, c] > _FINE):
                out += _apart(min(most, distance[r, c]))
                lines += 1
    return both, either, out, lines


@numba.njit(cache=True, nogil=True)
def _nearest(distance, at) -> float:
    """The mean, over the places `at` (N, 2), of how far apart `distance` (S / 2, S / 2), as `Look` has it, says."""
    total = 0.0
    for i in range(len(at)):
        total += _apart(distance[at[i, 0], at[i, 1]] / 1.5)
    return total / len(at) if len(at) else 1.0


@numba.njit(cache=True, nogil=True)
def _apart(pixels) -> float:
    """From 0 for the same place to 1 for `_FAR`; a share of `_EXACT` is decided within `_FINE`."""
    off = max(0.0, pixels - _NEAR)
    return (1 - _EXACT) * min(off, _FAR) / _FAR + _EXACT * min(off, _FINE) / _FINE


@numba.njit(cache=True, nogil=True)
def _outlined(owner, line) -> np.ndarray:
    """(S, S) bool: the pixels that show the part or a line of it; those at the rim of these become lines, in place.

    owner: (S, S) int32, -1 off the part; line: (S, S) bool.
    """
    side = len(owner)
    part = np.zeros((side + 2, side + 2), np.bool_)  # with a border, so that no pixel is a case of its own
    for r in range(side):
        here = part[r + 1, 1:]
        for c in range(side):
            here[c] = (owner[r, c] >= 0) | line[r, c]
    for r in range(side):
        above, here, under = part[r], part[r + 1], part[r + 2]
        for c in range(side):
            inside = above[c + 1] & under[c + 1] & here[c] & here[c + 2]
            line[r, c] |= here[c + 1] & ~inside
    return part[1:-1, 1:-1].copy()


@numba.njit(cache=True, nogil=True)
def _squares(line) -> np.ndarray:
    """(S / 2, S / 2) bool: squares of two pixels with a line. line: (S, S) bool."""
    side = len(line) // 2
    found = np.empty((side, side), np.bool_)
    for r in range(side):
        above, under = line[2 * r], line[2 * r + 1]
        for c in range(side):
            found[r, c] = above[2 * c] | above[2 * c + 1] | under[2 * c] | under[2 * c + 1]
    return found


@numba.njit(cache=True, nogil=True)
def _distances(line, limit) -> np.ndarray:
    """(H, H) int16: from each square to the nearest with a line, in thirds of one, up to `limit`.

    line: (H, H) bool. Chamfer distances with steps of 3 and 4 (Borgefors 1986): near the Euclidean ones, and all
    integers, of 16 bits so that several are added at once. Libraries have Euclidean ones, slower, and without a limit;
    a search spends much of its time here.
    """
    side = len(line)
    far = np.full((side + 1, side + 2), np.int16(limit), np.int16)  # a border on three sides, which both passes share
    for r in range(side):
        here = far[r]
        for c in range(side):
            if line[r, c]:
                here[c + 1] = 0
        if r:
            _lower(here, far[r - 1])
        nearest = here[0]
        for c in range(1, side + 1):
            nearest = min(here[c], np.int16(nearest + 3))
            here[c] = nearest
    for r in range(side - 1, -1, -1):
        here = far[r]
        _lower(here, far[r + 1])
        nearest = here[side + 1]
        for c in range(side, 0, -1):
            nearest = min(here[c], np.int16(nearest + 3))
            here[c] = nearest
    return far[:side, 1 : side + 1]


@numba.njit(cache=True, nogil=True)
def _lower(here, beside):
    """Lowers distances of a row, in place, to what is reached from the row beside it. Both (H + 2,) int16."""
    for c in range(1, len(here) - 1):
        straight, left, right = np.int16(beside[c] + 3), np.int16(beside[c - 1] + 4), np.int16(beside[c + 1] + 4)
        here[c] = min(here[c], straight, left, right)
