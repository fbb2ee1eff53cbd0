"""Shapes of the kernel as chains that make the same: `say` for what their classes offer, and how they lie together.

A shape is a chain whose stack holds it alone.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cadgen.lang.call.value import Call, parts_of
from cadgen.lang.canonical.said import Said

_ORIGIN = (0.0, 0.0, 0.0)
_UP = (0.0, 0.0, 1.0)
_LENGTHS = frozenset(
    ["Length", "Tolerance", "Size", "Extent", "Until", "Point2", "Point3", "Point", "Points", "Places", "Border"]
)  # types of parameters whose numbers are lengths
_PARTS = {"Solids": "solids", "Faces": "faces", "Edges": "edges", "Vertices": "vertices", "Wires": "wires"}


def say(owner: str, name: str, of: Any, arguments: list, keywords: dict, said: Said) -> Call:
    """The chain that makes what `owner.name(*arguments, **keywords)` made. Raises `DialectError` where none does."""
    if isinstance(of, Call) and name in _PARTS and not arguments:
        return said.call("Workplane", _PARTS[name], of)
    known = _OF_SHAPE.get(name) if isinstance(of, Call) else _MADE.get(name)
    if known is None:
        raise said.error(f"{owner}.{name} is outside the language")
    parameters, make = known
    given = dict(zip(parameters, arguments, strict=False)) if parameters else {"rest": arguments}
    given |= keywords
    return make(said, **given) if of is None else make(said, of, **given)


def moved(chain: Any, place: Sequence[float], said: Said) -> Call:
    """The chain turned around the global axes, x first, and shifted. place: (6,) the shift and the degrees."""
    *shift, rx, ry, rz = map(float, place)
    for axis, degrees in (((1.0, 0.0, 0.0), rx), ((0.0, 1.0, 0.0), ry), ((0.0, 0.0, 1.0), rz)):
        if abs(degrees) > 1e-9:
            chain = said.call("Workplane", "rotate", chain, _ORIGIN, axis, degrees)
    return said.call("Workplane", "translate", chain, tuple(shift)) if any(shift) else chain


def scaled(said: Said, of: Call, factor: Any) -> Call:
    """The chain built anew with all its lengths times `factor`."""
    if not isinstance(factor, int | float) or not factor > 0:
        raise said.error("scale needs a number above 0")
    line, anew = said.line, dict[Call, Call]()
    needed = _ancestry(of)
    for call in [call for call in said.calls if call in needed]:
        said.line = call.line
        types = {parameter.name: parameter.type for parameter in call.signature.parameters}
        values = {name: _times(value, types[name], factor, anew) for name, value in call.arguments.items()}
        variadic = [value for p in call.signature.parameters if p.variadic for value in values.pop(p.name)]
        receiver = anew[call.receiver] if call.receiver else None
        owner = call.signature.owner
        anew[call] = said.call(owner, call.name, receiver, *variadic, **values)
        if call in said.ups:
            said.ups[anew[call]] = said.ups[call]
    said.line = line
    return anew[of]


def _ancestry(call: Call) -> set[Call]:
    found, waiting = {call}, [call]
    while waiting:
        at = waiting.pop()
        parts = parts_of(at.arguments)
        for part in [*parts, *([at.receiver] if at.receiver else [])]:
            if part not in found:
                found.add(part)
                waiting.append(part)
    return found


def _times(value: Any, kind: str, factor: float, anew: dict[Call, Call]) -> Any:
    if isinstance(value, Call):
        return anew[value]
    if isinstance(value, list | tuple):
        return type(value)(_times(each, kind, factor, anew) for each in value)
    is_length = kind in _LENGTHS and isinstance(value, int | float) and not isinstance(value, bool)
    return value * factor if is_length else value


def gathered(chains: Sequence[Any], said: Said) -> Call:
    """One chain with all of them on its stack."""
    first, *rest = _flat(chains)
    for each in rest:
        first = said.call("Workplane", "add", first, each)
    return first


def _flat(chains: Any) -> list[Call]:
    if isinstance(chains, Call):
        return [chains]
    found = [call for each in chains if each is not None for call in _flat(each)]
    if not found:
        raise ValueError("no shapes")
    return found


def _upright(said: Said, at: Any, direction: Any) -> Call:
    """A blank chain in a plane across `direction`."""
    at, direction = tuple(at or _ORIGIN), tuple(direction or _UP)
    if direction == _UP:
        return said.call("Workplane", "__init__", None, "XY", origin=at)
    plane = said.call("Plane", "__init__", None, at, _across(direction), direction)
    return said.call("Workplane", "__init__", None, plane)


def _along(said: Said, at: Any, direction: Any) -> Call:
    """A blank chain in a plane whose y runs along `direction`."""
    at, direction = tuple(at or _ORIGIN), tuple(direction or _UP)
    if direction == _UP:
        return said.call("Workplane", "__init__", None, "XZ", origin=at)
    x = _across(direction)
    normal = tuple(map(float, np.cross(x, direction)))
    return said.call("Workplane", "__init__", None, said.call("Plane", "__init__", None, at, x, normal))


def _across(direction: Sequence[float]) -> tuple[float, ...]:
    unit = np.eye(3)[int(np.argmin(np.abs(direction)))]
    across = np.cross(unit, direction)
    return tuple(map(float, across / np.linalg.norm(across)))


def _box(said: Said, length: Any, width: Any, height: Any, pnt: Any = None, dir: Any = None) -> Call:
    if tuple(dir or _UP) != _UP:
        raise said.error("a box along another direction is outside the language")
    return said.call("Workplane", "box", _upright(said, pnt, None), length, width, height, centered=False)


def _cylinder(said: Said, radius: Any, height: Any, pnt: Any = None, dir: Any = None, angleDegrees: Any = 360) -> Call:
    low = (True, True, False)
    return said.call(
        "Workplane", "cylinder", _upright(said, pnt, dir), height, radius, angle=angleDegrees, centered=low
    )


def _sphere(
    said: Said,
    radius: Any,
    pnt: Any = None,
    dir: Any = None,
    angleDegrees1: Any = 0,
    angleDegrees2: Any = 90,
    angleDegrees3: Any = 360,
) -> Call:
    angles = {"angle1": angleDegrees1, "angle2": angleDegrees2, "angle3": angleDegrees3}
    return said.call("Workplane", "sphere", _upright(said, pnt, dir), radius, **angles)


def _cone(
    said: Said, radius1: Any, radius2: Any, height: Any, pnt: Any = None, dir: Any = None, angleDegrees: Any = 360
) -> Call:
    ends = [(0.0, 0.0), (radius1, 0.0), (radius2, height), (0.0, height)]
    corners = [end for i, end in enumerate(ends) if end != ends[i - 1]]
    path = said.call("Workplane", "polyline", _along(said, pnt, dir), corners)
    return _turned(said, said.call("Workplane", "close", path), angleDegrees)


def _torus(said: Said, radius1: Any, radius2: Any, pnt: Any = None, dir: Any = None) -> Call:
    centre = said.call("Workplane", "moveTo", _along(said, pnt, dir), radius1, 0.0)
    return _turned(said, said.call("Workplane", "circle", centre, radius2), 360)


def _turned(said: Said, profile: Call, degrees: Any) -> Call:
    return said.call("Workplane", "revolve", profile, degrees, axisStart=(0.0, 0.0), axisEnd=(0.0, 1.0))


def _compound(said: Said, rest: Any = (), listOfShapes: Any = ()) -> Call:
    return gathered([*rest, *listOfShapes], said)


def _joined(name: str) -> Callable:
    """Shapes are joined as they are; `clean` is called apart."""

    def make(said: Said, of: Call, rest: Any = (), **_: Any) -> Call:
        for other in _flat(rest):
            of = said.call("Workplane", name, of, other, clean=False)
        return of

    return make


def _placed(said: Said, of: Call, rest: Any = (), **others: Any) -> Call:
    """Moved to each of the locations."""
    places = rest[0] if len(rest) == 1 and isinstance(rest[0], list) else rest
    if others or not places or not all(isinstance(each, Call) and each.kind == "Location" for each in places):
        raise said.error("a place that is no location is outside the language")
    names = ("x", "y", "z", "rx", "ry", "rz")
    return gathered([moved(of, [each.arguments.get(name, 0) for name in names], said) for each in places], said)


def _translated(said: Said, of: Call, vec: Any) -> Call:
    return said.call("Workplane", "translate", of, vec)


def _rotated(said: Said, of: Call, start: Any, end: Any, degrees: Any) -> Call:
    return said.call("Workplane", "rotate", of, start, end, degrees)


def _mirrored(said: Said, of: Call, mirrorPlane: Any = "XY", basePointVector: Any = None) -> Call:
    return said.call("Workplane", "mirror", of, mirrorPlane, basePointVector=basePointVector)


def _same(said: Said, of: Call, **_: Any) -> Call:
    return of


_AT = ("pnt", "dir")
_MADE: dict[str, tuple[tuple[str, ...], Callable]] = {
    "makeBox": (("length", "width", "height", *_AT), _box),
    "makeCylinder": (("radius", "height", *_AT, "angleDegrees"), _cylinder),
    "makeSphere": (("radius", *_AT, "angleDegrees1", "angleDegrees2", "angleDegrees3"), _sphere),
    "makeCone": (("radius1", "radius2", "height", *_AT, "angleDegrees"), _cone),
    "makeTorus": (("radius1", "radius2", *_AT), _torus),
    "makeCompound": (("listOfShapes",), _compound),
}
_OF_SHAPE: dict[str, tuple[tuple[str, ...], Callable]] = {
    "fuse": ((), _joined("union")),
    "cut": ((), _joined("cut")),
    "intersect": ((), _joined("intersect")),
    "moved": ((), _placed),
    "located": ((), _placed),
    "move": ((), _placed),
    "locate": ((), _placed),
    "translate": (("vec",), _translated),
    "rotate": (("start", "end", "degrees"), _rotated),
    "mirror": (("mirrorPlane", "basePointVector"), _mirrored),
    "copy": (("mesh",), _same),
    "scale": (("factor",), scaled),
    "clean": ((), lambda said, of, **_: said.call("Workplane", "clean", of)),
}
