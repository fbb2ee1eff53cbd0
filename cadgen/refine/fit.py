"""Measures made to fit the picture: a local search over a program's integers, by drawing and comparing.

The same program may be fitted to several pictures of one part, each from a camera of its own; cameras are fitted too.
What has an `until` answers with what it has when `time.monotonic()` is past that.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import nlargest
from math import inf
from operator import attrgetter
from random import Random
from time import monotonic
from typing import TypeVar

import numpy as np

from cadgen.kernel import CHORDS, NotCovered, build
from cadgen.program import Extrude, Line, Program, rectangle
from cadgen.refine.dimension import Dimension, changed, dimensions
from cadgen.refine.edge import Lines, lines_of, matched, strode
from cadgen.refine.eye import Eye
from cadgen.refine.flat import segments_of
from cadgen.refine.move import Move, follow, moved, moves
from cadgen.refine.neighbour import fewer
from cadgen.refine.pose import posed
from cadgen.refine.view import Look, Target, View, framed, likeness, look_of, right_of
from cadgen.shape import PUBLISHED, Camera, Solid

_T = TypeVar("_T")
_LEAPS = (-8, -4, -2, -1, 1, 2, 4, 8)  # grid steps
_BETTER = 1e-6  # less is rounding
SAME = 0.9985  # as like as a picture of the same part; what is left is a pixel here and there
_APART = 0.25  # pixels; less is the same frame
_CHORDS = 64  # of a circle, which pixels tell from no rounder one

_FAR, _NEAR, _NEAREST = (
    40.0,
    5.0,
    2.0,
)  # pixels: the first lines that draw measures, those that draw each alone, the last
_POSING = (60.0, 30.0, 30.0, 15.0)  # pixels: lines that turn a camera
_BLOCK = (Extrude("union", "XY", -140, 140, (rectangle(-190, -140, 190, 140),)),)
_LOOKS_OF_PRUNING, _LOOKS_OF_BLOCK = 100, 60
FEWEST = 24  # looks, to settle a start
_TURNED = 6  # programs that are looked at from anywhere
_LOOP, _NUMBER, _SLANT, _FREE, _STRAY = 0.001, 0.0005, 0.003, 0.008, 0.0005  # prices in likeness
_FARTHEST_STRAY = 40.0  # pixels


@dataclass(frozen=True)
class Fitted:
    """A program, the views of it that its pictures show, and its likeness to them in the mean.

    stray: pixels by which published pictures would show it elsewhere, in the mean: they are framed by the box around
    the part, which tells how far away it reaches.
    """

    program: Program
    views: tuple[View, ...]
    likeness: float
    stray: float = 0.0

    @property
    def cameras(self) -> tuple[Camera, ...]:
        """Of the views."""
        return tuple(view.camera for view in self.views)

    @cached_property
    def worth(self) -> float:
        """The likeness less the price of what it takes: loops, numbers, slanted edges, unusual cameras and frames.

        With enough of them anything looks like anything; parts have few.
        """
        price = _LOOP * sum(len(step.loops) for step in self.program)
        price += _NUMBER * len(dimensions(self.program, shared=True))
        price += _SLANT * _num_slanted(self.program) + _FREE * sum(view.free for view in self.views) / len(self.views)
        price += _STRAY * min(_FARTHEST_STRAY, self.stray)
        return self.likeness - price


def fit(start: Fitted, targets: Sequence[Target], num_looks: int, until: float = inf) -> Fitted:
    """The program most like `targets` that the search came upon; the start itself at the worst.

    num_looks: so many programs are built, drawn and compared at most, some milliseconds each; the same pictures always
    give the same program. Measures, frames and free cameras slide to the lines; a pattern search (Hooke and Jeeves
    1961) over `moves` follows. What is left of the looks goes to pairs of moves by chance, unless it looks right.
    """
    search = Search(start, targets, num_looks, until)
    search.slide_from(_FAR)
    for distance in (4, 2, 1):
        search.sweep(distance)
    search.slide_from(_NEAR)
    if search.best.likeness < right_of(targets):
        for pair in _leaps(Random(0), search):
            search.leap(pair)
    return search.best


def settle(start: Fitted, targets: Sequence[Target], num_looks: int, until: float = inf) -> Fitted:
    """The program with its measures about where the pictures have them, and free cameras turned before."""
    return Search(start, targets, num_looks, until).settled()


def likest(
    starts: Sequence[Fitted], targets: Sequence[Target], num_settled: int, num_looks: int, until: float = inf
) -> Iterator[Fitted]:
    """The best of the starts, fitted, once the most promising of them are settled; nothing where there are none."""
    by_worth = attrgetter("worth")
    promising = in_time(nlargest(num_settled, starts, key=by_worth), until)
    if settled := [settle(one, targets, FEWEST, until) for one in promising]:
        yield fit(max(settled, key=by_worth), targets, num_looks, until)


def pruned(start: Fitted, targets: Sequence[Target], until: float = inf) -> Fitted:
    """The program without the loops and steps that the pictures do not ask for, such as a hole behind a boss."""
    search = Search(start, targets, _LOOKS_OF_PRUNING, until, stops=False)
    while any(search.accepts(program) for program in fewer(search.best.program)):
        pass
    return search.best


def begun(
    programs: Sequence[Program], targets: Sequence[Target], eyes: Sequence[Eye], until: float = inf
) -> list[Fitted]:
    """The programs from the likest of the cameras that are usual for each target.

    The best of them follow once more, from the likest of the cameras that are guessed. What cannot be built is left
    out. Likenesses are coarse ones.
    """
    coarse = [target.coarse for target in targets]
    solids = {program: solid for program in programs if (solid := solid_of(program)) is not None}

    def begin(program: Program, guessed: bool) -> Fitted:
        found = []
        for target, eye in zip(coarse, eyes, strict=True):
            free = guessed and bool(eye.guessed)
            alike, view = posed(solids[program], target, eye.guessed if free else eye.usual)
            found.append((alike, replace(view, free=free)))
        return Fitted(program, tuple(view for _, view in found), sum(alike for alike, _ in found) / len(found))

    usual = [begin(program, False) for program in in_time(solids, until)]
    if not any(eye.guessed for eye in eyes):
        return usual
    likest = nlargest(_TURNED, usual, key=attrgetter("worth"))
    return usual + [begin(one.program, True) for one in in_time(likest, until)]


def blocks(targets: Sequence[Target], eyes: Sequence[Eye], until: float = inf) -> Iterator[Fitted]:
    """A plain block, fitted: from cameras that the lines tell or that are usual, held still, and from the likest guess.

    A camera turns away where a block stands for another part. Both from above and from below, since from either side a
    block looks the same and what is then made of it does not; only once where the cameras are known.
    """
    exact = all(target.exact or not eye.guessed for target, eye in zip(targets, eyes, strict=True))
    for above in (True,) if exact else (True, False):
        some = [eye.on(above) for eye in eyes]
        if not all(eye.usual for eye in some):  # a picture that is known to be taken from the other side
            continue
        held = begun([_BLOCK], targets, [Eye(eye.told or eye.usual) for eye in some])
        for start in held if exact else (*held, begun([_BLOCK], targets, some)[-1]):
            yield fit(settle(start, targets, FEWEST, until), targets, _LOOKS_OF_BLOCK, until)


def released(start: Fitted, eyes: Sequence[Eye]) -> Fitted:
    """The same with cameras free to turn that are not usual."""
    usual = [view.camera in eye.usual for view, eye in zip(start.views, eyes, strict=True)]
    return replace(
        start, views=tuple(replace(view, free=not known) for view, known in zip(start.views, usual, strict=True))
    )


def in_time(some: Iterable[_T], until: float) -> Iterator[_T]:
    """The first of these, and others as long as there is time."""
    for one in some:
        yield one
        if monotonic() > until:
            return


def solid_of(program: Program) -> Solid | None:
    """Round enough for pixels; None where it cannot be built: few chords may touch what the circle does not."""
    for chords in (_CHORDS, CHORDS):
        with suppress(NotCovered):
            return build(program, chords)
    return None


def _num_slanted(program: Program) -> int:
    """Straight edges of sketches that run along neither axis."""
    return sum(
        isinstance(segment, Line) and segment.end[0] != start[0] and segment.end[1] != start[1]
        for step in program
        for start, segment in segments_of(step.loops)
    )


def _likeness(targets: Sequence[Target], looks: Sequence[Look]) -> float:
    return sum(likeness(target, look) for target, look in zip(targets, looks, strict=True)) / len(targets)


class Search:
    """The best program so far, its views, its likeness, and how many looks are left.

    A frame stays as it is while measures change, so that each moves its own lines and no others; or it is fitted to the
    part anew, where that is liker. stops: what is as like as the same part ends the search.
    """

    def __init__(
        self, start: Fitted, targets: Sequence[Target], num_looks: int, until: float = inf, stops: bool = True
    ):
        self.targets, self.looks_left, self.until, self.stops = targets, num_looks, until, stops
        self.seen: set[tuple[Program, tuple[View, ...]]] = set()
        self.best = replace(start, likeness=-1.0)
        self._lines: tuple[Fitted | None, dict[tuple[Dimension, ...], list[Lines]]] = None, {}
        self._built: tuple[Program | None, Solid | None] = None, None  # the last, for its cameras to be turned
        self.accepts(start.program, start.views)

    def accepts(self, program: Program | None, views: tuple[View, ...] | None = None) -> bool:
        """Whether the program is new and liker than all before it; it is then the best.

        It is seen in these `views`; where none are given in those of the best, or in frames of its own if it is liker.
        """
        held = views or self.best.views
        if program is None or (program, held) in self.seen or self.looks_left <= 0:
            return False
        if self.seen and monotonic() > self.until:  # the start is looked at all the same
            self.looks_left = 0
            return False
        self.looks_left -= 1
        self.seen.add((program, held))
        solid = self._solid(program)
        if solid is None:
            return False
        before = self.best
        anew = tuple(
            replace(framed(solid, view.camera, target), free=view.free)
            for view, target in zip(held, self.targets, strict=True)
        )
        apart = [one.apart(other) for one, other in zip(held, anew, strict=True)]
        known = [target.exact and view.camera == PUBLISHED for view, target in zip(held, self.targets, strict=True)]
        self._judge(program, held, solid, float(np.dot(apart, known)) / len(held))
        if views is None and max(apart) > _APART:
            self._judge(program, anew, solid, 0.0)
        return self.best is not before

    def _judge(self, program: Program, views: tuple[View, ...], solid: Solid, stray: float) -> None:
        looks = [look_of(solid, view, target.grain) for view, target in zip(views, self.targets, strict=True)]
        found = Fitted(program, views, _likeness(self.targets, looks), stray)
        if found.worth > self.best.worth + _BETTER:
            self.best = found
        if self.stops and found.likeness >= SAME and stray <= _NEAREST:
            self.looks_left = 0

    def _solid(self, program: Program) -> Solid | None:
        if self._built[0] is not program:
            self._built = program, solid_of(program)
        return self._built[1]

    def settled(self) -> Fitted:
        """The best once free cameras are turned and measures are about where the pictures have them."""
        if any(view.free for view in self.best.views):
            for reach in _POSING:
                self.slide(reach, ())
        self.slide_from(_FAR)
        return self.best

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

    def slide_from(self, reach: float) -> None:
        """Measures that steps share, and then each, by lines that are nearer and nearer."""
        while reach > _NEAREST and self.looks_left > 0:
            self.slide(reach, dimensions(self.best.program, shared=True))
            self.slide(reach, dimensions(self.best.program, shared=reach > _NEAR))
            reach /= 2

    def slide(self, reach: float, known: Sequence[Dimension]) -> bool:
        """These dimensions, frames and free cameras at once, by lines some `reach` pixels away; whether it helps."""
        base = self.best
        if self.looks_left <= 0 or (solid := self._solid(base.program)) is None:
            return False
        lines = self._lines_of(base, solid, known)
        for stride_U in matched(lines, self.targets, reach).strides() if lines else ():
            by = dict(zip(known, np.rint(stride_U[: len(known)]).astype(int).tolist(), strict=True))
            program = changed(base.program, by) if any(by.values()) else base.program
            if self.accepts(program, strode(base.views, stride_U[len(known) :])):
                return True
        return False

    def _lines_of(self, base: Fitted, solid: Solid, known: Sequence[Dimension]) -> list[Lines]:
        """Told once for each reach: what does not get liker is where it was."""
        if self._lines[0] is not base:
            self._lines = base, {}
        told, key = self._lines[1], tuple(known)
        if key not in told:
            told[key] = lines_of(base.program, solid, base.views, self.targets, known)
        return told[key]

    def leap(self, pair: list[tuple[Move, int]]) -> None:
        program: Program | None = self.best.program
        for move, distance in pair:
            program = program and moved(program, move, distance)
        self.accepts(program)


def _leaps(rng: Random, search: Search) -> Iterator[list[tuple[Move, int]]]:
    """Pairs of moves of the best program. Ends with the looks, or where chance finds no more that are new."""
    attempts = 4 * max(0, search.looks_left)
    while search.looks_left > 0 and attempts:
        attempts -= 1
        known = moves(search.best.program)
        yield [(rng.choice(known), rng.choice(_LEAPS)) for _ in range(2)]
