import csv

import cadgen  # noqa: F401  # before lightning: it makes torchvision safe to import
from callbacks.metrics import MetricsCsv


def log(logger, step, **metrics):
    logger.log_metrics(metrics, step)
    logger.save()


def steps(folder):
    with (folder / "metrics.csv").open(newline="") as file:
        return [(row["step"], row["loss"], row["iou"]) for row in csv.DictReader(file)]


def test_a_resumed_run_goes_on_in_its_file_and_a_new_one_begins_it(tmp_path):
    killed = MetricsCsv(str(tmp_path))
    log(killed, 0, loss=2.0)
    log(killed, 1, iou=0.5)
    with (tmp_path / "metrics.csv").open("a") as file:
        file.write("1.0,")  # a line cut by the kill
    resumed = MetricsCsv(str(tmp_path), resume=str(tmp_path))
    log(resumed, 2, loss=1.0, iou=0.75)
    assert steps(tmp_path) == [("0", "2.0", ""), ("1", "", "0.5"), ("2", "1.0", "0.75")]
    log(MetricsCsv(str(tmp_path)), 0, loss=3.0, iou=0.25)
    assert steps(tmp_path) == [("0", "3.0", "0.25")]
