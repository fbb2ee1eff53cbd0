import csv
import io
from types import SimpleNamespace

import pytest
from PIL import Image

from cadgen.data import Sample
from cadgen.eval.metric import METRICS
from cadgen.eval.row import Row, write_rows
from callbacks.sample_table import SampleTable

BOX = "import cadquery as cq\nresult=cq.Workplane('XY').box(10,20,{})\n"


@pytest.fixture
def ids_shown(box, tmp_path):
    """(what is told of the trainer) -> the ids in the table of the first two samples; None where none is written."""
    picture = io.BytesIO()
    Image.new("RGB", (32, 32), "white").save(picture, "PNG")
    samples = [Sample(f"part {number}", picture.getvalue(), BOX.format(number + 1)) for number in range(3)]
    scores = {metric.name: 0.5 for metric in METRICS}
    rows = [Row(one.id, "greedy", one.code, "ok", "", scores, None, 0.0, 0.0, "interp") for one in samples]

    def shown(is_judged=True, **told):
        (tmp_path / "validation").mkdir()
        if is_judged:
            write_rows(rows, tmp_path / "validation")
        main = {"sanity_checking": False, "is_global_zero": True, "global_step": 70, "loggers": []}
        trainer = SimpleNamespace(**main | told, datamodule=SimpleNamespace(val_samples=samples))
        SampleTable(box, str(tmp_path), num=2).on_validation_end(trainer, None)
        folder = tmp_path / "samples" / "step_00000070"
        if not folder.exists():
            return None
        assert Image.open(folder / "sheet.png").width > 0
        with (folder / "samples.csv").open(newline="") as table:
            return [row["id"] for row in csv.DictReader(table)]

    return shown


def test_the_first_samples_are_shown_after_a_validation(ids_shown):
    assert ids_shown() == ["part 0", "part 1"]


@pytest.mark.parametrize("told", [{"sanity_checking": True}, {"is_global_zero": False}, {"is_judged": False}])
def test_nothing_is_where_nothing_was_judged_or_another_process_tells_it(told, ids_shown):
    assert ids_shown(**told) is None
