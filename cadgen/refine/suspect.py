"""Which steps of a program may be wrong: those over which it looks unlike the pictures."""

from collections.abc import Sequence
from itertools import product

import cv2
import numpy as np

from cadgen.picture import SIDE
from cadgen.program import Step, spans_of
from cadgen.refine.fit import Fitted, solid_of
from cadgen.refine.view import Target, View, look_of, screen_of
from cadgen.shape import Solid

_FAR = 4  # pixels; nearer lines are the same
_RIM = np.ones((3, 3), np.uint8)
_AROUND = 6  # pixels around the box that a step fills on the picture
_SHARE = 0.1  # of all that is unlike


def suspects(fitted: Fitted, targets: Sequence[Target]) -> set[int]:
    """The numbers of the steps around which some of what is unlike lies, in one of the pictures; all if nothing is."""
    solid = solid_of(fitted.program)
    everything = set(range(len(fitted.program)))
    if solid is None:
        return everything
    found = set[int]()
    for view, target in zip(fitted.views, targets, strict=True):
        unlike_SS = _unlike(solid, view, target)
        least = _SHARE * unlike_SS.sum()
        found |= {number for number, step in enumerate(fitted.program) if unlike_SS[_window(step, view)].sum() >= least}
    return found or everything


def _unlike(solid: Solid, view: View, target: Target) -> np.ndarray:
    """(S, S) bool: lines that only one of both has, and where only one of both is."""
    look = look_of(solid, view)
    unlike_SS = look.line_SS & (target.distance_SS > _FAR)
    column_K, row_K = np.clip(target.lacking(look, _FAR).astype(int), 0, SIDE - 1).T
    unlike_SS[row_K, column_K] = True
    apart_SS = (target.part_SS != target.silhouette(look)).astype(np.uint8)
    unlike_SS |= cv2.morphologyEx(apart_SS, cv2.MORPH_OPEN, _RIM).astype(bool)
    return unlike_SS


def _window(step: Step, view: View) -> tuple[slice, slice]:
    """Rows and columns of the picture that the step may reach."""
    corner_82 = screen_of(np.array([*product(*spans_of(step))], float), view)[:, :2]
    low_2 = np.clip(corner_82.min(0) - _AROUND, 0, SIDE).astype(int)
    high_2 = np.clip(corner_82.max(0) + _AROUND, 0, SIDE).astype(int)
    return slice(low_2[1], high_2[1]), slice(low_2[0], high_2[0])
