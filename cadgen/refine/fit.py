"""Measures made to fit the picture: a local search over a program's integers, by drawing and comparing.

The same program may be fitted to several pictures of one part, each from a camera of its own; cameras are fitted too.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from cadgen.kernel import NotCovered, build
from cadgen.program import Program
from cadgen.refine.dimension import Dimension, changed, dimensions
from cadgen.refine.eye import Guess
from cadgen.refine.move import Move, follow, moved, moves
from cadgen.refine.newton import blurred, strides
from cadgen.refine.pose import posed, turned, turns
from cadgen.refine.view import Look, Target, View, framed, likeness, look_of
from cadgen.shape import Camera, Solid

_LEAPS = (-8, -4, -2, -1, 1, 2, 4, 8)  # grid steps
_BETTER = 1e-6  # less is rounding
SAME = 0.9985  # as like as a picture of the same part; what is left is a pixel here and there
_APART = 0.25  # pixels; less is the same frame

Cameras = tuple[Camera, ...]
_Unknown = Dimension | tuple[int, str]  # a measure, or (number of the picture, what its camera turns)


@dataclass(frozen=True)
class Fitted:
    """A program, the views of it that its pictures show, and its likeness to them in the mean."""

    program: Program
    views: tuple[View, ...]
    likeness: float

    @property
    def cameras(self) -> Cameras:
        """Of the views."""
        return tuple(view.camera for view in self.views)


def fit(start: Fitted, targets: Sequence[Target], num_looks: int, turning: Collection[int] = ()) -> Fitted:
    """The program most like `targets` that the search came upon; the start itself at the worst.

    num_looks: so many programs are built, drawn and compared at most, some milliseconds each; the same picture always
    gives the same program. turning: numbers of the pictures whose cameras are fitted too. A pattern search (Hooke and
    Jeeves 1961) over `moves` finds the rough measures. Least squares move all at once, since a part fills its picture
    whatever its size: one measure that is wrong displaces all lines. What is left of the looks goes to pairs of moves
    by chance.
    """
    search = Search(start, targets, num_looks)
    for distance in (32, 16, 8):
        search.sweep(distance)
    for shared, reach, probe in ((True, 24, 4), (True, 8, 2), (False, 8, 2)):
        search.descend(shared, reach, probe, turning)
    for distance in (4, 2, 1):
        search.sweep(distance)
    search.descend(False, 8, 2, turning)
    for distance in (2, 1):
        search.sweep(distance)
    for pair in _leaps(Random(0), search):
        search.leap(pair)
    return search.best


def begun(program: Program, targets: Sequence[Target], guesses: Sequence[Guess]) -> Fitted | None:
    """The program as it is, seen as in each target from near a camera of its guess; None where it cannot be built."""
    solid = _solid(program)
    if solid is None:
        return None
    views = tuple(posed(solid, target, guess) for target, guess in zip(targets, guesses, strict=True))
    return Fitted(program, views, _likeness(targets, [look_of(solid, view) for view in views]))


def _solid(program: Program) -> Solid | None:
    try:
        return build(program)
    except NotCovered:
        return None


def _likeness(targets: Sequence[Target], looks: Sequence[Look]) -> float:
    return sum(likeness(target, look) for target, look in zip(targets, looks, strict=True)) / len(targets)


class Search:
    """The best program so far, its views, its likeness and its looks, and how many looks are left.

    A frame stays as it is while measures change, so that each moves its own lines and no others; or it is fitted to the
    part anew, where that is liker.
    """

    def __init__(self, start: Fitted, targets: Sequence[Target], num_looks: int):
        self.targets, self.looks_left = targets, num_looks
        self.seen: set[tuple[Program, Cameras]] = set()
        self.best = replace(start, likeness=-1.0)
        self.looks: list[Look] = []  # of the best
        self._built: tuple[Program | None, Solid | None] = None, None  # the last, for its cameras to be turned
        self.accepts(start.program)

    def accepts(self, program: Program | None, cameras: Cameras | None = None) -> bool:
        """Whether the program is new and liker than all before it; it is then the best."""
        cameras = cameras or self.best.cameras
        if program is None or (program, cameras) in self.seen:
            return False
        before = self.best
        held = _held(before.views, cameras)
        if self._look(program, held) and (solid := self._solid(program)):
            anew = tuple(framed(solid, camera) for camera in cameras)
            if any(one.apart(other) > _APART for one, other in zip(held, anew, strict=True)):
                self._judge(program, anew, solid)
        return self.best is not before

    def _look(self, program: Program, views: tuple[View, ...]) -> list[Look]:
        """None where it cannot be built or no look is left. None is left once the pictures are the same."""
        if self.looks_left <= 0:
            return []
        self.looks_left -= len(self.targets)
        self.seen.add((program, tuple(view.camera for view in views)))
        solid = self._solid(program)
        return [] if solid is None else self._judge(program, views, solid)

    def _judge(self, program: Program, views: tuple[View, ...], solid: Solid) -> list[Look]:
        looks = [look_of(solid, view) for view in views]
        found = _likeness(self.targets, looks)
        if found > self.best.likeness + _BETTER:
            self.best, self.looks = Fitted(program, views, found), looks
        if found >= SAME:
            self.looks_left = 0
        return looks

    def _solid(self, program: Program) -> Solid | None:
        if self._built[0] is not program:
            self._built = program, _solid(program)
        return self._built[1]

    def sweep(self, distance: int) -> None:
        """Every move by this distance, to and fro and on as long as it helps, until none does."""
        at = idle = 0
        while self.looks_left > 0 and idle < len(known := moves(self.best.program)):
            move = known[at % len(known)]
            at, idle = at + 1, idle + 1
            if any(self.climb(move, signed) for signed in (distance, -distance)):
                idle = 0

    def climb(self, move: Move, distance: int) -> bool:
        """Goes on by this distance as long as that is liker; whether it ever was."""
        climbed = False
        while self.accepts(moved(self.best.program, move, distance)):
            move, climbed = follow(move, distance), True
        return climbed

    def descend(
        self, shared: bool, reach: int, probe: int, turning: Collection[int] = (), num_strides: int = 4
    ) -> None:
        """All measures at once, by slopes that `probe` grid steps tell, until that is no longer liker."""

        goal_R = np.concatenate([blurred(target, reach) for target in self.targets])
        for _ in range(num_strides):
            if not self.looks or self.looks_left <= 0:
                return
            base, base_R = self.best, _blurred(self.looks, reach)
            slopes = {
                unknown: slope_R
                for unknown in _unknowns(base, shared, turning)
                if (slope_R := self._slope(base, unknown, base_R, reach, probe)) is not None
            }
            if slopes:
                self._stride(base, list(slopes), np.stack(list(slopes.values()), 1), goal_R - base_R)
            if self.best.likeness <= base.likeness + _BETTER:
                return

    def _slope(self, base: Fitted, unknown: _Unknown, base_R: np.ndarray, reach: int, probe: int) -> np.ndarray | None:
        """(R,) a grid step of the dimension; None where the picture does not show it."""
        for way in (probe, -probe):
            there = _by(base, {unknown: float(way)})
            looks = there and self._look(there[0], _held(base.views, there[1]))
            if looks:
                slope_R = (_blurred(looks, reach) - base_R) / way
                return slope_R if slope_R.any() else None
        return None

    def _stride(self, base: Fitted, known: list[_Unknown], slope_RM: np.ndarray, missing_R: np.ndarray) -> None:
        for stride_M in strides(slope_RM, missing_R):
            there = _by(base, dict(zip(known, stride_M.tolist(), strict=True)))
            if there and self.accepts(*there):
                return

    def leap(self, pair: list[tuple[Move, int]]) -> None:
        program: Program | None = self.best.program
        for move, distance in pair:
            program = program and moved(program, move, distance)
        self.accepts(program)


def _blurred(looks: Sequence[Look], reach: int) -> np.ndarray:
    return np.concatenate([blurred(look, reach) for look in looks])


def _held(views: tuple[View, ...], cameras: Cameras) -> tuple[View, ...]:
    """The same frames, from these cameras."""
    return tuple(replace(view, camera=camera) for view, camera in zip(views, cameras, strict=True))


def _unknowns(base: Fitted, shared: bool, turning: Collection[int]) -> Iterator[_Unknown]:
    yield from dimensions(base.program, shared)
    yield from ((number, name) for number in turning for name in turns(base.cameras[number]))


def _by(base: Fitted, by: dict[_Unknown, float]) -> tuple[Program, Cameras] | None:
    """Program and cameras after changes of the unknowns, in grid steps or what is worth one."""
    measures = {unknown: round(value) for unknown, value in by.items() if len(unknown) == 3}
    program = changed(base.program, measures) if any(measures.values()) else base.program
    if program is None:
        return None
    return program, tuple(
        turned(camera, {key[1]: value for key, value in by.items() if len(key) == 2 and key[0] == number})
        for number, camera in enumerate(base.cameras)
    )


def _leaps(rng: Random, search: Search) -> Iterator[list[tuple[Move, int]]]:
    """Pairs of moves of the best program. Ends with the looks, or where chance finds no more that are new."""
    attempts = 4 * max(0, search.looks_left)
    while search.looks_left > 0 and attempts:
        attempts -= 1
        known = moves(search.best.program)
        yield [(rng.choice(known), rng.choice(_LEAPS)) for _ in range(2)]
