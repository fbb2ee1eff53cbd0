import os

import pytest
from PIL import Image

from cadgen.data import Sample
from cadgen.eval.truth_files import truths_of
from cadgen.shape import STEP_LIMIT

PLATE = "import cadquery as cq\nresult=cq.Workplane('XY').rect(200,100).extrude(10)\n"


def unreadable(kind, path):
    if kind == "sparse":
        path.touch()
        os.truncate(path, 30 << 30)
    elif kind == "a byte too long":
        path.write_bytes(b" " * (STEP_LIMIT + 1))
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    elif kind == "a circle of links":
        path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("sparse", "too_large"), ("a byte too long", "too_large"), ("pipe", "error"), ("device", "error"),
     ("folder", "error"), ("a circle of links", "error"), ("nothing", "error")],
)  # fmt: skip
def test_a_step_file_that_cannot_be_read_costs_its_own_sample(kind, status, box, tmp_path):
    Image.effect_noise((16, 16), 50).save(tmp_path / "a.png")
    (half,) = box.run([PLATE])
    (tmp_path / "good.step").write_bytes(box.export(half.solid, "step"))
    path = tmp_path / "bad.step"
    unreadable(kind, path)
    steps = {"a": tmp_path / "good.step", "b": path, "c": None}
    samples = [Sample(name, tmp_path / "a.png", PLATE, step=step) for name, step in steps.items()]
    truths, faults = truths_of(samples, box)
    assert {name: truth.step is not None for name, truth in truths.items()} == {"a": True, "c": False}
    (fault,) = faults
    assert (fault.id, fault.status) == ("b", status) and f"the STEP file {path} " in fault.error
    with pytest.raises(ValueError, match=r"b: the STEP file .*bad\.step .*take it out"):
        truths_of(samples, box, strict=True)
