"""The overlap of two solids: exact cases, alignment, and the take-home number with its faults."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cadgen.shape import NotManifold, Solid, iou, iou_aligned, iou_takehome

Build = Callable[..., list[Solid]]

CUBE = "result=cq.Workplane().box(2,2,2)"
PARTS = {
    "cube": CUBE,
    "plate": "result=cq.Workplane().box(4,3,0.5)",
    "square prism": "result=cq.Workplane().box(1,1,3)",
    "flat square prism": "result=cq.Workplane().box(3,3,1)",
    "rod": "result=cq.Workplane().circle(0.5).extrude(3)",
    "disc": "result=cq.Workplane().circle(2).extrude(0.4)",
    "tube": "result=cq.Workplane().circle(1).circle(0.7).extrude(2)",
    "cylinder with one hole off its axis": (
        "result=cq.Workplane().circle(2).extrude(1).cut(cq.Workplane().moveTo(1.2,0).circle(0.4).extrude(1))"
    ),
    "cylinder with three holes around its axis": (
        "result=cq.Workplane().circle(0.5).extrude(0.25).cut(cq.Workplane().polarArray(0.33,0,360,3).circle(0.1).extrude(1))"
    ),
    "cylinder with five holes around its axis": (
        "result=cq.Workplane().circle(0.5).extrude(0.5).cut(cq.Workplane().polarArray(0.33,0,360,5).circle(0.08).extrude(1))"
    ),
    "square prism with a corner hole": (
        "result=cq.Workplane().box(2,2,4).cut(cq.Workplane().moveTo(0.6,0.6).circle(0.2).extrude(5,both=True))"
    ),
    "L profile": "result=cq.Workplane().polyline([(0,0),(3,0),(3,1),(1,1),(1,4),(0,4)]).close().extrude(1)",
    "even L profile": "result=cq.Workplane().polyline([(0,0),(3,0),(3,1),(1,1),(1,3),(0,3)]).close().extrude(1)",
    "T profile": "result=cq.Workplane().rect(1,3).extrude(1).union(cq.Workplane().moveTo(0,1.5).rect(4,1).extrude(1))",
    "wedge": "result=cq.Workplane().polyline([(0,0),(3,0),(0,1)]).close().extrude(2)",
    "triangular prism": "result=cq.Workplane().polygon(3,2).extrude(2)",
    "hexagonal prism": "result=cq.Workplane().polygon(6,2).extrude(2)",
    "chiral corner": (
        "result=cq.Workplane().box(4,1,1).union(cq.Workplane('XY',origin=(-1.5,1.5,0)).box(1,2,1))"
        ".union(cq.Workplane('XY',origin=(1.5,0,1.5)).box(1,1,2))"
    ),
    "plate with a boss": (
        "result=cq.Workplane().box(4,3,0.5).union(cq.Workplane().moveTo(1,0.5).circle(0.5).extrude(2))"
    ),
    "bar with a round end": (
        "result=cq.Workplane().lineTo(3,0).threePointArc((4,1),(3,2)).lineTo(0,2).close().extrude(0.5)"
    ),
}


def moved(code: str, seed: int) -> str:
    """The program with its part turned about some axis by some angle, scaled and shifted."""
    rng = np.random.default_rng(seed)
    x, y, z = rng.normal(size=3)
    angle, scale, shift = rng.uniform(20, 340), rng.uniform(0.5, 2), tuple(rng.uniform(-9, 9, size=3).tolist())
    return (
        f"{code}\nresult=result.val().rotate((0,0,0),({x},{y},{z}),{angle}).scale({scale}).translate(cq.Vector{shift})"
    )


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (CUBE, CUBE, 1),
        (CUBE, CUBE + ".translate((1,0,0))", 1 / 3),
        (CUBE, CUBE + ".translate((1,1,1))", 1 / 15),
        (CUBE, CUBE + ".translate((2,0,0))", 0),
        (CUBE, CUBE + ".translate((9,0,0))", 0),
        (CUBE, "result=cq.Workplane().box(2,2,1)", 1 / 2),
        (CUBE, "result=cq.Workplane().box(1,1,1)", 1 / 8),
        (CUBE, CUBE + ".rotate((0,0,0),(0,0,1),45)", 2 ** -0.5),
        ("result=cq.Workplane().circle(1).extrude(1)", "result=cq.Workplane().circle(2).extrude(1)", 1 / 4),
        ("result=cq.Workplane().sphere(1)", "result=cq.Workplane().sphere(2)", 1 / 8),
    ],
)  # fmt: skip
def test_iou_is_the_volume_shared_over_the_volume_covered(
    build: Build, first: str, second: str, expected: float
) -> None:
    a, b = build(first, second)
    assert iou(a, b) == pytest.approx(expected, abs=0.003 if "circle" in first or "sphere" in first else 1e-9)
    assert iou(b, a) == pytest.approx(iou(a, b), abs=1e-12)


@pytest.mark.parametrize("name", ["cube", "tube", "L profile", "chiral corner"])
def test_a_solid_covers_itself(build: Build, name: str) -> None:
    (part,) = build(PARTS[name])
    assert iou(part, part) == pytest.approx(1, abs=1e-9)
    assert iou_aligned(part, part) == pytest.approx(1, abs=1e-9)
    assert iou_takehome(part, part) == 1


def test_bodies_of_a_compound_that_overlap_count_once(build: Build) -> None:
    overlapping, joined = build(
        "a=cq.Solid.makeBox(2,1,1)\nresult=cq.Compound.makeCompound([a, a.translate(cq.Vector(1,0,0))])",
        "result=cq.Solid.makeBox(3,1,1)",
    )
    assert iou(overlapping, joined) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", PARTS)
def test_a_turned_scaled_and_moved_copy_is_recognised(build: Build, name: str) -> None:
    part, copy = build(PARTS[name], moved(PARTS[name], seed=list(PARTS).index(name)))
    assert iou(part, copy) < 0.9
    assert iou_aligned(part, copy) > 0.99


def test_a_mirror_image_of_a_chiral_part_is_another_part(build: Build) -> None:
    part, mirrored = build(PARTS["chiral corner"], PARTS["chiral corner"] + ".mirror('XY')")
    assert 0.3 < iou_aligned(part, mirrored) < 0.9
    assert iou_takehome(part, mirrored) > 0.95  # the fault that iou_aligned does not have


def test_different_parts_do_not_align(build: Build) -> None:
    plate, tube, rod, disc = build(*(PARTS[name] for name in ("plate", "tube", "rod", "disc")))
    assert iou_aligned(plate, tube) < 0.6
    assert iou_aligned(rod, disc) < 0.6


def test_proportions_count_and_size_does_not(build: Build) -> None:
    bar, larger, longer = build(*(f"result=cq.Workplane().box({size})" for size in ("1,2,3", "2,4,6", "1,2,3.3")))
    assert iou_aligned(bar, larger) == pytest.approx(1, abs=1e-9)
    assert 0.85 < iou_aligned(bar, longer) < 0.97


def test_a_mesh_with_a_hole_has_no_volume_to_compare(build: Build) -> None:
    (part,) = build(CUBE)
    names = ("triangles", "triangle_face", "triangle_body")
    opened = replace(part, **{name: getattr(part, name)[:-1] for name in names})
    for measure in (iou, iou_aligned):
        with pytest.raises(NotManifold, match="triangles"):
            measure(part, opened)


def test_the_take_home_number_is_that_of_the_original_evaluation(shared: Path, build: Build) -> None:
    rows = [json.loads(line) for line in (shared / "data" / "takehome_iou.jsonl").read_text().splitlines()]
    truths, predictions = build(*(row["code_a"] for row in rows)), build(*(row["code_b"] for row in rows))
    assert len(rows) == 50
    ours = [iou_takehome(truth, prediction) for truth, prediction in zip(truths, predictions, strict=True)]
    np.testing.assert_allclose(ours, [row["value"] for row in rows], rtol=0, atol=1e-9)
