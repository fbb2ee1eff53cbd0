"""The notebook: what is committed is one run from beginning to end, and another run says the same."""

import json
import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
PATH = ROOT / "notebooks" / "demo.ipynb"
MOST = 1.5e6  # bytes: three.js of the 3D view has 0.7 MB


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(notebook):
    """All that its cells print."""
    outputs = [output for cell in code_of(notebook) for output in cell.outputs]
    return "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stdout")


def shown(notebook, kind):
    """What its cells show of that media type."""
    return [
        output.data[kind]
        for cell in code_of(notebook)
        for output in cell.outputs
        if output.output_type in ("execute_result", "display_data") and kind in output.data
    ]


def scores(notebook):
    return {name: float(value) for name, value in re.findall(r"^(iou_\w+) +([\d.]+)$", printed(notebook), re.MULTILINE)}


@pytest.fixture(scope="module")
def committed():
    return nbformat.read(PATH, as_version=4)


def test_the_outputs_that_are_committed_are_those_of_one_run(committed):
    nbformat.validate(committed)
    code = code_of(committed)
    assert 6 <= len(code) <= 10 and [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not [output for cell in code for output in cell.outputs if output.output_type == "error"]
    assert not [output for cell in code for output in cell.outputs if output.get("name") == "stderr"]


def test_it_shows_pictures_a_program_a_solid_to_turn_round_and_scores(committed):
    assert len(shown(committed, "image/png")) == 2
    (program,) = (one for one in shown(committed, "text/plain") if "cadquery" in one)
    assert ".extrude(" in program
    (view,) = (one for one in shown(committed, "text/html") if "<iframe" in one or "srcdoc" in one)
    assert "three" in view.lower() and not re.search(r"(?:src|href)=(?:&quot;|\"|')https?:", view)
    assert set(scores(committed)) == {"iou_aligned", "iou_cadcoder", "iou_cadrille", "iou_takehome"}
    assert scores(committed)["iou_aligned"] > 0.95


def test_it_is_small_and_tells_nothing_of_the_machine_it_ran_on(committed):
    text = PATH.read_text()
    assert len(text) < MOST
    assert not re.search(
        r"/(?:home|root|tmp|work|usr)/|site-packages", json.dumps([committed.metadata, printed(committed)])
    )
    assert not any("execution" in cell.metadata for cell in committed.cells)


@pytest.mark.slow
def test_another_run_says_the_same(committed, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    again = nbformat.read(PATH, as_version=4)
    place = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(again, timeout=900, kernel_name="python3", resources=place).execute()
    assert scores(again) == pytest.approx(scores(committed), abs=0.05)
    assert len(shown(again, "text/html")) == len(shown(committed, "text/html"))
    assert (tmp_path / "part.step").read_bytes().startswith(b"ISO-10303-21")
