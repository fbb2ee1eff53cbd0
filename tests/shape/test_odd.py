"""Metrics of what no sane part looks like: a number in range or a ValueError, and right where the right one is known.

Bodies are boxes on a small integer grid. What of the grid a solid fills is told by counting cells, with no geometry.
"""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from cadgen import shape
from cadgen.shape import NotManifold, Solid, iou, iou_aligned, overlap
from cadgen.shape.iou import by_columns

OVERLAPS = ("iou", "iou_aligned", "iou_cadcoder", "iou_cadrille", "iou_takehome")
DISTANCES = ("chamfer", "chamfer_cadrille", "volume_error")

corners = st.tuples(*[st.integers(0, 5)] * 3)
boxes = st.lists(st.tuples(corners, st.tuples(*[st.integers(1, 3)] * 3)), min_size=1, max_size=4)


def solid(*meshes: trimesh.Trimesh, valid: bool = True) -> Solid:
    """The meshes as the bodies of a solid, measured by trimesh."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    triangles = [mesh.faces + start for mesh, start in zip(meshes, starts[:-1], strict=True)]
    volumes = np.array([abs(mesh.volume) for mesh in meshes])
    centre = volumes @ np.array([mesh.center_mass for mesh in meshes]) / volumes.sum()
    inertia = np.zeros((3, 3))
    for mesh, volume in zip(meshes, volumes, strict=True):
        away = mesh.center_mass - centre
        inertia += np.sign(mesh.volume) * mesh.moment_inertia
        inertia += volume * (away @ away * np.eye(3) - np.outer(away, away))
    body = np.repeat(np.arange(len(meshes)), [len(mesh.faces) for mesh in meshes]).astype(np.int32)
    return Solid(
        vertices=np.concatenate([mesh.vertices for mesh in meshes]),
        triangles=np.concatenate(triangles).astype(np.int32),
        triangle_face=np.arange(len(body), dtype=np.int32),
        triangle_body=body,
        edge_points=np.zeros(0, np.int32),
        edge_start=np.zeros(1, np.int32),
        edge_faces=np.zeros((0, 2), np.int32),
        volume=float(volumes.sum()),
        centre=centre,
        inertia=inertia,
        valid=valid,
        brep=b"",
    )


def box(size: tuple = (1, 1, 1), low: tuple = (0, 0, 0)) -> trimesh.Trimesh:
    mesh = trimesh.creation.box(size)
    mesh.apply_translation(np.array(low) + np.array(size) / 2)
    return mesh


def of(parts: list, valid: bool = True) -> Solid:
    return solid(*(box(size, low) for low, size in parts), valid=valid)


def cells(parts: list) -> np.ndarray:
    filled = np.zeros((8, 8, 8), bool)
    for low, size in parts:
        filled[tuple(slice(a, a + s) for a, s in zip(low, size, strict=True))] = True
    return filled


def moved(mesh: trimesh.Trimesh, scale: float = 1, shift: tuple = (0, 0, 0)) -> trimesh.Trimesh:
    matrix = np.eye(4)
    matrix[:3, :3] = scale * Rotation.random(rng=np.random.default_rng(3)).as_matrix()
    matrix[:3, 3] = shift
    return mesh.copy().apply_transform(matrix)


@given(boxes, boxes, st.booleans(), st.sampled_from([1e-6, 1.0, 1e6]))
@settings(max_examples=80)
def test_boxes_that_overlap_touch_and_nest_share_the_cells_they_share(
    first: list, second: list, turned: bool, scale: float
) -> None:
    a, b = of(first), of(second)
    if turned:  # inside out
        a = replace(a, triangles=a.triangles[:, ::-1])
    a, b = (replace(each, vertices=each.vertices * scale, volume=each.volume * scale**3) for each in (a, b))
    expected = (cells(first) & cells(second)).sum() / (cells(first) | cells(second)).sum()
    found = overlap(a, b)
    assert found.iou == pytest.approx(expected, abs=1e-9 if found.method == "mesh" else 0.01)
    assert by_columns(a.bodies, b.bodies) == pytest.approx(expected, abs=0.01)
    assert overlap(b, a).iou == pytest.approx(found.iou, abs=1e-9)


@given(boxes, boxes, st.booleans())
@settings(max_examples=12)
def test_every_metric_of_every_pair_of_box_heaps_is_in_range(first: list, second: list, valid: bool) -> None:
    a, b = of(first, valid), of(second)
    for name in OVERLAPS:
        assert 0 <= getattr(shape, name)(a, b) <= 1
    for name in DISTANCES:
        assert 0 <= getattr(shape, name)(a, b) < np.inf
    assert iou_aligned(a, a) == pytest.approx(1, abs=1e-3)


@pytest.mark.filterwarnings("ignore:invalid value")  # of trimesh, about an empty intersection
@given(st.integers(0, 10_000), st.integers(5, 20))
@settings(max_examples=30)
def test_columns_of_convex_bodies_agree_with_the_booleans_of_trimesh(seed: int, num: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = (trimesh.convex.convex_hull(rng.normal(size=(num, 3))) for _ in range(2))
    shared = trimesh.boolean.intersection([a, b]).volume
    expected = shared / (a.volume + b.volume - shared)
    assert by_columns(solid(a).bodies, solid(b).bodies) == pytest.approx(expected, abs=0.005)
    assert iou(solid(a), solid(b)) == pytest.approx(expected, abs=1e-6)  # theirs are in single precision


RING = trimesh.creation.annulus(0.5, 1, 0.5)
SANE = {
    "a ring": solid(RING),
    "tiny": solid(moved(RING, 1e-12)),
    "huge": solid(moved(RING, 1e30)),
    "far from the origin": solid(moved(RING, 1, (1e6, 0, 0))),
    "a needle": solid(box((1e-6, 1e-6, 1))),
    "a sheet": solid(box((1, 1, 1e-7))),
    "a line of a million to one": solid(box((1e6, 1, 1))),
    "inside out": replace(solid(RING), triangles=solid(RING).triangles[:, ::-1]),
    "one body twice": solid(box(), box()),
    "a body within a body": solid(box((3, 3, 3)), box(low=(1, 1, 1))),
    "bodies far apart": solid(box(), box(low=(1e5, 0, 0))),
    "a body and a speck": solid(box(), box((1e-9, 1e-9, 1e-9), (3, 0, 0))),
    "a hundred bodies": solid(*(box((0.5, 0.5, 0.5), (i % 5, i // 5 % 5, i // 25)) for i in range(100))),
    "invalid": solid(RING, valid=False),
    "every triangle twice": replace(
        solid(RING),
        **{name: np.concatenate([getattr(solid(RING), name)] * 2) for name in ("triangles", "triangle_body")},
        triangle_face=np.arange(2 * len(RING.faces), dtype=np.int32),
    ),
}
ODD = {
    "no thicker than rounding": solid(box((1, 1, 1e-11))),
    "one point": replace(SANE["a ring"], vertices=0 * SANE["a ring"].vertices),
    "one line": replace(SANE["a ring"], vertices=SANE["a ring"].vertices * (1, 0, 0)),
    "beyond single precision": replace(SANE["a ring"], vertices=1e60 * SANE["a ring"].vertices),
    "a volume that cancels": replace(SANE["a ring"], volume=1e-12),
    "a volume of nothing there": replace(SANE["a ring"], volume=1e12),
    "moments without a sign": replace(SANE["a ring"], inertia=np.diag([3.0, -1, -1])),
    "moments beyond all bounds": replace(SANE["a ring"], inertia=np.full((3, 3), 1e300)),
    "moments of nothing": replace(SANE["a ring"], inertia=1e-320 * np.eye(3)),
    "moments below nothing": replace(SANE["a ring"], inertia=-np.eye(3)),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", SANE)
def test_an_unusual_part_covers_itself_and_any_other_as_far_as_it_does(name: str) -> None:
    part, other = SANE[name], SANE["a ring"]
    for metric in OVERLAPS:
        measure = getattr(shape, metric)
        assert measure(part, part) == pytest.approx(1, abs=0.001), metric
        assert 0 <= measure(part, other) <= 1
        assert 0 <= measure(other, part) <= 1


def told(metric: str, *pair: Solid) -> float | ValueError:
    try:
        return getattr(shape, metric)(*pair)
    except ValueError as refused:
        return refused


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ODD)
def test_what_is_no_part_is_a_number_in_range_or_refused_by_name(name: str) -> None:
    odd, other = ODD[name], SANE["a ring"]
    for metric in OVERLAPS + DISTANCES:
        for pair in ((odd, other), (other, odd), (odd, odd)):
            value = told(metric, *pair)
            if isinstance(value, ValueError):
                assert isinstance(value, NotManifold) or "degenerate" in str(value), metric
            else:
                assert 0 <= value <= (1 if metric in OVERLAPS else np.inf), metric
