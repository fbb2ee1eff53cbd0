"""How near a set of generated parts comes to a part: the best `iou_aligned` among many, found with a cheap first look.

The first look compares what fills the parts' boxes, over the 24 rotations of a cube, how full and how long these are.
It may miss the best part, so that the best score found is a lower bound.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cadgen.shape import NotManifold, Solid, iou_aligned
from cadgen.shape.columns import cut, grid_over

_CELLS, _CLOSER = 12, 20  # cells along each side of a box; parts that are looked at closely


@dataclass(frozen=True)
class Looks:
    """What N parts look like at first sight.

    filled: (N, cells^3) float32, 0 or 1, the cells of their boxes; share: (N,) of the box that is full; sides: (N, 3)
    of the box, in radii of gyration.
    """

    filled: np.ndarray
    share: np.ndarray
    sides: np.ndarray


def looks_of(solids: Iterable[Solid]) -> Looks:
    filled, share, sides = [], [], []
    for solid in solids:
        low, high = solid.bounds
        filled.append(_filled(solid).ravel().astype(np.float32))
        share.append(solid.volume / np.prod(high - low))
        sides.append((high - low) / solid.radius_of_gyration)
    return Looks(np.array(filled), np.array(share), np.array(sides))


def _filled(solid: Solid) -> np.ndarray:
    """(cells, cells, cells) bool, x y z: whether a line along z is inside half-way up each layer."""
    columns = cut(solid.bodies, grid_over(solid.vertices, _CELLS))
    low, high = solid.bounds[:, 2]
    heights = low + (np.arange(_CELLS) + 0.5) * (high - low) / _CELLS
    inside = (columns.stretch[:, :1] < heights) & (heights < columns.stretch[:, 1:])
    cell = np.searchsorted(columns.start, np.arange(len(inside)), side="right") - 1
    filled = np.zeros((_CELLS * _CELLS, _CELLS), bool)
    np.logical_or.at(filled, cell, inside)
    return filled.reshape(_CELLS, _CELLS, _CELLS).transpose(1, 0, 2)


def best(part: Solid, looks: Looks, build: Callable[[int], Solid]) -> tuple[float, int]:
    """The best `iou_aligned` found, and the number of the part that has it; build(number) gives a part."""
    estimate = _estimate(looks_of([part]), looks)
    numbers = np.argsort(-estimate)[:_CLOSER]
    return max((_score(part, build(int(number))), int(number)) for number in numbers)


def _estimate(one: Looks, many: Looks) -> np.ndarray:
    """(N,): about the IoU of the one part with each."""
    cube = one.filled[0].reshape(_CELLS, _CELLS, _CELLS)
    total, scores = many.filled.sum(1), np.zeros(len(many.filled))
    share = many.share / one.share[0]
    for order, flips in _rotations():
        turned = np.flip(cube.transpose(order), flips).ravel()
        shared = many.filled @ turned
        alike = shared / np.maximum(total + turned.sum() - shared, 1)
        ratio = many.sides / one.sides[0][list(order)]
        scores = np.maximum(scores, alike * np.minimum(ratio, 1 / ratio).prod(1))
    return scores * np.minimum(share, 1 / share)


def _rotations() -> Iterable[tuple[Sequence[int], tuple[int, ...]]]:
    """Orders of axes and the axes to flip, of the proper rotations of a cube."""
    for order in ((0, 1, 2), (1, 2, 0), (2, 0, 1), (0, 2, 1), (2, 1, 0), (1, 0, 2)):
        odd = order in ((0, 2, 1), (2, 1, 0), (1, 0, 2))
        for flips in ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
            if len(flips) % 2 == odd:
                yield order, flips


def _score(a: Solid, b: Solid) -> float:
    try:
        return iou_aligned(a, b)
    except NotManifold:
        return 0.0
