"""What can be told of a body without building it: how far it reaches, where its ends are flat and what they look like.

Everything here is certain or None.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from cadgen.lang.canonical.float_frame import FloatLoop, Frame
from cadgen.lang.canonical.float_loop import box_of, centroid_of, contains, depth_in, keep_apart, outer_of, outline
from cadgen.lang.canonical.float_step import Body, FloatExtrude, FloatStep

_CLOSE = 1e-3  # CadQuery takes faces whose centres are 1e-4 apart for one; what is near that is not told
_EQUAL = 1e-9  # of the size
_SKIN = 1e-6  # of the size: how far under a face the body is probed
_NUDGES = (1e-2, 1e-3)  # of the size: how far from the border of a face the body is probed
_PROBES = 15  # across a face; along a side


def spans_of(step: FloatStep) -> np.ndarray | None:
    """(3, 2): the lowest and the highest global coordinates."""
    if not isinstance(step, FloatExtrude):
        return None
    (left, bottom), (right, top) = box_of(step.loops)
    corners = np.array([[left, bottom, step.low], [right, top, step.high]])
    positions = _globally(step.frame, corners)
    return np.stack([positions.min(0), positions.max(0)], 1)


def reach_of(body: Body) -> np.ndarray | None:
    """(3, 2): bounds that the body does not leave; they are those that it reaches where nothing was cut from it."""
    spans = [spans_of(step) for step in body if step.operation == "union"]
    known = np.array([span for span in spans if span is not None])
    if not spans or len(known) < len(spans):
        return None
    return np.stack([known[:, :, 0].min(0), known[:, :, 1].max(0)], 1)


def are_apart(step: FloatStep, body: Body) -> bool:
    """Whether it is sure that the step shares no volume with the body."""
    own, bounds = spans_of(step), [spans_of(other) for other in body if other.operation == "union"]
    if own is None:
        return not bounds
    return all(b is not None and bool(((own[:, 0] >= b[:, 1]) | (own[:, 1] <= b[:, 0])).any()) for b in bounds)


def end_of(body: Body, direction: np.ndarray) -> float | None:
    """How far along the signed unit axis the body reaches, if it ends there in a plane: that of its last face."""
    known = [span for step in body if (span := spans_of(step)) is not None]
    if len(known) < len(body) or not body:
        return None
    spans, united = np.array(known), np.array([step.operation == "union" for step in body])
    size = float((spans[united, :, 1].max(0) - spans[united, :, 0].min(0)).max())
    axis = int(np.argmax(np.abs(direction)))
    along = np.sort(spans[:, axis] * direction[axis])
    end = float(along[united].max())
    gaps = np.abs(along - end)
    # Another end so close that CadQuery may take the two for one.
    if end - along[united].min() < _CLOSE or ((gaps > _EQUAL * size) & (gaps < _CLOSE)).any():
        return None
    for number in np.flatnonzero(united & (gaps[:, 1] <= _EQUAL * size)):
        for probes in _probes(body[number], direction, size):
            if not _removed(probes - _SKIN * size * direction, body[number + 1 :]).all():
                return end
    return None


def centre_of_end(body: Body, direction: np.ndarray, of_box: bool) -> np.ndarray | None:
    """(3,): the centre of the area, or of the box, of the plane end of the body."""
    end = end_of(body, direction)
    steps = _steps_at(body, direction, end) if end is not None else None
    if end is None or not steps:
        return None
    frame = steps[0].frame
    loops = [[loop.mapped(frame.of(step.frame)) for loop in step.loops] for step in steps]
    every = [loop for of_step in loops for loop in of_step]
    if not keep_apart(every) or not _are_holes(steps, loops) or (of_box and len(outer_of(every)) > 1):
        return None
    x, y = box_of(every).mean(0) if of_box else centroid_of(every)
    position = frame.globally((float(x), float(y)))
    axis = frame.across
    position[axis] = end * direction[axis]
    return position


def middle_of(body: Body, axis: int) -> float | None:
    """The coordinate of the centre of mass, where the body is a prism or each of its cuts goes through it."""
    steps = [step for step in body if isinstance(step, FloatExtrude)]
    if len(steps) < len(body) or not steps:
        return None
    if len(steps) == 1 and steps[0].frame.across != axis:
        loops = steps[0].loops
        return float(steps[0].frame.globally(tuple(centroid_of(loops)))[axis]) if keep_apart(loops) else None
    spans = [spans_of(step) for step in steps]
    ends = np.array([span[axis] for span in spans if span is not None])
    united = np.array([step.operation == "union" for step in steps])
    low, high = ends[united].min(), ends[united].max()
    slack = _EQUAL * (high - low)
    through = (ends[:, 0] <= low + slack) & (ends[:, 1] >= high - slack)
    along = all(step.frame.across == axis for step in steps)
    return float(low + high) / 2 if along and through.all() else None


def _steps_at(body: Body, direction: np.ndarray, end: float) -> list[FloatExtrude] | None:
    """The steps whose loops bound the plane end; None if its border cannot be read off them."""
    axis = int(np.argmax(np.abs(direction)))
    found: list[FloatExtrude] = []
    for step in body:
        assert isinstance(step, FloatExtrude)
        if _end(step, direction) < end - _CLOSE or -_end(step, -direction) >= end:
            continue
        after_cut = found and found[-1].operation == "cut"
        if step.frame.across != axis or (step.operation == "union" and after_cut):
            return None
        found.append(step)
    return found


def _are_holes(steps: Sequence[FloatExtrude], loops: Sequence[Sequence[FloatLoop]]) -> bool:
    """Whether each cut lies within the others and no union does, of loops that keep apart."""
    every = [loop for of_step in loops for loop in of_step]
    return all(
        depth_in(every, loop) == depth_in(of_step, loop) + (step.operation == "cut")
        for step, of_step in zip(steps, loops, strict=True)
        for loop in of_step
    )


def _end(step: FloatStep, direction: np.ndarray) -> float:
    spans = spans_of(step)
    assert spans is not None
    axis = int(np.argmax(np.abs(direction)))
    return float(max(spans[axis] * direction[axis]))


def _removed(points: np.ndarray, later: Sequence[FloatStep]) -> np.ndarray:
    """(N,) bool: which of (N, 3) points are in one of the later cuts."""
    removed = np.zeros(len(points), bool)
    for step in later:
        if step.operation == "cut" and isinstance(step, FloatExtrude):
            local = step.frame.locally(points)
            level = ~removed & (local[:, 2] > step.low) & (local[:, 2] < step.high)
            removed[level] = contains(step.loops, local[level, :2])
    return removed


def _probes(step: FloatStep, direction: np.ndarray, size: float) -> Iterator[np.ndarray]:
    """(N, 3) points on the plane end of an extrusion along `direction`; none where it ends in no plane."""
    assert isinstance(step, FloatExtrude)
    towards = float(step.frame.normal @ direction)
    if towards:
        height = step.high if towards > 0 else step.low
        for points in (_lattice(step.loops), _beside_border(step.loops, size)):
            inside = points[contains(step.loops, points)]
            yield _globally(step.frame, np.column_stack([inside, np.full(len(inside), height)]))
        return
    end = _end(step, direction)
    depths = np.linspace(step.low, step.high, _PROBES + 2)[1:-1]
    for loop in step.loops:
        for start, stop in _sides(loop):
            ends = np.array([step.frame.globally(point) for point in (start, stop)])
            if (np.abs(ends @ direction - end) <= _EQUAL * size).all():
                shares = np.linspace(0, 1, _PROBES + 2)[1:-1]
                along = ends[0] + shares[:, None] * (ends[1] - ends[0])
                yield (along[:, None] + depths[None, :, None] * step.frame.normal).reshape(-1, 3)


def _sides(loop: FloatLoop) -> list[tuple]:
    """The ends of the straight segments of the loop."""
    sides, start = [], getattr(loop, "start", None)
    for segment in getattr(loop, "segments", ()):
        if len(segment) == 1 and segment[0] != start:
            sides.append((start, segment[0]))
        start = segment[-1]
    return sides


def _lattice(loops: Sequence[FloatLoop]) -> np.ndarray:
    """(N, 2) points all over the box of the loops."""
    low, high = box_of(loops)
    shares = (np.arange(_PROBES) + 0.5) / _PROBES
    return np.stack(np.meshgrid(*(low + shares[:, None] * (high - low)).T), -1).reshape(-1, 2)


def _beside_border(loops: Sequence[FloatLoop], size: float) -> np.ndarray:
    """(N, 2) points close to the loops, on either side."""
    points = []
    for loop in loops:
        start = outline(loop)
        along = np.roll(start, -1, 0) - start
        middle = (start[:, None] + np.linspace(0.1, 0.9, 5)[:, None] * along[:, None]).reshape(-1, 2)
        length = np.maximum(np.hypot(*along.T), 1e-300)
        across = np.repeat(np.stack([-along[:, 1], along[:, 0]], 1) / length[:, None], 5, 0)
        points += [middle + sign * nudge * size * across for nudge in _NUDGES for sign in (1, -1)]
    return np.concatenate(points)


def _globally(frame: Frame, points: np.ndarray) -> np.ndarray:
    """The (N, 3) global positions of (N, 3) coordinates along x, y and normal."""
    return frame.origin + points @ np.stack([frame.x, frame.y, frame.normal])
