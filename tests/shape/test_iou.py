"""The overlap of two solids where they stand: exact cases, both methods, faulty truths, and the kernel's word."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import oracle
from cadgen.shape import NotManifold, Solid, iou, iou_aligned, overlap
from cadgen.shape.iou import by_columns

Build = Callable[..., list[Solid]]

CUBE = "result=cq.Workplane().box(2,2,2)"
PAIRS = [
    (CUBE, CUBE, 1),
    (CUBE, CUBE + ".translate((1,0,0))", 1 / 3),
    (CUBE, CUBE + ".translate((1,1,1))", 1 / 15),
    (CUBE, CUBE + ".translate((2,0,0))", 0),
    (CUBE, CUBE + ".translate((9,0,0))", 0),
    (CUBE, "result=cq.Workplane().box(2,2,1)", 1 / 2),
    (CUBE, "result=cq.Workplane().box(1,1,1)", 1 / 8),
    (CUBE, CUBE + ".rotate((0,0,0),(0,0,1),45)", 2**-0.5),
    ("result=cq.Workplane().box(4,4,4)", "result=cq.Workplane().box(4,4,4).cut(cq.Workplane().box(2,2,2))", 7 / 8),
    ("result=cq.Workplane().circle(1).extrude(1)", "result=cq.Workplane().circle(2).extrude(1)", 1 / 4),
    ("result=cq.Workplane().sphere(1)", "result=cq.Workplane().sphere(2)", 1 / 8),
    ("result=cq.Workplane().sphere(3)", "result=cq.Workplane().sphere(4)", 27 / 64),
]
# Parts of llm_parts_dev: faces that the kernel could not triangulate, two of them invalid, one with five bodies.
FAULTY = ("00336707", "00382847", "00491321", "00854825", "00861527")


@pytest.mark.parametrize(("first", "second", "expected"), PAIRS)
def test_iou_is_the_volume_shared_over_the_volume_covered(
    build: Build, first: str, second: str, expected: float
) -> None:
    a, b = build(first, second)
    error = 0.005 * expected if "circle" in first or "sphere" in first else 1e-9
    assert iou(a, b) == pytest.approx(expected, abs=error)
    assert iou(b, a) == pytest.approx(iou(a, b), abs=1e-12)
    assert overlap(a, b).method == "mesh"


@pytest.mark.parametrize(("first", "second", "expected"), PAIRS)
def test_columns_agree_with_booleans(build: Build, first: str, second: str, expected: float) -> None:
    a, b = build(first, second)
    assert by_columns(a.bodies, b.bodies) == pytest.approx(iou(a, b), abs=0.001)
    assert by_columns(b.bodies, a.bodies) == pytest.approx(by_columns(a.bodies, b.bodies), abs=1e-12)
    assert by_columns(a.bodies, a.bodies) == pytest.approx(1, abs=1e-9)


def test_a_solid_that_the_kernel_calls_invalid_is_compared_by_columns(build: Build) -> None:
    a, b = (replace(solid, valid=False) for solid in build(CUBE, CUBE + ".translate((1,0,0))"))
    assert overlap(a, b).method == "columns"
    assert iou(a, b) == pytest.approx(1 / 3, abs=0.001)
    assert iou(a, a) == pytest.approx(1, abs=1e-9)
    assert iou_aligned(a, b) == pytest.approx(1, abs=1e-3)


def test_bodies_of_a_compound_that_overlap_count_once(build: Build) -> None:
    overlapping, joined = build(
        "a=cq.Solid.makeBox(2,1,1)\nresult=cq.Compound.makeCompound([a, a.translate(cq.Vector(1,0,0))])",
        "result=cq.Solid.makeBox(3,1,1)",
    )
    assert iou(overlapping, joined) == pytest.approx(1, abs=1e-9)
    assert by_columns(overlapping.bodies, joined.bodies) == pytest.approx(1, abs=1e-9)


def test_bodies_that_touch_along_an_edge_or_a_face_are_compared(build: Build) -> None:
    along_an_edge, along_a_face, box = build(
        "a=cq.Solid.makeBox(1,1,1)\nresult=cq.Compound.makeCompound([a, a.translate(cq.Vector(1,1,0))])",
        "a=cq.Solid.makeBox(1,1,1)\nresult=cq.Compound.makeCompound([a, a.translate(cq.Vector(1,0,0))])",
        "result=cq.Solid.makeBox(2,1,1)",
    )
    assert iou(along_an_edge, box) == pytest.approx(1 / 3, abs=0.001)
    assert iou(along_a_face, box) == pytest.approx(1, abs=1e-9)


def without(solid: Solid, missing: np.ndarray) -> Solid:
    """The solid with some of its triangles taken out of the mesh."""
    names = ("triangles", "triangle_face", "triangle_body")
    return replace(solid, **{name: getattr(solid, name)[~missing] for name in names})


def test_a_face_that_is_missing_from_the_mesh_is_filled(build: Build) -> None:
    (part,) = build(CUBE)
    for face in range(6):
        assert iou(part, without(part, part.triangle_face == face)) == pytest.approx(1, abs=1e-9)


def test_a_mesh_that_lost_most_of_its_faces_is_refused_by_name(build: Build) -> None:
    (part,) = build(CUBE)
    for measure in (iou, iou_aligned):
        with pytest.raises(NotManifold, match="triangles enclose no volume; the kernel says 8"):
            measure(part, without(part, part.triangle_face > 0))
        with pytest.raises(NotManifold, match="leave holes"):
            measure(part, without(part, part.triangle_face > 2))


def test_real_parts_with_faults_are_compared(llm_parts: dict[str, Solid]) -> None:
    for name in FAULTY:
        (part,) = (solid for full, solid in llm_parts.items() if full.startswith(name))
        assert iou(part, part) == pytest.approx(1, abs=1e-9)
        assert iou_aligned(part, part) == pytest.approx(1, abs=1e-3)
        assert sum(body.volume for body in part.bodies) == pytest.approx(part.volume, rel=0.1)


@pytest.fixture(scope="module")
def llm_parts(shared: Path, build: Build) -> dict[str, Solid]:
    rows = map(json.loads, (shared / "data" / "llm_parts_dev" / "manifest.jsonl").read_text().splitlines())
    codes = {row["id"]: row["code"] for row in rows if row["id"].startswith(FAULTY)}
    return dict(zip(codes, build(*codes.values()), strict=True))


@pytest.mark.parametrize("count", [8, pytest.param(52, marks=pytest.mark.slow)])
def test_iou_is_what_the_booleans_of_the_kernel_say(gencad: list, build: Build, count: int) -> None:
    parts = [sample.solid for sample in gencad[:count]]
    shifted = build(*(f"{sample.code}\nsolid=solid.translate((0.03,0.02,0.01))" for sample in gencad[:count]))
    pairs = [*zip(parts, shifted, strict=True), *zip(parts, parts[1:] + parts[:1], strict=True)]
    answers = oracle.compare([(a.brep, b.brep) for a, b in pairs])
    errors = [abs(iou(a, b) - told.iou) for (a, b), told in zip(pairs, answers, strict=True) if told is not None]
    assert len(errors) > 0.9 * len(pairs)
    assert np.median(errors) < 0.002
    assert max(errors) < 0.02
