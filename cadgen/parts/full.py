"""Families beyond sketch and extrude: each gives a program of the grammar `full`.

Holes, arrays of them, turned profiles and what leans come out as the steps that they are, which the mesh kernel builds;
the others only the CAD kernel does. All are drawn only where they are weighed. Edges without room for a radius make it
refuse a few.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random

from cadgen.kernel import NotCovered, build
from cadgen.lang.canonical import NoFold, canonical, normal_text
from cadgen.parts.attempt import draw_part
from cadgen.parts.block import EXTENT
from cadgen.parts.draw import chance, octave, share
from cadgen.parts.lean import draw_leaning
from cadgen.parts.rows import draw_arrayed
from cadgen.parts.sketch import draw_sketch
from cadgen.program import Extrude, Line, Path, write

_HALF = EXTENT // 2


def _eased(rng: Random, operation: str) -> str:
    base, sides = _base(rng, ("slab", "slab", "profile", "tube", "plate"))
    selector = rng.choice(("edges('|Z')", "edges('|X')", "edges('|Y')", "faces('>Z').edges()", "faces('<Y').edges()"))
    if ".circle(" in base and ".lineTo(" not in base:
        selector = rng.choice(("edges('%CIRCLE')", "faces('>Z').edges()"))
    size = max(1, min(octave(rng, min(sides) // 3, 3), min(sides) // 3))
    return _normal(f"{base}result=result.{selector}.{operation}({size})\n")


def _fillet(rng: Random) -> str:
    return _eased(rng, "fillet")


def _chamfer(rng: Random) -> str:
    return _eased(rng, "chamfer")


def _shell(rng: Random) -> str:
    base, sides = _base(rng, ("slab", "slab", "profile", "regular", "curved"))
    face = rng.choice((">Z", ">Z", "<Y", ">X"))
    wall = max(1, share(rng, min(sides), 4, 25))
    return _normal(f"{base}result=result.faces('{face}').shell(-{wall})\n")


def _revolve(rng: Random) -> str:
    """A profile beside the z axis, turned around it; not all with an arc near to the axis are built."""
    radius, height = _HALF, share(rng, EXTENT, 5, 100)
    if chance(rng, 40):
        radius, height = share(rng, _HALF, 8, 95), EXTENT
    inner = 0 if chance(rng, 55) else share(rng, radius, 10, 85)
    kinds = {"profile": 5, "slanted": 3, "rectangle": 1, "notched": 1, "channel": 1}
    while True:
        (loop,) = draw_sketch(rng, max(4, radius - inner), max(4, height), kinds, 0)
        assert isinstance(loop, Path)
        path = _path(loop, inner, -(height // 2))
        with suppress(NoFold, NotCovered):
            program = canonical(f"{_IMPORT}result=cq.Workplane('XZ'){path}.revolve(360,(0,0,0),(0,1,0))\n", grid=1)
            build(program)
            return write(program)


def _leaning(rng: Random) -> str:
    return _normal(write(draw_leaning(rng)))


def _arrayed(rng: Random) -> str:
    """Copies that only nearly touch are no fold of steps: another is drawn."""
    while True:
        with suppress(NoFold):
            return write(canonical(write(draw_arrayed(rng)), grid=1))


def _path(path: Path, x: int, y: int) -> str:
    """Its text, moved by (x, y)."""

    def at(point: tuple[int, int]) -> str:
        return f"{point[0] + x},{point[1] + y}"

    drawn = (
        f".lineTo({at(one.end)})" if isinstance(one, Line) else f".threePointArc(({at(one.mid)}),({at(one.end)}))"
        for one in path.segments
    )
    return f".moveTo({at(path.start)}){''.join(drawn)}.close()"


def _polar(rng: Random) -> str:
    base, sides = _base(rng, ("tube", "slab"), upright=True)
    num, reach = rng.choice((3, 4, 5, 6, 8, 12)), share(rng, min(sides[:2]) // 2, 50, 80)
    size = max(2, min(share(rng, reach, 8, 40), 4 * reach // num))
    return _on_top(base, f"polarArray({reach},{rng.choice((0, 0, 45, 90))},360,{num})", f"hole({size})")


def _linear(rng: Random) -> str:
    base, sides = _base(rng, ("slab",))
    points, pitch = _spread(rng, sides)
    size = max(2, share(rng, pitch, 15, 65))
    return _on_top(base, points, f"hole({size})" if chance(rng, 75) else f"rect({size},{size}).cutThruAll()")


def _counterbore(rng: Random) -> str:
    base, sides = _base(rng, ("slab",))
    points, pitch = _spread(rng, sides)
    wide = max(4, share(rng, pitch, 25, 75))
    depth = max(1, share(rng, sides[2], 10, 60))
    return _on_top(base, points, f"cboreHole({max(2, share(rng, wide, 35, 75))},{wide},{depth})")


def _spread(rng: Random, sides: Sequence[int]) -> tuple[str, int]:
    """An array of points on the upper face, and the least distance between them."""
    across, along = rng.choice((1, 2, 2, 3, 4)), rng.choice((1, 2, 2, 3))
    x, y = max(2, sides[0] // (across + 1)), max(2, sides[1] // (along + 1))
    return f"rarray({x},{y},{across},{along})", min(x, y)


def _on_top(base: str, points: str, feature: str) -> str:
    return _normal(f"{base}result=result.faces('>Z').workplane().{points}.{feature}\n")


def _base(rng: Random, families: Sequence[str], upright: bool = False) -> tuple[str, list[int]]:
    """The program of a part of one extrusion, at least 8 steps in each direction, and its extents.

    upright: extruded along z.
    """
    while True:
        (step,), solid = draw_part(f"{rng.getrandbits(64)}", rng.choice(families), 1)
        low, high = solid.bounds
        sides = [round(side) for side in high - low]
        if min(sides) >= 8 and (not upright or (isinstance(step, Extrude) and step.plane == "XY")):
            return write((step,)), sides


def _normal(code: str) -> str:
    return normal_text(code, grid=1)


_IMPORT = "import cadquery as cq\n"

FULL: dict[str, Callable[[Random], str]] = {
    "chamfer": _chamfer,
    "fillet": _fillet,
    "shell": _shell,
    "revolve": _revolve,
    "leaning": _leaning,
    "arrayed": _arrayed,
    "polar_array": _polar,
    "linear_array": _linear,
    "counterbore": _counterbore,
}
