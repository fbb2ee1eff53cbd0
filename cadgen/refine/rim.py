"""Cameras that look upon a round end of a part as the picture does: `upon_rims(target)`.

A circle is seen as an ellipse: its short side lies along the circle's axis, and tells how steeply one looks upon it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from operator import attrgetter

import cv2
import numpy as np

from cadgen.refine.region import OUTSIDE, labelled
from cadgen.refine.view import Target
from cadgen.shape import PUBLISHED, Camera

_NUM = 3  # the largest ellipses
_SMALLEST = 0.1  # of the part's longer side, half of the longer axis of an ellipse
# Pixels, in published pictures and in others: around lines, and that an outline may miss its ellipse, in the mean.
_LINE, _LINE_DRAWN, _ROUND, _ROUND_DRAWN = 0.75, 2.0, 0.7, 1.2
_FLATTEST, _ROUNDEST = 0.12, 0.97  # the short side by the long one; beyond, the axis is hardly told
_ALIKE = 3.0  # degrees
_ALL_ROUND = np.array([(1, 0), (1, 1), (0, 1), (-1, 1)])
_GAPS = 1, 5  # pixels of a line that may be missing


@dataclass(frozen=True)
class _Ellipse:
    """Half of its long and of its short side, in pixels; degrees from the right, counterclockwise, of the latter.

    miss: pixels in the mean by which an outline misses it.
    """

    long: float
    short: float
    angle: float
    miss: float

    def is_like(self, other: "_Ellipse") -> bool:
        """Whether both tell about the same axis."""
        turn = abs((self.angle - other.angle + 90) % 180 - 90)
        return turn < _ALIKE and abs(self.elevation - other.elevation) < _ALIKE

    @property
    def elevation(self) -> float:
        """Degrees between its plane and who sees a circle so."""
        return float(np.degrees(np.arcsin(self.short / self.long)))


def upon_rims(target: Target) -> Iterator[Camera]:
    """Orthographic cameras that hold the axis of a region's ellipse upright, of the largest regions first.

    Two for each: it may be the upper end that is seen, or the lower one.
    """
    found = [one for gap in _GAPS for one in _ellipses(target, gap)]
    kept = list[_Ellipse]()
    for one in sorted(found, key=attrgetter("miss")):
        if not any(one.is_like(other) for other in kept):
            kept.append(one)
    for one in nlargest(_NUM, kept, key=attrgetter("long")):
        for up in (one.angle, one.angle + 180):
            yield Camera(PUBLISHED.azimuth, one.elevation, (up + 90) % 360 - 180)


def _ellipses(target: Target, gap: int) -> Iterator[_Ellipse]:
    line, rough = (_LINE, _ROUND) if target.exact else (_LINE_DRAWN, _ROUND_DRAWN)
    label_SS = labelled(target.part_SS, target.distance_SS < line, _ALL_ROUND, gap)
    least = _SMALLEST * target.size
    for label in range(OUTSIDE + 1, label_SS.max() + 1):
        contours, _ = cv2.findContours((label_SS == label).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        contour_N2 = max(contours, key=len)[:, 0].astype(np.float32)
        one = _ellipse(contour_N2) if len(contour_N2) > least else None
        if one and one.miss < rough and one.long >= least and _FLATTEST < one.short / one.long < _ROUNDEST:
            yield one


def _ellipse(contour_N2: np.ndarray) -> _Ellipse | None:
    """That which fits the outline best, if there is one."""
    centre_2, (width, height), turn = cv2.fitEllipse(contour_N2)
    if not min(width, height):
        return None
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    off_N2 = (contour_N2 - centre_2) @ np.array([[cos, -sin], [sin, cos]]) / (width / 2, height / 2)
    long, short = max(width, height) / 2, min(width, height) / 2
    # Rows grow downwards; `turn` is that of the side called width.
    angle = -turn if width <= height else -turn - 90
    return _Ellipse(long, short, angle, float(np.abs(np.hypot(*off_N2.T) - 1).mean()) * long)
