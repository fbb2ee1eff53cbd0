"""How the sketch of a step is written."""

from collections.abc import Sequence

from cadgen.program.loop import Arc, Circle, Line, Loop
from cadgen.program.plane import origin_of


def sketch(plane: str, height: int, loops: Sequence[Loop]) -> str:
    """The loops in the plane at this height, as the beginning of a CadQuery expression."""
    x, y, z = origin_of(plane, height)
    return f"cq.Workplane('{plane}',origin=({x},{y},{z})){''.join(map(_write_loop, loops))}"


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
