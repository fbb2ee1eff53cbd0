"""The meshes of measured solids: small parts as exact as large ones, and beside that what an export holds."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from cadgen.shape import Solid, iou, iou_takehome
from cadgen.shape.mesh import signed_volume

Build = Callable[..., list[Solid]]

SMALL = {
    "rod": "result=cq.Workplane().circle({0}).extrude(30*{0})",
    "ball": "result=cq.Workplane().sphere({0})",
    "tube": "result=cq.Workplane().circle({0}).circle(0.9*{0}).extrude(5*{0})",
    "wire": "result=cq.Workplane('XZ').circle({0}/4).revolve(90,({0},0),({0},1))",
    "two pins": "result=cq.Workplane().pushPoints([(0,0),(9*{0},0)]).circle({0}).extrude({0})",
}


def off(vertices: np.ndarray, triangles: np.ndarray, volume: float) -> float:
    return abs(signed_volume(vertices, triangles) / volume - 1)


@pytest.mark.parametrize("code", SMALL.values(), ids=SMALL.keys())
def test_a_small_part_is_as_exact_as_a_large_one(build: Build, code: str) -> None:
    for size in (0.001, 0.02, 5):
        (part,) = build(code.format(size))
        assert off(part.vertices, part.triangles, part.volume) < 0.005
        assert sum(body.volume for body in part.bodies) == pytest.approx(part.volume, rel=0.005)


def test_a_large_part_is_triangulated_as_the_same_part_in_another_unit(build: Build) -> None:
    """Above some size: by the same work, of which there is much more for the kernel where the numbers are large."""
    ring = "result=cq.Workplane().moveTo({0},0).circle({1}).revolve().translate((0,0,{0}))"
    own, large, larger = build(*(ring.format(30 * unit, 10 * unit) for unit in (1, 2**8, 2**13)))
    assert (large.triangles == larger.triangles).all()
    assert (large.edge_points == larger.edge_points).all()
    np.testing.assert_array_equal(larger.vertices, 2**5 * large.vertices)
    assert len(own.triangles) == len(large.triangles)
    np.testing.assert_allclose(large.bounds / 2**8, own.bounds, atol=1e-9)
    for part, unit in ((own, 1), (large, 2**8), (larger, 2**13)):
        assert part.valid
        assert part.volume / unit**3 == pytest.approx(2 * np.pi**2 * 30 * 10**2, rel=1e-5)
        assert sum(body.volume for body in part.bodies) == pytest.approx(part.volume, rel=0.002)
        assert len(part.stl_triangles) == 0


def test_a_small_rod_covers_the_bar_around_it_as_a_large_one_does(build: Build) -> None:
    for size in (0.01, 1):
        rod, bar = build(
            SMALL["rod"].format(size), f"result=cq.Workplane().rect({2 * size},{2 * size}).extrude({30 * size})"
        )
        assert iou(rod, bar) == pytest.approx(np.pi / 4, rel=0.005)


EXPORTED = {  # program: whether its export is coarser than its mesh
    SMALL["rod"].format(0.02): True,
    SMALL["two pins"].format(0.01): True,
    SMALL["ball"].format(2): False,
    "result=cq.Workplane().box(0.01,0.01,0.03)": False,
    "result=cq.Workplane().box(3,2,1).faces('>Z').workplane().hole(0.02)": False,
}


def test_beside_a_finer_mesh_stands_the_one_that_cadquery_exports(build: Build, tmp_path: Path) -> None:
    parts = build(*EXPORTED)
    lines = [f"{code}\ncq.exporters.export(result, '{tmp_path}/{i}.stl')" for i, code in enumerate(EXPORTED)]
    subprocess.run([sys.executable, "-c", "\n".join(["import cadquery as cq", *lines])], check=True)
    for i, (part, coarse) in enumerate(zip(parts, EXPORTED.values(), strict=True)):
        vertices, triangles = part.stl
        file = trimesh.load(tmp_path / f"{i}.stl", process=False).triangles.reshape(-1, 9)
        ours = vertices[triangles].reshape(-1, 9).astype(np.float32)
        assert (len(part.stl_triangles) > 0) == coarse
        np.testing.assert_allclose(ours[np.lexsort(ours.T)], file[np.lexsort(file.T)], rtol=1e-5, atol=1e-9)


def test_the_take_home_number_is_that_of_the_exported_mesh(build: Build) -> None:
    rod, bar = build(SMALL["rod"].format(0.02), "result=cq.Workplane().rect(0.04,0.04).extrude(0.6)")
    vertices, triangles = rod.stl
    assert off(vertices, triangles, rod.volume) > 0.03
    coarse = replace(
        rod, vertices=vertices, triangles=triangles, stl_vertices=vertices[:0], stl_triangles=triangles[:0]
    )
    assert iou_takehome(rod, bar) == iou_takehome(coarse, bar)
