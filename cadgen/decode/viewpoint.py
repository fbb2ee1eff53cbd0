"""From where each picture shows a solid: what the decoding found, or what is found by a short search."""

from itertools import product

from cadgen.decode.shot import Shots, eyes
from cadgen.refine.pose import posed, turned
from cadgen.refine.view import Target, View
from cadgen.shape import Camera, Solid

_STRIDES = (6, 3, 1)  # degrees by which a camera is turned, and twentieths of perspective
_TURNED = ("azimuth", "elevation", "perspective")


def views(
    solid: Solid, shots: Shots, targets: tuple[Target, ...], cameras: tuple[Camera, ...]
) -> list[tuple[float, View]]:
    """For each picture the likeness and the view of it. cameras: about those of the pictures, or none.

    Elsewhere the search starts from the likest of the cameras that are usual, and of one picture alone those that are
    guessed too. The camera is turned a little where that is liker, unless it is known, or given and usual. About a
    hundred looks, some 0.1 s.
    """
    found = []
    for eye, target, camera in zip(eyes(shots), targets, cameras or [None] * len(shots), strict=True):
        guesses = eye.usual + (eye.guessed if len(shots) == 1 else ())
        start = posed(solid, target, [camera] if camera else guesses)
        found.append(_turned(solid, target, start) if eye.guessed and camera not in eye.usual else start)
    return found


def _turned(solid: Solid, target: Target, best: tuple[float, View]) -> tuple[float, View]:
    """The likest view that a pattern search comes to (Hooke and Jeeves 1961), or the one before it."""
    for stride in _STRIDES:
        turns = [{name: float(sign * stride)} for name, sign in product(_TURNED, (1, -1))]
        idle = 0
        while idle < len(turns):
            found = posed(solid, target, [turned(best[1].camera, turns[0])])
            if found[0] > best[0]:
                best, idle = found, 0
            else:
                turns, idle = turns[1:] + turns[:1], idle + 1
    return best
