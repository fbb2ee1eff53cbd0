import numpy as np
import pytest
from PIL import Image

from cadgen.report import plot
from cadgen.report.plot import write_plot


def lengths(path, colour):
    """The width of the bar in each line of pixels that is of this colour, where there is one."""
    here = (np.asarray(Image.open(path).convert("RGB")) == colour).all(2)
    return [np.ptp(np.flatnonzero(row)) for row in here if np.count_nonzero(row) > 40]


def test_bars_are_as_long_as_the_means_and_scores_that_are_lacking_have_none(tmp_path):
    scores = {"one": {"a": (0.5, 0.4, 0.6), "b": None}, "other": {"a": (1.0, 1.0, 1.0), "b": (0.25, 0.2, 0.3)}}
    path = write_plot(tmp_path / "plot.png", scores)
    first, second = lengths(path, (0x35, 0x67, 0xA6)), lengths(path, (0xD1, 0x81, 0x3B))
    whole = max(first)
    assert np.isclose(max(length for length in first if length < 0.9 * whole), 0.5 * whole, atol=2)
    assert np.isclose(max(second), 0.25 * whole, atol=2)  # whiskers cover some lines of a bar


@pytest.mark.parametrize("name", ["$\\frac{$", "漢字", "a_b^{", "x" * 300, ""])
def test_a_name_of_a_stranger_is_a_label_and_no_formula(name, tmp_path):
    path = write_plot(tmp_path / "plot.png", {name: {"a": (0.5, 0.4, 0.6)}})
    assert Image.open(path).size[0] > 1000


def test_a_plot_of_nothing_and_one_of_very_many_are_pictures(tmp_path, monkeypatch):
    assert Image.open(write_plot(tmp_path / "none.png", {"one": {"a": None}})).size[0] > 1000
    monkeypatch.setattr(plot, "_MOST_DOTS", 400)
    many = {str(number): {"a": (0.5, 0.4, 0.6)} for number in range(20)}
    assert Image.open(write_plot(tmp_path / "many.png", many)).size[1] in (399, 400)


def test_a_mean_outside_its_interval_is_drawn_too(tmp_path):
    write_plot(tmp_path / "plot.png", {"one": {"a": (0.5, 0.6, 0.7)}})
