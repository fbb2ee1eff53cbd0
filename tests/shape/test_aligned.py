"""`iou_aligned`: the same part however it stands, another part when it is mirrored."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from cadgen.parts import sample_program
from cadgen.program import write
from cadgen.shape import Sandbox, Solid, iou, iou_aligned
from cadgen.shape.rotation import Frames, rotations

Build = Callable[..., list[Solid]]

PARTS = {
    "cube": "result=cq.Workplane().box(2,2,2)",
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


@pytest.mark.parametrize("name", ["cube", "tube", "L profile", "chiral corner"])
def test_a_solid_covers_itself(build: Build, name: str) -> None:
    (part,) = build(PARTS[name])
    assert iou_aligned(part, part) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", PARTS)
def test_a_turned_scaled_and_moved_copy_is_recognised(build: Build, name: str) -> None:
    part, copy = build(PARTS[name], moved(PARTS[name], seed=list(PARTS).index(name)))
    assert iou(part, copy) < 0.9
    assert iou_aligned(part, copy) > 0.99


def random_parts(box: Sandbox, count: int) -> dict[str, Solid]:
    """Program and solid of the first valid parts of `cadgen.parts`."""
    codes = [write(sample_program(seed)) for seed in range(count + count // 6 + 2)]
    built = zip(codes, box.run(codes), strict=True)
    return dict([(code, done.solid) for code, done in built if done.solid is not None and done.solid.valid][:count])


@pytest.fixture(scope="module")
def few_parts(box: Sandbox) -> dict[str, Solid]:
    return random_parts(box, 24)


@pytest.mark.parametrize("count", [24, pytest.param(100, marks=pytest.mark.slow)])
def test_random_parts_are_recognised_however_they_stand(box: Sandbox, build: Build, count: int) -> None:
    parts = random_parts(box, count)
    copies = build(*(moved(code, seed) for seed, code in enumerate(parts)))
    scores = [iou_aligned(part, copy) for part, copy in zip(parts.values(), copies, strict=True)]
    assert len(scores) == count
    assert min(scores) >= 0.99, scores


def test_it_does_not_matter_which_solid_comes_first(few_parts: dict[str, Solid]) -> None:
    for a, b in pairwise([*few_parts.values()][:12]):
        assert iou_aligned(a, b) == iou_aligned(b, a)


def test_it_is_no_less_than_the_overlap_of_the_centred_and_scaled_solids(few_parts: dict[str, Solid]) -> None:
    for a, b in pairwise([*few_parts.values()][:12]):
        best = iou_aligned(a, b)
        assert 0 < best < 1
        assert iou(centred(a), centred(b)) <= best + 0.002


def centred(solid: Solid) -> Solid:
    unit = solid.radius_of_gyration
    return replace(solid, vertices=(solid.vertices - solid.centre) / unit, volume=solid.volume / unit**3)


def test_a_mirror_image_of_a_chiral_part_is_another_part(build: Build) -> None:
    part, *mirrored = build(
        PARTS["chiral corner"], *(f"{PARTS['chiral corner']}.mirror('{plane}')" for plane in ("XY", "YZ", "ZX"))
    )
    for image in mirrored:
        assert 0.3 < iou_aligned(part, image) < 0.9


def test_a_mirror_image_of_a_part_with_a_plane_of_symmetry_is_the_part(build: Build) -> None:
    for name in ("L profile", "tube", "T profile", "wedge"):
        part, image = build(PARTS[name], f"{PARTS[name]}.mirror('XY')")
        assert iou_aligned(part, image) > 0.99


def test_no_rotation_that_is_tried_mirrors(build: Build) -> None:
    solids = build(*(PARTS[name] for name in ("cube", "rod", "L profile", "chiral corner", "square prism")))
    for a in solids:
        for b in solids:
            tried = rotations(Frames.of(a), Frames.of(b))
            np.testing.assert_allclose(np.linalg.det(tried), 1, atol=1e-9)
            np.testing.assert_allclose(
                tried @ tried.transpose(0, 2, 1), np.eye(3)[None].repeat(len(tried), 0), atol=1e-9
            )


def test_different_parts_do_not_align(build: Build) -> None:
    plate, tube, rod, disc = build(*(PARTS[name] for name in ("plate", "tube", "rod", "disc")))
    assert iou_aligned(plate, tube) < 0.6
    assert iou_aligned(rod, disc) < 0.6


def test_proportions_count_and_size_does_not(build: Build) -> None:
    bar, larger, longer = build(*(f"result=cq.Workplane().box({size})" for size in ("1,2,3", "2,4,6", "1,2,3.3")))
    assert iou_aligned(bar, larger) == pytest.approx(1, abs=1e-9)
    assert 0.85 < iou_aligned(bar, longer) < 0.97


def test_parts_without_a_direction_of_their_own_are_recognised(build: Build) -> None:
    """All three moments are equal and no face is flat: only turns all over can find the copy."""
    code = "\n".join(
        [
            "result=cq.Workplane().sphere(1)",
            *(f"result=result.union(cq.Workplane().sphere(0.5).translate({p}))" for p in TETRAHEDRON),
        ]
    )
    part, copy = build(code, moved(code, seed=5))
    assert iou_aligned(part, copy) > 0.97


TETRAHEDRON = ("(.8,.8,.8)", "(.8,-.8,-.8)", "(-.8,.8,-.8)", "(-.8,-.8,.8)")
