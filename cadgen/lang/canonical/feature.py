"""The calls that make solids of what is drawn, and unite them with or cut them from the solid up the chain."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from cadgen.lang.canonical.arguments import Arguments, Sketch
from cadgen.lang.canonical.copies import FloatCopies, copies_of, joined
from cadgen.lang.canonical.extent import end_of, reach_of
from cadgen.lang.canonical.float_frame import FloatCircle, FloatLoop, FloatPath, Frame, Pair
from cadgen.lang.canonical.float_loop import groups_apart, keep_apart, outer_of
from cadgen.lang.canonical.float_step import Body, FloatExtrude, FloatStep
from cadgen.lang.canonical.location import require_places, stack

_SAME = 1e-9  # how far frames may lie apart


def add_pending(
    sketch: Sketch, loops: Sequence[FloatLoop], arguments: Arguments, copies: FloatCopies | None = None
) -> None:
    """Adds loops, all of them `copies` if given, to those that wait for a solid to be made of them."""
    shared = sketch.shared
    if shared.pending:
        copies = joined(shared.copies, copies) if sketch.frame is shared.frame else None
    shared.copies = copies
    if not shared.pending or shared.frame is None:
        shared.frame, shared.tilts, shared.scattered = sketch.frame, sketch.tilts, False
    place = _into(shared.frame, sketch, arguments)
    shared.pending += [loop.mapped(place) for loop in loops] if shared.frame is not sketch.frame else loops
    shared.scattered |= len(loops) > 1


def take_pending(sketch: Sketch, arguments: Arguments) -> tuple[FloatLoop, ...]:
    """The loops that wait, in the frame of the chain; none waits afterwards."""
    shared = sketch.shared
    if not shared.pending or shared.frame is None:
        raise arguments.error("needs a closed loop before it; close() the path")
    place = _into(sketch.frame, replace(sketch, frame=shared.frame), arguments)
    moved = shared.frame is not sketch.frame
    if moved:
        shared.copies = None
    loops = tuple(loop.mapped(place) if moved else loop for loop in shared.pending)
    shared.pending.clear()
    if (sketch.body or shared.scattered) and not keep_apart(loops):
        raise arguments.error("of loops that touch, cross or lie in a hole is outside the dialect")
    return loops


def _into(frame: Frame, sketch: Sketch, arguments: Arguments) -> Callable[[Pair], Pair]:
    """(in-plane point of the sketch) -> (the same of `frame`), which lies in the same plane."""
    other, is_level = sketch.frame, sketch.tilts is sketch.shared.tilts
    if not is_level or frame.across != other.across or abs((other.origin - frame.origin) @ frame.normal) > _SAME:
        raise arguments.error("beside pending loops in another plane is outside the dialect")
    return frame.of(other)


def combined(sketch: Sketch, steps: Sequence[FloatStep], arguments: Arguments) -> Sketch:
    """The chain after `steps` were made in its plane, with what they leave of the solid on its stack."""
    for tilt in sketch.tilts:
        steps = [step.turned(tilt) for step in steps]
    return appended(sketch, steps, arguments)


def appended(sketch: Sketch, steps: Sequence[FloatStep], arguments: Arguments) -> Sketch:
    """The chain with steps after those of its solid."""
    if not sketch.body and any(step.operation == "cut" for step in steps):
        raise arguments.wrong("needs a solid before it")
    return whole(sketch, sketch.body + tuple(steps))


def whole(sketch: Sketch, body: Body) -> Sketch:
    """The chain with this solid on its stack."""
    return stack(Sketch(sketch.frame, shared=sketch.shared, body=body, whole=True, tilts=sketch.tilts), None)


def combine_of(sketch: Sketch, arguments: Arguments) -> str:
    """What is to be done with the solid up the chain, which is left behind where it is to stay alone."""
    combine = arguments.get("combine", True)
    if combine is False:
        sketch.body = ()
    elif combine not in (True, "a", "cut", "s"):
        raise arguments.error(f"with combine={combine!r} is outside the dialect")
    return "cut" if combine in ("cut", "s") else "union"


def extrude(sketch: Sketch, arguments: Arguments) -> Sketch:
    return _sweep(sketch, arguments, combine_of(sketch, arguments))


def cut_blind(sketch: Sketch, arguments: Arguments) -> Sketch:
    return _sweep(sketch, arguments, "cut")


def _sweep(sketch: Sketch, arguments: Arguments, operation: str) -> Sketch:
    if not sketch.shared.pending:
        raise arguments.error("needs a closed loop before it; close() the path")
    if isinstance(arguments.get("until"), str):
        raise arguments.error("until a face is outside the dialect")
    depth, both = arguments.number("until"), arguments.get("both", False)
    arguments.done()
    low, high = (-abs(depth), abs(depth)) if both else (min(depth, 0.0), max(depth, 0.0))
    loops = take_pending(sketch, arguments)
    step = FloatExtrude(operation, sketch.frame, loops, low, high, sketch.shared.copies)
    return combined(sketch, [step], arguments)


def cut_thru_all(sketch: Sketch, arguments: Arguments) -> Sketch:
    arguments.done()
    low, high = _extent(sketch, arguments)
    # CadQuery's kernel then cuts nothing, only a part, or fails.
    if low > _SAME or high < -_SAME:
        raise arguments.error("from beside the solid is outside the dialect")
    loops = take_pending(sketch, arguments)
    if len(outer_of(loops)) < len(loops):
        raise arguments.error("of a loop within another is outside the dialect")
    step = FloatExtrude("cut", sketch.frame, loops, low, high, sketch.shared.copies)
    return combined(sketch, [step], arguments)


def hole(sketch: Sketch, arguments: Arguments) -> Sketch:
    radius, low = arguments.number("diameter") / 2, _drilled(sketch, arguments)
    arguments.done()
    return combined(sketch, _holes(sketch, arguments, radius, low), arguments)


def cbore_hole(sketch: Sketch, arguments: Arguments) -> Sketch:
    radius, low = arguments.number("diameter") / 2, _drilled(sketch, arguments)
    wide, deep = arguments.number("cboreDiameter") / 2, arguments.number("cboreDepth")
    arguments.done()
    steps = _holes(sketch, arguments, radius, low) + _holes(sketch, arguments, wide, (-deep, 0.0))
    return combined(sketch, steps, arguments)


def _holes(sketch: Sketch, arguments: Arguments, radius: float, ends: Pair) -> list[FloatExtrude]:
    """A cylinder at each place; those that touch or cross need steps of their own."""
    low, high = ends
    if radius <= 0:
        raise arguments.wrong("needs a diameter above 0")
    places = require_places(sketch, arguments)
    if low >= high:
        return []
    groups = groups_apart([FloatCircle((place.x, place.y), radius) for place in places])
    copies = copies_of(FloatCircle((0.0, 0.0), radius), places) if len(groups) == 1 else None
    return [FloatExtrude("cut", sketch.frame, group, low, high, copies) for group in groups]


def _drilled(sketch: Sketch, arguments: Arguments) -> Pair:
    """From where to where along the normal a hole of the given depth, or a through hole, goes."""
    depth = arguments.get("depth")
    if depth is not None:
        return -arguments.number("depth"), 0.0
    low, high = _extent(sketch, arguments)
    # CadQuery drills as deep as the diagonal of the body's box is long.
    if low < 0 and not _is_as_long(sketch.body, -low):
        raise arguments.error("from so far above the solid is outside the dialect")
    return low, min(high, 0.0)


def _is_as_long(body: Body, length: float) -> bool:
    """Whether it is sure that the diagonal of the body's box is at least so long."""
    bounds = reach_of(body)
    assert bounds is not None
    sides = bounds[:, 1] - bounds[:, 0]
    if all(step.operation == "union" for step in body):
        return bool(np.linalg.norm(sides) >= length)
    squared = 0.0
    for axis in np.argsort(-sides):
        if squared < length**2 and all(end_of(body, sign * np.eye(3)[axis]) is not None for sign in (1, -1)):
            squared += sides[axis] ** 2
    return bool(squared >= length**2)


def _extent(sketch: Sketch, arguments: Arguments) -> Pair:
    """The lowest and the highest coordinate of the solid along the normal, seen from the plane."""
    if not sketch.body:
        raise arguments.wrong("needs a solid before it")
    bounds = None if sketch.tilts else reach_of(sketch.body)
    if bounds is None:
        raise arguments.error("through a solid whose extent is not known is outside the dialect")
    across = sketch.frame.across
    low, high = sorted((bounds[across] - sketch.frame.origin[across]) * sketch.frame.normal[across])
    return float(low), float(high)


def box(sketch: Sketch, arguments: Arguments) -> Sketch:
    size = arguments.number("length"), arguments.number("width")
    centred = flags(arguments, 3)
    return _primitive(sketch, arguments, centred[2], rectangle(size, centred))


def cylinder(sketch: Sketch, arguments: Arguments) -> Sketch:
    radius, centred = arguments.number("radius"), flags(arguments, 3)
    x, y = (0.0 if middle else radius for middle in centred[:2])
    return _primitive(sketch, arguments, centred[2], FloatCircle((x, y), radius))


def _primitive(sketch: Sketch, arguments: Arguments, centred: bool, loop: FloatLoop) -> Sketch:
    """A sweep of the loop by the height at each place."""
    height, combine = arguments.number("height"), arguments.get("combine", True)
    places = require_places(sketch, arguments)
    arguments.done()
    if combine not in (True, False, "a", "cut", "s") or (combine is False and len(places) > 1):
        raise arguments.error("with combine is outside the dialect")
    if combine is False:
        sketch.body = ()
    operation = "cut" if combine in ("cut", "s") else "union"
    low = -height / 2 if centred else 0.0
    steps = [FloatExtrude(operation, sketch.frame, (place.put(loop),), low, low + height) for place in places]
    return combined(sketch, steps, arguments)


def rectangle(size: Pair, centred: Sequence[bool]) -> FloatPath:
    """Around, or from, (0, 0)."""
    x, y = (-side / 2 if middle else 0.0 for side, middle in zip(size, centred, strict=False))
    corners = [(x, y), (x + size[0], y), (x + size[0], y + size[1]), (x, y + size[1])]
    return FloatPath(corners[0], tuple((corner,) for corner in corners[1:] + corners[:1]))


def flags(arguments: Arguments, count: int) -> tuple[bool, ...]:
    value = arguments.get("centered", True)
    return (value,) * count if isinstance(value, bool) else tuple(value)
