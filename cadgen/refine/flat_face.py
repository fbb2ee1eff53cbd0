"""Flat faces that a picture shows: regions between lines, whose outlines run along two axes of the part or round.

Places are columns and rows of the frame. Where a unit is a pixel, one moves along an axis of the part as `ways` says.
Shapes: S pixels a side of the frame; N pixels along a contour; M of them along a piece; K pixels of a region.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import itemgetter

import cv2
import numpy as np

from cadgen.program import IN_PLANE

OUTSIDE = 1
"""The label of what is not the part. Regions have greater ones, what lies between two of them has lesser ones."""
Circle = tuple[np.ndarray, float]
"""The place of its centre, and its own radius in pixels, not that of what the picture shows of it."""
Beyond = dict[int, float]
"""Labels, with the share that each has of what is on the other side of an edge."""

_CORE = 0.9  # pixels from lines; what is farther is within a region
_FEWEST = 16  # pixels of a region
_ROUGH = 1.6  # pixels by which a contour may miss the polygon that stands for it
_ROUND = 1.3  # pixels by which what is round may miss its circle, and what is straight its line
_MOST, _BENT = 85, 0.03  # of a round wall: so many in a hundred lengths along it are the same; of its width, its bend
_LEANS = ((20.0, 5.0), (6.0, 12.0), (0.0, 24.0))  # pixels of an edge, and degrees that it may lean from an axis
_SHORTEST_ARC, _TIP = 14, 6  # pixels of an arc, at least, and of the blunt end of a sharp corner, at most
_TURN, _SURE = 40.0, 90.0  # degrees that an arc turns at least, and with which it explains all of itself
_EXPLAINED, _TOLD = 0.6, 0.3  # of a contour: along axes or round, at least; where the shade tells that it is flat
_PIECE = 0.01  # of a contour, what each piece has to explain
_ROUNDS = 3  # in which faces tell each other which axis is across them
_ALONG = 3.0  # pixels of a contour along each of the two axes, at least
_JOG = 3.0  # pixels between two edges that are one
_BEYOND = 4.0  # pixels over an edge, where it is asked what is there
_FARTHER = 6.0  # pixels, by which edges may meet farther from where a contour turns than its shortest edges are long
_ACROSS = 141  # of 255, faces of the published pictures that have an axis across them: all three are seen alike
_NEARLY = 8  # of 255, that shades differ, and a cone is as good as flat
_STEP = 20  # of 255, between shades: more than between neighbouring facets of what is round
_MOSTLY = 0.5  # of a region
_LEVEL = 0.05  # of a unit, that one along an axis takes on the picture


@dataclass(frozen=True)
class Edge:
    """A piece of an outline. axis: that it runs along, or None; mid_2: a place on it where it is an arc of `circle`."""

    start_2: np.ndarray
    end_2: np.ndarray
    axis: int | None
    mid_2: np.ndarray | None
    circle: Circle | None
    beyond: Beyond

    @property
    def middle_2(self) -> np.ndarray:
        """A place on it, halfway."""
        middle: np.ndarray = (self.start_2 + self.end_2) / 2 if self.mid_2 is None else self.mid_2
        return middle

    @property
    def length(self) -> float:
        """From end to end, in pixels."""
        return float(np.hypot(*(self.end_2 - self.start_2)))


@dataclass(frozen=True)
class Rim:
    """A whole circle as an outline."""

    centre_2: np.ndarray
    radius: float
    beyond: Beyond


Outline = tuple[Edge, ...] | Rim


@dataclass(frozen=True)
class Face:
    """label: of its region; normal: the axis across it; outlines: the outer one, then its holes; contour_N2: of all."""

    label: int
    normal: int
    outlines: tuple[Outline, ...]
    contour_N2: np.ndarray

    def edges(self) -> Iterator[Edge]:
        """Of all outlines that are no circles."""
        return (edge for outline in self.outlines if not isinstance(outline, Rim) for edge in outline)


def ways(axes_33: np.ndarray) -> np.ndarray:
    """(3, 2) by how much places move for a unit along each axis; axes_33: of a camera."""
    return np.stack([axes_33[0], -axes_33[1]], 1)


def values_at(value_SS: np.ndarray, place_N2: np.ndarray) -> np.ndarray:
    """(N,) values of the pixels there, or of the nearest in the frame."""
    column_N, row_N = np.clip(place_N2.astype(int), 0, len(value_SS) - 1).T
    values: np.ndarray = value_SS[row_N, column_N]
    return values


def are_across(grey_K: np.ndarray) -> bool:
    """Whether most pixels of a published picture that are of faces have the shade of those with an axis across them."""
    return bool(_is_across(grey_K).sum() >= _MOSTLY * (grey_K > 0).sum())


def ends_of(grey_SS: np.ndarray) -> np.ndarray:
    """(S, S) bool: where faces with an axis across them end before others with no line between, as round ones begin."""
    light_SS = cv2.dilate(grey_SS, _CROSS)
    dark_SS = cv2.erode(np.where(grey_SS > 0, grey_SS, 255).astype(np.uint8), _CROSS)
    ends_SS: np.ndarray = _is_across(grey_SS) & (light_SS.astype(int) - dark_SS > _STEP)
    return ends_SS


def _is_across(grey: np.ndarray) -> np.ndarray:
    """Bool, of the same shape: what has the shade of faces with an axis across them, or almost."""
    across: np.ndarray = np.abs(grey.astype(int) - _ACROSS) <= _NEARLY
    return across


def labelled(part_SS: np.ndarray, line_SS: np.ndarray, ways_32: np.ndarray, gap: int) -> np.ndarray:
    """(S, S) int32: the regions between lines, grown until they meet on them.

    gap: pixels; most breaks in lines along the axes are closed that are no longer.
    """
    thick_SS = line_SS.astype(np.uint8)
    closed_SS = thick_SS.copy()
    for way_2 in ways_32:
        closed_SS = np.maximum(closed_SS, cv2.morphologyEx(thick_SS, cv2.MORPH_CLOSE, _stroke(way_2, gap)))
    far_SS = cv2.distanceTransform(1 - closed_SS, cv2.DIST_L2, 5)
    core_SS = (part_SS & (far_SS > _CORE)).astype(np.uint8)
    count, region_SS, told, _ = cv2.connectedComponentsWithStats(core_SS, connectivity=4)
    kept = [region for region in range(1, count) if told[region, cv2.CC_STAT_AREA] >= _FEWEST]
    number_C = np.zeros(count, np.int32)
    number_C[kept] = np.arange(len(kept)) + OUTSIDE + 1
    label_SS = number_C[region_SS]
    label_SS[cv2.erode((~part_SS).astype(np.uint8), np.ones((3, 3))) > 0] = OUTSIDE
    height_SS = np.clip(255 - np.minimum(far_SS, 5) * 60, 0, 255).astype(np.uint8)  # far is anything where no line is
    return cv2.watershed(cv2.merge([height_SS] * 3), label_SS)


def _stroke(way_2: np.ndarray, length: int) -> np.ndarray:
    """(length, length) uint8: ones along the way."""
    stroke, half = np.zeros((length, length), np.uint8), length // 2
    unit_2 = way_2 / max(1e-9, float(np.hypot(*way_2)))
    start, end = (np.rint(half + sign * half * unit_2).astype(int).tolist() for sign in (-1, 1))
    return cv2.line(stroke, start, end, 1, 1)


def faces_of(label_SS: np.ndarray, grey_SS: np.ndarray | None, axes_33: np.ndarray, shortest: float) -> list[Face]:
    """The regions that are flat and have an axis across them; grey_SS: of a published picture, which tells some.

    Where an outline may lie across several, that is taken in which most of it is where two planes meet. shortest:
    pixels; an edge along no axis that is no longer is a corner that was not seen well.
    """
    ways_32, may_be = ways(axes_33), dict[int, list[tuple[float, Face]]]()
    least = _EXPLAINED if grey_SS is None else _TOLD
    for label in range(OUTSIDE + 1, int(label_SS.max()) + 1):
        mask_SS = cv2.dilate((label_SS == label).astype(np.uint8), np.ones((3, 3)))
        contours = _contours(mask_SS)
        if not contours or _is_swept(mask_SS, ways_32):
            continue
        if grey_SS is not None and not are_across(grey_SS[label_SS == label]):
            continue
        for normal in range(3):
            all_of = [_Contour(contour_N2, ways_32, normal) for contour_N2 in contours]
            explained = all_of[0].explained()
            outlines = [_outline(one, label, label_SS, shortest) for one in all_of] if explained > least else [None]
            if outlines[0]:
                face = Face(label, normal, tuple(filter(None, outlines)), np.concatenate(contours))
                may_be.setdefault(label, []).append((explained, face))
    chosen = {label: max(some, key=itemgetter(0))[1] for label, some in may_be.items()}
    for _ in range(_ROUNDS):
        normals = {label: face.normal for label, face in chosen.items()}
        for label, some in may_be.items():
            chosen[label] = max(some, key=lambda one: one[0] + _met(one[1], normals))[1]
    return [*chosen.values()]


def _met(face: Face, normals: dict[int, int]) -> float:
    """The share of its outline where its plane meets that of what is beyond."""
    met = total = 0.0
    for edge in face.edges():
        total += edge.length
        if edge.axis is not None:
            beyond = (
                share for label, share in edge.beyond.items() if normals.get(label) == 3 - face.normal - edge.axis
            )
            met += edge.length * sum(beyond)
    return met / total if total else 0.0


def _contours(mask_SS: np.ndarray) -> list[np.ndarray]:
    """(N, 2) places around the largest piece, and around each hole in it."""
    contours, tree = cv2.findContours(mask_SS, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outer = [number for number in range(len(contours)) if tree[0][number][3] < 0]
    if not outer:
        return []
    first = max(outer, key=lambda number: cv2.contourArea(contours[number]))
    holes = [one for number, one in enumerate(contours) if tree[0][number][3] == first]
    return [one[:, 0] + 0.5 for one in (contours[first], *holes) if cv2.contourArea(one) > _FEWEST]


def _is_swept(mask_SS: np.ndarray, ways_32: np.ndarray) -> bool:
    """Whether the region is a curve swept along an axis, as round walls are: as long everywhere, with bent ends."""
    place_K2 = np.argwhere(mask_SS)[:, ::-1].astype(float)
    for way_2 in ways_32:
        unit = float(np.hypot(*way_2))
        if unit < _LEVEL:
            continue
        along_K, across_K = place_K2 @ way_2 / unit, place_K2 @ _left(way_2) / unit
        bin_K = np.floor(across_K - across_K.min()).astype(int)
        low_B, high_B = np.full(bin_K.max() + 1, np.inf), np.full(bin_K.max() + 1, -np.inf)
        np.minimum.at(low_B, bin_K, along_K)
        np.maximum.at(high_B, bin_K, along_K)
        inner = np.arange(len(low_B))[2:-2]
        inner = inner[np.isfinite(low_B[inner])]
        length_B = high_B[inner] - low_B[inner]
        if len(inner) < 8 or np.percentile(np.abs(length_B - np.median(length_B)), _MOST) > _ROUND:
            continue
        if min(_bend(low_B[inner]), _bend(high_B[inner])) > max(_ROUND, _BENT * len(inner)):
            return True
    return False


def _bend(end_B: np.ndarray) -> float:
    """How far the middle of a curve is off the line through its two halves' ends, in the mean of each third."""
    first, middle, last = (float(third.mean()) for third in np.array_split(end_B, 3))
    return abs(middle - (first + last) / 2)


_Circle = tuple[np.ndarray, float]


@dataclass(frozen=True)
class _Piece:
    """Of a contour, from one of its places to another.

    circle, turn: in the plane of the face, where it is an arc of that, and the degrees that it turns.
    """

    place_M2: np.ndarray
    axis: int | None
    circle: _Circle | None
    turn: float

    @property
    def length(self) -> float:
        chord = float(np.hypot(*(self.place_M2[-1] - self.place_M2[0])))
        return float(len(self.place_M2)) if self.circle else chord


class _Contour:
    """A contour of a region, if it lies in the plane across `normal`. circle: that it is, if it is a whole one."""

    def __init__(self, contour_N2: np.ndarray, ways_32: np.ndarray, normal: int):
        self.place_N2, self.ways, self.normal = contour_N2, ways_32, normal
        self.in_plane_22 = ways_32[list(IN_PLANE[normal])]
        self.shrunk = float(
            np.linalg.norm(self.in_plane_22, axis=1).min()
        )  # pixels of the picture for one of the plane
        self.flat_N2 = np.linalg.solve(self.in_plane_22.T, contour_N2.T).T
        circle = _circle(self.flat_N2)
        self.circle = circle if circle and self._misses(self.flat_N2, circle, 90) < _ROUND else None
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

    def _misses(self, flat_M2: np.ndarray, circle: _Circle, percent: float) -> float:
        off_M = np.abs(np.hypot(*(flat_M2 - circle[0]).T) - circle[1])
        return float(np.percentile(off_M, percent)) * self.shrunk

    def _pieces(self) -> list[_Piece]:
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
            pieces.append(_Piece(place_M2, axis, circle, turn))
        return pieces

    def _circles(self, spans: Sequence[tuple[int, int]]) -> list[_Circle | None]:
        """Of each span that which it is an arc of: of the longest arcs, and what else lies on their circles."""
        circles = dict[int, _Circle | None]()
        for numbers, circle in self._arcs(spans):
            if not circles.keys() & numbers:
                circles |= dict.fromkeys(numbers, circle)
        known = list({id(circle): circle for circle in circles.values() if circle}.values())
        for number in range(len(spans)):
            flat_M2 = self.flat_N2[self._indices(spans, [number])]
            on = (circle for circle in known if self._misses(flat_M2, circle, 95) < _ROUND)
            circles.setdefault(number, next(on, None))
        return [circles[number] for number in range(len(spans))]

    def _indices(self, spans: Sequence[tuple[int, int]], numbers: Sequence[int]) -> np.ndarray:
        first = spans[numbers[0]][0]
        length = sum(spans[number][1] - spans[number][0] for number in numbers)
        return np.arange(first, first + length + 1) % len(self.place_N2)

    def _arcs(self, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[list[int], _Circle]]:
        """Neighbouring spans that lie on one circle, the longest first."""
        found = []
        for first in range(len(spans)):
            for count in range(3, len(spans) + 1):
                numbers = [(first + step) % len(spans) for step in range(count)]
                flat_M2 = self.flat_N2[self._indices(spans, numbers)]
                circle = _circle(flat_M2)
                if not circle or self._misses(flat_M2, circle, 95) > _ROUND:
                    break
                if self._turn(spans, numbers, circle) > _TURN and len(flat_M2) > _SHORTEST_ARC:
                    found.append((len(flat_M2), numbers, circle))
        for _, numbers, circle in sorted(found, key=lambda one: -one[0]):
            yield numbers, circle

    def _turn(self, spans: Sequence[tuple[int, int]], numbers: Sequence[int], circle: _Circle) -> float:
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


def _runs(circles: Sequence[_Circle | None]) -> Iterator[tuple[list[int], _Circle | None]]:
    """Numbers of neighbours around a contour that are arcs of one circle together, and each other one by itself."""
    total = len(circles)
    starts = [each for each in range(total) if circles[each] is None or circles[each] is not circles[each - 1]] or [0]
    for first, after in pairwise([*starts, starts[0] + total]):
        yield [number % total for number in range(first, after)], circles[first]


def _circle(flat_M2: np.ndarray) -> _Circle | None:
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


@dataclass(frozen=True)
class _Line:
    """A straight piece as a line, or an arc. at_2: on it; way_2: a unit vector; the rest: as `Edge` has it."""

    at_2: np.ndarray
    way_2: np.ndarray
    axis: int | None
    mid_2: np.ndarray | None
    circle: Circle | None
    place_M2: np.ndarray


def _outline(contour: _Contour, label: int, label_SS: np.ndarray, shortest: float) -> Outline | None:
    """The contour as edges that meet, or as a circle; None where little is left of it."""
    if contour.circle:
        centre_2, radius = contour.circle
        return Rim(contour.seen(centre_2), radius, _beyond(contour.place_N2, label, label_SS))
    lines = _joined([_line(piece, contour) for piece in contour.pieces if len(piece.place_M2) > 2], shortest)
    if (len(lines) < 3 and not any(line.mid_2 is not None for line in lines)) or len(lines) < 2:
        return None
    meetings = [
        _meeting(one, other, shortest + _FARTHER) for one, other in zip([lines[-1], *lines[:-1]], lines, strict=True)
    ]
    return tuple(
        Edge(start_2, end_2, line.axis, line.mid_2, line.circle, _beyond(line.place_M2, label, label_SS))
        for line, start_2, end_2 in zip(lines, meetings, [*meetings[1:], meetings[0]], strict=True)
    )


def _line(piece: _Piece, contour: _Contour) -> _Line:
    place_M2 = piece.place_M2
    chord_2 = place_M2[-1] - place_M2[0]
    way_2 = chord_2 if piece.axis is None else contour.ways[piece.axis]
    way_2 = way_2 / max(1e-9, float(np.hypot(*way_2)))
    if piece.circle:
        centre_2, radius = piece.circle
        flat_2 = np.linalg.solve(contour.in_plane_22.T, place_M2[len(place_M2) // 2])
        out_2 = (flat_2 - centre_2) / max(1e-9, float(np.hypot(*(flat_2 - centre_2))))
        mid_2, circle = contour.seen(centre_2 + radius * out_2), (contour.seen(centre_2), radius)
        return _Line(place_M2.mean(0), way_2, None, mid_2, circle, place_M2)
    inner_M2 = place_M2[2:-2] if len(place_M2) > 8 else place_M2
    left_2 = _left(way_2)
    at_2 = np.median(inner_M2 @ left_2) * left_2 + (inner_M2.mean(0) @ way_2) * way_2
    return _Line(at_2, way_2, piece.axis, None, None, place_M2)


def _joined(lines: Sequence[_Line], shortest: float) -> list[_Line]:
    """Without short edges along no axis, or that are no jog between two along one; what goes on in line is one."""
    some = [line for line in lines if line.axis is not None or line.mid_2 is not None or len(line.place_M2) > shortest]
    around = zip([*some[-1:], *some[:-1]], some, [*some[1:], *some[:1]], strict=True)
    kept = [
        line
        for before, line, after in around
        if len(line.place_M2) > _TIP
        or line.mid_2 is not None
        or None in (before.axis, after.axis)
        or before.axis == after.axis
    ]
    number = 0
    while len(kept) > 3 and number < len(kept):
        one, other = kept[number - 1], kept[number]
        if one.axis is not None and one.axis == other.axis and abs(cross(other.at_2 - one.at_2, one.way_2)) < _JOG:
            weights = len(one.place_M2), len(other.place_M2)
            at_2 = np.average([one.at_2, other.at_2], axis=0, weights=weights)
            kept[number] = replace(one, at_2=at_2, place_M2=np.concatenate([one.place_M2, other.place_M2]))
            kept.pop(number - 1)
            number = 0
        else:
            number += 1
    return kept


def _meeting(one: _Line, other: _Line, farthest: float) -> np.ndarray:
    """Where two lines meet; where they do not nearby, or one is an arc, where the contour passes between them."""
    passing_2: np.ndarray = (one.place_M2[-1] + other.place_M2[0]) / 2
    straight = [line for line in (one, other) if line.mid_2 is None]
    if len(straight) == 1:
        (line,) = straight
        on_2: np.ndarray = line.at_2 + ((passing_2 - line.at_2) @ line.way_2) * line.way_2
        return on_2
    across = cross(one.way_2, other.way_2)
    if not straight or abs(across) < 0.1:
        return passing_2
    meeting_2: np.ndarray = one.at_2 + cross(other.at_2 - one.at_2, other.way_2) / across * one.way_2
    return meeting_2 if np.hypot(*(meeting_2 - passing_2)) < farthest else passing_2


def _beyond(place_M2: np.ndarray, label: int, label_SS: np.ndarray) -> Beyond:
    """What is across a piece of a contour."""
    if len(place_M2) > 8:
        inner_M2, way_M2 = place_M2[2:-2], place_M2[4:] - place_M2[:-4]
    else:
        inner_M2, way_M2 = place_M2, np.tile(place_M2[-1] - place_M2[0], (len(place_M2), 1))
    left_M2 = _left(way_M2.T).T / np.maximum(np.linalg.norm(way_M2, axis=1, keepdims=True), 1e-9)
    sides = [values_at(label_SS, inner_M2 + sign * _BEYOND * left_M2) for sign in (-1, 1)]
    other_M = min(sides, key=lambda side_M: np.count_nonzero(side_M == label))
    numbers, counts = np.unique(other_M[(other_M > 0) & (other_M != label)], return_counts=True)
    return dict(zip(numbers.tolist(), (counts / max(1, counts.sum())).tolist(), strict=True))


_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def _left(way_2: np.ndarray) -> np.ndarray:
    return np.array([-way_2[1], way_2[0]])


def cross(one_2: np.ndarray, other_2: np.ndarray) -> float:
    """The area that two vectors span, signed."""
    return float(one_2[0] * other_2[1] - one_2[1] * other_2[0])
