from itertools import combinations
from math import comb

import pytest

from cadgen.eval.pass_at import pass_at_k, passes
from cadgen.eval.row import Row


@pytest.mark.parametrize("num", range(1, 9))
def test_pass_at_k_is_the_share_of_all_choices_of_k_that_hold_a_right_one(num):
    for num_right in range(num + 1):
        drawn = [True] * num_right + [False] * (num - num_right)
        for k in range(1, num + 1):
            exact = sum(map(any, combinations(drawn, k))) / comb(num, k)
            assert pass_at_k(num, num_right, k) == pytest.approx(exact, abs=1e-12)


def test_pass_at_k_of_many_is_that_of_the_binomials():
    assert pass_at_k(1000, 30, 100) == pytest.approx(1 - comb(970, 100) / comb(1000, 100), abs=1e-12)


@pytest.mark.parametrize(("num", "num_right", "k"), [(3, 1, 4), (3, 1, 0), (3, 4, 1), (0, 0, 1), (3, -1, 1)])
def test_what_is_undefined_is_refused(num, num_right, k):
    with pytest.raises(ValueError, match="undefined"):
        pass_at_k(num, num_right, k)


def row(status, iou):
    return Row("a", "x", "", status, "", {"iou_aligned": iou}, None, 0.0, 0.0, "open")


def test_parts_without_an_answer_count_0_and_a_right_program_is_valid_and_over_the_threshold():
    wrong, near, right = row("syntax", 0.0), row("ok", 0.9), row("ok", 0.91)
    found = passes([[right, wrong, wrong], [near, near, wrong, right], []], 0.9)
    assert [(one.k, one.num) for one in found] == [(1, 3), (2, 3), (3, 3)]
    assert [one.valid[0] for one in found] == pytest.approx([(1 / 3 + 3 / 4) / 3, (2 / 3 + 1) / 3, 2 / 3])
    assert [one.over[0] for one in found] == pytest.approx([(1 / 3 + 1 / 4) / 3, (2 / 3 + 1 / 2) / 3, (1 + 3 / 4) / 3])
    assert passes([[], []], 0.9) == []
