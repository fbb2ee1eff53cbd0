"""Bodies that silhouettes ask for: boxes and cylinders whose outline is a given region of the picture.

In a parallel view the outline of a box is as wide across the picture of each axis as the other two sides make it: three
widths tell three sides. How far away it is no outline tells: it is put where it lines up with what is there.

Shapes: K pixels of a region; M is a (2, 3) matrix, the columns and rows that a unit along x, y and z takes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import nsmallest
from itertools import product
from math import inf

import cv2
import numpy as np

from cadgen.picture import SIDE
from cadgen.program import IN_PLANE, PLANE_ACROSS, Change, Circle, Extrude, Program, rectangle, spans_of, stands
from cadgen.refine.eye import Eye
from cadgen.refine.fit import Fitted, begun, fit, settle, solid_of
from cadgen.refine.view import Target, View, level_of, look_of
from cadgen.shape import PUBLISHED, Camera
from cadgen.shape.render import scale_of

_Span = tuple[float, float]
_FEWEST = 60  # pixels of a region
_NUM_REGIONS, _NUM_PLACES, _MOST_PIECES = 2, 4, 16
_ASTRAY = 2.0  # pixels; less is rounding
_ROUND = 0.1  # of the widest width, by which a cylinder may miss the three
_LEVEL = 0.1  # of a unit towards the eye, that one along an axis goes
_HIDDEN = 0.05  # of its length, that a side shows; one which runs towards the eye is guessed
_SAME = 3.0  # grid steps; bodies no farther apart are in the same place
_LOOKS_OF_SETTLING, _LOOKS = 40, 200
_EXTENT = 384.0  # grid steps of the longer side of the picture's part
_ABOVE = 0.15  # of a body's size, by which its middle may miss that of another that it stands over


def missing(fitted: Fitted, targets: Sequence[Target]) -> Iterator[Program]:
    """The program with one body more, for each region of a picture where the part is and the program is not."""
    solid, found = solid_of(fitted.program), dict[Program, None]()
    if solid is None:
        return
    for view, target in zip(fitted.views, targets, strict=True):
        lacking_SS = target.part_SS & ~target.silhouette(look_of(solid, view))
        for region_K2 in _regions(lacking_SS)[:_NUM_REGIONS]:
            for body in _bodies(region_K2, view, target, *solid.bounds):
                found |= {(*fitted.program, body): None}
    yield from found


def deeper(fitted: Fitted) -> Iterator[Program]:
    """The program with a body nearer or farther, where it lines up with the others: only a picture's frame tells.

    None where that tells nothing, or fits, and none where several pictures tell more.
    """
    if fitted.stray < _ASTRAY or len(fitted.views) > 1:
        return
    towards = fitted.cameras[0].axes[2]
    for number, step in enumerate(fitted.program):
        others = [spans_of(one) for one in fitted.program if one is not step and one.operation == "union"]
        if step.operation != "union" or not others:
            continue
        along = [list(zip(*spans, strict=True)) for spans in zip(*others, strict=True)]
        for depth in _depths(spans_of(step), [(min(low), max(high)) for low, high in along], towards):
            there = step.mapped(_moved(depth * towards))
            yield (*fitted.program[:number], there, *fitted.program[number + 1 :])


def _moved(by_3: np.ndarray) -> Change:
    return lambda axis, value: value + (round(by_3[axis]) if axis < len(by_3) else 0)


def pieces(targets: Sequence[Target], eyes: Sequence[Eye], until: float = inf) -> Iterator[Fitted]:
    """A box for each piece of the silhouette, fitted, where one picture shows several pieces."""
    if len(targets) > 1:
        return
    regions = _regions(targets[0].part_SS)
    if not 1 < len(regions) <= _MOST_PIECES:
        return
    programs = [program for camera in eyes[0].told or eyes[0].usual if (program := _together(regions, camera))]
    starts = begun(programs, targets, [Eye(eyes[0].told or eyes[0].usual)], until)
    if starts:
        best = max(starts, key=lambda one: one.likeness)
        yield fit(settle(best, targets, _LOOKS_OF_SETTLING, until), targets, _LOOKS, until)


def _regions(part_SS: np.ndarray) -> list[np.ndarray]:
    """(K, 2) columns and rows of each connected region that is no mere rim, the largest first."""
    opened_SS = cv2.morphologyEx(part_SS.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, label_SS, told, _ = cv2.connectedComponentsWithStats(opened_SS)
    sizes = told[:, cv2.CC_STAT_AREA]
    kept = [number for number in np.argsort(-sizes, kind="stable") if number and sizes[number] >= _FEWEST]
    return [np.argwhere(label_SS == number)[:, ::-1] + 0.5 for number in kept]


def _together(regions: Sequence[np.ndarray], camera: Camera) -> Program | None:
    """A box for each region. The first stands in the middle; others stand over it or beside it on its ground."""
    span = max(float(np.ptp(np.concatenate(regions), axis=0).max()), 1.0)
    view = View(camera, (0.0, 0.0, 0.0), 1.0, span / _EXTENT, SIDE / 2, SIDE / 2)
    towards, first, steps = camera.axes[2], None, list[Extrude]()
    for region_K2 in regions:
        side_3, centre_3 = _box(region_K2, view)
        if first is None:
            first = side_3, centre_3
        else:
            centre_3 = centre_3 + _depth(side_3, centre_3, towards, *first) * towards
        steps.append(_block(side_3, centre_3))
    return tuple(steps) if stands(tuple(steps)) else None


def _depth(
    side_3: np.ndarray, centre_3: np.ndarray, towards: np.ndarray, other_side_3: np.ndarray, other_centre_3: np.ndarray
) -> float:
    """How far towards the eye a body goes to stand over the other, or else on the same ground."""
    level = towards[:2]
    if level @ level > 1e-6:
        over = float((other_centre_3 - centre_3)[:2] @ level / (level @ level))
        off = np.abs((centre_3 + over * towards - other_centre_3)[:2]).max()
        if off < _ABOVE * max(*side_3[:2], *other_side_3[:2]) or abs(towards[2]) < _LEVEL:
            return over
    ground = other_centre_3[2] - other_side_3[2] / 2
    return float((ground - (centre_3[2] - side_3[2] / 2)) / towards[2])


def _bodies(
    region_K2: np.ndarray, view: View, target: Target, low_3: np.ndarray, high_3: np.ndarray
) -> Iterator[Extrude]:
    """A box, and what else the outline may be of, where it lines up with the part between `low_3` and `high_3`.

    Of all these places those that the frame of the picture is about right for.
    """
    side_3, centre_3 = _box(region_K2, view)
    towards, rounds = view.camera.axes[2], [*_rounds(region_K2, view)]
    spans = [*zip(centre_3 - side_3 / 2, centre_3 + side_3 / 2, strict=True)]
    places = [centre_3 + depth * towards for depth in _depths(spans, [*zip(low_3, high_3, strict=True)], towards)]

    def stray(place_3: np.ndarray) -> float:
        return _stray(view, target, np.minimum(low_3, place_3 - side_3 / 2), np.maximum(high_3, place_3 + side_3 / 2))

    for place_3 in nsmallest(_NUM_PLACES, places, key=stray):
        body = _block(side_3, place_3)
        if stands((body,)):
            yield body
            yield from (_cylinder(*each, place_3) for each in rounds)


def _stray(view: View, target: Target, low_3: np.ndarray, high_3: np.ndarray) -> float:
    """Pixels by which a part between these corners would be elsewhere in a published picture; 0 in others."""
    if not target.exact or view.camera != PUBLISHED:
        return 0.0
    corner_83 = np.array([*product(*zip(low_3, high_3, strict=True))])
    x, y, z = ((low_3 + high_3) / 2).tolist()
    scale = scale_of(corner_83, view.camera.axes, SIDE)
    return view.apart(replace(view, centre=(x, y, z), scale=scale, across=SIDE / 2, down=SIDE / 2))


def _depths(spans: Sequence[_Span], others: Sequence[_Span], towards: np.ndarray) -> Iterator[float]:
    """How far towards the eye what has these spans goes to be flush with the others, beside or amid them."""
    taken: list[float] = []
    for (low, high), (other_low, other_high), along in zip(spans, others, towards, strict=True):
        if abs(along) < _LEVEL:
            continue
        middle = (other_low + other_high - low - high) / 2
        for by in (other_low - low, other_high - high, middle, other_high - low, other_low - high):
            depth = float(by / along)
            if all(abs(depth - other) > _SAME for other in taken):
                taken.append(depth)
                yield depth


def _box(region_K2: np.ndarray, view: View) -> tuple[np.ndarray, np.ndarray]:
    """Three sides and the middle, in units, at the depth of the view's centre."""
    across_32, widths_3, middles_3 = _widths(region_K2, view)
    shadow_33 = np.abs(across_32 @ _matrix(view))
    side_3, *_ = np.linalg.lstsq(shadow_33, widths_3, rcond=None)
    hidden_3 = np.linalg.norm(_matrix(view), axis=0) < _HIDDEN * view.scale
    side_3 = np.where(hidden_3, side_3[~hidden_3].mean(), side_3)
    place_2, *_ = np.linalg.lstsq(across_32, middles_3, rcond=None)
    return np.maximum(side_3, 2.0), level_of(place_2[None], view)[0]


def _rounds(region_K2: np.ndarray, view: View) -> Iterator[tuple[int, float, float]]:
    """Axis, radius and height of cylinders that are as wide as the region is."""
    across_32, widths_3, _ = _widths(region_K2, view)
    shadow_33 = np.abs(across_32 @ _matrix(view))
    for axis in range(3):
        one, other = IN_PLANE[axis]
        shadow_32 = np.stack([2 * np.hypot(shadow_33[:, one], shadow_33[:, other]), shadow_33[:, axis]], 1)
        (radius, height), *_ = np.linalg.lstsq(shadow_32, widths_3, rcond=None)
        missed = np.abs(shadow_32 @ (radius, height) - widths_3).max()
        if min(radius, height) > 1 and missed < _ROUND * widths_3.max():
            yield axis, float(radius), float(height)


def _cylinder(axis: int, radius: float, height: float, centre_3: np.ndarray) -> Extrude:
    one, other = IN_PLANE[axis]
    low, high = round(centre_3[axis] - height / 2), round(centre_3[axis] + height / 2)
    circle = Circle((round(centre_3[one]), round(centre_3[other])), round(radius))
    return Extrude("union", PLANE_ACROSS[axis], low, max(low + 1, high), (circle,))


def _widths(region_K2: np.ndarray, view: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(3, 2) unit vectors on the picture across the axes; the width of the region along each, and its middle there."""
    along_32 = _matrix(view).T
    across_32 = np.stack([-along_32[:, 1], along_32[:, 0]], 1)
    across_32 /= np.maximum(np.linalg.norm(across_32, axis=1, keepdims=True), 1e-9)
    on_K3 = region_K2 @ across_32.T
    return across_32, np.ptp(on_K3, axis=0) + 1, (on_K3.max(0) + on_K3.min(0)) / 2


def _matrix(view: View) -> np.ndarray:
    right, up, _ = view.camera.axes
    return view.scale * np.stack([right, -up])


def _block(side_3: np.ndarray, centre_3: np.ndarray) -> Extrude:
    (left, bottom, low), (right, top, high) = (np.rint(centre_3 + sign * side_3 / 2).astype(int) for sign in (-1, 1))
    loop = rectangle(int(left), int(bottom), max(int(left) + 1, int(right)), max(int(bottom) + 1, int(top)))
    return Extrude("union", "XY", int(low), max(int(low) + 1, int(high)), (loop,))
