"""Where a part is looked at from, and where its points then lie on the screen."""

from dataclasses import dataclass
from functools import cached_property

import numba
import numpy as np

_BEHIND = 0.05  # of the eye's distance: what is nearer, or behind the eye, is drawn as if it were there


@dataclass(frozen=True)
class Camera:
    """The eye and how it holds its head; angles in degrees.

    azimuth: of the eye, around z, 0 on the side of x and 90 on that of y; elevation: of the eye over the xy plane, -90
    to 90; roll: by which the picture is turned, counterclockwise; perspective: the diagonal of the box around the part,
    by the distance of the eye from the middle of that box: 0 is orthographic, 1 already strong.
    """

    azimuth: float = -45.0
    elevation: float = 35.264389682754654
    roll: float = 0.0
    perspective: float = 0.0

    @cached_property
    def axes(self) -> np.ndarray:
        """(3, 3) unit vectors: where right, up and the way to the eye point."""
        azimuth, elevation, roll = np.radians([self.azimuth, self.elevation, self.roll])
        right = np.array([-np.sin(azimuth), np.cos(azimuth), 0.0])
        towards = np.array(
            [np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)]
        )
        up = np.cross(towards, right)
        cos, sin = np.cos(roll), np.sin(roll)
        return np.array([cos * right - sin * up, sin * right + cos * up, towards])


PUBLISHED = Camera()
"""That of the GenCAD-Code pictures: the eye is at (1, -1, 1)."""

NAMED = {
    "front": Camera(-90, 0),
    "back": Camera(90, 0),
    "left": Camera(180, 0),
    "right": Camera(0, 0),
    "top": Camera(-90, 90),
    "bottom": Camera(-90, -90),
    "iso": PUBLISHED,
}
"""What drawings call them: from the front one looks along y, and from above and below x points to the right."""


@numba.njit(cache=True, nogil=True)
def project(vertices, axes, perspective) -> np.ndarray:
    """(V, 3) right, up and nearness of each vertex, in units, the middle of the part's box at 0; no scale, no offset.

    vertices: (V, 3); axes: (3, 3), of `Camera.axes`; perspective: of `Camera`. Nearness grows towards the eye and is
    affine on the screen, as a z-buffer needs it, also in perspective.
    """
    centre, diagonal = middle(vertices)
    return seen_from(vertices, axes, centre, perspective / diagonal)


@numba.njit(cache=True, nogil=True)
def middle(vertices) -> tuple:
    """(3,) the middle of the box around (V, 3) vertices, and its diagonal."""
    low, high = vertices[0].copy(), vertices[0].copy()
    for point in vertices:
        for i in range(3):
            low[i], high[i] = min(low[i], point[i]), max(high[i], point[i])
    return (low + high) / 2, max(np.sqrt(np.sum((high - low) ** 2)), 1e-300)


@numba.njit(cache=True, nogil=True)
def seen_from(vertices, axes, centre, nearer) -> np.ndarray:
    """As `project`, with (3,) another point at 0, and perspective by units: `nearer` is 1 by the eye's distance."""
    screen = np.empty(vertices.shape)
    for v in range(len(vertices)):
        x, y, z = vertices[v, 0] - centre[0], vertices[v, 1] - centre[1], vertices[v, 2] - centre[2]
        across = x * axes[0, 0] + y * axes[0, 1] + z * axes[0, 2]
        along = x * axes[1, 0] + y * axes[1, 1] + z * axes[1, 2]
        near = x * axes[2, 0] + y * axes[2, 1] + z * axes[2, 2]
        factor = 1.0 / max(1.0 - near * nearer, _BEHIND)
        screen[v, 0], screen[v, 1], screen[v, 2] = across * factor, along * factor, near * factor
    return screen
