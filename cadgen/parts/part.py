"""Random parts: `sample_program(seed)` says how a part is built, `sample_part(seed)` also builds it.

Sketch-and-extrude parts in the manner of GenCAD-Code: one to four extrusions on the three main planes, united or cut,
the whole centred and its largest extent 1.5 units (384 grid steps).
"""

from dataclasses import dataclass, replace
from random import Random

import numpy as np

from cadgen.lang import DialectError, Program, write
from cadgen.lang.normalise import to_grid
from cadgen.lang.program import GRID
from cadgen.lang.raw import RawCircle, RawStep, named_frame
from cadgen.parts.profile import Loops, draw_profile
from cadgen.shape import Sandbox, Solid

_EXTENT = 1.5
# Shares of the published test programs: 1 to 4 extrusions, planes.
_NUM_EXTRUSIONS = {1: 58, 2: 19, 3: 13, 4: 10}
_PLANES = {"XY": 58, "XZ": 30, "YZ": 12}


@dataclass(frozen=True)
class Part:
    """A canonical program and the solid that the kernel made of it."""

    code: str
    solid: Solid


def sample_part(seed: int, box: Sandbox | None = None) -> Part:
    """The part of this seed; without a running sandbox one is started for the call. Same seed, same part."""
    if box is None:
        with Sandbox(workers=1) as own:
            return sample_part(seed, own)
    for attempt in range(20):
        code = write(sample_program(seed, attempt))
        (execution,) = box.run([code])
        if execution.solid is not None and execution.solid.valid:
            return Part(code, execution.solid)
    raise RuntimeError(f"seed {seed}: none of 20 programs gave a valid solid")


def sample_program(seed: int, attempt: int = 0) -> Program:
    """A program that is likely, but not certain, to give a valid solid."""
    rng = Random(f"{seed}/{attempt}")
    while True:
        (num_extrusions,) = rng.choices(list(_NUM_EXTRUSIONS), list(_NUM_EXTRUSIONS.values()))
        steps = [_first(rng)]
        while len(steps) < num_extrusions:
            steps.append(rng.choice((_boss, _boss, _side, _side, _hole, _hole))(rng, steps))
        try:
            return to_grid(_centre(steps), GRID)
        except DialectError:  # a detail of the first extrusion is smaller than the grid
            continue


def _first(rng: Random) -> RawStep:
    (plane,) = rng.choices(list(_PLANES), list(_PLANES.values()))
    width, height = 1.0, rng.choice((1.0, rng.uniform(0.1, 1.0), 0.05 ** rng.random()))
    if rng.random() < 0.5:
        width, height = height, width
    depth = rng.choice((rng.uniform(0.1, 1.2), 0.02 ** rng.random(), rng.uniform(0.01, 0.15)))
    return _step("union", plane, 0.0, depth, draw_profile(rng, width, height))


def _boss(rng: Random, steps: list[RawStep]) -> RawStep:
    """A smaller profile standing on, or hanging under, the end of an extrusion."""
    base, width, height, x, y = _spot(rng, steps, 0.2, 1.0, centred=0.5)
    depth = rng.choice((base.high - base.low, rng.uniform(0.05, 0.8), rng.uniform(0.02, 0.2)))
    low, high = (base.high, base.high + depth) if rng.random() < 0.75 else (base.low - depth, base.low)
    loops = [_shift(loop, x, y) for loop in draw_profile(rng, width, height)]
    return RawStep("union", base.frame, low, high, tuple(loops))


def _spot(
    rng: Random, steps: list[RawStep], least: float, most: float, centred: float
) -> tuple[RawStep, float, float, float, float]:
    """An extrusion of the part, and width, height and centre of a box inside its outline's box.

    least, most: the box's share of the outline's; centred: the probability that it sits in the middle.
    """
    base = rng.choice([step for step in steps if step.operation == "union"])
    (left, bottom), (right, top) = _loop_bounds(base.loops[0])
    width, height = (right - left) * rng.uniform(least, most), (top - bottom) * rng.uniform(least, most)
    if rng.random() < centred:
        return base, width, height, (left + right) / 2, (bottom + top) / 2
    x = rng.uniform(left + width / 2, right - width / 2)
    return base, width, height, x, rng.uniform(bottom + height / 2, top - height / 2)


def _side(rng: Random, steps: list[RawStep]) -> RawStep:
    """An extrusion on any plane whose box touches or overlaps the box of the part so far: brackets, ribs, crosses."""
    low, high = _bounds(steps)
    size = high - low
    (plane,) = rng.choices(list(_PLANES), list(_PLANES.values()))
    first, second, swept = {"XY": (0, 1, 2), "XZ": (0, 2, 1), "YZ": (1, 2, 0)}[plane]
    extent = np.array([s * rng.choice((1.0, rng.uniform(0.15, 1.0))) for s in size])
    extent[rng.choice((first, second, swept))] = size.max() * rng.uniform(0.03, 0.8)
    # Each axis: flush with the lower or the upper end, centred, or standing outside it.
    sides = [rng.choice(("low", "high", "centre", "below", "above")) for _ in range(3)]
    keep = rng.randrange(3)
    sides = [side if axis == keep or side not in ("below", "above") else "centre" for axis, side in enumerate(sides)]
    centre = np.array([_place(side, low[i], high[i], extent[i]) for i, side in enumerate(sides)])
    loops = [_shift(loop, centre[first], centre[second]) for loop in draw_profile(rng, extent[first], extent[second])]
    start, end = centre[swept] - extent[swept] / 2, centre[swept] + extent[swept] / 2
    frame = named_frame(plane)
    sign = frame.normal[swept]
    return RawStep("union", frame, min(sign * start, sign * end), max(sign * start, sign * end), tuple(loops))


def _place(side: str, low: float, high: float, extent: float) -> float:
    return {
        "low": low + extent / 2,
        "high": high - extent / 2,
        "centre": (low + high) / 2,
        "below": low - extent / 2,
        "above": high + extent / 2,
    }[side]


def _hole(rng: Random, steps: list[RawStep]) -> RawStep:
    """A pocket or a through hole from an end of an extrusion."""
    base, width, height, x, y = _spot(rng, steps, 0.1, 0.8, centred=0.6)
    through = rng.random() < 0.5
    depth = (base.high - base.low) * (1.0 if through else rng.uniform(0.15, 0.85))
    loops = [_shift(loop, x, y) for loop in draw_profile(rng, width, height)[:1]]
    return RawStep("cut", base.frame, base.high - depth, base.high, tuple(loops))


def _step(operation: str, plane: str, low: float, high: float, loops: Loops) -> RawStep:
    return RawStep(operation, named_frame(plane), low, high, tuple(loops))


def _shift(loop, x: float, y: float):
    if isinstance(loop, RawCircle):
        return replace(loop, centre=(loop.centre[0] + x, loop.centre[1] + y))
    segments = tuple(tuple((u + x, v + y) for u, v in segment) for segment in loop.segments)
    return replace(loop, start=(loop.start[0] + x, loop.start[1] + y), segments=segments)


def _loop_bounds(loop) -> np.ndarray:
    """(2, 2): smallest and largest corner; an arc counts by its middle and its ends."""
    if isinstance(loop, RawCircle):
        centre = np.array(loop.centre)
        return np.array([centre - loop.radius, centre + loop.radius])
    points = np.array([loop.start, *(point for segment in loop.segments for point in segment)])
    return np.array([points.min(0), points.max(0)])


def _bounds(steps: list[RawStep]) -> tuple[np.ndarray, np.ndarray]:
    """The corners of the box around everything that was added, global."""
    corners = []
    for step in steps:
        if step.operation == "union":
            for loop in step.loops:
                for point in _loop_bounds(loop):
                    flat = step.frame.globally(tuple(point))
                    corners += [flat + end * step.frame.normal for end in (step.low, step.high)]
    return np.min(corners, 0), np.max(corners, 0)


def _centre(steps: list[RawStep]) -> list[RawStep]:
    """The same part around the origin, its largest extent `_EXTENT`."""
    low, high = _bounds(steps)
    scale = _EXTENT / (high - low).max()
    return [_moved(step, -(low + high) / 2, scale) for step in steps]


def _moved(step: RawStep, shift: np.ndarray, scale: float) -> RawStep:
    frame = replace(step.frame, origin=(step.frame.origin + shift) * scale)
    loops = tuple(_scaled(loop, scale) for loop in step.loops)
    return RawStep(step.operation, frame, step.low * scale, step.high * scale, loops)


def _scaled(loop, scale: float):
    if isinstance(loop, RawCircle):
        return RawCircle((loop.centre[0] * scale, loop.centre[1] * scale), loop.radius * scale)
    segments = tuple(tuple((u * scale, v * scale) for u, v in segment) for segment in loop.segments)
    return replace(loop, start=(loop.start[0] * scale, loop.start[1] * scale), segments=segments)
