import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadgen.eval.calibration import FEWEST, Bin, auroc, calibration, calibration_error, reliability
from cadgen.eval.row import Row
from cadgen.eval.summary import summarise
from cadgen.report.table import markdown, write_table


def row(number, confidence, iou):
    scores = {"iou_aligned": iou}
    return Row(str(number), "greedy", "", "ok", "", scores, None, 0.1, 0.1, "open", confidence=confidence)


@pytest.mark.parametrize(
    ("confidence", "right", "expected"),
    [
        ([0.1, 0.9], [0, 1], 1.0),
        ([0.9, 0.1], [0, 1], 0.0),
        ([0.5, 0.5], [0, 1], 0.5),
        ([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.75),  # of the four pairs one is the wrong way round
        ([0.2, 0.2, 0.2, 0.7], [0, 1, 1, 0], 0.25),  # two ties, two wrong
    ],
)
def test_auroc_by_hand(confidence, right, expected):
    assert auroc(np.array(confidence), np.array(right, bool)) == pytest.approx(expected)


def test_auroc_needs_both():
    with pytest.raises(ValueError, match="nothing is to be told apart"):
        auroc(np.array([0.1, 0.2]), np.array([True, True]))


answers = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


@given(answers)
def test_auroc_is_the_share_of_pairs_in_order(answers):
    confidence_N, right_N = (np.array(column) for column in zip(*answers, strict=True))
    pairs = [(a > b) + (a == b) / 2 for a in confidence_N[right_N] for b in confidence_N[~right_N]]
    if pairs:
        assert auroc(confidence_N, right_N) == pytest.approx(np.mean(pairs))
        assert auroc(-confidence_N, right_N) == pytest.approx(1 - np.mean(pairs))


def test_calibration_error_by_hand():
    confidence_N = np.array([0.05, 0.08, 0.91, 0.99, 1.0])
    right_N = np.array([0, 1, 1, 1, 0], bool)
    low, high = reliability(confidence_N, right_N)
    assert low == Bin(2, pytest.approx(0.065), 0.5)
    assert high == Bin(3, pytest.approx(2.9 / 3), pytest.approx(2 / 3))
    assert calibration_error(confidence_N, right_N) == pytest.approx((2 * 0.435 + 0.9) / 5)


@given(answers, st.integers(1, 20))
def test_calibration_error_lies_between_that_of_one_bin_and_1(answers, num):
    confidence_N, right_N = (np.array(column) for column in zip(*answers, strict=True))
    assert sum(one.num for one in reliability(confidence_N, right_N, num)) == len(answers)
    error = calibration_error(confidence_N, right_N, num)
    assert abs(confidence_N.mean() - right_N.mean()) - 1e-9 <= error <= 1
    assert calibration_error(right_N.astype(float), right_N, num) == 0


def test_confidence_that_is_the_share_of_right_answers_has_no_error():
    confidence_N = np.repeat([0.25, 0.75], 40)
    right_N = np.arange(80) % 4 < np.repeat([1, 3], 40)
    assert calibration_error(confidence_N, right_N) == pytest.approx(0)
    assert auroc(confidence_N, right_N) == pytest.approx(0.75)


def test_a_table_has_them_where_there_are_enough_answers_right_and_wrong(tmp_path):
    rows = [row(n, n / FEWEST, float(n > 9)) for n in range(FEWEST)]
    found = calibration(rows)
    assert found.num == FEWEST and found.auroc == 1
    assert calibration(rows[1:]) is None
    assert calibration([row(n, 0.5, 1.0) for n in range(FEWEST)]) is None
    assert calibration([row(n, None, n / FEWEST) for n in range(FEWEST)]) is None
    lines = summarise({"run": rows})
    assert f"| 1.000 | {found.error:.3f} |" in markdown(lines) and "ECE" not in markdown(summarise({"run": rows[1:]}))
    write_table(lines, tmp_path)
    assert ",auroc,calibration_error\n" in (tmp_path / "table.csv").read_text()
