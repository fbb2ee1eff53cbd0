"""Tree to float-valued steps: what a program of the dialect builds, without executing it.

CadQuery keeps the open path and the pending loops in a context that every chain grown from one workplane shares, and
where to draw next in the chain itself; `_Sketch` is a chain, and its copies share the two lists. `add` puts an object
on the stack, which `extrude` does not look at unless it is a solid, so it changes nothing here.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from lark import Tree

from cadgen.lang.parse import DialectError

RESULT_NAMES = ("solid", "result", "shape", "part", "object", "obj", "res")

_LARGEST = 1e9  # beyond it neither the kernel's tolerances nor float arithmetic on the grid mean anything

_NAMED_FRAMES = {  # x direction and normal, as in CadQuery's Plane.named
    "XY": ((1, 0, 0), (0, 0, 1)),
    "YZ": ((0, 1, 0), (1, 0, 0)),
    "ZX": ((0, 0, 1), (0, 1, 0)),
    "XZ": ((1, 0, 0), (0, -1, 0)),
    "YX": ((0, 1, 0), (0, 0, -1)),
    "ZY": ((0, 0, 1), (-1, 0, 0)),
}


@dataclass(frozen=True)
class Frame:
    origin: np.ndarray
    x: np.ndarray
    normal: np.ndarray

    def globally(self, point: tuple[float, float]) -> np.ndarray:
        """The (3,) global position of an in-plane point."""
        return self.origin + point[0] * self.x + point[1] * np.cross(self.normal, self.x)


def named_frame(name: str, origin: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Frame:
    """One of CadQuery's named planes."""
    x, normal = _NAMED_FRAMES[name]
    return Frame(np.array(origin, float), np.array(x, float), np.array(normal, float))


@dataclass(frozen=True)
class RawPath:
    """A closed loop; each segment is (end,) for a line or (mid, end) for an arc, and the last ends at the start."""

    start: tuple[float, float]
    segments: tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True)
class RawCircle:
    centre: tuple[float, float]
    radius: float


@dataclass(frozen=True)
class RawStep:
    operation: str
    frame: Frame
    low: float
    high: float
    loops: tuple[RawPath | RawCircle, ...]


@dataclass
class _Sketch:
    """Lines start at `pen`, circles and rectangles sit on `centre`; None where CadQuery would ask the last object."""

    frame: Frame
    pen: tuple[float, float] | None = (0.0, 0.0)
    centre: tuple[float, float] | None = (0.0, 0.0)
    path: list = field(default_factory=list)  # (start,), then the segments as in RawPath
    pending: list = field(default_factory=list)


Body = tuple[RawStep, ...]


def read(tree: Tree) -> Body:
    """The steps of the object that the program's result variable names. Raises `DialectError` where there is none."""
    objects: dict[str, _Sketch | Body] = {}
    for statement in tree.children:
        if statement.data == "assign":
            name, expression = statement.children
            objects[str(name)] = _evaluate(expression, objects)
    chosen = [objects[name] for name in RESULT_NAMES if name in objects] or list(objects.values())
    if not chosen or isinstance(chosen[0], _Sketch):
        raise DialectError("the program leaves no solid in its result variable; end it with result=...extrude(...)")
    return chosen[0]


def _evaluate(expression: Tree, objects: dict) -> "_Sketch | Body":
    head, *steps = expression.children
    value = _workplane(head) if head.data == "workplane" else _look_up(head.children[0], objects)
    for step in steps:
        value = _apply(step, value, objects)
    return value


def _look_up(name: Any, objects: dict) -> "_Sketch | Body":
    if name not in objects:
        raise DialectError(f"line {name.line}, column {name.column}: {name} is used before it is assigned")
    value = objects[name]
    return replace(value) if isinstance(value, _Sketch) else value


def _workplane(tree: Tree) -> _Sketch:
    placement: Any = tree.children[0]
    if placement is None:
        return _Sketch(named_frame("XY"))
    if placement.data == "named_plane":
        name, *origins = placement.children
        return _Sketch(named_frame(name[1:-1], *map(_triple, origins)))
    origin, x, normal = map(_triple, placement.children)
    frame = Frame(np.array(origin, float), _axis(x, tree), _axis(normal, tree))
    if frame.x @ frame.normal:
        raise DialectError(f"line {tree.meta.line}: the plane's x direction {x} and normal {normal} are parallel")
    return _Sketch(frame)


def _axis(vector: tuple, tree: Tree) -> np.ndarray:
    """The signed unit axis that `vector` is, up to the 1e-16 of noise that the real programs carry."""
    array = np.array(vector, float)
    rounded = np.round(array / (np.linalg.norm(array) or 1.0))
    if np.abs(rounded).sum() != 1 or np.abs(array / np.linalg.norm(array) - rounded).max() > 1e-6:
        raise DialectError(
            f"line {tree.meta.line}: direction {vector} is not along an axis; the dialect has no tilted planes"
        )
    return rounded


def _triple(tree: Any) -> tuple[float, float, float]:
    x, y, z = map(_number, tree.children)
    return x, y, z


def _pair(tree: Any) -> tuple[float, float]:
    x, y = map(_number, tree.children)
    return x, y


def _number(token: Any) -> float:
    value = float(token)
    if abs(value) > _LARGEST:
        raise DialectError(f"line {token.line}, column {token.column}: {token} is larger than {_LARGEST:g}")
    return value


def _apply(step: Tree, value: "_Sketch | Body", objects: dict) -> "_Sketch | Body":
    if step.data in ("union", "cut"):
        if isinstance(value, _Sketch):
            raise DialectError(f"line {step.meta.line}: {step.data} needs a solid before it")
        return _combine(step, value, _evaluate(step.children[0], objects))
    if not isinstance(value, _Sketch):
        raise DialectError(f"line {step.meta.line}: {step.data} needs a sketch before it")
    if step.data == "add":
        if not isinstance(_evaluate(step.children[0], objects), _Sketch):
            raise DialectError(f"line {step.meta.line}: add takes a sketch; say union for a solid")
        return value
    if step.data == "extrude":
        return _extrude(step, value)
    _DRAW[step.data](value, step)
    return value


def _combine(step: Tree, body: Body, other: "_Sketch | Body") -> Body:
    if isinstance(other, _Sketch):
        raise DialectError(f"line {step.meta.line}: {step.data} needs a solid as its argument")
    if any(part.operation == "cut" for part in other):
        raise DialectError(f"line {step.meta.line}: {step.data} with a solid that is itself cut is no left fold")
    return body + tuple(replace(part, operation=step.data) for part in other)


def _extrude(step: Tree, sketch: _Sketch) -> Body:
    if not sketch.pending:
        raise DialectError(f"line {step.meta.line}: extrude needs a closed loop before it; close() the path")
    depth = _number(step.children[0])
    if depth == 0:
        raise DialectError(f"line {step.meta.line}: extrude needs a depth other than 0")
    both = len(step.children) > 1 and step.children[1] == "True"
    low, high = (-abs(depth), abs(depth)) if both else (min(depth, 0.0), max(depth, 0.0))
    loops = tuple(sketch.pending)
    sketch.pending.clear()
    return (RawStep("union", sketch.frame, low, high, loops),)


def _move_to(sketch: _Sketch, step: Tree) -> None:
    sketch.pen = sketch.centre = _pair(step)


def _draw(sketch: _Sketch, step: Tree, segment: tuple) -> None:
    start = _require(sketch.pen, step)
    if not sketch.path:
        sketch.path.append((start,))
    elif sketch.path[-1][-1] != start:
        raise DialectError(f"line {step.meta.line}: the path before this one is open; close() it")
    sketch.path.append(segment)
    sketch.pen, sketch.centre = segment[-1], None


def _close(sketch: _Sketch, step: Tree) -> None:
    if not sketch.path or sketch.path[-1][-1] != sketch.pen:
        raise DialectError(f"line {step.meta.line}: close needs a path before it")
    (start,), *segments = sketch.path
    if np.hypot(*np.subtract(segments[-1][-1], start)) > 1e-9:
        segments.append((start,))
    sketch.pending.append(RawPath(start, tuple(segments)))
    sketch.path.clear()
    sketch.pen = sketch.centre = None


def _circle(sketch: _Sketch, step: Tree) -> None:
    centre, radius = _require(sketch.centre, step), _number(step.children[0])
    if radius <= 0:
        raise DialectError(f"line {step.meta.line}: a circle needs a radius above 0")
    sketch.pending.append(RawCircle(centre, radius))
    sketch.pen = None


def _rect(sketch: _Sketch, step: Tree) -> None:
    (x, y), (width, height) = _require(sketch.centre, step), _pair(step)
    corners = [(x + sx * width / 2, y + sy * height / 2) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    sketch.pending.append(RawPath(corners[0], tuple((corner,) for corner in corners[1:] + corners[:1])))
    sketch.pen = None


def _require(point: tuple[float, float] | None, step: Tree) -> tuple[float, float]:
    if point is None:
        raise DialectError(f"line {step.meta.line}: {step.data} needs moveTo before it")
    return point


_DRAW = {
    "move_to": _move_to,
    "line_to": lambda sketch, step: _draw(sketch, step, (_pair(step),)),
    "three_point_arc": lambda sketch, step: _draw(sketch, step, tuple(map(_pair, step.children))),
    "close": _close,
    "circle": _circle,
    "rect": _rect,
}
