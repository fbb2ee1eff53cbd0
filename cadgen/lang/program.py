"""What a canonical program says, as values, and its one way of being written.

Every number is an integer of the grid (see `GRID`). A program is a left fold: the first extrusion is the body, each
further one is united with it or cut from it. In-plane coordinates are global, so a plane needs one number, its height.
"""

from dataclasses import dataclass

GRID = 256
"""Grid steps per unit of a GenCAD-Code program: its largest extent, 1.5, is 384 steps, about one a pixel at 448 px."""

Point = tuple[int, int]


@dataclass(frozen=True)
class Line:
    end: Point


@dataclass(frozen=True)
class Arc:
    """A circular arc through `mid`."""

    mid: Point
    end: Point


@dataclass(frozen=True)
class Path:
    """A closed loop of segments from `start` back to `start`; the last segment ends at `start`."""

    start: Point
    segments: tuple[Line | Arc, ...]


@dataclass(frozen=True)
class Circle:
    centre: Point
    radius: int


Loop = Path | Circle


@dataclass(frozen=True)
class Extrusion:
    """Loops in the `plane` (XY, XZ or YZ), swept along the plane's axis (z, y, x) from `low` to `high`."""

    plane: str
    low: int
    high: int
    loops: tuple[Loop, ...]


@dataclass(frozen=True)
class Step:
    """`operation` is "union" or "cut"; the first step of a program is always "union"."""

    operation: str
    extrusion: Extrusion


Program = tuple[Step, ...]


def write(program: Program) -> str:
    """The canonical text of `program`: plain CadQuery, one statement a step, `result` bound last."""
    lines = ["import cadquery as cq"]
    for number, step in enumerate(program):
        body = _write_extrusion(step.extrusion)
        lines.append(f"result={body}" if number == 0 else f"result=result.{step.operation}({body})")
    return "\n".join(lines) + "\n"


def _write_extrusion(extrusion: Extrusion) -> str:
    # CadQuery's XZ plane looks along -y, the other two along their positive axis.
    x, y, z = {
        "XY": (0, 0, extrusion.low),
        "XZ": (0, extrusion.high, 0),
        "YZ": (extrusion.low, 0, 0),
    }[extrusion.plane]
    loops = "".join(_write_loop(loop) for loop in extrusion.loops)
    return f"cq.Workplane('{extrusion.plane}',origin=({x},{y},{z})){loops}.extrude({extrusion.high - extrusion.low})"


def _write_loop(loop: Loop) -> str:
    if isinstance(loop, Circle):
        return f".moveTo({loop.centre[0]},{loop.centre[1]}).circle({loop.radius})"
    segments = list(loop.segments)
    if isinstance(segments[-1], Line):
        segments.pop()  # close() draws it
    return f".moveTo({loop.start[0]},{loop.start[1]}){''.join(map(_write_segment, segments))}.close()"


def _write_segment(segment: Line | Arc) -> str:
    if isinstance(segment, Line):
        return f".lineTo({segment.end[0]},{segment.end[1]})"
    return f".threePointArc(({segment.mid[0]},{segment.mid[1]}),({segment.end[0]},{segment.end[1]}))"
