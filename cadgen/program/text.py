"""How the sketch of a step is written."""

from collections.abc import Callable, Sequence

from cadgen.program.loop import Arc, Circle, Line, Loop, Point
from cadgen.program.plane import origin_of

Say = Callable[[int], str]
"""How a length or a coordinate is written; counts and degrees are written as they are."""


def sketch(plane: str, height: int, loops: Sequence[Loop], say: Say) -> str:
    """The loops in the plane at this height, as the beginning of a CadQuery expression."""
    origin = ",".join(map(say, origin_of(plane, height)))
    return f"cq.Workplane('{plane}',origin=({origin})){''.join(write_loop(loop, say) for loop in loops)}"


def decimal(digits: int) -> Say:
    """Writes whole numbers of 10^-digits as decimals, without needless zeros; 0: as they are."""

    def say(number: int) -> str:
        whole, rest = divmod(abs(number), 10**digits)
        behind = f"{rest:0{digits}d}".rstrip("0")
        return f"{'-' if number < 0 else ''}{whole}{'.' if behind else ''}{behind}"

    return say if digits else str


def write_loop(loop: Loop, say: Say) -> str:
    """The calls that draw a loop in the plane that there is."""
    if isinstance(loop, Circle):
        return f".moveTo({_write_point(loop.centre, say)}).circle({say(loop.radius)})"
    segments = list(loop.segments)
    if isinstance(segments[-1], Line):
        segments.pop()  # close() draws it
    written = "".join(_write_segment(segment, say) for segment in segments)
    return f".moveTo({_write_point(loop.start, say)}){written}.close()"


def _write_segment(segment: Line | Arc, say: Say) -> str:
    if isinstance(segment, Line):
        return f".lineTo({_write_point(segment.end, say)})"
    return f".threePointArc(({_write_point(segment.mid, say)}),({_write_point(segment.end, say)}))"


def _write_point(point: Point, say: Say) -> str:
    return f"{say(point[0])},{say(point[1])}"
