"""Whether every step of a program changes the volume of its part."""

from cadgen.kernel import volume
from cadgen.lang import Program
from cadgen.lang.normalise import area
from cadgen.lang.program import Extrusion
from cadgen.parts.loop import box_of
from cadgen.shape import Solid
from cadgen.shape.mesh import signed_volume

_LEAST_CHANGE = 2e-4  # of the volume: what the smallest holes of published parts take away
_AXES = {"XY": (0, 1, 2), "XZ": (0, 2, 1), "YZ": (1, 2, 0)}  # two in the plane, the swept one

Spans = list[tuple[int, int]]


def is_minimal(program: Program, solid: Solid) -> bool:
    """solid: what the program builds. Raises `NotCovered` where the mesh kernel cannot tell."""
    whole = signed_volume(solid.vertices, solid.triangles)
    least = _LEAST_CHANGE * whole
    unsure = [num for num in range(1, len(program)) if _surely_added(program, num) <= least]
    volumes = {num: volume(program[:num]) for num in {*unsure, *(num + 1 for num in unsure)} - {len(program)}}
    volumes[len(program)] = whole
    return all(abs(volumes[num + 1] - volumes[num]) > least for num in unsure)


def _surely_added(program: Program, num: int) -> float:
    """Volume that step `num` adds for certain, because it lies outside the boxes of all that was added before."""
    if program[num].operation == "cut":
        return 0.0
    added = program[num].extrusion
    before = [_spans(step.extrusion) for step in program[:num] if step.operation == "union"]
    areas = [abs(area(loop)) for loop in added.loops]
    across = areas[0] - sum(areas[1:])  # the loops after the first may be outlines, too: then this is too little
    if all(_apart(_spans(added), spans) for spans in before):
        return across * (added.high - added.low)
    swept = _AXES[added.plane][2]
    low, high = min(spans[swept][0] for spans in before), max(spans[swept][1] for spans in before)
    return across * (max(added.high - max(high, added.low), 0) + max(min(low, added.high) - added.low, 0))


def _spans(extrusion: Extrusion) -> Spans:
    """The lowest and highest coordinate along x, y and z."""
    left, bottom, right, top = box_of(extrusion.loops)
    of = dict(zip(_AXES[extrusion.plane], ((left, right), (bottom, top), (extrusion.low, extrusion.high)), strict=True))
    return [of[axis] for axis in range(3)]


def _apart(a: Spans, b: Spans) -> bool:
    return any(one[1] <= two[0] or two[1] <= one[0] for one, two in zip(a, b, strict=True))
