"""Where a solid may be looked at from in a picture: the cameras from which it looks most like it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import itemgetter

from cadgen.refine.view import Target, View, framed, likeness, look_of
from cadgen.shape import Camera, Solid

_TURNS = {
    "azimuth": 1.0,
    "elevation": 1.0,
    "roll": 1.0,
    "perspective": 0.05,
}  # a step changes about as much as a grid's
_FLATTEST, _DEEPEST = 0.02, 1.2  # perspective below is none; more is no part's


def posed(solid: Solid, target: Target, cameras: Sequence[Camera]) -> tuple[float, View]:
    """The likest view of the solid from one of the cameras, with its likeness before it."""
    views = [framed(solid, camera, target) for camera in cameras]
    return max(((likeness(target, look_of(solid, view, target.grain)), view) for view in views), key=itemgetter(0))


def turned(camera: Camera, by: dict[str, float]) -> Camera:
    """The camera after so many steps of what `turns` names."""
    there = {name: getattr(camera, name) + _TURNS[name] * steps for name, steps in by.items()}
    if "perspective" in there:
        perspective = min(_DEEPEST, there["perspective"])
        there["perspective"] = perspective if perspective > _FLATTEST else 0.0
    if "elevation" in there:
        there["elevation"] = max(-90.0, min(90.0, there["elevation"]))
    return replace(camera, **there)


def nudged(camera: Camera, name: str, steps: float) -> Camera:
    """The camera after so many steps of what `turns` names, never held back: slopes are told by it."""
    return replace(camera, **{name: getattr(camera, name) + _TURNS[name] * steps})


def turns(view: View) -> Iterator[str]:
    """What may be turned of the view's camera: one that is held upright stays so."""
    return (name for name in _TURNS if view.free and (name != "roll" or view.camera.roll))
