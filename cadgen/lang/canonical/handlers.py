"""The calls that a fold of steps along the axes is made of, each as (receiver, arguments) -> value: `HANDLERS`.

`add` puts an object on the stack, which `extrude` does not look at unless it is a solid, so it changes nothing here.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from cadgen.lang.canonical.arguments import Arguments, Sketch
from cadgen.lang.canonical.float_step import (
    Body,
    FloatCircle,
    FloatExtrude,
    FloatPath,
    FloatRevolve,
    FloatStep,
    Frame,
    Pair,
    named_frame,
)
from cadgen.program import NAMED_FRAMES

_STRAIGHT = 1e-6  # of its length: the noise that a line along an axis may have across it


def _vector(_: None, arguments: Arguments) -> Any:
    return np.array([arguments.number(name, 0.0) for name in "xyz"])


def _plane(_: None, arguments: Arguments) -> Frame:
    frame = Frame(
        np.array(arguments.point("origin")),
        _axis(arguments, arguments.get("xDir", (1, 0, 0))),
        _axis(arguments, arguments.get("normal", (0, 0, 1))),
    )
    arguments.done()
    if frame.x @ frame.normal:
        raise arguments.wrong("needs an x direction that is not along its normal")
    return frame


def _axis(arguments: Arguments, value: Any) -> np.ndarray:
    """The signed unit axis that `value` is, up to the 1e-16 of noise that the real programs carry."""
    array = np.array(arguments.as_point(value, 3))
    if not array.any():
        raise arguments.wrong("needs a direction that has a length")
    unit = array / np.linalg.norm(array)
    rounded = np.round(unit)
    if np.abs(rounded).sum() != 1 or np.abs(unit - rounded).max() > 1e-6:
        raise arguments.error(f"has the direction {value}, not along an axis; the dialect has no tilted planes")
    return rounded


def _workplane(_: None, arguments: Arguments) -> Sketch:
    plane = arguments.get("inPlane", "XY")
    if isinstance(plane, str) and plane in NAMED_FRAMES:
        frame = named_frame(plane)
    elif isinstance(plane, Frame):
        frame = plane
    else:
        raise arguments.error("needs a plane")
    if arguments.get("origin") is not None:
        frame = replace(frame, origin=np.array(arguments.point("origin")))
    arguments.done()
    return Sketch(frame)


def _sub_workplane(sketch: Sketch, arguments: Arguments) -> Sketch:
    offset = arguments.number("offset", 0.0)
    arguments.done()
    if sketch.shared.path or sketch.shared.pending or sketch.centre != (0.0, 0.0):
        raise arguments.error("beside an unfinished sketch is outside the dialect")
    return Sketch(replace(sketch.frame, origin=sketch.frame.origin + offset * sketch.frame.normal))


def _center(sketch: Sketch, arguments: Arguments) -> Sketch:
    shift = arguments.number("x"), arguments.number("y")
    if sketch.shared.path:
        raise arguments.error("within a path is outside the dialect")
    moved = Frame(sketch.frame.globally(shift), sketch.frame.x, sketch.frame.normal)
    if sketch.shared.pending:
        raise arguments.error("beside pending loops is outside the dialect")
    return Sketch(moved, shared=sketch.shared)


def _move_to(sketch: Sketch, arguments: Arguments) -> Sketch:
    sketch.pen = sketch.centre = arguments.number("x", 0.0), arguments.number("y", 0.0)
    return sketch


def _drawing(segment: Callable[[Arguments, Pair], tuple[Pair, ...]]) -> Callable:
    """A step that draws `segment(arguments, pen)`."""

    def handler(sketch: Sketch, arguments: Arguments) -> Sketch:
        drawn = segment(arguments, _require(sketch.pen, arguments))
        arguments.done()
        _draw(sketch, drawn, arguments)
        return sketch

    return handler


def _draw(sketch: Sketch, segment: tuple[Pair, ...], arguments: Arguments) -> None:
    start, path = _require(sketch.pen, arguments), sketch.shared.path
    if not path:
        path.append((start,))
    elif path[-1][-1] != start:
        raise arguments.error("starts a path while the one before it is open; close() it")
    path.append(segment)
    sketch.pen, sketch.centre = segment[-1], None


def _polyline(sketch: Sketch, arguments: Arguments) -> Sketch:
    points = [arguments.as_point(point, 2) for point in arguments.get("listOfXYTuple")]
    if arguments.get("includeCurrent"):
        points.insert(0, _require(sketch.pen, arguments))
    arguments.done()
    if len(points) < 2:
        raise arguments.error("needs two points or more")
    sketch.pen = (points[0][0], points[0][1])
    for x, y in points[1:]:
        _draw(sketch, ((x, y),), arguments)
    return sketch


def _close(sketch: Sketch, arguments: Arguments) -> Sketch:
    path = sketch.shared.path
    if not path or path[-1][-1] != sketch.pen:
        raise arguments.error("needs a path before it")
    (start,), *segments = path
    if np.hypot(*np.subtract(segments[-1][-1], start)) > 1e-9:
        segments.append((start,))
    sketch.shared.pending.append(FloatPath(start, tuple(segments)))
    path.clear()
    sketch.pen = sketch.centre = None
    return sketch


def _circle(sketch: Sketch, arguments: Arguments) -> Sketch:
    centre, radius = _require(sketch.centre, arguments), arguments.number("radius")
    arguments.done()
    sketch.shared.pending.append(FloatCircle(centre, radius))
    sketch.pen = None
    return sketch


def _rect(sketch: Sketch, arguments: Arguments) -> Sketch:
    centre = _require(sketch.centre, arguments)
    size = arguments.number("xLen"), arguments.number("yLen")
    centred = _flags(arguments, 2)
    arguments.done()
    if 0 in size:
        raise arguments.wrong("needs sides other than 0")
    sketch.shared.pending.append(_rectangle(centre, size, centred))
    sketch.pen = None
    return sketch


def _rectangle(centre: Pair, size: Pair, centred: tuple[bool, ...]) -> FloatPath:
    x, y = (c - s / 2 if middle else c for c, s, middle in zip(centre, size, centred, strict=False))
    corners = [(x, y), (x + size[0], y), (x + size[0], y + size[1]), (x, y + size[1])]
    return FloatPath(corners[0], tuple((corner,) for corner in corners[1:] + corners[:1]))


def _flags(arguments: Arguments, count: int) -> tuple[bool, ...]:
    value = arguments.get("centered", True)
    return (value,) * count if isinstance(value, bool) else tuple(value)


def _polygon(sketch: Sketch, arguments: Arguments) -> Sketch:
    (x, y), count = _require(sketch.centre, arguments), int(arguments.number("nSides"))
    radius = arguments.number("diameter") / 2
    if arguments.get("circumscribed", False):
        radius /= np.cos(np.pi / count)
    arguments.done()
    angles = 2 * np.pi * np.arange(count) / count
    corners = [(x + radius * float(np.cos(a)), y + radius * float(np.sin(a))) for a in angles]
    sketch.shared.pending.append(FloatPath(corners[0], tuple((corner,) for corner in corners[1:] + corners[:1])))
    sketch.pen = None
    return sketch


def _extrude(sketch: Sketch, arguments: Arguments) -> Body:
    _require_loops(sketch, arguments)
    depth, both = arguments.number("until"), arguments.get("both", False)
    low, high = (-abs(depth), abs(depth)) if both else (min(depth, 0.0), max(depth, 0.0))
    return (FloatExtrude("union", sketch.frame, _taken(sketch, arguments), low, high),)


def _revolve(sketch: Sketch, arguments: Arguments) -> Body:
    _require_loops(sketch, arguments)
    if arguments.number("angleDegrees", 360.0) % 360:
        raise arguments.error("by other than full turns is outside the dialect")
    start, end = _turned_around(sketch.frame, arguments)
    along = sorted(np.abs(np.subtract(end, start)))
    if along[1] == 0:
        raise arguments.wrong("needs an axis that has a length")
    if along[0] > _STRAIGHT * along[1]:
        raise arguments.error("around a line that is not along an axis is outside the dialect")
    return (FloatRevolve("union", sketch.frame, _taken(sketch, arguments), start, end),)


def _turned_around(frame: Frame, arguments: Arguments) -> tuple[Pair, Pair]:
    """Two points of the sketch. `Workplane.revolve` takes an end that is not given from the start's global y."""
    start = arguments.pair("axisStart") if arguments.get("axisStart") is not None else (0.0, 0.0)
    if arguments.get("axisEnd") is not None:
        return start, arguments.pair("axisEnd")
    return start, (0.0, float(frame.globally(start)[1]) or 1.0)


def _require_loops(sketch: Sketch, arguments: Arguments) -> None:
    if not sketch.shared.pending:
        raise arguments.error("needs a closed loop before it; close() the path")


def _taken(sketch: Sketch, arguments: Arguments) -> tuple[FloatPath | FloatCircle, ...]:
    """The loops that were drawn; the call must have no arguments left that would do more."""
    if arguments.get("combine", True) is not True:
        raise arguments.error("with combine is outside the dialect")
    arguments.done()
    loops = tuple(sketch.shared.pending)
    sketch.shared.pending.clear()
    return loops


def _box(sketch: Sketch, arguments: Arguments) -> Body:
    centre = _require(sketch.centre, arguments)
    size = arguments.number("length"), arguments.number("width")
    centred = _flags(arguments, 3)
    loop = _rectangle(centre, size, centred)
    return _primitive(sketch, arguments, arguments.number("height"), centred[2], loop)


def _cylinder(sketch: Sketch, arguments: Arguments) -> Body:
    centre, radius = _require(sketch.centre, arguments), arguments.number("radius")
    centred = _flags(arguments, 3)
    if not all(centred[:2]):
        raise arguments.error("with centered is outside the dialect")
    return _primitive(sketch, arguments, arguments.number("height"), centred[2], FloatCircle(centre, radius))


def _primitive(sketch: Sketch, arguments: Arguments, height: float, centred: bool, loop: Any) -> Body:
    if arguments.get("combine", True) is not True:
        raise arguments.error("with combine is outside the dialect")
    arguments.done()
    low = -height / 2 if centred else 0.0
    return (FloatExtrude("union", sketch.frame, (loop,), low, low + height),)


def _require(point: Pair | None, arguments: Arguments) -> Pair:
    if point is None:
        raise arguments.error("needs moveTo before it")
    return point


def _add(sketch: Sketch, arguments: Arguments) -> Sketch:
    if not isinstance(arguments.get("obj"), Sketch):
        raise arguments.error("takes a sketch; say union for a solid")
    return sketch


def _combine(name: str) -> Callable:
    def handler(body: Body, arguments: Arguments) -> Body:
        other = arguments.get("toUnion" if name == "union" else "toCut")
        arguments.done()
        if not isinstance(other, tuple) or not all(isinstance(part, FloatStep) for part in other):
            raise arguments.error("needs a solid as its argument")
        if any(part.operation == "cut" for part in other):
            raise arguments.error("with a solid that is itself cut is no left fold")
        return body + tuple(replace(part, operation=name) for part in other)

    return handler


def _translate(body: Body, arguments: Arguments) -> Body:
    shift = np.array(arguments.point("vec"))
    return tuple(replace(step, frame=replace(step.frame, origin=step.frame.origin + shift)) for step in body)


def _rotate(body: Body, arguments: Arguments) -> Body:
    start, end = np.array(arguments.point("axisStartPoint")), np.array(arguments.point("axisEndPoint"))
    quarters = arguments.number("angleDegrees") / 90
    if abs(quarters - round(quarters)) > 1e-9:
        raise arguments.error("by other than quarter turns is outside the dialect")
    axis = _axis(arguments, tuple(end - start))

    def turned(vector: np.ndarray) -> np.ndarray:
        for _ in range(round(quarters) % 4):
            vector = np.cross(axis, vector) + axis * (axis @ vector)
        return vector

    return tuple(
        replace(
            step,
            frame=Frame(start + turned(step.frame.origin - start), turned(step.frame.x), turned(step.frame.normal)),
        )
        for step in body
    )


HANDLERS: dict[tuple[str, str], Callable] = {
    ("Vector", "__init__"): _vector,
    ("Plane", "__init__"): _plane,
    ("Workplane", "__init__"): _workplane,
    ("sketch", "workplane"): _sub_workplane,
    ("sketch", "center"): _center,
    ("sketch", "moveTo"): _move_to,
    ("sketch", "lineTo"): _drawing(lambda a, pen: ((a.number("x"), a.number("y")),)),
    ("sketch", "line"): _drawing(lambda a, pen: ((pen[0] + a.number("xDist"), pen[1] + a.number("yDist")),)),
    ("sketch", "hLine"): _drawing(lambda a, pen: ((pen[0] + a.number("distance"), pen[1]),)),
    ("sketch", "vLine"): _drawing(lambda a, pen: ((pen[0], pen[1] + a.number("distance")),)),
    ("sketch", "hLineTo"): _drawing(lambda a, pen: ((a.number("xCoord"), pen[1]),)),
    ("sketch", "vLineTo"): _drawing(lambda a, pen: ((pen[0], a.number("yCoord")),)),
    ("sketch", "threePointArc"): _drawing(lambda a, pen: (a.pair("point1"), a.pair("point2"))),
    ("sketch", "polyline"): _polyline,
    ("sketch", "close"): _close,
    ("sketch", "circle"): _circle,
    ("sketch", "rect"): _rect,
    ("sketch", "polygon"): _polygon,
    ("sketch", "add"): _add,
    ("sketch", "extrude"): _extrude,
    ("sketch", "revolve"): _revolve,
    ("sketch", "box"): _box,
    ("sketch", "cylinder"): _cylinder,
    ("body", "union"): _combine("union"),
    ("body", "cut"): _combine("cut"),
    ("body", "translate"): _translate,
    ("body", "rotate"): _rotate,
}
