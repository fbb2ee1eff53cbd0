"""Small programs by name: what the mesh kernel builds as CadQuery does, and what it refuses."""

from dataclasses import replace
from random import Random

from cadgen.program import (
    Arc,
    Array,
    Body,
    Circle,
    Extrude,
    Grid,
    Line,
    Loop,
    Path,
    Places,
    Point,
    Program,
    Revolve,
    Step,
    Tilt,
    Tilted,
    Wheel,
    mapped_loop,
)


def path(start: Point, *ends: Point | tuple[Point, Point]) -> Path:
    """A closed path; an end with another point before it is an arc through that. The way back is a line."""
    segments = [Arc(*end) if isinstance(end[0], tuple) else Line(end) for end in ends]
    if segments[-1].end != start:
        segments.append(Line(start))
    return Path(start, tuple(segments))


def rect(left: int, bottom: int, right: int, top: int) -> Path:
    return path((left, bottom), (right, bottom), (right, top), (left, top))


def circle(x: int, y: int, radius: int) -> Circle:
    return Circle((x, y), radius)


def union(plane: str, low: int, high: int, *loops: Loop) -> Body:
    return Extrude("union", plane, low, high, loops)


def cut(plane: str, low: int, high: int, *loops: Loop) -> Body:
    return Extrude("cut", plane, low, high, loops)


def turn(plane: str, height: int, axis: int, at: int, *loops: Loop) -> Body:
    return Revolve("union", plane, height, axis, at, loops)


def groove(plane: str, height: int, axis: int, at: int, *loops: Loop) -> Body:
    return Revolve("cut", plane, height, axis, at, loops)


def leaning(body: Body, *tilts: tuple[int, Point, int]) -> Step:
    return Tilted(body, tuple(Tilt(*tilt) for tilt in tilts))


def copies(operation: str, plane: str, low: int, high: int, places: Places, *cell: Loop) -> Body:
    return Array(operation, plane, low, high, places, cell)


SQUARE = rect(0, 0, 50, 50)
PLATE = union("XY", 0, 10, SQUARE)
ROD = union("XY", 0, 40, circle(0, 0, 30))
DISC = path((-50, 0), ((0, -50), (50, 0)), ((0, 50), (-50, 0)))
CONE = turn("XZ", 0, 1, 0, path((0, 0), (30, 0), (0, 50)))
SHAFT = path((0, 0), (0, -30), (40, -30), (40, -18), (90, -18), (90, -10), (110, -10), (110, 0))  # below a line
SLOT = path((-70, 0), ((-64, -14), (-50, -20)), (50, -20), ((70, 0), (50, 20)), (-50, 20), ((-64, 14), (-70, 0)))

COVERED: dict[str, Program] = {
    "two sides that cross in a corner of a third": (
        union("XY", -52, -41, rect(-185, -116, 185, 117)),
        union("XY", -41, 175, rect(-103, -117, 103, -83)),
        union("XY", -67, -52, rect(-103, -116, 104, 117)),
    ),
    "box": (PLATE,),
    "box on XZ": (union("XZ", -30, 5, rect(0, 0, 50, 20)),),
    "box on YZ": (union("YZ", -30, 5, rect(0, 0, 50, 20)),),
    "triangle on XZ": (union("XZ", 0, 9, path((0, 0), (40, 0), (10, 30))),),
    "L profile": (union("XY", 0, 9, path((0, 0), (40, 0), (40, 10), (10, 10), (10, 30), (0, 30))),),
    "cylinder": (ROD,),
    "rows of holes": (
        union("XY", 0, 10, rect(-60, -60, 60, 60)),
        copies("cut", "XY", 0, 10, Grid((-45, -40), (30, 40), (4, 3)), circle(0, 0, 9)),
    ),
    "legs": (
        union("XZ", 0, 10, rect(-60, -60, 60, 60)),
        copies("union", "XZ", -50, 0, Grid((-48, -40), (96, 1), (2, 1)), rect(-12, -9, 12, 9)),
    ),
    "fins that are flush": (
        union("XY", 0, 10, rect(-60, -60, 60, 60)),
        copies("union", "XY", 10, 60, Grid((-54, 0), (27, 1), (5, 1)), rect(-6, -60, 6, 60)),
    ),
    "boxes in rows": (copies("union", "YZ", 0, 20, Grid((-45, -40), (30, 40), (3, 3)), rect(-9, -5, 9, 5)),),
    "a wheel of holes": (
        union("YZ", 0, 10, circle(0, 0, 60)),
        copies("cut", "YZ", 0, 10, Wheel((0, 0), 45, 15, 7), circle(0, 0, 9)),
    ),
    "a wheel of tubes": (
        union("XY", 0, 10, circle(0, 0, 60)),
        copies("union", "XY", -10, 30, Wheel((3, 1), 45, 15, 5), circle(0, 0, 9), circle(0, 0, 5)),
    ),
    "teeth": (
        union("XZ", 0, 10, circle(0, 0, 60)),
        copies("union", "XZ", 0, 10, Wheel((0, 0), 60, 0, 9), rect(-12, -6, 12, 6)),
    ),
    "pockets around a middle": (
        union("XY", 0, 10, circle(0, 0, 60)),
        copies("cut", "XY", 5, 20, Wheel((0, 0), 35, 10, 6), rect(-15, -4, 15, 4)),
    ),
    "rods that lean": (
        union("XY", 0, 10, rect(-60, -60, 60, 60)),
        leaning(copies("union", "XY", 0, 40, Wheel((0, 0), 40, 0, 3), circle(0, 0, 8)), (0, (0, 0), 20)),
    ),
    "a leaning rod": (leaning(ROD, (0, (4, 0), 30)),),
    "a tube that leans on a plate": (
        union("XY", 0, 10, rect(-60, -60, 60, 60)),
        leaning(union("XY", 5, 80, circle(0, 0, 20)), (1, (0, 5), 25)),
        leaning(cut("XY", -5, 90, circle(0, 0, 10)), (1, (0, 5), 25)),
    ),
    "a lug that is flush and askew": (
        union("XY", 0, 10, rect(-60, -60, 60, 60)),
        leaning(union("XZ", -20, 20, rect(30, 0, 100, 10)), (2, (0, 0), 40)),
    ),
    "a whole part that leans": tuple(
        leaning(step, (0, (0, 0), 30), (2, (10, 0), 20))
        for step in (
            union("XY", 0, 10, rect(-60, -60, 60, 60)),
            union("XY", 10, 40, circle(0, 0, 30)),
            cut("XY", 0, 40, circle(0, 0, 10)),
        )
    ),
    "a counterbored hole that leans": (
        union("XY", 0, 60, rect(-60, -60, 60, 60)),
        leaning(cut("XY", -40, 100, circle(0, 0, 10)), (0, (0, 60), 20)),
        leaning(cut("XY", 40, 100, circle(0, 0, 20)), (0, (0, 60), 20)),
    ),
    "a cone that leans": (leaning(CONE, (0, (0, 0), -20)), union("XY", -20, 4, rect(-60, -60, 60, 60))),
    "cylinder on XZ": (union("XZ", -7, 20, circle(5, 9, 30)),),
    "cylinder on YZ": (union("YZ", -7, 20, circle(5, 9, 30)),),
    "tiny cylinder": (union("XY", 0, 100, circle(3, 2, 1)),),
    "ring": (union("XY", 0, 20, circle(1, 0, 97), circle(1, 0, 42)),),
    "plate with holes": (union("XY", 0, 10, SQUARE, rect(10, 10, 20, 20), circle(35, 35, 7), circle(35, 15, 7)),),
    "half disc": (union("XY", 0, 10, path((-50, 0), ((0, -50), (50, 0)))),),
    "flat arc": (union("XY", 0, 10, path((-50, 0), ((0, -10), (50, 0)))),),
    "arc inwards": (union("XY", 0, 10, path((-50, -40), (50, -40), (50, 0), ((0, -20), (-50, 0)))),),
    "long arc": (union("XY", 0, 10, path((-10, 0), ((0, -60), (10, 0)))),),
    "disc of two arcs": (union("XY", 0, 10, DISC),),
    "disc of two arcs on a disc": (union("XY", 0, 10, DISC), union("XY", 10, 20, circle(0, 0, 50))),
    "slot": (union("XY", 0, 10, SLOT),),
    "slot with holes on XZ": (union("XZ", 0, 10, SLOT, circle(-50, 0, 9), circle(50, 0, 9)),),
    "two outlines": (union("XY", 0, 10, SQUARE, rect(60, 0, 80, 20)),),
    "two outlines with holes": (
        union("XY", 0, 10, SQUARE, rect(60, 0, 100, 40), circle(20, 20, 9), circle(80, 20, 9)),
    ),
    "through hole": (PLATE, cut("XY", 0, 10, circle(20, 20, 10))),
    "hole from side to side": (PLATE, cut("XZ", 0, 50, circle(25, 5, 3))),
    "blind pocket": (PLATE, cut("XY", 4, 10, rect(10, 10, 30, 40))),
    "cavity": (union("XY", 0, 30, SQUARE), cut("XY", 10, 20, rect(10, 10, 20, 20))),
    "body in a cavity": (
        union("XY", 0, 30, SQUARE),
        cut("XY", 5, 25, rect(5, 5, 45, 45)),
        union("XY", 10, 20, rect(10, 10, 20, 20)),
    ),
    "cut into two": (PLATE, cut("XY", 0, 10, rect(20, 0, 30, 50))),
    "cut beside it": (PLATE, cut("XY", 0, 10, rect(60, 0, 80, 20))),
    "cut that only touches": (PLATE, cut("XY", 10, 20, rect(10, 10, 20, 20))),
    "coplanar union": (PLATE, union("XY", 0, 10, rect(50, 10, 80, 40))),
    "coplanar union of equals": (PLATE, union("XY", 10, 20, SQUARE)),
    "overlapping union": (PLATE, union("XY", 0, 20, rect(30, 10, 80, 40))),
    "union with itself": (PLATE, PLATE),
    "union inside": (PLATE, union("XY", 2, 8, rect(10, 10, 20, 20))),
    "disjoint bodies": (PLATE, union("XY", 0, 10, rect(60, 0, 80, 20))),
    "bodies touching in an edge": (PLATE, union("XY", 0, 10, rect(50, 50, 80, 80))),
    "bodies touching in an edge, stacked": (PLATE, union("XY", 10, 20, rect(50, 0, 80, 50))),
    "bodies touching in a corner": (PLATE, union("XY", 10, 20, rect(50, 50, 80, 80))),
    "cut to an edge": (PLATE, cut("XY", 0, 10, rect(0, 0, 25, 25)), cut("XY", 0, 10, rect(25, 25, 50, 50))),
    "disc as wide as the plate": (PLATE, union("XY", 10, 20, circle(25, 25, 25))),
    "disc beside the plate": (PLATE, union("XY", 0, 10, circle(75, 25, 25))),
    "disc above the plate's side": (PLATE, union("XY", 0, 10, circle(25, 75, 25))),
    "hole as wide as the plate": (PLATE, cut("XY", 0, 10, circle(25, 25, 25))),
    "discs side by side": (PLATE, union("XY", 10, 20, circle(15, 25, 10)), union("XY", 10, 20, circle(35, 25, 10))),
    "discs one above the other": (ROD, union("XY", 0, 40, circle(0, 40, 10))),
    "boss on a round end": (
        union("XY", 0, 10, path((0, -20), (50, -20), ((70, 0), (50, 20)), (0, 20))),
        union("XY", 10, 25, circle(50, 0, 20)),
        cut("XY", 0, 25, circle(50, 0, 9)),
    ),
    "hole around a round end": (
        union("XY", 0, 10, path((0, -20), (50, -20), ((70, 0), (50, 20)), (0, 20))),
        cut("XY", 5, 10, circle(50, 0, 20)),
    ),
    "half discs that make a whole one": (
        union("XY", 0, 10, path((-50, 0), ((0, -50), (50, 0)))),
        union("XY", 0, 10, path((-50, 0), (50, 0), ((0, 50), (-50, 0)))),
    ),
    "half disc on a disc": (
        union("XY", 0, 10, circle(0, 0, 50)),
        union("XY", 10, 20, path((-30, -40), ((0, -50), (40, -30)))),
    ),
    "quarter disc on a half disc": (
        union("XZ", 0, 10, path((-50, 0), ((0, -50), (50, 0)))),
        union("XZ", 10, 20, path((-40, -30), ((-30, -40), (0, -50)), (0, 0))),
    ),
    "stacked cylinders": (ROD, union("XY", 40, 80, circle(0, 0, 30))),
    "stepped rod with a bore": (
        ROD,
        union("XY", 40, 80, circle(0, 0, 20)),
        cut("XY", 0, 80, circle(0, 0, 10)),
    ),
    "half a cylinder": (ROD, cut("XY", 0, 40, rect(-40, -40, 0, 40))),
    "cylinder without its seam": (ROD, cut("XY", 0, 40, rect(10, -40, 40, 40))),
    "notch in the seam": (ROD, cut("XY", 20, 40, rect(20, -5, 40, 5))),
    "hole through the seam": (ROD, cut("YZ", 0, 40, circle(0, 20, 5))),
    "crossing cylinders": (union("XY", -50, 50, circle(0, 0, 30)), union("XZ", -50, 50, circle(0, 0, 20))),
    "slanted walls in one plane": (
        union("XY", 0, 10, path((0, 0), (30, 0), (60, 40), (0, 40))),
        union("XY", 10, 25, path((0, 0), (33, 4), (57, 36), (0, 30))),
    ),
    "cross of three bars": (
        union("XY", -40, 40, rect(-10, -10, 10, 10)),
        union("XZ", -40, 40, rect(-10, -10, 10, 10)),
        union("YZ", -40, 40, rect(-10, -10, 10, 10)),
    ),
    "bracket": (
        union("XY", 0, 10, SQUARE, circle(35, 25, 8)),
        union("YZ", 0, 10, path((0, 0), (50, 0), (50, 40), ((25, 65), (0, 40))), circle(25, 40, 10)),
        cut("YZ", 0, 5, circle(25, 40, 15)),
    ),
    "turned ring": (turn("XZ", 0, 1, 0, rect(20, 0, 30, 15)),),
    "turned ring, left of its axis": (turn("XZ", 7, 1, 5, rect(-30, 0, -20, 15)),),
    "turned ring on XY": (turn("XY", 3, 0, -4, rect(-5, 20, 10, 30)),),
    "turned ring on XY, below its axis": (turn("XY", 3, 0, 40, rect(-5, 20, 10, 30)),),
    "turned ring on XY around y": (turn("XY", 3, 1, -4, rect(10, 20, 25, 30)),),
    "turned ring on YZ": (turn("YZ", 3, 0, -4, rect(-5, 20, 10, 30)),),
    "turned ring on YZ around z": (turn("YZ", 3, 1, -4, rect(10, 20, 25, 30)),),
    "turned ring on XZ around x": (turn("XZ", 3, 0, 60, rect(10, 20, 25, 30)),),
    "turned disc": (turn("YZ", 0, 0, 0, rect(-5, 0, 5, 40)),),
    "cone": (CONE,),
    "cone on XY": (turn("XY", -9, 0, 2, path((0, 2), (40, 2), (40, 32))),),
    "cone that stands on its point, hollow": (turn("YZ", 0, 1, 0, path((0, 0), (30, 50), (20, 50))),),
    "frustum": (turn("XZ", 0, 1, 0, path((0, 0), (30, 0), (10, 50), (0, 50))),),
    "frustum with a slanted bore": (turn("YZ", 0, 1, 0, path((-20, 0), (-40, 0), (-30, 50), (-8, 50))),),
    "stepped shaft": (turn("XY", 0, 0, 0, SHAFT),),
    "stepped shaft on YZ": (turn("YZ", 9, 0, 0, SHAFT),),
    "chamfered disc": (turn("XZ", 0, 1, 0, path((0, 0), (40, 0), (40, 8), (36, 12), (0, 12))),),
    "hollowed disc": (turn("XZ", 0, 1, 0, path((0, 0), (40, 0), (40, 12), (15, 12), (0, 5))),),
    "ring with a channel inside": (turn("XZ", 0, 1, 0, rect(20, 0, 40, 20), rect(25, 5, 35, 15)),),
    "two turned rings": (turn("XZ", 0, 1, 0, rect(20, 0, 40, 20), rect(20, 30, 30, 50)),),
    "diamond": (turn("XZ", 0, 1, 0, path((20, 10), (30, 0), (40, 10), (30, 20))),),
    "turned groove in a block": (union("XY", 0, 40, SQUARE), groove("XZ", 25, 1, 25, rect(30, 10, 38, 50))),
    "countersunk hole": (PLATE, groove("YZ", 25, 1, 25, path((25, 0), (30, 0), (30, 5), (35, 10), (25, 10)))),
    "groove around a rod": (ROD, groove("XZ", 0, 1, 0, rect(25, 10, 40, 20))),
    "pointed groove around a rod": (ROD, groove("XZ", 0, 1, 0, path((20, 15), (30, 5), (30, 25)))),
    "rod with a cone on it": (ROD, turn("XZ", 0, 1, 0, path((0, 40), (30, 40), (0, 70)))),
    "rod with a cone of another seam on it": (ROD, turn("YZ", 0, 1, 0, path((0, 40), (-30, 40), (0, 70)))),
    "cone on a rod": (turn("XZ", 0, 1, 0, path((0, 40), (30, 40), (0, 70))), ROD),
    "flange with holes": (
        turn("XZ", 0, 1, 0, path((0, 0), (60, 0), (60, 10), (20, 10), (20, 50), (0, 50))),
        cut("XY", 0, 10, circle(40, 0, 8)),
        cut("XY", 0, 10, circle(-40, 0, 8)),
        cut("XY", 0, 10, circle(0, 40, 8)),
    ),
    "shaft with a flat": (turn("XY", 0, 0, 0, SHAFT), cut("XY", 12, 40, rect(50, -40, 120, 40))),
    "shaft through a plate": (PLATE, turn("XZ", 25, 1, 25, path((25, -20), (35, -20), (35, 20), (25, 40)))),
    "frustum in a block": (
        union("XZ", 0, 80, rect(0, 0, 60, 40)),
        turn("XZ", 40, 1, 30, path((30, 30), (52, 30), (40, 70), (30, 70))),
    ),
    "half a cone": (turn("XZ", 0, 1, 0, path((0, 0), (30, 0), (0, 50))), cut("XY", 0, 50, rect(-40, -40, 40, 0))),
    "cone without its point": (
        turn("XZ", 0, 1, 0, path((0, 0), (30, 0), (0, 50))),
        cut("XY", 30, 60, rect(-40, -40, 40, 40)),
    ),
    "cones around one line": (
        turn("XZ", 0, 1, 0, path((0, 0), (30, 0), (20, 20), (0, 20))),
        turn("XZ", 0, 1, 0, path((0, 20), (20, 20), (10, 40), (0, 40))),
    ),
    "turned circle": (turn("XZ", 0, 1, 0, circle(40, 0, 15)),),
    "turned circle on XY": (turn("XY", 9, 0, 50, circle(3, 0, 15)),),
    "thin turned circle": (turn("YZ", 0, 1, 0, circle(190, 0, 2)),),
    "hollow turned circle": (turn("XZ", 0, 1, 0, circle(40, 0, 15), circle(40, 0, 8)),),
    "ball": (turn("XZ", 0, 1, 0, path((0, -30), ((30, 0), (0, 30)))),),
    "dome": (turn("YZ", 0, 1, 0, path((0, 0), (30, 0), ((18, 24), (0, 30)))),),
    "rounded disc": (turn("XZ", 0, 1, 0, path((0, 0), (30, 0), ((40, 10), (30, 20)), (0, 20))),),
    "post with a round foot": (turn("XZ", 0, 1, 0, path((0, 0), (40, 0), (40, 10), ((23, 13), (20, 30)), (0, 30))),),
    "rod with a ball on it": (ROD, turn("XZ", 0, 1, 0, path((0, 35), ((30, 65), (0, 95))))),
    "round groove around a rod": (ROD, groove("XZ", 0, 1, 0, circle(30, 20, 6))),
    "half a turned circle": (turn("XZ", 0, 1, 0, circle(40, 0, 15)), cut("XY", -50, 50, rect(-90, -90, 90, 0))),
    "hole through a ball": (
        turn("XZ", 0, 1, 0, path((0, -30), ((30, 0), (0, 30)))),
        cut("XY", -40, 40, circle(4, 0, 9)),
    ),
    "rod on a rod of the same seam": (ROD, turn("XZ", 0, 1, 0, rect(0, 40, 30, 60))),
    "rod that goes on in a turned one": (turn("XZ", 0, 1, 0, rect(0, 40, 30, 60)), ROD),
    "cones of one slope": (
        turn("XZ", 0, 1, 0, path((0, 0), (30, 0), (0, 30))),
        turn("XZ", 0, 1, 0, path((0, -10), (40, -10), (30, 0), (0, 0))),
    ),
    "turned disc level with a plate": (PLATE, turn("XZ", 25, 1, 25, rect(25, 0, 60, 10))),
    "turned disc on a plate as wide as it": (PLATE, turn("XZ", 25, 1, 25, rect(25, 10, 50, 20))),
    "cone on a round end": (
        union("XY", 0, 10, path((16, -63), ((65, 0), (33, 56)), (-60, 56), (-60, -63))),
        turn("YZ", 0, 1, 0, path((0, 10), (65, 10), (0, 40))),
    ),
    "crossing shafts": (
        turn("XZ", 0, 1, 0, rect(0, -60, 30, 60)),
        turn("XY", 0, 0, 0, rect(-60, 0, 60, 20)),
    ),
}

OTHERWISE_DIVIDED = frozenset(
    name for name in COVERED if "touching" in name or name.startswith(("disc", "half disc on")) or "as wide as" in name
) | {"cut to an edge", "half a cone", "rod that goes on in a turned one", "a tube that leans on a plate"}
"""Where bodies meet in an edge CadQuery has that edge once, we twice; where they are tangent it splits the faces; some
of the walls in one cylinder it leaves apart; an edge through the point of a cone it has in two, and so the ring in
which a leaning tube ends on a plate."""

NOT_COVERED: dict[str, tuple[Program, str]] = {
    "nothing": ((), "start with a union"),
    "a cut first": ((cut("XY", 0, 10, SQUARE),), "start with a union"),
    "nothing left": ((PLATE, cut("XY", 0, 10, SQUARE)), "leaves no solid"),
    "more than all cut": ((PLATE, cut("XY", -5, 15, rect(-9, -9, 60, 60))), "leaves no solid"),
    "upside down": ((union("XY", 10, 0, SQUARE),), "an extrusion from 10 to 0"),
    "no height": ((union("XY", 10, 10, SQUARE),), "an extrusion from 10 to 10"),
    "no radius": ((union("XY", 0, 10, circle(0, 0, 0)),), "a circle of radius 0"),
    "a loop along a line": ((union("XY", 0, 10, path((0, 0), (10, 10), (20, 20))),), "encloses nothing"),
    "a segment of no length": ((union("XY", 0, 10, path((0, 0), (0, 0), (9, 0), (0, 9))),), "no length"),
    "an open path": ((union("XY", 0, 10, Path((0, 0), (Line((9, 0)), Line((0, 9))))),), "does not end where it starts"),
    "an arc of points in line": (
        (union("XY", 0, 10, path((0, 0), ((30, 0), (60, 0)), (60, 60))),),
        "an arc of points in line",
    ),
    "a cylinder under a plate, touching": (
        (union("XZ", 0, 26, circle(0, 70, 70)), union("XY", 140, 190, rect(-70, -50, 70, 50))),
        "only touches a step on another plane",
    ),
    "crossing cylinders that touch": (
        (union("XY", -50, 50, circle(0, 0, 30)), union("XZ", -50, 50, circle(10, 0, 20))),
        "only touches a step on another plane",
    ),
    "a turned wall under a plate, touching": (
        (turn("XZ", 0, 0, 70, rect(-50, 70, 50, 140)), union("XY", 140, 190, rect(-70, -50, 70, 50))),
        "only touches a step on another plane",
    ),
    "a profile across its axis": ((turn("XZ", 0, 1, 10, rect(0, 0, 50, 20)),), "across its axis"),
    "a turned circle of no radius": ((turn("XZ", 0, 1, 10, circle(30, 0, 0)),), "no radius"),
    "a turned circle that touches its axis": ((turn("XZ", 0, 1, 0, circle(30, 0, 30)),), "meets the axis"),
    "an arc around what is not on the axis": (
        (turn("XZ", 0, 1, 0, path((0, 0), (20, 0), ((17, 22), (0, 50)))),),
        "meets the axis",
    ),
    "turned loops that touch": ((turn("XZ", 0, 1, 0, rect(10, 0, 50, 20), rect(20, 0, 30, 10)),), "cross or touch"),
    "a rod on a turned one of another seam": (
        (ROD, turn("YZ", 0, 1, 0, rect(0, 40, 30, 60))),
        "in one cylinder with different seams",
    ),
    "a turned boss on a round end": (
        (
            union("XY", 0, 10, path((0, -20), (50, -20), ((70, 0), (50, 20)), (0, 20))),
            turn("XZ", 0, 1, 50, rect(50, 10, 70, 25)),
        ),
        "in one cylinder with different seams",
    ),
    "cones of one slope with different seams": (
        (
            turn("XZ", 0, 1, 0, path((0, 0), (30, 0), (0, 30))),
            turn("YZ", 0, 1, 0, path((0, -10), (40, -10), (30, 0), (0, 0))),
        ),
        "in one surface with different seams",
    ),
    "a circle turned of two arcs": (
        (turn("XZ", 0, 1, 0, path((25, 0), ((40, -15), (55, 0)), ((40, 15), (25, 0)))),),
        "a circle of arcs",
    ),
    "a turned bulge that touches a disc": (
        (
            union("XY", 0, 40, circle(80, 0, 30)),
            turn("XZ", 0, 1, 0, path((0, 0), (30, 0), ((50, 20), (30, 40)), (0, 40))),
        ),
        "a turned arc that only touches",
    ),
    "a turned circle level with a plate": (
        (turn("YZ", 0, 1, 0, circle(60, 10, 6)), union("XY", 0, 10, rect(0, -20, 80, 20))),
        "level with something",
    ),
    "a bow tie": ((union("XY", 0, 10, path((0, 0), (50, 50), (50, 0), (0, 40))),), "crosses or touches itself"),
    "a pinch": (
        (union("XY", 0, 10, path((0, 0), (50, 0), (25, 25), (50, 50), (0, 50), (25, 25))),),
        "crosses or touches itself",
    ),
    "a spike": ((union("XY", 0, 10, path((0, 0), (50, 0), (80, 0), (50, 0), (50, 50))),), "crosses or touches itself"),
    "an arc through a line": (
        (union("XY", 0, 10, path((-20, 0), (60, 0), ((30, -30), (12, 24)))),),
        "crosses or touches itself",
    ),
    "crossing loops": ((union("XY", 0, 10, SQUARE, rect(40, 10, 80, 20)),), "cross or touch"),
    "a hole that touches the outline": ((union("XY", 0, 10, SQUARE, rect(0, 10, 10, 20)),), "cross or touch"),
    "a hole that touches in a corner": (
        (union("XY", 0, 10, SQUARE, path((0, 25), (10, 20), (10, 30))),),
        "cross or touch",
    ),
    "two holes that touch": (
        (union("XY", 0, 10, SQUARE, rect(10, 10, 20, 20), rect(20, 20, 30, 30)),),
        "cross or touch",
    ),
    "a round hole that touches": ((union("XY", 0, 10, SQUARE, circle(25, 25, 25)),), "cross or touch"),
    "the same circle twice": ((union("XY", 0, 10, circle(0, 0, 9), circle(0, 0, 9)),), "cross or touch"),
    "circles that touch inside": ((union("XY", 0, 10, circle(0, 0, 50), circle(20, 0, 30)),), "cross or touch"),
    "an outline inside a hole": (
        (union("XY", 0, 10, SQUARE, rect(10, 10, 40, 40), rect(20, 20, 30, 30)),),
        "an outline inside a hole",
    ),
}


def coarse_program(seed: int) -> Program:
    """Extrudes on all planes whose numbers are multiples of 10, so that they coincide, touch and align often."""
    rng = Random(seed)
    steps: list[Step] = []
    for _ in range(rng.randrange(2, 5)):
        step = union if not steps or rng.random() < 0.6 else cut
        low = 10 * rng.randrange(-4, 3)
        steps.append(step(rng.choice(("XY", "XZ", "YZ")), low, low + 10 * rng.randrange(1, 6), _coarse_loop(rng)))
    return tuple(steps)


def _coarse_loop(rng: Random) -> Loop:
    x, y, width, height = (10 * rng.randrange(*ends) for ends in ((-4, 3), (-4, 3), (1, 5), (1, 5)))
    right, top = x + width, y + height
    kind = rng.randrange(6)
    if kind == 0:
        return circle(x, y, width)
    if kind == 1:
        return path((x, y), (right, y), (rng.choice((x, right)), top))
    if kind == 2:
        return path((x, y), (right + 10, y), (right + 10, y + 10), (x + 10, y + 10), (x + 10, top + 10), (x, top + 10))
    if kind == 3:
        return path((x, y), (right, y), (right, top), ((x + width // 2, top + width // 2), (x, top)))
    return rect(x, y, right, top)


def coarse_turned_program(seed: int) -> Program:
    """The same with profiles turned around lines among the extrusions."""
    rng = Random(f"turned {seed}")
    steps = list(coarse_program(seed)[: rng.randrange(3)])
    steps.insert(rng.randrange(len(steps) + 1), _coarse_turn(rng))
    if rng.random() < 0.3:
        steps.insert(rng.randrange(len(steps) + 1), _coarse_turn(rng))
    return tuple(replace(step, operation="union") if number == 0 else step for number, step in enumerate(steps))


def _coarse_turn(rng: Random) -> Step:
    step = turn if rng.random() < 0.7 else groove
    axis, at, near = rng.randrange(2), 10 * rng.randrange(-3, 4), 10 * rng.randrange(3)
    low, size, far = 10 * rng.randrange(-4, 3), 10 * rng.randrange(1, 5), near + 10 * rng.randrange(1, 4)
    high, side = low + size, rng.choice((1, -1))
    profiles = [
        path((low, near), (high, near), (high, far), (low, far)),
        path((low, near), (high, near), (rng.choice((low, high)), far)),
        path((low, near), (high, near), (high, far), (low, far + 10)),
        path((low, near), (high, near), (high, near + 5), (low + 5, near + 5), (low + 5, far), (low, far)),
        path((low, near), (high, near), (high, far), ((low + size // 2, far + size // 2), (low, far))),
        circle(low, far, 5),
    ]
    across = lambda point: (point[0], at + side * point[1])  # noqa: E731
    loop = mapped_loop(rng.choice(profiles), across if axis == 0 else lambda point: across(point)[::-1])
    return step(rng.choice(("XY", "XZ", "YZ")), 10 * rng.randrange(-3, 4), axis, at, loop)
