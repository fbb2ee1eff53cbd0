"""Closed meshes and their columns, on arrays alone: welding, filling, volumes, what lies inside."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from cadgen.shape import NotManifold
from cadgen.shape.columns import cut, grid_over, shared_volume
from cadgen.shape.iou import by_columns
from cadgen.shape.mesh import Body, close

# A cube's corners are counted in binary; each face is two triangles, seen from outside counter-clockwise.
CORNERS = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
CUBE = np.array([triangle for a, b, c, d in QUADS for triangle in ((a, b, c), (a, c, d))])

sizes = st.tuples(*[st.floats(0.05, 4)] * 3)
shifts = st.tuples(*[st.floats(-2, 2)] * 3)


def box(size: tuple = (1, 1, 1), shift: tuple = (0, 0, 0), turn: int | None = None) -> Body:
    points = CORNERS * size + shift
    if turn is not None:
        points = points @ Rotation.random(rng=np.random.default_rng(turn)).as_matrix().T
    return Body(points, CUBE, float(np.prod(size)), 0)


def soup(*bodies: Body) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """The bodies as the kernel hands them over: every triangle with corners of its own."""
    points = np.concatenate([body.vertices[body.triangles].reshape(-1, 3) for body in bodies])
    number = np.repeat(np.arange(len(bodies)), [len(body.triangles) for body in bodies])
    return points, np.arange(len(points)).reshape(-1, 3), number, sum(body.volume for body in bodies)


def columns(*bodies: Body, num: int = 64):
    return cut(bodies, grid_over(np.concatenate([body.vertices for body in bodies]), num))


@given(sizes, shifts, shifts)
@settings(max_examples=60)
def test_two_boxes_share_what_arithmetic_says(size: tuple, shift: tuple, other: tuple) -> None:
    a, b = box(size, shift), box((1.5, 1, 2), other)
    low = np.maximum(a.vertices.min(0), b.vertices.min(0))
    high = np.minimum(a.vertices.max(0), b.vertices.max(0))
    shared = np.prod(np.maximum(high - low, 0))
    expected = shared / (a.volume + b.volume - shared)
    assert by_columns([a], [b]) == pytest.approx(expected, abs=0.004)
    assert by_columns([a], [b]) == pytest.approx(by_columns([b], [a]), abs=1e-12)


@given(sizes, st.integers(0, 1000))
@settings(max_examples=60)
def test_columns_measure_a_turned_box(size: tuple, turn: int) -> None:
    body = box(size, turn=turn)
    assert columns(body, num=128).volume == pytest.approx(body.volume, rel=0.02)
    assert by_columns([body], [body]) == pytest.approx(1, abs=1e-9)


def test_bodies_that_overlap_touch_or_lie_inside_each_other_count_once() -> None:
    assert columns(box(), box()).volume == pytest.approx(1)
    assert columns(box((3, 3, 3)), box((1, 1, 1), (1, 1, 1))).volume == pytest.approx(27)
    assert columns(box(), box(shift=(1, 0, 0))).volume == pytest.approx(2)
    assert columns(box(), box(shift=(0.5, 0, 0))).volume == pytest.approx(1.5, rel=0.01)


def test_solids_on_one_grid_share_the_volume_of_their_intersection() -> None:
    a, b = box((2, 2, 2)), box((2, 2, 2), (1, 1, 1))
    grid = grid_over(np.concatenate([a.vertices, b.vertices]), 96)
    assert shared_volume(cut([a], grid), cut([b], grid)) == pytest.approx(1, rel=0.01)


def test_points_of_columns_are_spread_evenly_inside() -> None:
    points = columns(box((1, 2, 3), turn=None)).points(4096)
    assert (points >= 0).all() and (points <= (1, 2, 3)).all()
    np.testing.assert_allclose(points.mean(0), (0.5, 1, 1.5), rtol=0.01)
    np.testing.assert_allclose(points.std(0), np.array((1, 2, 3)) / np.sqrt(12), rtol=0.01)


def test_hits_are_the_turned_points_inside() -> None:
    within = columns(box((2, 2, 2)), box((1, 1, 1), (4, 0, 4)), num=32)
    points = np.random.default_rng(0).uniform(-1, 6, (4000, 3))
    quarter = np.array([(0, -1, 0), (1, 0, 0), (0, 0, 1)], float)
    expected = []
    for matrix in (np.eye(3), quarter):
        turned = points @ matrix.T
        in_first = ((turned > 0) & (turned < 2)).all(1)
        expected.append(np.sum(in_first | ((turned > (4, 0, 4)) & (turned < (5, 1, 5))).all(1)))
    assert within.hits(points, np.stack([np.eye(3), quarter])) == pytest.approx(expected, abs=5)
    assert min(expected) > 30


def test_points_of_neighbouring_faces_are_merged() -> None:
    (body,) = close(*soup(box((1, 2, 3))))
    assert (len(body.vertices), len(body.triangles), body.num_filled) == (8, 12, 0)
    assert body.volume == pytest.approx(6)


@given(st.floats(1e-13, 1e-8), st.integers(0, 1000))
@settings(max_examples=30)
@example(8.540669604401803e-09, 621)  # some corner lies at the wall between two cells of each size
def test_points_that_differ_by_the_tolerance_of_the_kernel_are_merged(noise: float, seed: int) -> None:
    points, *rest = soup(box((1, 2, 3), turn=seed))
    (body,) = close(points + np.random.default_rng(seed).uniform(-noise, noise, points.shape), *rest)
    assert (len(body.vertices), body.num_filled) == (8, 0)


def test_a_body_inside_out_is_turned() -> None:
    points, triangles, number, volume = soup(box(), box(shift=(2, 0, 0)))
    triangles[number == 1] = triangles[number == 1][:, ::-1]
    bodies = close(points, triangles, number, volume)
    assert [body.volume for body in bodies] == pytest.approx([1, 1])
    assert columns(*bodies).volume == pytest.approx(2, rel=0.01)


@pytest.mark.parametrize("missing", range(6))
def test_a_missing_flat_face_is_filled(missing: int) -> None:
    points, triangles, number, volume = soup(box((1, 2, 3), turn=1))
    kept = np.arange(len(triangles)) // 2 != missing
    (body,) = close(points, triangles[kept], number[kept], volume)
    assert body.num_filled == 4
    assert body.volume == pytest.approx(6)


def test_what_encloses_nothing_or_something_else_is_refused() -> None:
    points, triangles, number, volume = soup(box())
    with pytest.raises(NotManifold, match="1 triangles enclose no volume; the kernel says 1"):
        close(points, triangles[:1], number[:1], volume)
    with pytest.raises(NotManifold, match="6 triangles leave holes: filled with"):
        close(points, triangles[:6], number[:6], volume)


def test_a_body_of_no_volume_beside_another_is_left_out() -> None:
    there_and_back = Body(CORNERS[:3] + 5, np.array([(0, 1, 2), (0, 2, 1)]), 0.0, 0)
    assert len(close(*soup(box(), there_and_back))) == 1
