"""Pictures of one part as choosers are given them."""

from collections.abc import Sequence
from dataclasses import dataclass

from cadgen.picture import Seen
from cadgen.refine.eye import Eye, eye_of
from cadgen.shape import Camera


@dataclass(frozen=True)
class Shot:
    """What is seen on a picture, and the camera that it was taken from, where that is known."""

    seen: Seen
    camera: Camera | None = None


Shots = tuple[Shot, ...]
"""All pictures of one part, one at least."""


def eyes(shots: Shots) -> Sequence[Eye]:
    """Where each picture may have been taken from: one alone names the sides of its part, several show any of them."""
    alone = [Eye((shot.camera,)) if shot.camera else eye_of(shot.seen) for shot in shots]
    return alone if len(shots) == 1 else [one.all_round() for one in alone]
