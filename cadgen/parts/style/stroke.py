"""Lines over a shaded part: which edges, how wide, hidden ones dashed or thin.

Shapes: N pieces of lines on the screen, H rows and W columns of the picture.
"""

from dataclasses import dataclass
from random import Random

import cv2
import numba
import numpy as np

from cadgen.parts.style.frame import Placed
from cadgen.parts.style.mesh_edge import Wires
from cadgen.parts.style.shade import Colour
from cadgen.shape import Solid
from cadgen.shape.raster import draw

_DASH, _DASH_SHARE = 9.0, 0.6  # pixels of 448 from dash to dash, and how much of that is drawn


@dataclass(frozen=True)
class Strokes:
    """How lines are drawn; widths in pixels of a picture of 448.

    width: of inner lines, 0 for none; outline: of the silhouette's, 0 for none of its own; seams: lines also along
    seams and tangent edges; contours: also where round faces turn away; hidden: thin, dashed or none (""); gaps: the
    share of the lines that faces swallow, as when a viewer's depths clash.
    """

    colour: Colour = (0.0, 0.0, 0.0)
    width: float = 1.0
    outline: float = 0.0
    seams: bool = False
    contours: bool = False
    hidden: str = ""
    gaps: float = 0.0


def stroke(
    solid: Solid, strokes: Strokes, placed: Placed, depth: np.ndarray, owner: np.ndarray, rng: Random
) -> list[tuple[np.ndarray, float]]:
    """(H, W) uint8 masks, 1 on lines, and how opaque each is; the lower ones first. depth, owner: as `fill` left them.

    rng: for the gaps.
    """
    pixel = max(placed.height, placed.width) / 448
    layers = []
    if strokes.width:
        pieces = _pieces(solid, strokes, placed)
        ends = placed.screen[pieces[:, :2]]
        if strokes.hidden:
            thin = 0.6 * strokes.width * pixel
            through = _dashed(ends, _DASH * pixel, _DASH_SHARE) if strokes.hidden == "dashed" else ends
            layers.append(_widened(_through(through, owner.shape), thin))
        line = np.zeros(owner.shape, bool)
        draw(ends, pieces[:, 2:], solid.triangle_face, depth, owner, 0.5 / placed.scale, line)
        mask = line.view(np.uint8)
        if strokes.gaps:
            mask &= _holed(owner.shape, strokes.gaps, pixel, rng)
        layers.append(_widened(mask, strokes.width * pixel))
    if strokes.outline:
        layers.append(_outline(owner, strokes.outline * pixel))
    return layers


def _pieces(solid: Solid, strokes: Strokes, placed: Placed) -> np.ndarray:
    """(N, 4) int32, as `segments`."""
    wires = Wires(solid)
    pieces = wires.all if strokes.seams else wires.features
    return np.concatenate([pieces, wires.contours(placed.screen)]) if strokes.contours else pieces


def _widened(mask: np.ndarray, width: float) -> tuple[np.ndarray, float]:
    """The one-pixel lines `width` pixels wide; those thinner than a pixel are fainter instead."""
    num = round(width)
    if num > 1:
        mask = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (num, num)))
    return mask, min(1.0, max(0.35, width))


def _outline(owner: np.ndarray, width: float) -> tuple[np.ndarray, float]:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (max(2, round(width)),) * 2)
    return cv2.morphologyEx((owner >= 0).view(np.uint8), cv2.MORPH_GRADIENT, kernel), min(1.0, max(0.35, width))


def _through(ends: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(H, W) uint8, 1 on the lines between `ends` (N, 2, 3), whatever hides them."""
    line = np.zeros(shape, bool)
    depth, owner = np.full(shape, -np.inf), np.full(shape, -1, np.int32)
    draw(ends, np.zeros((len(ends), 2), np.int32), np.zeros(1, np.int32), depth, owner, 0.0, line)
    return line.view(np.uint8)


def _holed(shape: tuple[int, ...], share: float, pixel: float, rng: Random) -> np.ndarray:
    """(H, W) uint8, 0 on a share of small squares."""
    side = max(1, round(3 * pixel))
    small = np.random.default_rng(rng.getrandbits(32)).random((shape[0] // side + 1, shape[1] // side + 1)) >= share
    large = cv2.resize(
        small.view(np.uint8), None, fx=float(side), fy=float(side), interpolation=cv2.INTER_NEAREST
    )  # fmt: skip
    return large[: shape[0], : shape[1]]


@numba.njit(cache=True, nogil=True)
def _dashed(ends, period, share):
    """(M, 2, 3) dashes of the lines (N, 2, 3) on the screen: `share` of each `period` pixels, counted on from line to
    line, so that round edges, which are many short lines, are dashed as well."""
    num, length = 0, 0.0
    for a, b in ends:
        num += int(np.hypot(b[0] - a[0], b[1] - a[1]) / period) + 2
    dashes = np.empty((num, 2, 3))
    num = 0
    for s in range(len(ends)):
        a, b = ends[s]
        along = np.hypot(b[0] - a[0], b[1] - a[1])
        start, at = length, np.floor(length / period) * period
        while along > 0 and at < start + along:
            low, high = max(at, start), min(at + share * period, start + along)
            if low < high:
                for k in range(3):
                    dashes[num, 0, k] = a[k] + (low - start) / along * (b[k] - a[k])
                    dashes[num, 1, k] = a[k] + (high - start) / along * (b[k] - a[k])
                num += 1
            at += period
        length = start + along
    return dashes[:num]
