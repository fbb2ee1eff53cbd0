"""A solid drawn as a look says."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import cv2
import numba
import numpy as np

from cadgen.parts.style.backdrop import Backdrop, darken_corners, ground
from cadgen.parts.style.clutter import cluttered
from cadgen.parts.style.frame import Frame, Placed, place
from cadgen.parts.style.shade import Surface, paint
from cadgen.parts.style.shadow import cast
from cadgen.parts.style.stroke import Strokes, stroke
from cadgen.parts.style.wear import Wear, drawn_side, scaled, worn
from cadgen.shape import Camera, Solid
from cadgen.shape.raster import fill

Dice = Callable[[str], Random]
"""The numbers of each aspect by its name: none disturbs those of another."""


@dataclass(frozen=True)
class Look:
    """How a picture looks. surface: None where faces show the ground; backdrop: None is transparent."""

    surface: Surface | None
    strokes: Strokes
    backdrop: Backdrop | None
    wear: Wear
    clutter: bool = False


def draw_look(solid: Solid, look: Look, camera: Camera, frame: Frame, size: int, dice: Dice) -> np.ndarray:
    """(H, W, 3) uint8, or (H, W, 4) with the part's cover where the ground is transparent."""
    placed = place(solid, camera, frame, drawn_side(look.wear, size))
    shape = placed.height, placed.width
    depth, owner = np.full(shape, -np.inf), np.full(shape, -1, np.int32)
    fill(placed.screen, solid.triangles, depth, owner)
    image = _behind(solid, look, camera, placed, dice)
    if look.surface:
        paint(solid, look.surface, camera, placed.screen, owner, image)
    layers = stroke(solid, look.strokes, placed, depth, owner, dice("gaps"))
    for mask, opacity in layers:
        _ink(image, mask, np.array(look.strokes.colour), opacity)
    if look.backdrop is None:
        return _cut_out(image, owner, layers, look.wear, size)
    if look.clutter:
        image = cluttered(image, camera, dice("clutter"))
    if look.backdrop.vignette:
        image = darken_corners(image, look.backdrop.vignette)
    return worn(scaled(image, look.wear, size), look.wear, dice("noise"))


def _behind(solid: Solid, look: Look, camera: Camera, placed: Placed, dice: Dice) -> np.ndarray:
    backdrop = look.backdrop or Backdrop()
    image = ground(backdrop, placed.height, placed.width, dice("texture"))
    return cast(image, solid, camera, placed, backdrop.shadow, dice("shadow")) if backdrop.shadow else image


@numba.njit(cache=True, nogil=True)
def _ink(image, mask, colour, opacity):
    """Lines over the picture, in place.

    image: (H, W, 3) uint8; mask: (H, W) uint8, 1 on lines; colour: (3,) from 0 to 1; opacity: from 0 to 1.
    """
    added = 255 * opacity * colour + 0.5
    for row in range(mask.shape[0]):
        for column in range(mask.shape[1]):
            if mask[row, column]:
                for k in range(3):
                    image[row, column, k] = np.uint8((1 - opacity) * image[row, column, k] + added[k])


def _cut_out(image: np.ndarray, owner: np.ndarray, layers: list, wear: Wear, size: int) -> np.ndarray:
    """(H, W, 4) uint8: the part and its lines on nothing; the colours are those of the part alone, also at its rim."""
    cover = (owner >= 0).view(np.uint8)
    for mask, _ in layers:
        cover = cover | mask
    cover = 255 * cover
    shares = scaled(cover, wear, size)
    covered = cv2.bitwise_and(image, image, mask=cover)
    part = scaled(covered, wear, size).astype(np.float32) * (255 / np.maximum(shares, 1)[:, :, None].astype(np.float32))
    return np.dstack([np.clip(part + 0.5, 0, 255).astype(np.uint8), shares])
