"""One way to say each thing: `normalise(code)` rewrites a program into the canonical dialect.

In a fold of extrusions planes become XY, XZ or YZ with global in-plane coordinates, sweeps run from low to high,
numbers are rounded once, as global coordinates, to integers of the grid; loops run counterclockwise from their
lexicographically smallest vertex.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from cadgen.lang.error import DialectError
from cadgen.lang.given import NoFold
from cadgen.lang.grammar import parse
from cadgen.lang.program import GRID, Arc, Circle, Extrusion, Line, Loop, Path, Point, Program, Step, write
from cadgen.lang.raw import RawCircle, RawStep
from cadgen.lang.read import read
from cadgen.lang.rewrite import rewrite
from cadgen.lang.trace import trace
from cadgen.lang.value import Call, Unknown

_PLANES = {  # swept axis -> plane, its two in-plane axes
    2: ("XY", (0, 1)),
    1: ("XZ", (0, 2)),
    0: ("YZ", (1, 2)),
}


def normalise(code: str, grid: float = GRID) -> str:
    """The canonical text of `code`, its lengths multiplied by `grid` and rounded; the solid is `grid` times as large.

    A fold of extrusions along the axes is written as `program.write` does, any other part in the normal form of the
    grammar `full`. `normalise(canonical, grid=1)` is the identity. Raises `DialectError` naming what it cannot
    bring in.
    """
    calls, result = _traced(code)
    try:
        return write(to_grid(read(calls, result), grid))
    except NoFold:
        text = rewrite(result, grid)
        parse(text)
        return text


def canonical(code: str, grid: float = GRID) -> Program:
    """`code` as a fold of extrusions along the axes. Raises `DialectError` where it is none."""
    return to_grid(read(*_traced(code)), grid)


def _traced(code: str) -> tuple[tuple[Call, ...], Call]:
    traced = trace(code)
    result = traced.result()
    if traced.issues:
        raise DialectError(str(traced.issues[0]))
    if traced.stopped:
        raise DialectError(traced.stopped)
    if isinstance(result, Unknown):
        raise DialectError(result.reason)
    if result is None or (not result.solid and result.kind == "Workplane"):
        raise DialectError("the program leaves no solid in its result variable; end it with result=...extrude(...)")
    return traced.calls, result


def to_grid(raw: Sequence[RawStep], grid: float) -> Program:
    """The program whose numbers are those of `raw` times `grid`, rounded.

    Paths that enclose nothing on the grid are dropped; a thickness or a radius that rounds to 0 becomes 1.
    """
    steps = [_round_step(step, grid) for step in raw]
    kept = tuple(step for step in steps if step is not None)
    if not kept or kept[0].operation != "union" or steps[0] is None:
        raise DialectError(f"the first solid vanishes on the grid of {grid} steps a unit; use a finer grid")
    return kept


def _round_step(step: RawStep, grid: float) -> Step | None:
    axis = int(np.argmax(np.abs(step.frame.normal)))
    plane, (first, second) = _PLANES[axis]

    def place(point: tuple[float, float]) -> Point:
        position = step.frame.globally(point) * grid
        return round_half_up(position[first]), round_half_up(position[second])

    ends = step.frame.origin[axis] + step.frame.normal[axis] * np.array([step.low, step.high])
    low, high = sorted(round_half_up(end * grid) for end in ends)
    try:
        sketch = extrusion(plane, low, max(high, low + 1), [_round_loop(loop, place, grid) for loop in step.loops])
    except DialectError as error:
        raise DialectError(f"{error} on the grid of {grid} steps a unit; use a finer grid") from None
    return Step(step.operation, sketch) if sketch else None


def extrusion(plane: str, low: int, high: int, loops: Iterable[Loop]) -> Extrusion | None:
    """The loops in their one order and direction; None if they enclose nothing, `DialectError` if two coincide."""
    tidied = (loop if isinstance(loop, Circle) else tidy(loop) for loop in loops)
    ordered = tuple(sorted((loop for loop in tidied if loop), key=lambda loop: (-abs(area(loop)), _place_of(loop))))
    if len(set(ordered)) < len(ordered):
        raise DialectError("two loops coincide")
    return Extrusion(plane, low, high, ordered) if ordered else None


def round_half_up(value: float) -> int:
    """Rounds halves towards +infinity: a shift by a whole step never changes the outcome, as half-to-even does."""
    return int(np.floor(value + 0.5))


def _place_of(loop: Loop) -> tuple:
    """Orders loops of equal area by where they are."""
    return (loop.centre, loop.radius) if isinstance(loop, Circle) else (loop.start, len(loop.segments))


def _round_loop(loop, place, grid: float) -> Loop:
    if isinstance(loop, RawCircle):
        return Circle(place(loop.centre), max(1, round_half_up(loop.radius * grid)))
    start = place(loop.start)
    segments = [
        Line(place(segment[0])) if len(segment) == 1 else Arc(place(segment[0]), place(segment[1]))
        for segment in loop.segments
    ]
    return Path(start, tuple(segments))


def tidy(path: Path) -> Path | None:
    """The same loop, counterclockwise from its smallest vertex, without needless vertices; None if nothing is left."""
    segments = _merge(_straighten(path.start, path.segments))
    if len(segments) < 2 or area(Path(path.start, _tail(segments))) == 0:
        return None
    if area(Path(segments[0][0], _tail(segments))) < 0:
        segments = [(s.end, _reverse(start, s)) for start, s in reversed(segments)]
    first = min(range(len(segments)), key=lambda i: segments[i][0])
    segments = segments[first:] + segments[:first]
    return Path(segments[0][0], _tail(segments))


def area(loop: Loop) -> float:
    """Signed area, counterclockwise positive; arcs count as two chords, which is enough to orient and to order."""
    if isinstance(loop, Circle):
        return float(np.pi * loop.radius**2)
    points = [loop.start]
    for segment in loop.segments:
        points += [segment.mid, segment.end] if isinstance(segment, Arc) else [segment.end]
    return 0.5 * sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(points))


_Placed = list[tuple[Point, Line | Arc]]  # each segment with the point where it starts


def _straighten(start: Point, segments: tuple) -> _Placed:
    """Drops segments of no length and turns flat arcs into lines."""
    placed: _Placed = []
    for segment in segments:
        if isinstance(segment, Arc) and _cross(start, segment.mid, segment.end) == 0:
            segment = Line(segment.end)
        if segment.end != start:
            placed.append((start, segment))
            start = segment.end
    return placed


def _merge(segments: _Placed) -> _Placed:
    """Joins neighbouring lines that go on in one direction (or back), around the loop, until none is left."""
    changed = True
    while changed and len(segments) > 1:
        changed = False
        for i in range(len(segments)):
            (start, one), (_, two) = segments[i - 1], segments[i]
            if isinstance(one, Line) and isinstance(two, Line) and _cross(start, one.end, two.end) == 0:
                joined = [(start, Line(two.end))] if start != two.end else []
                rest = [s for j, s in enumerate(segments) if j not in (i, (i - 1) % len(segments))]
                at = i - 1 if i else len(rest)
                segments = rest[:at] + joined + rest[at:]
                changed = True
                break
    return segments


def _cross(a: Point, b: Point, c: Point) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _reverse(start: Point, segment: Line | Arc) -> Line | Arc:
    return Line(start) if isinstance(segment, Line) else Arc(segment.mid, start)


def _tail(segments: _Placed) -> tuple[Line | Arc, ...]:
    return tuple(segment for _, segment in segments)
