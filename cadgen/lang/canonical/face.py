"""Planes on the faces of a solid, where the bounds of its steps tell where they lie."""

import re
from dataclasses import replace

import numpy as np

from cadgen.lang.canonical.arguments import Arguments, FaceOf, Sketch
from cadgen.lang.canonical.extent import centre_of_end, end_of, middle_of
from cadgen.lang.canonical.float_frame import Frame, Place

_FURTHEST = re.compile("([<>]) *([XYZ])")


def faces(sketch: Sketch, arguments: Arguments) -> FaceOf:
    selector = arguments.get("selector")
    found = _FURTHEST.fullmatch(selector.strip()) if isinstance(selector, str) else None
    if found is None:
        raise arguments.error(f"{selector!r} does not name the face at an end of the solid")
    arguments.done()
    direction = np.zeros(3)
    direction["XYZ".index(found[2])] = 1.0 if found[1] == ">" else -1.0
    return FaceOf(sketch, direction)


def workplane_on(face: FaceOf, arguments: Arguments) -> Sketch:
    """A plane on the face, its x as CadQuery chooses it."""
    sketch, direction = face.sketch, face.direction
    end = end_of(sketch.body, direction)
    if end is None:
        raise arguments.error("on a face whose place is not known is outside the dialect")
    option = arguments.get("centerOption", "ProjectedOrigin")
    axis = int(np.argmax(np.abs(direction)))
    if option == "ProjectedOrigin":
        given = arguments.get("origin")
        origin = sketch.origin if given is None else np.array(arguments.point("origin"))
        origin[axis] = end * direction[axis]
    else:
        centre = centre_of_end(sketch.body, direction, option == "CenterOfBoundBox")
        arguments.get("origin")
        if centre is None:
            raise arguments.error(f"at the {option} of a face whose border is not known is outside the dialect")
        origin = centre
    x = np.cross([0.0, 0.0, 1.0], direction) if axis != 2 else np.array([1.0, 0.0, 0.0])
    return _plane(sketch, Frame(origin, x, direction), arguments)


def workplane(sketch: Sketch, arguments: Arguments) -> Sketch:
    """A plane parallel to that of the chain."""
    if sketch.shared.path:
        raise arguments.error("beside an unfinished sketch is outside the dialect")
    before = arguments.call.receiver
    if before and before.name == "workplane" and before.arguments.get("invert"):
        raise arguments.error("after an inverted one is outside the dialect")  # it may turn back to that of a face
    if sketch.tilts and (sketch.whole or arguments.get("origin") is not None):
        raise arguments.error("through a point of what leans is outside the dialect")
    origin = _origin(sketch, arguments)
    there = _plane(sketch, Frame(origin, sketch.frame.x, sketch.frame.normal), arguments)
    return replace(there, tilts=sketch.tilts)


def _origin(sketch: Sketch, arguments: Arguments) -> np.ndarray:
    frame, option = sketch.frame, arguments.get("centerOption", "ProjectedOrigin")
    if sketch.whole:
        return _at_centre(sketch, arguments, option)
    if sketch.places is not None and len(sketch.places) > 1:
        raise arguments.wrong("needs one point before it")
    if option != "ProjectedOrigin":
        if sketch.places is None:
            raise arguments.error(f"with {option} is outside the dialect")
        arguments.get("origin")
        return frame.globally((sketch.places[0].x, sketch.places[0].y))
    if arguments.get("origin") is None:
        return frame.origin
    given = np.array(arguments.point("origin"))
    return given - ((given - frame.origin) @ frame.normal) * frame.normal


def _at_centre(sketch: Sketch, arguments: Arguments, option: str) -> np.ndarray:
    """Beside a solid the plane goes through its centre of mass."""
    frame, middle = sketch.frame, middle_of(sketch.body, sketch.frame.across)
    if middle is None or option != "ProjectedOrigin" or arguments.get("origin") is not None:
        raise arguments.error("at the centre of a solid is outside the dialect")
    origin = frame.origin.copy()
    origin[frame.across] = middle
    return origin


def _plane(sketch: Sketch, frame: Frame, arguments: Arguments) -> Sketch:
    offset, invert = arguments.number("offset", 0.0), arguments.get("invert", False)
    arguments.done()
    normal = -frame.normal if invert else frame.normal
    return Sketch(
        Frame(frame.origin + offset * normal, frame.x, normal),
        (0.0, 0.0),
        (Place(0.0, 0.0),),
        sketch.shared,
        sketch.body,
    )
