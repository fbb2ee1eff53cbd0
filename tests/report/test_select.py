"""select.js, which chooses and sorts the answers of a page, on Node where there is one."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import cadgen.report.page as page

TEXTS = ["r=cq.Workplane().box(1,2,3)", "r=cq.Workplane().rect(1,2).extrude(3).fillet(1)"]


def record(name, iou, **facts):
    status = "ok" if iou is not None else "syntax"
    plain = {"run": 0, "decoding": "greedy", "status": status, "outcome": "right" if iou else "syntax", "family": None}
    plain |= {"scores": {"iou_aligned": iou or 0.0}, "confidence": None, "code": 0, "structure": None}
    return {"id": name, "structure_truth": None, "extrusions": None} | plain | facts


RECORDS = [
    record("Plate-1", 0.5, family="slab", structure=[1, 0, 6], structure_truth=[1, 2, 8], extrusions="2"),
    record("plate-2", None, decoding="beam", confidence=0.2),
    record("bar", 1.0, code=1, run=1, confidence=0.9, structure=[1, 0, 6], structure_truth=[1, 0, 6]),
    record("ring", 0.25, truth=1, decoding="beam", structure=[2, 1, 6], structure_truth=[1, 1, 6]),
]
WANTED = [
    ({}, ["Plate-1", "plate-2", "bar", "ring"]),
    ({"text": "PLATE"}, ["Plate-1", "plate-2"]),
    ({"text": ".*"}, []),
    ({"run": "1"}, ["bar"]),
    ({"decoding": "beam"}, ["plate-2", "ring"]),
    ({"outcome": "failed"}, ["plate-2"]),
    ({"outcome": "right"}, ["Plate-1", "bar", "ring"]),
    ({"family": "slab"}, ["Plate-1"]),
    ({"structure": "other bodies"}, ["ring"]),
    ({"structure": "other holes"}, ["Plate-1"]),
    ({"structure": "2 extrusions in the truth"}, ["Plate-1"]),
    ({"operation": "fillet"}, ["bar", "ring"]),  # of the truth, where that is known
    ({"sort": "iou_aligned", "order": "up"}, ["plate-2", "ring", "Plate-1", "bar"]),
    ({"sort": "iou_aligned", "order": "down"}, ["bar", "Plate-1", "ring", "plate-2"]),
    ({"sort": "confidence", "order": "up"}, ["plate-2", "bar", "Plate-1", "ring"]),
    ({"sort": "confidence", "order": "down"}, ["bar", "plate-2", "Plate-1", "ring"]),
    ({"decoding": "greedy", "sort": "iou_aligned", "order": "down", "text": "a"}, ["bar", "Plate-1"]),
]


@pytest.fixture(scope="module")
def chosen():
    if (node := shutil.which("node")) is None:
        pytest.skip("there is no node to run select.js on")
    code = (Path(page.__file__).parent / "select.js").read_text()
    told = json.dumps([RECORDS, TEXTS, [wanted for wanted, _ in WANTED]])
    code += f"const [records, texts, all] = {told};"
    code += "console.log(JSON.stringify(all.map((one) => Selection.of(records, texts, one).map(({ id }) => id))));"
    done = subprocess.run([node, "-e", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("number", range(len(WANTED)), ids=lambda number: json.dumps(WANTED[number][0]))
def test_what_is_shown_and_in_which_order(chosen, number):
    assert chosen[number] == WANTED[number][1]
