import json

import numpy as np
import pytest

from cadgen.lang import normalise, write
from cadgen.parts import sample_part, sample_program
from cadgen.parts.folder import write_parts


def test_the_same_seed_gives_the_same_program_and_another_seed_another():
    assert sample_program(7) == sample_program(7)
    assert len({write(sample_program(seed)) for seed in range(200)}) > 190


def test_every_program_is_canonical():
    for seed in range(200):
        code = write(sample_program(seed))
        assert normalise(code, grid=1) == code


def test_the_kernel_builds_the_parts_centred_and_scaled(box):
    executions = box.run([write(sample_program(seed)) for seed in range(40)])
    good = [e.solid for e in executions if e.ok and e.solid.valid]
    assert len(good) >= 38
    for solid in good:
        assert np.ptp(solid.bounds, axis=0).max() == pytest.approx(384, abs=3)
        assert np.abs(solid.bounds.sum(0) / 2).max() < 3


def test_sample_part_brings_program_and_solid_together(box):
    part = sample_part(3, box)
    (execution,) = box.run([part.code])
    assert execution.solid.volume == part.solid.volume


def test_extrusions_planes_and_kinds_of_loops_all_occur():
    programs = [sample_program(seed) for seed in range(400)]
    assert {min(len(program), 4) for program in programs} == {1, 2, 3, 4}
    assert {step.extrusion.plane for program in programs for step in program} == {"XY", "XZ", "YZ"}
    assert {step.operation for program in programs for step in program} == {"union", "cut"}
    text = "".join(map(write, programs))
    assert all(word in text for word in ("lineTo", "circle", "threePointArc"))


def test_a_killed_run_goes_on_to_the_same_folder(tmp_path):
    write_parts(tmp_path / "whole", 12, seed=3)
    write_parts(tmp_path / "torn", 5, seed=3)
    with (tmp_path / "torn" / "manifest.jsonl").open("a") as manifest:
        manifest.write('{"id": "0000')  # what a kill leaves of a line
    write_parts(tmp_path / "torn", 12, seed=3)
    lines = [(tmp_path / name / "manifest.jsonl").read_text() for name in ("whole", "torn")]
    assert lines[0] == lines[1]
    rows = [json.loads(line) for line in lines[0].splitlines()]
    assert len({row["code"] for row in rows}) == 12
    for row in rows:
        pictures = [(tmp_path / name / row["image"]).read_bytes() for name in ("whole", "torn")]
        assert pictures[0] == pictures[1]


def test_a_folder_of_another_seed_is_left_alone(tmp_path):
    write_parts(tmp_path, 1, seed=3)
    with pytest.raises(ValueError, match="holds parts of seed 3, not 4"):
        write_parts(tmp_path, 1, seed=4)
