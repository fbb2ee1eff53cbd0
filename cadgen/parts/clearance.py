"""Whether the loops of a sketch keep clear of each other, and which lie inside which."""

from collections.abc import Sequence
from math import atan2, cos, sin, tau

import numba
import numpy as np

from cadgen.parts.draw import turn
from cadgen.program import Arc, Circle, Loop, Path, circle_through

_CIRCLE = np.array([turn(1.0, i, 24) for i in range(24)])
_CHORDS = 6  # for an arc


def is_clear(loops: Sequence[Loop], gap: float) -> bool:
    """No loop crosses itself or comes within `gap` of itself or another; all but nested ones lie apart."""
    return bool(_clear(chords_of(loops), gap))


def is_inside(inner: Loop, outer: Loop) -> bool:
    """Whether `inner`, which does not cross `outer`, lies in it."""
    x, y = (inner.centre[0] + inner.radius, inner.centre[1]) if isinstance(inner, Circle) else inner.start
    return bool(contains(chords_of([outer]), x, y))


def chords_of(loops: Sequence[Loop]) -> np.ndarray:
    """(S, 7): both ends of each chord; loop, segment of the loop, number of segments in the loop."""
    return np.concatenate(
        [
            _circle(loop, number) if isinstance(loop, Circle) else np.array(_path(loop, number), float)
            for number, loop in enumerate(loops)
        ]
    )


def _circle(circle: Circle, number: int) -> np.ndarray:
    rows = np.empty((len(_CIRCLE), 7))
    rows[:, 2:4] = circle.centre + circle.radius * _CIRCLE
    rows[1:, :2], rows[0, :2] = rows[:-1, 2:4], rows[-1, 2:4]
    rows[:, 4:] = number, 0, 1
    return rows


def _path(path: Path, number: int) -> list[tuple]:
    rows: list[tuple] = []
    at, num = path.start, len(path.segments)
    for place, segment in enumerate(path.segments):
        ends = _along(at, segment) if isinstance(segment, Arc) else [at, segment.end]
        rows += [(*ends[i], *ends[i + 1], number, place, num) for i in range(len(ends) - 1)]
        at = segment.end
    return rows


def _along(start, arc: Arc) -> list:
    """Points on the arc from `start` to its end."""
    circle = circle_through(start, arc.mid, arc.end)
    if circle is None:
        return [start, arc.end]
    x, y = circle.centre
    first, middle, last = (atan2(p[1] - y, p[0] - x) for p in (start, arc.mid, arc.end))
    sweep = (last - first) % tau
    if (middle - first) % tau > sweep:
        sweep -= tau
    u, v = start[0] - x, start[1] - y
    steps = [(cos(sweep * i / _CHORDS), sin(sweep * i / _CHORDS)) for i in range(1, _CHORDS)]
    # Rounded, because the last bits of sines differ from one C library to the next.
    return [start, *((round(x + u * c - v * s, 6), round(y + u * s + v * c, 6)) for c, s in steps), arc.end]


@numba.njit(cache=True, nogil=True)
def _clear(chords, gap):
    """Whether all chords (S, 7), of `chords_of`, keep a distance of `gap`; neighbours in a loop need not."""
    for i in range(len(chords)):
        a = chords[i]
        for j in range(i):
            b = chords[j]
            if a[4] == b[4]:
                apart = abs(a[5] - b[5])
                if apart <= 1 or apart >= a[6] - 1:
                    continue
            if min(a[0], a[2]) - gap >= max(b[0], b[2]) or min(b[0], b[2]) - gap >= max(a[0], a[2]):
                continue
            if min(a[1], a[3]) - gap >= max(b[1], b[3]) or min(b[1], b[3]) - gap >= max(a[1], a[3]):
                continue
            if _distance(a, b) < gap:
                return False
    return True


@numba.njit(cache=True, nogil=True)
def _distance(a, b):
    """Between two chords, the first four numbers of (7,) each; 0 where they cross."""
    one = _side(a, b[0], b[1]) * _side(a, b[2], b[3])
    two = _side(b, a[0], a[1]) * _side(b, a[2], a[3])
    if one < 0 and two < 0:
        return 0.0
    return min(
        min(_to_chord(a, b[0], b[1]), _to_chord(a, b[2], b[3])), min(_to_chord(b, a[0], a[1]), _to_chord(b, a[2], a[3]))
    )


@numba.njit(cache=True, nogil=True)
def _side(a, x, y):
    """Positive where (x, y) is left of the chord `a` (7,): twice the area of the triangle."""
    return (a[2] - a[0]) * (y - a[1]) - (a[3] - a[1]) * (x - a[0])


@numba.njit(cache=True, nogil=True)
def _to_chord(a, x, y):
    """The distance of (x, y) to the chord `a` (7,)."""
    u, v = a[2] - a[0], a[3] - a[1]
    length = u * u + v * v
    t = 0.0 if length == 0 else min(1.0, max(0.0, ((x - a[0]) * u + (y - a[1]) * v) / length))
    return np.sqrt((x - a[0] - t * u) ** 2 + (y - a[1] - t * v) ** 2)


@numba.njit(cache=True, nogil=True)
def contains(chords: np.ndarray, x: float, y: float) -> bool:
    """Whether a point is inside an odd number of the loops; chords: (S, 7), of `chords_of`."""
    inside = False
    for i in range(len(chords)):
        low, high = chords[i, 1], chords[i, 3]
        if (low > y) != (high > y) and x < chords[i, 0] + (y - low) / (high - low) * (chords[i, 2] - chords[i, 0]):
            inside = not inside
    return inside
