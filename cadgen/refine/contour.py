"""A contour of a region as pieces: along the axes in a plane, and arcs of circles in it.

Shapes: N places along a contour; M of them along a piece; C corners.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from cadgen.program import IN_PLANE
from cadgen.refine.region import cross

Circle = tuple[np.ndarray, float]
"""Its centre and its radius, in the plane, in pixels."""
ROUND = 1.3
"""Pixels by which what is round may miss its circle, and what is straight its line."""
_ROUGH = 1.6  # pixels by which a contour may miss the polygon that stands for it
_LEANS = ((20.0, 5.0), (6.0, 12.0), (0.0, 24.0))  # pixels of an edge, and degrees that it may lean from an axis
_SHORTEST_ARC = 14  # pixels
_TURN, _SURE = 40.0, 90.0  # degrees that an arc turns at least, and with which it explains all of itself
_PIECE = 0.01  # of a contour, what each piece has to explain
_ALONG = 3.0  # pixels of a contour along each of the two axes, at least


@dataclass(frozen=True)
class Piece:
    """Of a contour, from one of its places to another.

    circle, turn: in the plane of the face, where it is an arc of that, and the degrees that it turns.
    """

    place_M2: np.ndarray
    axis: int | None
    circle: Circle | None
    turn: float

    @property
    def length(self) -> float:
        """In pixels of the picture: of an arc along it, of others from end to end."""
        chord = float(np.hypot(*(self.place_M2[-1] - self.place_M2[0])))
        return float(len(self.place_M2)) if self.circle else chord


class Contour:
    """A contour of a region, if it lies in the plane across `normal`. circle: that it is, if it is a whole one."""

    def __init__(self, contour_N2: np.ndarray, ways_32: np.ndarray, normal: int):
        self.place_N2, self.ways, self.normal = contour_N2, ways_32, normal
        self.in_plane_22 = ways_32[list(IN_PLANE[normal])]
        # Pixels of the picture for one of the plane.
        self.shrunk = float(np.linalg.norm(self.in_plane_22, axis=1).min())
        self.flat_N2 = np.linalg.solve(self.in_plane_22.T, contour_N2.T).T
        circle = _circle(self.flat_N2)
        self.circle = circle if circle and self._misses(self.flat_N2, circle, 90) < ROUND else None
        self.pieces = [] if self.circle else self._pieces()

    def explained(self) -> float:
        """The share along the two axes in the plane, or round; less for many pieces, 0 where an axis is missing."""
        lengths = dict.fromkeys((*IN_PLANE[self.normal], None, "arc"), 0.0)
        for piece in self.pieces:
            sure = min(1.0, piece.turn / _SURE) if piece.circle else 1.0
            lengths["arc" if piece.circle else piece.axis] += sure * piece.length
            lengths[None] += (1 - sure) * piece.length
        if not self.circle and min(lengths[axis] for axis in IN_PLANE[self.normal]) + lengths["arc"] < _ALONG:
            return 0.0
        return 1 - lengths[None] / max(1.0, sum(lengths.values())) - _PIECE * max(1, len(self.pieces))

    def seen(self, flat_2: np.ndarray) -> np.ndarray:
        """Where the picture shows a point of the plane."""
        place: np.ndarray = flat_2 @ self.in_plane_22
        return place

    def _misses(self, flat_M2: np.ndarray, circle: Circle, percent: float) -> float:
        off_M = np.abs(np.hypot(*(flat_M2 - circle[0]).T) - circle[1])
        return float(np.percentile(off_M, percent)) * self.shrunk

    def _pieces(self) -> list[Piece]:
        """In their order: the longest arcs, and what is left of the polygon that stands for the contour."""
        total = len(self.place_N2)
        corner_C2 = cv2.approxPolyDP(self.place_N2.astype(np.float32)[:, None], _ROUGH, True)[:, 0]
        at = sorted(int(np.abs(self.place_N2 - corner_2).sum(1).argmin()) for corner_2 in corner_C2)
        spans = [*pairwise([*at, at[0] + total])] if len(at) > 2 else []
        pieces = []
        for numbers, circle in _runs(self._circles(spans)) if spans else ():
            place_M2 = self.place_N2[self._indices(spans, numbers)]
            axis = None if circle else self._axis_along(place_M2[-1] - place_M2[0])
            turn = self._turn(spans, numbers, circle) if circle else 0.0
            pieces.append(Piece(place_M2, axis, circle, turn))
        return pieces

    def _circles(self, spans: Sequence[tuple[int, int]]) -> list[Circle | None]:
        """Of each span that which it is an arc of: of the longest arcs, and what else lies on their circles."""
        circles = dict[int, Circle | None]()
        for numbers, circle in self._arcs(spans):
            if not circles.keys() & numbers:
                circles |= dict.fromkeys(numbers, circle)
        known = list({id(circle): circle for circle in circles.values() if circle}.values())
        for number in range(len(spans)):
            flat_M2 = self.flat_N2[self._indices(spans, [number])]
            on = (circle for circle in known if self._misses(flat_M2, circle, 95) < ROUND)
            circles.setdefault(number, next(on, None))
        return [circles[number] for number in range(len(spans))]

    def _indices(self, spans: Sequence[tuple[int, int]], numbers: Sequence[int]) -> np.ndarray:
        first = spans[numbers[0]][0]
        length = sum(spans[number][1] - spans[number][0] for number in numbers)
        return np.arange(first, first + length + 1) % len(self.place_N2)

    def _arcs(self, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[list[int], Circle]]:
        """Neighbouring spans that lie on one circle, the longest first."""
        found = []
        for first in range(len(spans)):
            for count in range(3, len(spans) + 1):
                numbers = [(first + step) % len(spans) for step in range(count)]
                flat_M2 = self.flat_N2[self._indices(spans, numbers)]
                circle = _circle(flat_M2)
                if not circle or self._misses(flat_M2, circle, 95) > ROUND:
                    break
                if self._turn(spans, numbers, circle) > _TURN and len(flat_M2) > _SHORTEST_ARC:
                    found.append((len(flat_M2), numbers, circle))
        for _, numbers, circle in sorted(found, key=lambda one: -one[0]):
            yield numbers, circle

    def _turn(self, spans: Sequence[tuple[int, int]], numbers: Sequence[int], circle: Circle) -> float:
        """Degrees that the spans turn around the centre of a circle."""
        angle_M = np.unwrap(np.arctan2(*(self.flat_N2[self._indices(spans, numbers)] - circle[0]).T[::-1]))
        return float(np.degrees(abs(angle_M[-1] - angle_M[0])))

    def _axis_along(self, chord_2: np.ndarray) -> int | None:
        """Of the two in the plane, that which the chord runs along."""
        length = float(np.hypot(*chord_2))
        most = next(lean for least, lean in _LEANS if length >= least)
        sines = {
            axis: abs(cross(chord_2, self.ways[axis])) / max(1e-9, length * float(np.hypot(*self.ways[axis])))
            for axis in IN_PLANE[self.normal]
        }
        axis = min(sines, key=sines.__getitem__)
        return axis if length and sines[axis] < np.sin(np.radians(most)) else None


def _runs(circles: Sequence[Circle | None]) -> Iterator[tuple[list[int], Circle | None]]:
    """Numbers of neighbours around a contour that are arcs of one circle together, and each other one by itself."""
    total = len(circles)
    starts = [each for each in range(total) if circles[each] is None or circles[each] is not circles[each - 1]] or [0]
    for first, after in pairwise([*starts, starts[0] + total]):
        yield [number % total for number in range(first, after)], circles[first]


def _circle(flat_M2: np.ndarray) -> Circle | None:
    """Centre and radius of the circle of least algebraic distance (Kåsa 1976); None where there is none."""
    if len(flat_M2) < 8:
        return None
    middle_2 = flat_M2.mean(0)
    off_M2 = flat_M2 - middle_2
    (x, y, rest), *_ = np.linalg.lstsq(
        np.column_stack([2 * off_M2, np.ones(len(off_M2))]), (off_M2**2).sum(1), rcond=None
    )
    square = float(rest + x * x + y * y)
    return (middle_2 + np.array([x, y]), square**0.5) if 0 < square < 1e6 else None
