"""Flat faces that a picture shows: regions between lines, whose outlines run along two axes of the part or round.

Shapes: S pixels a side of the frame; N pixels along a contour; M of them along a piece; K pixels of a region.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

import cv2
import numpy as np

from cadgen.refine.contour import ROUND, Circle, Contour, Piece
from cadgen.refine.region import OUTSIDE, are_across, cross, left, values_at, ways

Beyond = dict[int, float]
"""Labels, with the share that each has of what is on the other side of an edge."""

_FEWEST = 16  # pixels of a contour's inside
_MOST, _BENT = 85, 0.03  # of a round wall: so many in a hundred lengths along it are the same; of its width, its bend
_TIP = 6  # pixels of the blunt end of a sharp corner, at most
_EXPLAINED, _TOLD = 0.6, 0.3  # of a contour: along axes or round, at least; where the shade tells that it is flat
_ROUNDS = 3  # in which faces tell each other which axis is across them
_JOG = 3.0  # pixels between two edges that are one
_BEYOND = 4.0  # pixels over an edge, where it is asked what is there
_FARTHER = 6.0  # pixels, by which edges may meet farther from where a contour turns than its shortest edges are long
_LEVEL = 0.05  # of a unit, that one along an axis takes on the picture


@dataclass(frozen=True)
class Edge:
    """A piece of an outline. axis: that it runs along, or None; mid_2: a place on it where it is an arc of `circle`.

    circle: the place of its centre on the picture, and its radius in the plane of the face.
    """

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
    """A whole circle as an outline: the place of its centre on the picture, and its radius in the plane of the face."""

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
            all_of = [Contour(contour_N2, ways_32, normal) for contour_N2 in contours]
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
        along_K, across_K = place_K2 @ way_2 / unit, place_K2 @ left(way_2) / unit
        bin_K = np.floor(across_K - across_K.min()).astype(int)
        low_B, high_B = np.full(bin_K.max() + 1, np.inf), np.full(bin_K.max() + 1, -np.inf)
        np.minimum.at(low_B, bin_K, along_K)
        np.maximum.at(high_B, bin_K, along_K)
        inner = np.arange(len(low_B))[2:-2]
        inner = inner[np.isfinite(low_B[inner])]
        length_B = high_B[inner] - low_B[inner]
        if len(inner) < 8 or np.percentile(np.abs(length_B - np.median(length_B)), _MOST) > ROUND:
            continue
        if min(_bend(low_B[inner]), _bend(high_B[inner])) > max(ROUND, _BENT * len(inner)):
            return True
    return False


def _bend(end_B: np.ndarray) -> float:
    """How far the middle of a curve is off the line through its two halves' ends, in the mean of each third."""
    first, middle, last = (float(third.mean()) for third in np.array_split(end_B, 3))
    return abs(middle - (first + last) / 2)


@dataclass(frozen=True)
class _Line:
    """A straight piece as a line, or an arc. at_2: on it; way_2: a unit vector; the rest: as `Edge` has it."""

    at_2: np.ndarray
    way_2: np.ndarray
    axis: int | None
    mid_2: np.ndarray | None
    circle: Circle | None
    place_M2: np.ndarray


def _outline(contour: Contour, label: int, label_SS: np.ndarray, shortest: float) -> Outline | None:
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


def _line(piece: Piece, contour: Contour) -> _Line:
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
    left_2 = left(way_2)
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
    left_M2 = left(way_M2.T).T / np.maximum(np.linalg.norm(way_M2, axis=1, keepdims=True), 1e-9)
    sides = [values_at(label_SS, inner_M2 + sign * _BEYOND * left_M2) for sign in (-1, 1)]
    other_M = min(sides, key=lambda side_M: np.count_nonzero(side_M == label))
    numbers, counts = np.unique(other_M[(other_M > 0) & (other_M != label)], return_counts=True)
    return dict(zip(numbers.tolist(), (counts / max(1, counts.sum())).tolist(), strict=True))
