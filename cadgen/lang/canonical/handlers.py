"""The calls that a fold of steps along the axes is made of, each as (receiver, arguments) -> value: `HANDLERS`.

`add` puts an object on the stack, which `extrude` does not look at unless it is a solid, so it changes nothing here.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from cadgen.lang.canonical.arguments import Arguments, Sketch
from cadgen.lang.canonical.copies import copies_of
from cadgen.lang.canonical.extent import are_apart
from cadgen.lang.canonical.face import faces, workplane, workplane_on
from cadgen.lang.canonical.feature import (
    add_pending,
    appended,
    box,
    cbore_hole,
    combine_of,
    combined,
    cut_blind,
    cut_thru_all,
    cylinder,
    extrude,
    flags,
    hole,
    rectangle,
    take_pending,
    whole,
)
from cadgen.lang.canonical.float_frame import FloatCircle, FloatLoop, FloatPath, FloatTilt, Frame, Pair, named_frame
from cadgen.lang.canonical.float_step import Body, FloatRevolve, FloatTilted
from cadgen.lang.canonical.location import (
    centre_of,
    move,
    move_to,
    polar_array,
    push_points,
    rarray,
    require_places,
    stack,
    vertices,
)
from cadgen.program import NAMED_FRAMES

_WHOLE = 1e-9  # degrees
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


def _center(sketch: Sketch, arguments: Arguments) -> Sketch:
    shift = arguments.number("x"), arguments.number("y")
    if sketch.shared.path:
        raise arguments.error("within a path is outside the dialect")
    moved = Frame(sketch.frame.globally(shift), sketch.frame.x, sketch.frame.normal)
    return Sketch(moved, shared=sketch.shared, body=sketch.body, tilts=sketch.tilts)


def _transformed(sketch: Sketch, arguments: Arguments) -> Sketch:
    """A plane that is moved, then turned around its old normal, y and x."""
    frame, angles = sketch.frame, arguments.point("rotate")
    x, y, z = arguments.point("offset")
    arguments.done()
    if sketch.shared.path:
        raise arguments.error("within a path is outside the dialect")
    if any(abs(degrees - round(degrees)) > _WHOLE for degrees in angles):
        raise arguments.error("by other than whole degrees is outside the dialect")
    there, tilts = replace(frame, origin=frame.globally((x, y)) + z * frame.normal), list[FloatTilt]()
    for direction, degrees in zip((frame.normal, frame.y, frame.x), reversed(angles), strict=True):
        tilt = FloatTilt.around(direction, there.origin, degrees)
        if tilt.quarters is None or tilts:
            tilts.append(tilt)
        else:
            there = there.turned(tilt)
    return Sketch(there, shared=sketch.shared, body=sketch.body, tilts=(*tilts, *sketch.tilts))


def _drawing(segment: Callable[[Arguments, Pair], tuple[Pair, ...]]) -> Callable:
    """A step that draws `segment(arguments, pen)`."""

    def handler(sketch: Sketch, arguments: Arguments) -> Sketch:
        drawn = segment(arguments, _require(sketch.pen, arguments))
        arguments.done()
        _draw(sketch, drawn, arguments)
        return sketch

    return handler


def _require(point: Pair | None, arguments: Arguments) -> Pair:
    if point is None:
        raise arguments.error("needs moveTo before it")
    return point


def _draw(sketch: Sketch, segment: tuple[Pair, ...], arguments: Arguments) -> None:
    start, path = _require(sketch.pen, arguments), sketch.shared.path
    if not path:
        path.append((start,))
    elif path[-1][-1] != start:
        raise arguments.error("starts a path while the one before it is open; close() it")
    path.append(segment)
    stack(sketch, None, segment[-1])


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
    add_pending(sketch, [FloatPath(start, tuple(segments))], arguments)
    path.clear()
    return stack(sketch, None)


def _circle(sketch: Sketch, arguments: Arguments) -> Sketch:
    circle = FloatCircle((0.0, 0.0), arguments.number("radius"))
    arguments.done()
    return _draw_whole(sketch, circle, arguments)


def _rect(sketch: Sketch, arguments: Arguments) -> Sketch:
    size = arguments.number("xLen"), arguments.number("yLen")
    loop = rectangle(size, flags(arguments, 2))
    construction = arguments.get("forConstruction", False)
    arguments.done()
    if 0 in size:
        raise arguments.wrong("needs sides other than 0")
    return _draw_whole(sketch, loop, arguments, construction)


def _polygon(sketch: Sketch, arguments: Arguments) -> Sketch:
    count, radius = int(arguments.number("nSides")), arguments.number("diameter") / 2
    angles = 2 * np.pi * np.arange(count) / count
    if arguments.get("circumscribed", False):
        radius /= np.cos(np.pi / count)
        angles += np.pi / count
    construction = arguments.get("forConstruction", False)
    arguments.done()
    corners = [(radius * float(np.cos(a)), radius * float(np.sin(a))) for a in angles]
    loop = FloatPath(corners[0], tuple((corner,) for corner in corners[1:] + corners[:1]))
    return _draw_whole(sketch, loop, arguments, construction)


def _draw_whole(sketch: Sketch, loop: FloatLoop, arguments: Arguments, construction: bool = False) -> Sketch:
    """Draws the loop, given around (0, 0), at each place; a construction only marks its corners."""
    places = require_places(sketch, arguments)
    loops = [place.put(loop) for place in places]
    if not construction:
        add_pending(sketch, loops, arguments, copies_of(loop, places))
    corners = [end for one in loops if isinstance(one, FloatPath) for (end,) in one.segments]
    return stack(sketch, [centre_of(one) for one in loops], corners=corners)


def _revolve(sketch: Sketch, arguments: Arguments) -> Sketch:
    if not sketch.shared.pending:
        raise arguments.error("needs a closed loop before it; close() the path")
    operation = combine_of(sketch, arguments)
    if arguments.number("angleDegrees", 360.0) % 360:
        raise arguments.error("by other than full turns is outside the dialect")
    start, end = _turned_around(sketch, arguments)
    arguments.done()
    along = sorted(np.abs(np.subtract(end, start)))
    if along[1] == 0:
        raise arguments.wrong("needs an axis that has a length")
    if along[0] > _STRAIGHT * along[1]:
        raise arguments.error("around a line that is not along an axis is outside the dialect")
    loops = take_pending(sketch, arguments)
    return combined(sketch, [FloatRevolve(operation, sketch.frame, loops, start, end)], arguments)


def _turned_around(sketch: Sketch, arguments: Arguments) -> tuple[Pair, Pair]:
    """Two points of the sketch. `Workplane.revolve` takes an end that is not given from the start's global y."""
    start = arguments.pair("axisStart") if arguments.get("axisStart") is not None else (0.0, 0.0)
    if arguments.get("axisEnd") is not None:
        return start, arguments.pair("axisEnd")
    if sketch.tilts:
        raise arguments.error("needs axisEnd in a plane that leans")
    return start, (0.0, float(sketch.frame.globally(start)[1]) or 1.0)


def _add(sketch: Sketch, arguments: Arguments) -> Sketch:
    other = arguments.get("obj")
    if not isinstance(other, Sketch) or other.whole or sketch.body:
        raise arguments.error("takes a sketch; say union for a solid")
    return sketch


def _union(sketch: Sketch, arguments: Arguments) -> Sketch:
    other = _tool(arguments, "toUnion")
    both = _united(sketch.body, other) or _united(other, sketch.body)
    if both is None:
        raise arguments.error("with a solid that is itself cut is no left fold")
    return whole(sketch, both)


def _united(body: Body, other: Body) -> Body | None:
    """`other` after `body`, where its cuts take nothing from that."""
    cuts = [step for step in other if step.operation == "cut"]
    return body + other if all(are_apart(cut, body) for cut in cuts) else None


def _cut(sketch: Sketch, arguments: Arguments) -> Sketch:
    other = _tool(arguments, "toCut")
    if any(step.operation == "cut" for step in other):
        raise arguments.error("with a solid that is itself cut is no left fold")
    return appended(sketch, [step.as_cut() for step in other], arguments)


def _tool(arguments: Arguments, name: str) -> Body:
    other = arguments.get(name)
    arguments.done()
    if not isinstance(other, Sketch) or not other.whole:
        raise arguments.error("needs a solid as its argument")
    return other.body


def _translate(sketch: Sketch, arguments: Arguments) -> Sketch:
    shift = np.array(arguments.point("vec"))
    return whole(sketch, tuple(step.moved(shift) for step in sketch.body))


def _stay(sketch: Sketch, arguments: Arguments) -> Sketch:
    """Points on the stack are not moved, only shapes are."""
    if sketch.pen is None or sketch.places is None:
        raise arguments.error("of what is drawn is outside the dialect")
    return sketch


def _rotate(sketch: Sketch, arguments: Arguments) -> Sketch:
    start, end = np.array(arguments.point("axisStartPoint")), np.array(arguments.point("axisEndPoint"))
    degrees = arguments.number("angleDegrees")
    tilt = FloatTilt.around(_axis(arguments, tuple(end - start)), start, degrees)
    body = tuple(step.turned(tilt) for step in sketch.body)
    if abs(degrees - round(degrees)) > _WHOLE and any(isinstance(step, FloatTilted) for step in body):
        raise arguments.error("by other than whole degrees out of the axes is outside the dialect")
    return whole(sketch, body)


HANDLERS: dict[tuple[str, str], Callable] = {
    ("Vector", "__init__"): _vector,
    ("Plane", "__init__"): _plane,
    ("Workplane", "__init__"): _workplane,
    ("sketch", "workplane"): workplane,
    ("sketch", "center"): _center,
    ("sketch", "moveTo"): move_to,
    ("sketch", "transformed"): _transformed,
    ("sketch", "move"): move,
    ("sketch", "pushPoints"): push_points,
    ("sketch", "rarray"): rarray,
    ("sketch", "polarArray"): polar_array,
    ("sketch", "vertices"): vertices,
    ("sketch", "translate"): _stay,
    ("sketch", "rotate"): _stay,
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
    ("sketch", "extrude"): extrude,
    ("sketch", "revolve"): _revolve,
    ("sketch", "cutBlind"): cut_blind,
    ("sketch", "cutThruAll"): cut_thru_all,
    ("sketch", "hole"): hole,
    ("sketch", "cboreHole"): cbore_hole,
    ("sketch", "box"): box,
    ("sketch", "cylinder"): cylinder,
    ("sketch", "union"): _union,
    ("sketch", "cut"): _cut,
    ("body", "workplane"): workplane,
    ("body", "faces"): faces,
    ("body", "clean"): lambda body, arguments: body,
    ("body", "union"): _union,
    ("body", "cut"): _cut,
    ("body", "translate"): _translate,
    ("body", "rotate"): _rotate,
    ("face", "workplane"): workplane_on,
}
