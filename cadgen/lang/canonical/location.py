"""The calls that say where to draw."""

from collections.abc import Sequence

import numpy as np

from cadgen.lang.canonical.arguments import Arguments, Sketch
from cadgen.lang.canonical.float_frame import FloatCircle, FloatLoop, Pair, Place


def stack(
    sketch: Sketch, places: Sequence[Place] | None, pen: Pair | None = None, corners: Sequence[Pair] = ()
) -> Sketch:
    """Leaves these on the stack of the chain."""
    sketch.places = None if places is None else tuple(places)
    sketch.pen, sketch.corners = pen, tuple(corners)
    return sketch


def require_places(sketch: Sketch, arguments: Arguments) -> tuple[Place, ...]:
    if sketch.places is None:
        raise arguments.error("needs moveTo before it")
    return sketch.places


def centre_of(loop: FloatLoop) -> Place:
    """Where CadQuery finds the centre of a circle, a rectangle or a regular polygon."""
    if isinstance(loop, FloatCircle):
        return Place(*loop.centre)
    x, y = np.mean([segment[-1] for segment in loop.segments], axis=0)
    return Place(float(x), float(y))


def move_to(sketch: Sketch, arguments: Arguments) -> Sketch:
    x, y = arguments.number("x", 0.0), arguments.number("y", 0.0)
    return stack(sketch, [Place(x, y)], (x, y))


def move(sketch: Sketch, arguments: Arguments) -> Sketch:
    if sketch.pen is None:
        raise arguments.error("needs moveTo before it")
    x, y = sketch.pen[0] + arguments.number("xDist", 0.0), sketch.pen[1] + arguments.number("yDist", 0.0)
    return stack(sketch, [Place(x, y)], (x, y))


def push_points(sketch: Sketch, arguments: Arguments) -> Sketch:
    points = [arguments.as_point(point, 2) for point in arguments.get("pntList")]
    arguments.done()
    return _push(sketch, [(x, y) for x, y in points], arguments)


def rarray(sketch: Sketch, arguments: Arguments) -> Sketch:
    columns = _row(arguments, "x", 0)
    rows = _row(arguments, "y", 1)
    arguments.done()
    if arguments.number("xSpacing") <= 0 and arguments.number("ySpacing") <= 0:
        raise arguments.wrong("needs a spacing above 0")
    return _push(sketch, [(x, y) for x in columns for y in rows], arguments)


def _row(arguments: Arguments, axis: str, number: int) -> list[float]:
    count, spacing = int(arguments.number(f"{axis}Count")), arguments.number(f"{axis}Spacing")
    centred = arguments.get("center", True)
    centred = centred if isinstance(centred, bool) else centred[number]
    return [spacing * (i - (count - 1) / 2 if centred else i) for i in range(count)]


def _push(sketch: Sketch, points: Sequence[Pair], arguments: Arguments) -> Sketch:
    if not points:
        raise arguments.error("needs a point")
    return stack(sketch, [Place(x, y) for x, y in points], points[-1])


def polar_array(sketch: Sketch, arguments: Arguments) -> Sketch:
    radius, count = arguments.number("radius"), int(arguments.number("count"))
    start, angle = arguments.number("startAngle"), arguments.number("angle")
    if count < 1:
        raise arguments.wrong("needs one element or more")
    if arguments.get("fill", True):
        whole = abs(np.remainder(angle + 180, 360) - 180) < 1e-6
        angle = angle / count if whole else angle / (count - 1) if count > 1 else start
    turns = arguments.get("rotate", True)
    arguments.done()
    degrees = [start + angle * i for i in range(count)]
    places = [
        Place(float(radius * np.cos(phi)), float(radius * np.sin(phi)), turn if turns else 0.0)
        for phi, turn in zip(np.radians(degrees), degrees, strict=True)
    ]
    return stack(sketch, places)


def vertices(sketch: Sketch, arguments: Arguments) -> Sketch:
    if not sketch.corners:
        raise arguments.error("of what is no rectangle or polygon drawn before it is outside the dialect")
    if arguments.get("selector") is not None:
        raise arguments.error("with a selector is outside the dialect")
    arguments.done()
    return stack(sketch, [Place(x, y) for x, y in sketch.corners])
