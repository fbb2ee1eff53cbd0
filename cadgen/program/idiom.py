"""Programs as people write them: `idiomatic` says the same part for an engineer who goes on by hand.

A sketch stands on its own middle where it has one, a rectangle is one, rounded and bevelled corners are fillets and
chamfers of edges, and round holes are drilled into a face. What is not recognised is written as `write` does.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from math import dist, hypot

from cadgen.program.array import Array
from cadgen.program.fold import Program, Step, spans_of
from cadgen.program.loop import Arc, Circle, Loop, Path, bounds_of, mapped_loop
from cadgen.program.plane import AXES
from cadgen.program.step import Extrude
from cadgen.program.text import decimal, write_loop
from cadgen.program.tilt import Tilted

Say = Callable[[float], str]
"""How a length or a coordinate is written; halves of the grid are among them."""
_Place = tuple[float, float]

_LINE = 100  # characters; a longer statement has a line for each call
_ROUNDED = 1.5  # units; so far rounding may put a point that follows from others
_ALONG = {"XY": "|Z", "XZ": "|Y", "YZ": "|X"}  # edges across the plane
_FRONT = {"XY": ">Z", "XZ": "<Y", "YZ": ">X"}  # the face whose workplane has the plane's coordinates


@dataclass(frozen=True)
class _Outline:
    """A loop that stands on its middle: what draws it there, and what eases its corners once it is swept."""

    middle: _Place
    drawn: str
    eased: str = ""


def idiomatic(program: Program, digits: int = 0, loose: float = 1.0) -> str:
    """The program as plain CadQuery that a person could have written; `result` is the part.

    digits: its whole numbers are of 10^-digits of a unit. loose: so many of them may lie between the middle of an arc
    and the circle that is meant, as it does where the program was rounded to a coarser grid before.
    It may leave another part, or none, where what lies foremost is no flat face, or where rounding leaves an edge too
    short for its fillet: who uses it compares.
    """
    say = _decimal(digits)
    lines = ["import cadquery as cq", ""]
    for number, step in enumerate(program):
        drilled = _drilled(step, program[:number], say)
        if not number:
            lines += _laid_out("result = ", _body(step, say, loose))
        elif drilled:
            lines += _laid_out("result = ", f"result{drilled}")
        else:
            lines += _laid_out(f"result = result.{step.operation}(", _body(step, say, loose), ")")
    return "\n".join(lines) + "\n"


def _body(step: Step, say: Say, loose: float) -> str:
    if isinstance(step, Tilted):
        return _body(step.body, say, loose) + "".join(tilt.write(say) for tilt in step.tilts)
    if not isinstance(step, Extrude):
        return step.write(say)
    loops, holes = step.loops[:1], _holes(step.loops[1:])
    if holes is None or bounds_of(step.loops) != bounds_of(loops):
        loops, holes = step.loops, []
    outlines = [_outline(loop, say, loose) for loop in loops]
    first = outlines[0]
    origin = first.middle if first else (0, 0)
    eased = first.eased if first and len(loops) == 1 else ""
    # CadQuery's XZ plane looks along -y.
    text = _plane(step.plane, origin, step.high if step.plane == "XZ" else step.low, say)
    for loop, outline in zip(loops, outlines, strict=True):
        if outline is None or (outline.eased and not eased):
            text += write_loop(_seen_from(loop, origin), say)
        else:
            text += _at(outline.middle, origin, say) + outline.drawn
    text += f".extrude({say(step.high - step.low)})"
    if eased:
        text += f".edges('{_ALONG[step.plane]}'){eased}"
    for radius, circles in groupby(holes, lambda circle: circle.radius):
        where = _points([circle.centre for circle in circles], origin, say)
        text += f".faces('{_FRONT[step.plane]}').workplane(){where}.hole({say(2 * radius)})"
    return text


def _decimal(digits: int) -> Say:
    """Writes numbers and their halves exactly."""
    tenth = decimal(digits + 1)
    return lambda number: tenth(round(10 * number))


def _drilled(step: Step, before: Program, say: Say) -> str:
    """The step as holes in the foremost face of what is there; "" where it is no such thing."""
    if not isinstance(step, Extrude | Array) or step.operation != "cut":
        return ""
    circles = _holes(step.loops)
    if not circles or len({circle.radius for circle in circles}) > 1:
        return ""
    across = AXES[step.plane][2]
    spans = [spans_of(body)[across] for body in before if body.operation == "union"]
    back, front = min(low for low, _ in spans), max(high for _, high in spans)
    if step.plane == "XZ":
        back, front, low, high = -front, -back, -step.high, -step.low
    else:
        low, high = step.low, step.high
    if high < front:
        return ""
    depth = "" if low <= back else f",{say(front - low)}"
    if isinstance(step, Array):
        origin: _Place = step.places.origin
        where = step.places.write(say)
    else:
        origin = circles[0].centre if len(circles) == 1 else (0, 0)
        where = _points([circle.centre for circle in circles], origin, say)
    place = _origin(step.plane, origin, 0, say)
    face = f".faces('{_FRONT[step.plane]}').workplane(origin={place})"
    return f"{face}{where}.hole({say(2 * circles[0].radius)}{depth})"


def _holes(loops: Sequence[Loop]) -> list[Circle] | None:
    """The circles, by radius, where there is nothing else and none lies over another; None otherwise."""
    circles = [loop for loop in loops if isinstance(loop, Circle)]
    pairs = combinations(circles, 2)
    apart = all(hypot(a.centre[0] - b.centre[0], a.centre[1] - b.centre[1]) > a.radius + b.radius for a, b in pairs)
    return sorted(circles, key=lambda circle: -circle.radius) if apart and len(circles) == len(loops) else None


def _outline(loop: Loop, say: Say, loose: float) -> _Outline | None:
    """What a loop is, where it has a middle; None of any other."""
    if isinstance(loop, Circle):
        return _Outline(loop.centre, f".circle({say(loop.radius)})")
    left, bottom, right, top = bounds_of([loop])
    middle, sides = ((left + right) / 2, (bottom + top) / 2), (right - left, top - bottom)
    rectangle = f".rect({say(sides[0])},{say(sides[1])})"
    kinds = sorted(type(segment).__name__ for segment in loop.segments)
    if kinds == ["Line"] * 4 and _are_near(loop, middle, sides, 0, loose):
        return _Outline(middle, rectangle)
    if kinds == ["Arc"] * 2 + ["Line"] * 2 and _are_near(loop, middle, sides, min(sides) / 2, loose):
        along = ",90" if sides[0] < sides[1] else ""
        return _Outline(middle, f".slot2D({say(max(sides))},{say(min(sides))}{along})")
    # What a corner loses, on both its sides: the loop begins at the lowest of its leftmost points.
    size = loop.start[1] - bottom
    if kinds == ["Arc"] * 4 + ["Line"] * 4 and _are_near(loop, middle, sides, size, loose):
        return _Outline(middle, rectangle, f".fillet({say(size)})")
    if kinds == ["Line"] * 8 and _are_near(loop, middle, sides, size, loose):
        return _Outline(middle, rectangle, f".chamfer({say(size)})")
    return None


def _are_near(loop: Path, middle: _Place, sides: _Place, size: float, loose: float) -> bool:
    """Whether the loop is a rectangle around `middle` whose corners are rounded, outwards, or cut off by `size`."""
    right, top = sides[0] / 2, sides[1] / 2

    def folded(point: _Place) -> _Place:
        return abs(point[0] - middle[0]), abs(point[1] - middle[1])

    for segment in loop.segments:
        end = folded(segment.end)
        if min(dist(end, (right - size, top)), dist(end, (right, top - size))) > _ROUNDED:
            return False
        if isinstance(segment, Arc):
            x, y = (value - side + size for value, side in zip(folded(segment.mid), (right, top), strict=True))
            if min(x, y) < -_ROUNDED or abs(hypot(x, y) - size) > loose:
                return False
    return True


def _seen_from(loop: Loop, origin: _Place) -> Loop:
    """The loop with its points relative to the origin, of which halves may come."""
    return mapped_loop(loop, lambda point: (point[0] - origin[0], point[1] - origin[1]))  # type: ignore[arg-type, return-value]


def _at(place: _Place, origin: _Place, say: Say) -> str:
    x, y = place[0] - origin[0], place[1] - origin[1]
    return f".moveTo({say(x)},{say(y)})" if x or y else ""


def _points(places: Sequence[_Place], origin: _Place, say: Say) -> str:
    """The call that goes to places of a workplane; none where it is there."""
    seen = [(x - origin[0], y - origin[1]) for x, y in places]
    if seen == [(0, 0)]:
        return ""
    return f".pushPoints([{','.join(f'({say(x)},{say(y)})' for x, y in seen)}])"


def _plane(plane: str, place: _Place, height: int, say: Say) -> str:
    return f"cq.Workplane('{plane}',origin={_origin(plane, place, height, say)})"


def _origin(plane: str, place: _Place, height: int, say: Say) -> str:
    """A place in a plane at a height across it, as a point in space."""
    first, second, across = AXES[plane]
    point = {first: place[0], second: place[1], across: height}
    return f"({','.join(say(point[axis]) for axis in range(3))})"


def _laid_out(head: str, chain: str, tail: str = "") -> list[str]:
    """A statement on one line, or with a line for each call."""
    chain = chain.replace(",", ", ").replace("'", '"')
    if len(head) + len(chain) + len(tail) <= _LINE:
        return [f"{head}{chain}{tail}"]
    first, *calls = re.split(r"(?<=\))(?=\.)", chain)
    if not tail:
        head, tail = f"{head}(", ")"
    return [head, *(f"    {line}" for line in [first, *calls]), tail]
