from math import hypot, pi
from random import Random

import pytest

from cadgen.parts.clearance import is_clear, is_inside
from cadgen.parts.draw import octave, share, split
from cadgen.parts.rounding import rounded
from cadgen.parts.sketch import OUTLINES, PATTERNS, draw_holes
from cadgen.program import Arc, Circle, Line, Path, area, box_of, circle_through, polygon, rectangle

SQUARE = rectangle(0, 0, 100, 100)


@pytest.mark.parametrize(
    ("loop", "box"),
    [
        (SQUARE, (0, 0, 100, 100)),
        (Circle((5, -5), 10), (-5, -15, 15, 5)),
        (Path((0, 0), (Arc((50, 50), (100, 0)), Line((0, 0)))), (0, 0, 100, 50)),
        # Three quarters of a circle of radius 50 around (50, 0): its ends are not its extremes.
        (Path((100, 0), (Arc((15, 35), (50, -50)), Line((100, 0)))), (0, -50, 100, 50)),
    ],
)
def test_a_box_goes_around_arcs_as_they_run(loop, box):
    assert box_of([loop]) == pytest.approx(box, abs=1)


@pytest.mark.parametrize(
    ("loops", "clear"),
    [
        ([SQUARE], True),
        ([SQUARE, rectangle(2, 2, 98, 98)], True),
        ([SQUARE, rectangle(0, 20, 50, 50)], False),  # shares a side
        ([SQUARE, rectangle(50, 50, 150, 90)], False),  # crosses
        ([SQUARE, Circle((50, 50), 49)], True),
        ([SQUARE, Circle((50, 50), 50)], False),
        ([polygon([(0, 0), (100, 100), (100, 0), (0, 100)])], False),  # crosses itself
        ([Circle((0, 0), 5), Circle((20, 0), 5)], True),
        ([Circle((0, 0), 3)], True),
        ([Path((0, 0), (Line((100, 0)), Line((100, 50)), Arc((50, -10), (0, 50)), Line((0, 0))))], False),
    ],
)
def test_loops_are_clear_of_each_other_and_of_themselves(loops, clear):
    assert is_clear(loops, 1.0) is clear


def test_inside_is_inside():
    assert is_inside(Circle((50, 50), 5), SQUARE)
    assert not is_inside(Circle((150, 50), 5), SQUARE)


def test_rounded_corners_are_circles_of_the_radius():
    loop = rounded([(0, 0), (1000, 0), (1000, 600), (0, 600)], [100, 0, 50, 100])
    arcs = [segment for segment in loop.segments if isinstance(segment, Arc)]
    assert len(arcs) == 3
    starts = [loop.start, *(segment.end for segment in loop.segments)]
    radii = [
        circle_through(start, segment.mid, segment.end).radius
        for start, segment in zip(starts, loop.segments, strict=False)
        if isinstance(segment, Arc)
    ]
    assert sorted(radii) == pytest.approx([50, 100, 100], rel=0.03)
    assert box_of([loop]) == (0, 0, 1000, 600)


@pytest.mark.parametrize("kind", OUTLINES)
def test_outlines_keep_to_their_box_and_do_not_cross_themselves(kind):
    clear = 0
    for seed in range(100):
        rng = Random(seed)
        width, height = rng.randint(200, 1500), rng.randint(200, 1500)
        loop = OUTLINES[kind](rng, width, height)
        left, bottom, right, top = box_of([loop])
        assert left >= -2 and bottom >= -2 and right <= width + 2 and top <= height + 2
        assert abs(area(loop)) > 0
        clear += is_clear([loop], 1.0)
    assert clear >= 97


@pytest.mark.parametrize("pattern", PATTERNS)
def test_holes_lie_in_their_outline_and_apart(pattern):
    found = 0
    for seed in range(60):
        shape = OUTLINES[("rectangle", "circle", "profile", "slot")[seed % 4]](Random(seed), 900, 700)
        holes = draw_holes(Random(seed), shape, pattern)
        found += len(holes)
        assert is_clear([shape, *holes], 7.9)
        assert all(is_inside(hole, shape) for hole in holes)
        assert sum(abs(area(hole)) for hole in holes) < abs(area(shape)) * 1.3
    assert found > 20


def test_numbers_keep_to_their_limits():
    rng = Random(0)
    assert all(10 <= share(rng, 100, 10, 20) <= 20 for _ in range(200))
    drawn = [octave(rng, 1024, 5) for _ in range(2000)]
    assert min(drawn) >= 32 and max(drawn) <= 1024
    assert sum(value <= 64 for value in drawn) == pytest.approx(400, abs=80)
    for num in range(1, 7):
        marks = split(rng, 1000, num)
        assert marks[0] == 0 and marks[-1] == 1000 and sorted(marks) == marks and len(marks) == num + 1


def test_a_circle_goes_through_its_points():
    found = circle_through((0, 0), (50, 50), (100, 0))
    (x, y), r = found.centre, found.radius
    assert (x, y, r) == (50, 0, 50)
    assert circle_through((0, 0), (1, 1), (2, 2)) is None
    assert hypot(0 - x, 0 - y) == pytest.approx(r)
    assert pi * r**2 == pytest.approx(area(Circle((50, 0), 50)))
