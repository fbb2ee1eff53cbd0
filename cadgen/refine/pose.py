"""Where a solid must be looked at from to look as a picture does: a local search over cameras."""

from collections.abc import Iterator
from dataclasses import replace
from heapq import nlargest
from operator import itemgetter

import numpy as np

from cadgen.refine.eye import Guess
from cadgen.refine.newton import blurred, strides
from cadgen.refine.view import Target, View, framed, likeness, look_of
from cadgen.shape import Camera, Solid

TURNS = {"azimuth": 1.0, "elevation": 1.0, "roll": 1.0, "perspective": 0.05}
"""What of a camera is fitted, and by how much at a time, which changes a picture about as much as a grid step."""

_TRIED = 4  # of the cameras, that are fitted
_SURE = 0.955  # as like, and no other camera is tried
_LIKER = 0.01  # so much must an unlikelier camera be
_FLATTEST, _DEEPEST = 0.02, 1.2  # perspective below is none; more is no part's
_BETTER = 1e-6  # less is rounding
_NUM_STRIDES = 3

Posed = tuple[float, Camera]
_LIKENESS = itemgetter(0)


def posed(solid: Solid, target: Target, guess: Guess) -> View:
    """The view of the solid that is most like the target, near one of the cameras of the guess.

    Where none of the likely ones shows the solid as the target does, the others are tried, and the best are turned.
    """
    if guess.is_known:
        return framed(solid, guess.likely[0])

    def judged(camera: Camera) -> Posed:
        return likeness(target, look_of(solid, framed(solid, camera))), camera

    found = [judged(camera) for camera in guess.likely]
    best = max(found, key=_LIKENESS)
    likeliest = max(found[: guess.num_likeliest], key=_LIKENESS)
    best = likeliest if likeliest[0] > best[0] - _LIKER else best
    if best[0] <= _SURE:
        found += map(judged, guess.others)
        liker = max((_turned(solid, target, one) for one in nlargest(_TRIED, found, key=_LIKENESS)), key=_LIKENESS)
        best = liker if liker[0] > best[0] + _LIKER else best
    return framed(solid, best[1])


def turned(camera: Camera, by: dict[str, float]) -> Camera:
    """The camera after `by` steps of `TURNS`."""
    there = {name: getattr(camera, name) + TURNS[name] * steps for name, steps in by.items()}
    if "perspective" in there:
        perspective = min(_DEEPEST, there["perspective"])
        there["perspective"] = perspective if perspective > _FLATTEST else 0.0
    if "elevation" in there:
        there["elevation"] = max(-90.0, min(90.0, there["elevation"]))
    return replace(camera, **there)


def turns(camera: Camera) -> Iterator[str]:
    """What may be turned: a camera that is held upright stays so."""
    return (name for name in TURNS if name != "roll" or camera.roll)


def _turned(solid: Solid, target: Target, best: Posed) -> Posed:
    """By least squares and by single turns, until that is no longer liker."""
    for step in (4.0, 2.0):
        best = _descended(solid, target, best, step)
        for name in turns(best[1]):
            for way in (step, -step):
                while (there := _at(solid, target, turned(best[1], {name: way})))[0] > best[0] + _BETTER:
                    best = there
    return best


def _descended(solid: Solid, target: Target, best: Posed, probe: float) -> Posed:
    reach = round(6 * probe)
    goal_R = blurred(target, reach)
    for _ in range(_NUM_STRIDES):
        base = best
        base_R = blurred(look_of(solid, framed(solid, base[1])), reach)
        names = list(turns(base[1]))
        slopes = [_slope(solid, base[1], base_R, name, reach, probe) for name in names]
        for stride in strides(np.stack(slopes, 1), goal_R - base_R):
            there = _at(solid, target, turned(base[1], dict(zip(names, stride.tolist(), strict=True))))
            if there[0] > base[0] + _BETTER:
                best = there
                break
        if best is base:
            return best
    return best


def _slope(solid: Solid, camera: Camera, base_R: np.ndarray, name: str, reach: int, probe: float) -> np.ndarray:
    """(R,) a step of the turn."""
    there = turned(camera, {name: probe})
    slope_R: np.ndarray = (blurred(look_of(solid, framed(solid, there)), reach) - base_R) / probe
    return slope_R


def _at(solid: Solid, target: Target, camera: Camera) -> Posed:
    return likeness(target, look_of(solid, framed(solid, camera))), camera
