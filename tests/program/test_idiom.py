"""Programs as people write them. Whether they are the same parts, CadQuery says in `test_size.py`."""

import pytest

from cadgen.program import (
    Arc,
    Array,
    Circle,
    Extrude,
    Grid,
    Line,
    Path,
    Revolve,
    Tilt,
    Tilted,
    Wheel,
    idiomatic,
    polygon,
    rectangle,
    scaled,
)


def rounded(left, bottom, right, top, size):
    """A rectangle with rounded corners; the middles of the arcs are whole numbers, as in any program."""
    k = round(size * (1 - 0.5**0.5))
    segments = [
        Line((right - size, bottom)), Arc((right - k, bottom + k), (right, bottom + size)),
        Line((right, top - size)), Arc((right - k, top - k), (right - size, top)),
        Line((left + size, top)), Arc((left + k, top - k), (left, top - size)),
        Line((left, bottom + size)), Arc((left + k, bottom + k), (left + size, bottom)),
    ]  # fmt: skip
    path = Path((left + size, bottom), tuple(segments))
    return Path(path.segments[6].end, (path.segments[7], *path.segments[:7]))


def bevelled(left, bottom, right, top, size):
    corners = [(left, bottom + size), (left + size, bottom), (right - size, bottom), (right, bottom + size)]
    return polygon([*corners, (right, top - size), (right - size, top), (left + size, top), (left, top - size)])


SLOT = Path((10, 0), (Line((40, 0)), Arc((50, 10), (40, 20)), Line((10, 20)), Arc((0, 10), (10, 0))))
UPRIGHT = Path((0, 10), (Arc((10, 0), (20, 10)), Line((20, 40)), Arc((10, 50), (0, 40)), Line((0, 10))))
TICKET = Path(
    (0, 10),
    (Arc((7, 7), (10, 0)), Line((90, 0)), Arc((93, 7), (100, 10)), Line((100, 40)), Arc((93, 43), (90, 50)),
     Line((10, 50)), Arc((7, 43), (0, 40)), Line((0, 10))),
)  # fmt: skip
WHOLE = (-10, 10)
HOLE = Circle((0, 0), 3)
PLATE = Extrude("union", "XY", *WHOLE, (rectangle(-100, -50, 100, 51),))


@pytest.mark.parametrize(
    ("loops", "calls"),
    [
        ((rectangle(0, 0, 30, 20),), 'origin=(15, 10, -1)).rect(30, 20).extrude(9)'),
        ((rectangle(0, 0, 31, 20),), 'origin=(15.5, 10, -1)).rect(31, 20).extrude(9)'),
        ((Circle((4, 5), 6),), 'origin=(4, 5, -1)).circle(6).extrude(9)'),
        ((rounded(0, 0, 90, 50, 12),), '.rect(90, 50).extrude(9).edges("|Z").fillet(12)'),
        ((bevelled(0, 0, 90, 50, 12),), '.rect(90, 50).extrude(9).edges("|Z").chamfer(12)'),
        ((SLOT,), 'origin=(25, 10, -1)).slot2D(50, 20).extrude(9)'),
        ((UPRIGHT,), 'origin=(10, 25, -1)).slot2D(50, 20, 90).extrude(9)'),
        ((TICKET,), 'origin=(0, 0, -1)).moveTo(0, 10).threePointArc((7, 7), (10, 0))'),
        ((polygon([(0, 0), (30, 0), (0, 30)]),), 'origin=(0, 0, -1)).moveTo(0, 0).lineTo(30, 0).lineTo(0, 30).close()'),
        ((rectangle(0, 0, 40, 40), Circle((20, 20), 5)), '.extrude(9).faces(">Z").workplane().hole(10)'),
        ((rectangle(0, 0, 9, 9), Circle((3, 3), 1), Circle((6, 6), 1)), 'Points([(-1.5, -1.5), (1.5, 1.5)]).hole(2)'),
        ((rectangle(0, 0, 40, 40), rectangle(5, 5, 15, 15)), '.rect(40, 40).moveTo(-10, -10).rect(10, 10).extrude(9)'),
        ((Circle((0, 0), 9), Circle((30, 0), 9)), '.circle(9).moveTo(30, 0).circle(9).extrude(9)'),
        ((rounded(0, 0, 90, 50, 12), rectangle(20, 20, 70, 30)), '.moveTo(-45, -13).threePointArc'),
        ((Circle((0, 0), 30), Circle((0, 0), 20), Circle((0, 0), 10)), '.circle(30).circle(20).circle(10)'),
    ],
)  # fmt: skip
def test_outlines_are_what_they_are(loops, calls):
    text = idiomatic((Extrude("union", "XY", -1, 8, loops),))
    assert calls in "".join(line.strip() for line in text.splitlines())


@pytest.mark.parametrize(
    ("plane", "low", "high", "calls"),
    [
        ("XY", -10, 10, '.faces(">Z").workplane(origin=(7, 8, 0)).hole(6)'),
        ("XY", -99, 99, '.faces(">Z").workplane(origin=(7, 8, 0)).hole(6)'),
        ("XY", 3, 10, '.faces(">Z").workplane(origin=(7, 8, 0)).hole(6, 7)'),
        ("XY", -10, 3, '.cut(cq.Workplane("XY", origin=(7, 8, -10)).circle(3).extrude(13))'),
        ("XZ", -50, 51, '.faces("<Y").workplane(origin=(7, 0, 8)).hole(6)'),
        ("XZ", -50, 31, '.faces("<Y").workplane(origin=(7, 0, 8)).hole(6, 81)'),
        ("XZ", 0, 51, '.cut(cq.Workplane("XZ", origin=(7, 51, 8)).circle(3).extrude(51))'),
        ("YZ", 90, 100, '.faces(">X").workplane(origin=(0, 7, 8)).hole(6, 10)'),
    ],
)
def test_holes_are_drilled_from_the_face_that_the_plane_looks_at(plane, low, high, calls):
    hole = Extrude("cut", plane, low, high, (Circle((7, 8), 3),))
    assert idiomatic((PLATE, hole)).splitlines()[3] == f"result = result{calls}"


@pytest.mark.parametrize(
    ("step", "calls"),
    [
        (Extrude("cut", "XY", *WHOLE, (HOLE, Circle((20, 0), 3))), ".pushPoints([(0, 0), (20, 0)]).hole(6)"),
        (Extrude("cut", "XY", *WHOLE, (HOLE, Circle((20, 0), 4))), ".cut("),
        (Extrude("cut", "XY", *WHOLE, (HOLE, Circle((0, 0), 4))), ".cut("),
        (Extrude("union", "XY", -10, 20, (HOLE,)), ".union("),
        (Array("cut", "XY", *WHOLE, Grid((-80, -40), (40, 80), (5, 2)), (HOLE,)),
         ".workplane(origin=(-80, -40, 0)).rarray(40, 80, 5, 2, center=False).hole(6)"),
        (Array("cut", "XY", 0, 10, Wheel((3, 0), 30, 17, 7), (HOLE,)),
         ".workplane(origin=(3, 0, 0)).polarArray(30, 17, 360, 7).hole(6, 10)"),
        (Tilted(Extrude("cut", "XY", -99, 99, (HOLE,)), (Tilt(1, (0, 0), 30),)),
         ".cut(cq.Workplane(\"XY\", origin=(0, 0, -99)).circle(3).extrude(198).rotate((0, 0, 0), (0, 1, 0), 30))"),
        (Revolve("cut", "XZ", 0, 1, 0, (rectangle(0, 0, 40, 9),)), ".revolve(axisStart=(0, 0), axisEnd=(0, 1)))"),
    ],
)  # fmt: skip
def test_what_is_no_plain_hole_is_united_or_cut(step, calls):
    text = "".join(line.strip() for line in idiomatic((PLATE, step)).splitlines()[3:])
    assert calls in text


def test_numbers_and_their_halves_are_exact_decimals():
    program = scaled((Extrude("union", "XY", 0, 3, (rectangle(0, 0, 31, 20),)),), 10)
    assert "origin=(1.55, 1, 0)).rect(3.1, 2).extrude(0.3)" in idiomatic(program, digits=2)


def test_what_was_rounded_to_a_coarser_grid_is_recognised_as_far_as_that_was_loose():
    program = scaled((Extrude("union", "XY", 0, 30, (rounded(0, 0, 90, 50, 13),)),), 26.04)
    assert "fillet" not in idiomatic(program, digits=2) and "fillet(3.39)" in idiomatic(program, digits=2, loose=27.04)


def test_no_line_is_long():
    loops = (rectangle(0, 0, 1400, 1400), *(Circle((100 * i, 100 * j), 9) for i in range(1, 14) for j in range(1, 3)))
    lines = idiomatic((Extrude("union", "XY", 0, 3, loops),)).splitlines()
    assert lines[2] == "result = (" and lines[-1] == ")" and all(line.startswith("    ") for line in lines[3:-1])
