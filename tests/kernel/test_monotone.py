"""Triangles of flat regions against what any triangulation has: as many, all turned left, as large in sum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadgen.kernel.monotone import triangulate
from cadgen.kernel.nesting import contains

SQUARE = np.array([(0, 0), (10, 0), (10, 10), (0, 10)], float)


def circle(x: float, y: float, radius: float, num: int) -> np.ndarray:
    turn = 2 * np.pi * np.arange(num) / num
    return np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1)


def areas(loops: list[np.ndarray]) -> np.ndarray:
    """Twice the area of each triangle."""
    points, start = np.concatenate(loops), np.cumsum([0, *map(len, loops)])
    a, b, c = points[triangulate(points, start)].transpose(1, 0, 2)
    return np.cross(np.pad(b - a, ((0, 0), (0, 1))), np.pad(c - a, ((0, 0), (0, 1))))[:, 2]


def twice_inside(loop: np.ndarray) -> float:
    x, y = loop.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


REGIONS = {
    "a square": [SQUARE],
    "points along its sides": [np.array([(0, 0), (5, 0), (10, 0), (10, 4), (10, 10), (6, 10), (0, 10), (0, 9)], float)],
    "a tube": [circle(0, 0, 9, 126), circle(0, 0, 5, 126)[::-1]],
    "a plate with sixteen holes": [
        SQUARE,
        *(circle(1.2 + 2.5 * i, 1.2 + 2.5 * j, 1, 126)[::-1] for i in range(4) for j in range(4)),
    ],
    "a comb": [np.array([(0, 0), (9, 0), (9, 5), (7, 5), (7, 1), (5, 1), (5, 5), (3, 5), (3, 1), (0, 1)], float)],
    "two squares, one pierced": [SQUARE, np.add(SQUARE, (20, 0)), SQUARE[::-1] * 0.3 + 3],
}


@pytest.mark.parametrize("name", REGIONS)
def test_a_region_is_covered_by_as_many_triangles_as_it_must(name: str) -> None:
    loops = REGIONS[name]
    found = areas(loops)
    holes = sum(twice_inside(loop) < 0 for loop in loops)
    assert len(found) == sum(map(len, loops)) - 2 * (len(loops) - holes) + 2 * holes
    assert found.min() > -1e-9
    assert found.sum() == pytest.approx(sum(map(twice_inside, loops)))


@settings(max_examples=200)
@given(
    st.lists(st.integers(25, 60), min_size=3, max_size=40),
    st.lists(st.tuples(st.integers(-8, 8), st.integers(-8, 8), st.integers(3, 9)), max_size=6),
)
def test_stars_with_holes_on_a_grid_are_covered(reach: list[int], holes: list[tuple[int, int, int]]) -> None:
    turn = 2 * np.pi * np.arange(len(reach)) / len(reach)
    star = np.round(np.array(reach)[:, None] * 2 * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    loops, taken = [star], set[tuple[int, int]]()
    for x, y, num in holes:
        hole = circle(3 * x, 3 * y, 1.2, num)[::-1]
        if (x, y) not in taken and all(contains(star, *point) for point in hole) and not _crossed(star, 3 * x, 3 * y):
            taken.add((x, y))
            loops.append(hole)
    found = areas(loops)
    assert len(found) == sum(map(len, loops)) - 2 + 2 * (len(loops) - 1)
    assert found.min() > -1e-9
    assert found.sum() == pytest.approx(sum(map(twice_inside, loops)))


def _crossed(loop: np.ndarray, x: float, y: float) -> bool:
    """Whether a side of the loop comes nearer to a point than 1.3."""
    a, b = loop, np.roll(loop, -1, axis=0)
    along = np.clip(((np.array([x, y]) - a) * (b - a)).sum(1) / ((b - a) ** 2).sum(1), 0, 1)
    return bool((np.linalg.norm(a + along[:, None] * (b - a) - (x, y), axis=1) < 1.3).any())


def test_loops_that_touch_are_left_to_others() -> None:
    touching = np.array([(10, 10), (20, 10), (20, 20), (10, 20)], float)
    assert len(areas([SQUARE, touching])) == 0
