"""Where people look at parts from, and how they hold the camera."""

from dataclasses import dataclass
from random import Random

from cadgen.parts.draw import pick
from cadgen.shape import PUBLISHED, Camera

_SPREAD = 25  # degrees of azimuth and elevation around the published corner
LIMITS = 8, 65  # degrees of elevation, but for main views
# Azimuth and elevation of axonometric drawings and of the first view that viewers open with.
_NAMED = ((-45, 20.7), (-45, 30), (-60, 30), (-30, 30), (-60, 20), (-37.5, 30), (-65, 22), (-55, 45))
_MAIN = ((-90, 0), (0, 0), (90, 0), (180, 0), (-90, 90), (-90, -90))


@dataclass(frozen=True)
class Cameras:
    """A part seen from about the published corner: how often otherwise, as shares from 0 to 1.

    A part has no frame of its own that a picture could tell, so the four corners it may be seen from above count as
    one. main: one of the six main views; exact, named, near: of the others the published corner, a usual axonometric
    view, up to a few degrees from the corner, and else anywhere up to 25 degrees from it; below: from below; tilted:
    rolled by up to 8 degrees; turned: upside down; perspective: none in the others.
    """

    main: float = 0.05
    exact: float = 0.45
    named: float = 0.12
    near: float = 0.18
    below: float = 0.12
    tilted: float = 0.1
    turned: float = 0.03
    perspective: float = 0.3

    def draw(self, rng: Random) -> Camera:
        """The camera that these numbers give."""
        azimuth, elevation = rng.choice(_MAIN) if rng.random() < self.main else self._corner(rng)
        return Camera(float(azimuth), float(elevation), self._roll(rng), self._perspective(rng))

    def _corner(self, rng: Random) -> tuple[float, float]:
        """Azimuth and elevation near the published corner."""
        wide = max(0.0, 1 - self.exact - self.named - self.near)
        shares = {"exact": self.exact, "named": self.named, "near": self.near, "wide": wide}
        how = pick(rng, shares)
        spread = {"exact": 0, "named": 0, "near": 6, "wide": _SPREAD}[how]
        azimuth, elevation = rng.choice(_NAMED) if how == "named" else (PUBLISHED.azimuth, PUBLISHED.elevation)
        azimuth += rng.uniform(-spread, spread)
        elevation = min(LIMITS[1], max(LIMITS[0], elevation + rng.uniform(-spread - (spread > 6) * 3, spread)))
        return azimuth, -elevation if rng.random() < self.below else elevation

    def _roll(self, rng: Random) -> float:
        roll = rng.uniform(-8, 8) if rng.random() < self.tilted else 0.0
        return roll + 180 if rng.random() < self.turned else roll

    def _perspective(self, rng: Random) -> float:
        strength = rng.random() ** 1.5
        return strength if rng.random() < self.perspective else 0.0
