"""Places that are the rows of a grid or go around a circle, so that what is drawn at them is one array."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cadgen.lang.canonical.float_frame import FloatCircle, FloatLoop, FloatPath, Frame, Pair, Place, round_half_up
from cadgen.lang.canonical.float_loop import keep_apart
from cadgen.program import IN_PLANE, Circle, Grid, Loop, Places, Wheel, points_of, rectangle

_SAME = 1e-6  # of the size, or degrees
_DRIFT = 0.5  # grid steps, by which a copy may miss its place


@dataclass(frozen=True)
class FloatGrid:
    """As `Grid`, with places in the plane of a frame."""

    first: Pair
    spacing: Pair
    count: tuple[int, int]

    def on_grid(self, frame: Frame, grid: float) -> Grid | None:
        """None where so many rounded spacings would lead too far."""
        (x, y), (dx, dy), (columns, lines) = self.first, self.spacing, self.count
        ends = [frame.on_grid(point, grid) for point in ((x, y), (x + dx * (columns - 1), y + dy * (lines - 1)))]
        rows = [_on_grid(dx * grid, columns), _on_grid(dy * grid, lines)]
        if rows[0] is None or rows[1] is None:
            return None
        spacing, count = (rows[0], rows[1]), (columns, lines)
        if _is_swapped(frame):
            spacing, count = spacing[::-1], count[::-1]
        first = min(ends[0][0], ends[1][0]), min(ends[0][1], ends[1][1])
        return Grid(first, spacing, count)


@dataclass(frozen=True)
class FloatWheel:
    """As `Wheel`, in the plane of a frame."""

    centre: Pair
    radius: float
    start: float
    count: int

    def on_grid(self, frame: Frame, grid: float) -> Wheel | None:
        """None where it does not start at whole degrees."""
        first, second = IN_PLANE[frame.across]
        quarter = 90 * round(np.degrees(np.arctan2(frame.x[second], frame.x[first])) / 90)
        mirrored = frame.x[first] * frame.y[second] - frame.x[second] * frame.y[first] < 0
        start = (-self.start if mirrored else self.start) + quarter
        if abs(start - round(start)) > _SAME:
            return None
        radius = max(1, round_half_up(self.radius * grid))
        return Wheel(frame.on_grid(self.centre, grid), radius, round(start), self.count)


@dataclass(frozen=True)
class FloatCopies:
    """Loops around (0, 0) at places, which are at `points` in this order."""

    where: FloatGrid | FloatWheel
    points: tuple[Pair, ...]
    loops: tuple[FloatLoop, ...]

    def on_grid(self, frame: Frame, grid: float) -> tuple[Places, list[Loop]] | None:
        """None where they are no array there, as where rounding would make them touch."""
        where = self.where.on_grid(frame, grid)
        turned = isinstance(self.where, FloatGrid) and _is_swapped(frame)
        cells = [cell for loop in self.loops if (cell := _cell(loop, grid, turned)) is not None]
        if where is None or len(cells) < len(self.loops) or not keep_apart(_laid(where, cells)):
            return None
        return where, cells


def _laid(where: Places, cells: Sequence[Loop]) -> list[FloatLoop]:
    return [Place(*place).put(_as_float(cell)) for place in where.places() for cell in cells]


def _as_float(cell: Loop) -> FloatLoop:
    if isinstance(cell, Circle):
        return FloatCircle((0.0, 0.0), float(cell.radius))
    start, *rest = points_of(cell)
    return FloatPath(start, tuple((point,) for point in rest))


def _is_swapped(frame: Frame) -> bool:
    """Whether its x runs along the second coordinate of its plane."""
    return bool(abs(frame.x[IN_PLANE[frame.across][0]]) < 0.5)


def _on_grid(spacing: float, count: int) -> int | None:
    """The spacing, rounded, 1 where it separates nothing; None where so many would lead too far."""
    if count == 1:
        return 1
    rounded = max(1, round_half_up(spacing))
    return rounded if abs(spacing - rounded) * (count - 1) <= _DRIFT else None


def _cell(loop: FloatLoop, grid: float, swapped: bool) -> Loop | None:
    if isinstance(loop, FloatCircle):
        return Circle((0, 0), max(1, round_half_up(loop.radius * grid)))
    corners = np.array([segment[-1] for segment in loop.segments])
    right, top = corners.max(0)
    rest = np.abs(np.abs(corners) - (right, top)).max() if corners.shape == (4, 2) else np.inf
    if rest > _SAME * max(right, top) or any(len(segment) > 1 for segment in loop.segments):
        return None
    width, height = (round_half_up(2 * half * grid) for half in ((top, right) if swapped else (right, top)))
    if width % 2 or height % 2 or min(width, height) < 2:
        return None  # its sides would not be where they are
    return rectangle(-width // 2, -height // 2, width // 2, height // 2)


def copies_of(loop: FloatLoop, places: Sequence[Place]) -> FloatCopies | None:
    """The loop, drawn around (0, 0), at all these places; None where they are no array."""
    if len(places) < 2:
        return None
    points = tuple((place.x, place.y) for place in places)
    where: FloatGrid | FloatWheel | None = None
    if not any(place.turn for place in places):
        where = _grid(points)
    if where is None:
        where = _wheel(places, isinstance(loop, FloatCircle))
    return FloatCopies(where, points, (loop,)) if where else None


def joined(one: FloatCopies | None, other: FloatCopies | None) -> FloatCopies | None:
    """Both loops at each of their places, where these are the same; None where they are not."""
    if one is None or other is None or len(one.points) != len(other.points):
        return None
    if np.abs(np.subtract(one.points, other.points)).max() > _SAME * np.abs(one.points).max():
        return None
    if FloatWheel in (type(one.where), type(other.where)) and not all(
        isinstance(loop, FloatCircle) for loop in other.loops
    ):
        return None  # one loop of a wheel turns with it, and the other would not
    return replace(one, loops=one.loops + other.loops)


def _grid(points: Sequence[Pair]) -> FloatGrid | None:
    across, along = (_row([point[axis] for point in points]) for axis in (0, 1))
    if across is None or along is None or across[2] * along[2] != len(points):
        return None
    (x, dx, columns), (y, dy, lines) = across, along
    cells = {(round((u - x) / dx), round((v - y) / dy)) for u, v in points}
    return FloatGrid((x, y), (dx, dy), (columns, lines)) if len(cells) == len(points) else None


def _row(values: Sequence[float]) -> tuple[float, float, int] | None:
    """The least value, the distance of the next (1 where there is none), and how many there are; None if uneven."""
    size = max(values) - min(values)
    if size <= _SAME * max(map(abs, values), default=0.0) or size == 0:
        return min(values), 1.0, 1
    ordered = np.sort(values)
    steps = np.diff(ordered)
    steps = steps[steps > _SAME * size]
    spacing = size / len(steps)
    return (float(ordered[0]), spacing, len(steps) + 1) if np.abs(steps - spacing).max() < _SAME * size else None


def _wheel(places: Sequence[Place], is_round: bool) -> FloatWheel | None:
    points, num = np.array([(place.x, place.y) for place in places]), len(places)
    centre = points.mean(0)
    off = points - centre
    far, angles = np.hypot(*off.T), np.degrees(np.arctan2(off[:, 1], off[:, 0]))
    radius = float(far.mean())
    if np.abs(far - radius).max() > _SAME * radius or radius == 0:
        return None
    steps = (angles - angles[0]) % 360 * num / 360
    order = np.sort(np.rint(steps).astype(int) % num)
    if np.abs(steps - np.rint(steps)).max() > _SAME * num or (order != np.arange(num)).any():
        return None
    turns = np.array([place.turn for place in places])
    off = (turns - angles + 180) % 360 - 180
    goes_along = bool(np.abs(off).max() < _SAME)
    if not goes_along and (num == 2 or not is_round):
        return None
    start = float(turns[0] if goes_along else angles[0])
    return FloatWheel((float(centre[0]), float(centre[1])), radius, start, num)
