"""Solids on meshes beside CadQuery's."""

from collections.abc import Callable

import numpy as np
import pytest

from cadgen.kernel import NotCovered, build
from cadgen.lang.canonical import normal_text
from cadgen.parts import sample_program
from cadgen.program import Program, write
from cadgen.shape import Sandbox, Solid, iou, render

from .shapes import COVERED, OTHERWISE_DIVIDED, coarse_program, coarse_turned_program

BLACK = 40
# CadQuery draws a line between two walls in one cylinder.
APART = {"disc of two arcs on a disc", "half disc on a disc", "rod that goes on in a turned one"}


@pytest.fixture(scope="module")
def real(box: Sandbox) -> Callable[[str], Solid]:
    """real(name) -> what CadQuery makes of that program of `COVERED`."""
    executions = dict(zip(COVERED, box.run([write(program) for program in COVERED.values()]), strict=True))

    def real(name: str) -> Solid:
        assert executions[name].ok, executions[name].error
        return executions[name].solid

    return real


def disagreements(ours: Solid, theirs: Solid) -> list[str]:
    """What differs by more than the two ways to triangulate."""
    size, found = theirs.radius_of_gyration, []
    if not theirs.valid:
        found.append("CadQuery's is not valid")
    if abs(ours.volume - theirs.volume) > 1e-4 * theirs.volume:
        found.append(f"volume {ours.volume} for {theirs.volume}")
    if np.abs(ours.centre - theirs.centre).max() > 1e-4 * size:
        found.append(f"centre {ours.centre} for {theirs.centre}")
    if np.abs(ours.inertia - theirs.inertia).max() > 1e-4 * np.trace(theirs.inertia):
        found.append(f"inertia {ours.inertia} for {theirs.inertia}")
    overlap = iou(ours, theirs)
    if overlap < 0.995:
        found.append(f"iou {overlap}")
    if num_bodies(ours) != num_bodies(theirs):
        found.append(f"{num_bodies(ours)} bodies for {num_bodies(theirs)}")
    return found


def num_bodies(solid: Solid) -> int:
    return int(solid.triangle_body.max()) + 1


def counts(solid: Solid) -> dict[str, int]:
    seams = (solid.edge_faces[:, 0] == solid.edge_faces[:, 1]).sum()
    return {"faces": int(solid.triangle_face.max()) + 1, "edges": len(solid.edge_faces), "seams": int(seams)}


def difference(ours: Solid, theirs: Solid, size: int = 224) -> tuple[float, float]:
    """Mean absolute difference of a pixel, of 255, and the share of line pixels that both pictures have."""
    pictures = [render(solid, size) for solid in (ours, theirs)]
    lines, their_lines = ((picture < BLACK).all(axis=2) for picture in pictures)
    shared = (lines & their_lines).sum() / (lines | their_lines).sum()
    return float(np.abs(pictures[0].astype(float) - pictures[1]).mean()), float(shared)


@pytest.mark.parametrize("name", COVERED)
def test_the_solid_is_the_one_that_cadquery_builds(name: str, real: Callable[[str], Solid]) -> None:
    assert disagreements(build(COVERED[name]), real(name)) == []


@pytest.mark.parametrize("name", sorted(COVERED.keys() - OTHERWISE_DIVIDED))
def test_it_has_the_same_faces_edges_and_seams(name: str, real: Callable[[str], Solid]) -> None:
    assert counts(build(COVERED[name])) == counts(real(name))


@pytest.mark.parametrize("name", sorted(COVERED.keys() - APART))
def test_it_gives_the_same_picture(name: str, real: Callable[[str], Solid]) -> None:
    pixels, lines = difference(build(COVERED[name]), real(name))
    assert pixels < 0.2 and lines > 0.95


def disagreeing(programs: dict[str, Program], box: Sandbox) -> tuple[int, dict[str, list[str]]]:
    """How many programs are covered, and what is wrong with which."""
    ours = {}
    for name, program in programs.items():
        try:
            ours[name] = build(program)
        except NotCovered:
            continue
    found = {}
    for (name, solid), execution in zip(ours.items(), box.run([write(programs[name]) for name in ours]), strict=True):
        told = disagreements(solid, execution.solid) if execution.solid else [f"CadQuery says {execution.status}"]
        # Chords leave slivers where bodies are tangent, which join what CadQuery keeps apart; and its own centre and
        # inertia are off in one of a thousand, by 0.6%, where the two meshes are the same.
        told = [each for each in told if not each.startswith(("centre", "inertia")) and "bodies" not in each]
        if told:
            found[name] = told
    return len(ours), found


@pytest.mark.parametrize("num", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_programs_that_coincide_everywhere_agree(num: int, box: Sandbox) -> None:
    programs = {f"coarse_program({seed})": coarse_program(seed) for seed in range(num)}
    num_covered, found = disagreeing(programs, box)
    assert found == {} and num_covered > 0.75 * num


@pytest.mark.parametrize("num", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_turned_programs_that_coincide_everywhere_agree(num: int, box: Sandbox) -> None:
    programs = {f"coarse_turned_program({seed})": coarse_turned_program(seed) for seed in range(num)}
    num_covered, found = disagreeing(programs, box)
    assert len(found) <= num_covered // 100 and num_covered > 0.5 * num, found  # CadQuery's are invalid now and then


@pytest.mark.parametrize("num", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_generated_programs_agree(num: int, box: Sandbox) -> None:
    programs = {f"sample_program({seed})": sample_program(seed) for seed in range(num)}
    num_covered, found = disagreeing(programs, box)
    assert found == {} and num_covered > 0.75 * num


def test_real_programs_agree_and_look_the_same(gencad: list, box: Sandbox) -> None:
    codes = [normal_text(sample.code) for sample in gencad]
    differences = []
    for code, execution in zip(codes, box.run(codes), strict=True):
        solid = build(code)
        assert disagreements(solid, execution.solid) == [], code
        differences.append(difference(solid, execution.solid, 448))
    pixels, lines = np.array(differences).T
    assert np.median(pixels) == 0 and pixels.max() < 0.1
    assert np.median(lines) == 1 and lines.min() > 0.95
