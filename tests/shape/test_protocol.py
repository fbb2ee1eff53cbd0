"""The published metrics and their faults: take-home, CAD-Coder, cadrille, Chamfer distance, volume error."""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks import oracle
from cadgen.shape import (
    Solid,
    chamfer,
    chamfer_cadrille,
    iou,
    iou_aligned,
    iou_cadcoder,
    iou_cadrille,
    iou_takehome,
    takehome,
    volume_error,
)
from cadgen.shape.principal import mesh_inertia

Build = Callable[..., list[Solid]]

BOX = "result=cq.Workplane().box(1,2,3)"
L_PROFILE = "result=cq.Workplane().polyline([(0,0),(3,0),(3,1),(1,1),(1,4),(0,4)]).close().extrude(1)"
CHIRAL = (
    "result=cq.Workplane().box(4,1,1).union(cq.Workplane('XY',origin=(-1.5,1.5,0)).box(1,2,1))"
    ".union(cq.Workplane('XY',origin=(1.5,0,1.5)).box(1,1,2))"
)
MOVED = "\nresult=result.val().rotate((0,0,0),(0,0,1),90).scale(2).translate(cq.Vector(5,6,7))"

# Pairs of the take-home evaluation whose number hangs there on the last bits of moments: those with a solid of equal
# moments, and those whose products of inertia of some 1e-17 choose the signs of axes. Here rules choose.
EQUAL_MOMENTS = {2, 3, 4, 5, 7, 19, 24, 28, 32, 34, 38, 39, 40, 42, 44, 46}
ROUNDED_SIGNS = {8, 17, 18, 33, 35, 43, 47}
# Recorded is 0.4223; the original gives either when its moments are rounded anew.
OURS = {8: 0.7362948960302458}


@pytest.fixture(scope="module")
def recorded(shared: Path, build: Build) -> list[tuple[Solid, Solid, float]]:
    """The pairs of the take-home evaluation and the number that it gave."""
    rows = [json.loads(line) for line in (shared / "data" / "takehome_iou.jsonl").read_text().splitlines()]
    truths, predictions = build(*(row["code_a"] for row in rows)), build(*(row["code_b"] for row in rows))
    assert len(rows) == 50
    return [*zip(truths, predictions, (row["value"] for row in rows), strict=True)]


def test_the_take_home_number_is_that_of_the_original_evaluation(recorded: list) -> None:
    pairs = [pair for i, pair in enumerate(recorded) if i not in EQUAL_MOMENTS | ROUNDED_SIGNS]
    ours = [iou_takehome(truth, prediction) for truth, prediction, _ in pairs]
    np.testing.assert_allclose(ours, [value for *_, value in pairs], rtol=0, atol=1e-12)


@pytest.mark.parametrize("names", [EQUAL_MOMENTS, ROUNDED_SIGNS], ids=["equal moments", "rounded signs"])
def test_the_take_home_number_follows_rules_where_the_original_follows_rounding(recorded: list, names: set) -> None:
    ours = {i: iou_takehome(*recorded[i][:2]) for i in names}
    assert ours == pytest.approx({i: OURS.get(i, recorded[i][2]) for i in names}, rel=0, abs=1e-12)


def test_the_recorded_pairs_with_equal_moments_are_those_named(recorded: list) -> None:
    equal = {i for i, pair in enumerate(recorded) if any(_has_equal_moments(solid) for solid in pair[:2])}
    assert equal == EQUAL_MOMENTS


def _has_equal_moments(solid: Solid) -> bool:
    vertices, triangles = solid.stl
    moments = np.linalg.eigvalsh(mesh_inertia(vertices - solid.centre, triangles))
    return bool((np.diff(moments) < 1e-6 * moments[-1]).any())


@pytest.mark.parametrize(
    "code",
    [
        "result=cq.Workplane().box(2,2,2)",
        "result=cq.Workplane().box(1,1,3)",
        "result=cq.Workplane().circle(1).extrude(3)",
        "result=cq.Workplane().circle(1).extrude(0.5)",
        L_PROFILE,
        L_PROFILE.replace("Workplane()", "Workplane('XZ')"),
        L_PROFILE.replace("Workplane()", "Workplane('YZ')"),
        CHIRAL,
    ],
)
def test_the_take_home_number_does_not_hang_on_the_last_bits_of_moments(
    build: Build, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    turns = [f".rotate((0,0,0),({axis}),90)" for axis in ("1,0,0", "0,1,0", "0,0,1")]
    part, *copies = build(code, *(code + turn for turn in turns))
    for name in ("eigh", "eigvalsh", "eig", "svd", "norm", "det"):
        monkeypatch.setattr(np.linalg, name, _refuse)
    exact = [iou_takehome(part, copy) for copy in [part, *copies]]
    assert exact[0] == 1
    rng = np.random.default_rng(0)

    def rounded(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
        inertia = mesh_inertia(vertices, triangles)
        noise = rng.integers(-4, 5, (3, 3)) * np.spacing(inertia.max())
        return inertia + noise + noise.T

    monkeypatch.setattr(takehome, "mesh_inertia", rounded)
    for _ in range(5):
        assert [iou_takehome(part, copy) for copy in [part, *copies]] == pytest.approx(exact, abs=1e-12)


def _refuse(*_: object) -> None:
    raise AssertionError("LAPACK rounds otherwise on other processors")


def test_the_take_home_number_takes_mirror_images_and_punishes_a_slight_stretch(build: Build) -> None:
    part, mirrored, box, stretched = build(CHIRAL, CHIRAL + ".mirror('XY')", BOX, "result=cq.Workplane().box(1,2.1,3)")
    assert iou_takehome(part, part) == 1
    assert iou_takehome(part, mirrored) > 0.95 > 0.9 > iou_aligned(part, mirrored)
    assert iou_takehome(box, stretched) < 0.8 < 0.9 < iou_aligned(box, stretched)


def test_a_solid_whose_volumes_cancel_has_no_take_home_number(build: Build) -> None:
    (part,) = build(BOX)
    with pytest.raises(ValueError, match="is the solid degenerate"):
        iou_takehome(part, replace(part, inertia=part.inertia * 1e-9))


def test_the_cad_coder_number_matches_a_part_with_axes_of_its_own(build: Build) -> None:
    part, copy = build(L_PROFILE, L_PROFILE + MOVED)
    assert iou_cadcoder(part, part) == pytest.approx(1, abs=1e-9)
    assert iou_cadcoder(part, copy) == pytest.approx(1, abs=1e-3)
    assert iou(part, copy) < 0.1


def test_the_cad_coder_number_hangs_on_the_signs_of_eigenvectors(build: Build) -> None:
    """Of a part and its mirror image, in the 24 positions, some score 1 and some do not: the fault it has."""
    (part,) = build(CHIRAL)
    copies = build(*(f"{CHIRAL}.rotate((0,0,0),({axis}),{a})" for axis in ("1,0,0", "0,1,0") for a in (90, 180, 270)))
    mirrored = build(*(f"{CHIRAL}.mirror('{plane}')" for plane in ("XY", "YZ", "ZX")))
    assert {round(iou_cadcoder(part, other), 2) == 1 for other in copies + mirrored} == {True, False}
    assert all(iou_aligned(part, other) > 0.99 for other in copies)


@pytest.mark.parametrize("count", [2, pytest.param(52, marks=pytest.mark.slow)])
def test_the_cad_coder_number_is_that_of_the_booleans_of_the_kernel(gencad: list, count: int) -> None:
    parts = [sample.solid for sample in gencad[: count + 1]]
    pairs = [*pairwise(parts)]
    answers = oracle.compare([(a.brep, b.brep) for a, b in pairs], cadcoder=True)
    errors = [abs(iou_cadcoder(*pair) - told.score) for pair, told in zip(pairs, answers, strict=True) if told]
    assert len(errors) > 0.9 * len(pairs)
    assert np.median(errors) < 0.002


def test_the_cadrille_number_takes_place_and_size_out_and_leaves_turns_in(build: Build) -> None:
    box, larger, turned, half = build(
        BOX,
        "result=cq.Workplane().box(2,4,6).translate((9,9,9))",
        BOX + ".rotate((0,0,0),(1,0,0),90)",
        "result=cq.Workplane().box(1,1,3)",
    )
    assert iou_cadrille(box, larger) == pytest.approx(1, abs=1e-9)
    assert iou_cadrille(box, turned) == pytest.approx(2 / 4, abs=1e-9)
    assert iou_cadrille(box, half) == pytest.approx(1 / 2, abs=1e-9)


def test_the_cadrille_distance_of_equal_parts_is_that_of_two_samples(build: Build) -> None:
    box, larger, turned = build(
        BOX, "result=cq.Workplane().box(2,4,6).translate((9,9,9))", BOX + ".rotate((0,0,0),(1,0,0),90)"
    )
    assert 0.05 < chamfer_cadrille(box, larger) < 0.5
    assert chamfer_cadrille(box, turned) > 5
    assert chamfer_cadrille(box, turned) == chamfer_cadrille(box, turned)


def test_chamfer_distance_is_the_mean_squared_distance_both_ways(build: Build) -> None:
    plate, moved, apart = build(
        "result=cq.Workplane().box(4,4,0.01)",
        "result=cq.Workplane().box(4,4,0.01).translate((0,0,0.5))",
        "result=cq.Workplane().box(4,4,0.01).translate((0,0,100))",
    )
    assert chamfer(plate, plate) == 0
    assert chamfer(plate, moved) == pytest.approx(2 * 0.5**2, rel=0.03)
    assert chamfer(plate, apart) == pytest.approx(2 * 100**2, rel=0.01)
    assert chamfer(plate, moved) == chamfer(moved, plate)


def test_volume_error_is_relative_to_the_truth(build: Build) -> None:
    box, double = build(BOX, "result=cq.Workplane().box(1,2,6)")
    assert volume_error(box, double) == pytest.approx(1)
    assert volume_error(double, box) == pytest.approx(1 / 2)
