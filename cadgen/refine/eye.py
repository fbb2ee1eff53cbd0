"""Where a picture may have been taken from: cameras proposed by the directions of its lines.

Most edges of parts lie along three axes, and most pictures hold one of them upright. Parts may be named along any of
four sides, so azimuths are given between -90 and 0; several pictures of one part may show any of its sides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import atan, degrees, sqrt, tan

import cv2
import numpy as np

from cadgen.picture import SIDE, Seen
from cadgen.shape import NAMED, PUBLISHED, Camera

BELOW = replace(PUBLISHED, elevation=-PUBLISHED.elevation)
MAIN = (NAMED["front"], NAMED["right"], NAMED["top"])
"""From the front, from the side and from above."""
AROUND = tuple(
    Camera(azimuth, elevation, 0.0, perspective)
    for perspective in (0.0, 0.45)
    for azimuth in (-65, -55, -45, -35, -25)
    for elevation in (15, 25, 35, 45, -15, -25, -35, -45)
)
"""Wherever else parts are usually seen from."""

_SPREAD = 4.0  # pixels over which a direction is told
_MOST = 5  # directions that are told apart
_APART = 8  # degrees between two of them
_LEAST = 0.04  # of all that is straight
_STRAIGHT = 0.8  # coherence of the structure tensor on a line
_UPRIGHT = 20  # degrees that the upright axis may lean
_AXES, _LEANT = 3, (10, 30, 50, 70, -10, -30, -50, -70)  # directions alone, and elevations that they are tried with
_SNAP = 2.5  # degrees from a camera that is usual: it is that one


@dataclass(frozen=True)
class Eye:
    """Where a picture may have been taken from.

    usual: cameras as most pictures have them, that stay as they are; guessed: others, to be fitted. One that is known
    is the only usual one, without others. told: those of either that see three axes where the lines run. leaning: those
    that see a part so whose axes all lean in the picture, where no other sees them where most lines run.
    """

    usual: tuple[Camera, ...]
    guessed: tuple[Camera, ...] = ()
    told: tuple[Camera, ...] = ()
    leaning: tuple[Camera, ...] = ()

    def on(self, above: bool) -> "Eye":
        """The cameras on one side of what is level. One that is known stays."""
        if not self.guessed:
            return self
        all_of = (self.usual, self.guessed, self.told)
        return Eye(*(tuple(one for one in some if above == (one.elevation >= 0)) for some in all_of))

    def all_round(self) -> "Eye":
        """The same from all four sides. A camera that is known stays."""
        return Eye(*map(all_round, (self.usual, self.guessed, self.told))) if self.guessed else self


def all_round(some: tuple[Camera, ...]) -> tuple[Camera, ...]:
    """Each camera, and behind it the same moved by quarters around the part; none twice."""
    moved = (replace(camera, azimuth=_within(camera.azimuth + turn)) for camera in some for turn in (0, 90, 180, 270))
    return tuple(dict.fromkeys(moved))


def _within(azimuth: float) -> float:
    """The same azimuth, more than -180 degrees and up to 180."""
    return 180 - (180 - azimuth) % 360


def eye_of(seen: Seen) -> Eye:
    """The published corner and its like from below; the main views where lines are level and upright.

    A picture of exactly the published look is from that corner, unless its lines are so.
    """
    peaks = directions(seen)
    told: list[Camera] = []
    for three in combinations(peaks, 3):
        for camera in _of_directions(three):
            if not any(_alike(camera, other) for other in told):
                told.append(camera)
    guessed = (*(camera for camera in told if camera not in (PUBLISHED, BELOW)), *AROUND)
    stands = _is_published(peaks) if seen.exact else bool(told)
    leaning = () if stands else tuple(_leaning(peaks))
    if seen.exact and not _square(peaks):
        return Eye((PUBLISHED,), guessed, (PUBLISHED,), leaning)
    main = MAIN if len(peaks) < 3 or _square(peaks) else ()
    return Eye((PUBLISHED, BELOW, *main), guessed, tuple(told), leaning)


def _is_published(peaks: Sequence[float]) -> bool:
    return all(any(abs(angle - axis) < _SNAP for axis in (30, 90, 150)) for angle in peaks[:2])


def _leaning(peaks: Sequence[float]) -> Iterator[Camera]:
    """Of three directions, and of the few most frequent ones alone, as a round part shows its own."""
    for three in combinations(peaks, 3):
        yield from _of_directions(three, 90)
    for angle in peaks[:_AXES]:
        roll = angle - 90
        yield from (Camera(PUBLISHED.azimuth, elevation, roll) for elevation in _LEANT)


def directions(seen: Seen) -> list[float]:
    """Degrees from 0 to 180, counterclockwise from the right, in which the lines run; the most frequent first."""
    line_SS = np.zeros((SIDE, SIDE), np.float32)
    column_N, row_N = np.clip(seen.line_N2.astype(int), 0, SIDE - 1).T
    line_SS[row_N, column_N] = 1
    smooth_SS = cv2.GaussianBlur(line_SS, (0, 0), 2.0)
    dx, dy = cv2.Sobel(smooth_SS, cv2.CV_32F, 1, 0), cv2.Sobel(smooth_SS, cv2.CV_32F, 0, 1)
    xx, yy, xy = (
        cv2.GaussianBlur(product, (0, 0), _SPREAD)[row_N, column_N] for product in (dx * dx, dy * dy, dx * dy)
    )
    coherence_N = np.hypot(xx - yy, 2 * xy) / np.maximum(xx + yy, 1e-12)
    # The gradient stands across the line; rows grow downwards.
    angle_N = (90 - np.degrees(np.arctan2(2 * xy, xx - yy)) / 2) % 180
    straight_N = angle_N[coherence_N > _STRAIGHT]
    counts = np.bincount(np.rint(straight_N).astype(int) % 180, minlength=180).astype(float)
    smooth = np.sum([np.roll(counts, shift) * (3 - abs(shift)) for shift in range(-2, 3)], 0)
    return list(_peaks(smooth, straight_N))


def _peaks(smooth: np.ndarray, straight_N: np.ndarray) -> Iterator[float]:
    smooth, total = smooth.copy(), smooth.sum()
    for _ in range(_MOST):
        top = int(smooth.argmax())
        off_N = (straight_N - top + 90) % 180 - 90
        near_N = off_N[np.abs(off_N) < _APART / 2]
        if not total or smooth[top] <= 0 or len(near_N) < _LEAST * len(straight_N):
            return
        yield (top + float(np.median(near_N))) % 180
        smooth[(top + np.arange(-_APART, _APART + 1)) % 180] = 0


def _of_directions(three: tuple[float, ...], most: float = _UPRIGHT) -> Iterator[Camera]:
    """Orthographic cameras that see three axes in these directions, from above and from below.

    most: degrees by which that which is nearest to it leans from the upright.
    """
    upright = min(three, key=lambda angle: abs(angle - 90))
    if abs(upright - 90) > most:
        return
    roll = upright - 90
    slopes = [tan(np.radians(angle - roll)) for angle in three if angle != upright]
    if len(slopes) < 2 or slopes[0] * slopes[1] >= 0:
        return
    rising, falling = max(slopes), -min(slopes)
    sine = sqrt(rising * falling)
    if not 0.08 < sine < 0.98:
        return
    elevation = degrees(np.arcsin(sine))
    # From above x falls towards the right and y rises; from below the other way round.
    yield _snapped(Camera(-degrees(atan(sqrt(rising / falling))), elevation, roll))
    yield _snapped(Camera(-degrees(atan(sqrt(falling / rising))), -elevation, roll))


def _snapped(camera: Camera) -> Camera:
    if abs(camera.roll) < _SNAP:
        camera = replace(camera, roll=0.0)
    return next((usual for usual in (PUBLISHED, BELOW) if _alike(camera, usual)), camera)


def _alike(camera: Camera, other: Camera) -> bool:
    return all(abs(getattr(camera, name) - getattr(other, name)) < _SNAP for name in ("azimuth", "elevation", "roll"))


def _square(peaks: list[float]) -> bool:
    """Whether the two most frequent directions are level and upright."""
    return {round(angle / 90) % 2 for angle in peaks[:2] if abs((angle + 45) % 90 - 45) < _SNAP} == {0, 1}
