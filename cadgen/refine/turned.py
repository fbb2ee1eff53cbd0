"""Parts that are turned around an axis, by the outline that one picture shows of them: `turned(targets, eyes)`.

At each height along the axis lies the widest circle whose ellipse the silhouette has room for. Beyond an end, and where
a narrow piece follows upon a wide one, ellipses shrink into its rim and all touch it at one place: these are cut off.

Lengths are in pixels. Shapes: H heights along the axis; N places along the outline of the silhouette; P corners.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

import cv2
import numpy as np
from scipy.ndimage import binary_closing, binary_opening

from cadgen.program import (
    AXES,
    IN_PLANE,
    PLANE_ACROSS,
    Circle,
    Extrude,
    LoopsCoincide,
    Program,
    polygon,
    revolve,
    stands,
)
from cadgen.refine.eye import Eye
from cadgen.refine.fit import Fitted, in_time, likest, solid_of
from cadgen.refine.region import are_across, left, values_at, ways
from cadgen.refine.rim import upon_rims
from cadgen.refine.view import Target, View, likeness, look_of
from cadgen.shape import PUBLISHED, Camera

_NUM_CAMERAS, _SETTLED, _LOOKS = 8, 3, 100
_LEVEL = 0.1  # of a unit towards the eye, and across the picture, that one along the axis goes
_EXTENT = 384.0  # grid steps of the longest side
_UPRIGHT, _NEAR = 2, np.cos(np.radians(3.0))  # the axis z; to another that is about the same
# Pixels by which so many in a hundred places of the outline may be off: in published pictures, in others.
_HIDDEN, _HIDDEN_DRAWN, _ALL = 2.0, 4.0, 96
_AROUND = 3  # pixels along the axis, on both sides, over which what is touched is seen to move
_MOVES = 0.4  # pixels for one of these, at least
_PLACES = 3000  # along an outline, about, at most
_REST, _SHORTEST = 10, 3  # pixels for which what is touched may stay, since pixels are coarse, and of what has a radius
_ROUGH, _ROUGH_DRAWN = 1.2, 2.0  # pixels by which the outline may miss its corners: in published pictures, in others
_SAME = 5.0, 2.0  # pixels between corners of one height, and of one radius
_LEAST, _THIN, _WALL = 1.0, 1.5, 2.5  # pixels, of a radius and of a wall, and of one too thin to be seen
_ON_LINE, _TURN = 1.5, 64  # pixels in the mean from lines, of a bore's rim, at so many places


@dataclass(frozen=True)
class _Silhouette:
    """In one piece, without holes. place_N2: along its outline; filled_SS: uint8, 1 within."""

    place_N2: np.ndarray
    filled_SS: np.ndarray


@dataclass(frozen=True)
class _Outline:
    """Of what is turned around an axis: its radius at each height, and where the picture has the axis at height 0."""

    height_H: np.ndarray
    radius_H: np.ndarray
    axis_2: np.ndarray


def turned(targets: Sequence[Target], eyes: Sequence[Eye], until: float = inf) -> Iterator[Fitted]:
    """The likest of these parts, fitted, where there is one picture: from cameras that are usual, or told by lines, or
    by round ends of a part that leans, which they see upright.
    """
    if len(targets) > 1:
        return
    (target,), (eye,) = targets, eyes
    silhouette = _silhouette(target)
    if silhouette is None:
        return
    known = [*dict.fromkeys((*eye.usual[:1], *eye.told, *eye.leaning))][:_NUM_CAMERAS]
    tried = [(camera, axis) for camera in known for axis in range(3)]
    if eye.guessed:
        axis_K3 = np.concatenate([camera.axes.T for camera in known])  # as they are seen, of all known cameras
        tried += [(one, _UPRIGHT) for one in upon_rims(target) if np.abs(axis_K3 @ one.axes[:, _UPRIGHT]).max() < _NEAR]
    found = [start for camera, axis in in_time(tried, until) for start in _starts(target, silhouette, camera, axis)]
    yield from likest(found, targets, _SETTLED, _LOOKS, until)


def _silhouette(target: Target) -> _Silhouette | None:
    """None where it is in several pieces."""
    contours, _ = cv2.findContours(target.part_SS.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if len(contours) != 1:
        return None
    filled_SS = cv2.drawContours(np.zeros(target.part_SS.shape, np.uint8), contours, -1, 1, cv2.FILLED)
    return _Silhouette(contours[0][:: 1 + len(contours[0]) // _PLACES, 0] + 0.5, filled_SS)


def _starts(target: Target, silhouette: _Silhouette, camera: Camera, axis: int) -> Iterator[Fitted]:
    hidden, rough = (_HIDDEN, _ROUGH) if target.exact else (_HIDDEN_DRAWN, _ROUGH_DRAWN)
    outline = None if camera.perspective else _outline(silhouette, camera.axes, axis, hidden)
    if outline is None:
        return
    corner_P2, coarse = _corners(outline, rough), target.coarse
    if len(corner_P2) < 2:
        return
    for bore in (0.0, *_bores(corner_P2, outline, target, camera, axis)):
        scale, middle = _EXTENT / _longest(corner_P2), float(corner_P2[[0, -1], 0].mean())
        program = _program(corner_P2 - (middle, 0), bore, axis, scale)
        solid = solid_of(program) if program and stands(program) else None
        if program and solid:
            place_2 = outline.axis_2 + middle * ways(camera.axes)[axis]
            view = View(camera, (0.0, 0.0, 0.0), 1.0, 1 / scale, *place_2.tolist())
            yield Fitted(program, (view,), likeness(coarse, look_of(solid, view, coarse.grain)))


def _outline(silhouette: _Silhouette, axes_33: np.ndarray, axis: int, hidden: float) -> _Outline | None:
    """The widest circles around the axis that the silhouette has room for; None where they leave much of it.

    hidden: pixels by which most of the outline may be off.
    """
    ways_32 = ways(axes_33)
    way_2, flat = ways_32[axis], abs(float(axes_33[2, axis]))
    unit = float(np.hypot(*way_2))
    if min(unit, flat) < _LEVEL:
        return None
    left_2, place_N2 = left(way_2) / unit, silhouette.place_N2
    across_N, along_N = place_N2 @ left_2, place_N2 @ way_2 / unit**2
    axis_2 = (across_N.min() + across_N.max()) / 2 * left_2
    height_H = np.arange(along_N.min(), along_N.max(), 1 / unit)
    centre_H2 = axis_2 + height_H[:, None] * way_2
    inverse_22 = np.linalg.inv(ways_32[list(IN_PLANE[axis])])
    off_HN = np.linalg.norm((place_N2[None] - centre_H2[:, None]) @ inverse_22, axis=-1)
    radius_H = np.where(values_at(silhouette.filled_SS, centre_H2), off_HN.min(1), 0.0)
    hidden_N = (off_HN - radius_H[:, None]).min(0) * flat
    if np.percentile(hidden_N, _ALL) > hidden:
        return None
    return _Outline(height_H, _cut(radius_H, along_N[off_HN.argmin(1)] * unit), axis_2)


def _cut(radius_H: np.ndarray, touched_H: np.ndarray) -> np.ndarray:
    """The radii where the outline is touched farther on at each height, and the lesser of these on two sides elsewhere.

    touched_H: how far along the axis. Circles that shrink into the rim of a wider one all touch it at one place.
    """
    padded_H = np.pad(touched_H, _AROUND, mode="edge")
    moves_H = (padded_H[2 * _AROUND :] - padded_H[: -2 * _AROUND]) / (2 * _AROUND) > _MOVES
    closed_H = binary_closing(np.pad(moves_H, _REST), np.ones(_REST))[_REST:-_REST]
    own = np.flatnonzero(binary_opening(closed_H, np.ones(_SHORTEST)))
    here = np.arange(len(radius_H))
    after, before = np.searchsorted(own, here), np.searchsorted(own, here, side="right") - 1
    padded = np.append(radius_H[own], 0.0)  # before the first, and after the last, is nothing
    kept_H: np.ndarray = np.minimum(padded[before], padded[after])
    return kept_H


def _corners(outline: _Outline, rough: float) -> np.ndarray:
    """(P, 2) heights and radii of the corners of the outline, those that are about the same made so."""
    inner = np.flatnonzero(outline.radius_H > _LEAST)
    if len(inner) < 2:
        return np.zeros((0, 2))
    some = slice(inner[0], inner[-1] + 1)
    curve_H2 = np.stack([outline.height_H[some], outline.radius_H[some]], 1).astype(np.float32)
    corner_P2 = cv2.approxPolyDP(curve_H2[:, None], rough, False)[:, 0].astype(float)
    for axis, same in enumerate(_SAME):
        for number in range(1, len(corner_P2)):
            if abs(corner_P2[number, axis] - corner_P2[number - 1, axis]) < same:
                corner_P2[number, axis] = corner_P2[number - 1, axis]
    ends_P2 = np.vstack([(corner_P2[0, 0], 0.0), corner_P2, (corner_P2[-1, 0], 0.0)])
    level_P2 = np.diff(ends_P2, axis=0) == 0
    return corner_P2[~(level_P2[1:] & level_P2[:-1]).any(1)]


def _longest(corner_P2: np.ndarray) -> float:
    return max(float(np.ptp(corner_P2[:, 0])), 2 * float(corner_P2[:, 1].max()))


def _bores(corner_P2: np.ndarray, outline: _Outline, target: Target, camera: Camera, axis: int) -> Iterator[float]:
    """The radius of the circle within the end on the eye's side that runs along lines, if there is one.

    Else that which leaves a wall too thin to be seen, where the end has not the shade of one with an axis across it,
    which is known of parts that do not lean.
    """
    ways_32 = ways(camera.axes)
    height, widest = corner_P2[-1 if camera.axes[2, axis] > 0 else 0]
    most, centre_2 = min(widest, corner_P2[:, 1].min()), outline.axis_2 + height * ways_32[axis]
    angle_T = np.linspace(0, 2 * np.pi, _TURN, endpoint=False)
    rim_T2 = np.stack([np.cos(angle_T), np.sin(angle_T)], 1) @ ways_32[list(IN_PLANE[axis])]
    off = {
        radius: float(values_at(target.distance_SS, centre_2 + radius * rim_T2).mean())
        for radius in np.arange(most - _THIN, _LEAST, -0.5).tolist()
    }
    if off and min(off.values()) < _ON_LINE:
        yield min(off, key=off.__getitem__)
        return
    if target.grey_SS is not None and camera == PUBLISHED and most > _WALL + _LEAST:
        inner_K2 = np.concatenate([centre_2 + share * most * rim_T2 for share in np.linspace(0.1, 0.9, 9)])
        if not are_across(values_at(target.grey_SS, inner_K2)):
            yield most - _WALL


def _program(corner_P2: np.ndarray, bore: float, axis: int, scale: float) -> Program | None:
    (first, radius), (last, _) = corner_P2[0], corner_P2[-1]
    profile = np.rint(np.array([(first, bore), *corner_P2, (last, bore)]) * scale).astype(int).tolist()
    (low, inner), (_, outer), *others, _, (high, _) = profile
    if not others and radius == corner_P2[1, 1]:
        loops = (Circle((0, 0), outer), *([Circle((0, 0), inner)] if inner else []))
        return (Extrude("union", PLANE_ACROSS[axis], low, high, loops),)
    plane = next(plane for plane, axes in AXES.items() if axis in axes[:2])
    along = AXES[plane].index(axis)
    corners = [(height, radius) if along == 0 else (radius, height) for height, radius in profile]
    try:
        step = revolve("union", plane, 0, along, 0, [polygon(corners)])
    except LoopsCoincide:
        return None
    return (step,) if step else None
