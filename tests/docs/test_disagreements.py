"""What the page of metrics says of them is what they score."""

from pathlib import Path

import pytest

from cadgen.eval import calibration, comparison, outcome, summary
from cadgen.shape import render
from docs import disagreements

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def solids():
    return {case.name: (truth, answer) for case, truth, answer in disagreements.built()}


@pytest.fixture(scope="module")
def judged(solids):
    return {name: disagreements.scores(*both) for name, both in solids.items()}


@pytest.mark.parametrize(
    ("case", "right", "wrong"),  # metrics that call it right, and that do not; CAD-Coder's axes may hang on rounding
    [
        ("turned", ["IoU aligned"], ["IoU, as they lie", "IoU cadrille", "IoU take-home"]),
        ("mirrored", ["IoU take-home"], ["IoU aligned", "IoU cadrille"]),
        ("scaled", ["IoU aligned", "IoU CAD-Coder", "IoU cadrille", "IoU take-home"], ["IoU, as they lie"]),
        ("equal_moments", ["IoU aligned"], ["IoU take-home", "IoU cadrille"]),
        ("pin", ["IoU, as they lie"], ["IoU cadrille"]),
    ],
)
def test_metrics_disagree_as_the_page_tells(judged, case, right, wrong):
    assert all(judged[case][title] > 0.99 for title in right)
    assert all(judged[case][title] < 0.95 for title in wrong)


def test_a_part_a_twelfth_thicker_has_nearly_all_volume_and_few_voxels_of_the_shell(judged):
    assert judged["stretched"]["IoU aligned"] > 0.9 > 0.5 > judged["stretched"]["IoU take-home"]


def test_a_cavity_takes_more_than_half_of_the_material_and_is_not_seen(solids):
    truth, answer = solids["hollow"]
    assert answer.volume < truth.volume / 2
    assert (render(truth, 64) == render(answer, 64)).all()


def test_numbers_on_the_page_of_metrics_are_those_of_the_code():
    text = " ".join((ROOT / "docs/metrics.md").read_text().split())
    assert f"IoU aligned {outcome._RIGHT} or more" in text
    assert f"IoU aligned is over {calibration.RIGHT}." in text
    assert f"of {calibration.FEWEST} answers or more" in text and f"mean over {calibration.BINS} bins" in text
    assert len(comparison.CONSTANTS) == 7 and "the best of seven boxes and plates" in text
    assert "n_resamples=2000" in Path(summary.__file__).read_text() and "2000 draws" in text
    assert all(f"| {word} | " in text for word in outcome.OUTCOMES)
