"""`score`: every metric over many pairs, in order; a pair that fails, or kills its process, costs itself."""

import operator
import os
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cadgen import shape
from cadgen.shape import Score, Solid, iou, overlap, score
from cadgen.shape.batch import spread

Build = Callable[..., list[Solid]]

OVERLAPS = ["iou", "iou_aligned", "iou_cadcoder", "iou_cadrille", "iou_takehome", "overlap", "overlap_aligned"]
DISTANCES = ["chamfer", "chamfer_cadrille", "volume_error"]


@pytest.fixture(scope="module")
def pairs(build: Build) -> list[tuple[Solid, Solid]]:
    """A part with itself, with a broken one, with one of half its volume, and with one of three quarters."""
    box, half, most = build(*(f"result=cq.Workplane().box({size})" for size in ("1,2,6", "1,2,3", "1,2,4.5")))
    names = ("triangles", "triangle_face", "triangle_body")
    broken = replace(box, **{name: getattr(box, name)[:1] for name in names})
    return [(box, box), (box, broken), (box, half), (box, most)]


def dies_on_half(a: Solid, b: Solid) -> float:
    return os._exit(3) if b.volume == pytest.approx(a.volume / 2) else iou(a, b)


def test_pairs_are_scored_in_their_order_and_a_bad_one_costs_only_itself(pairs: list) -> None:
    scores = score(iou, pairs)
    assert [one.value for one in scores] == pytest.approx([1, 0, 1 / 2, 3 / 4])
    assert scores[0] == Score(scores[0].value, "")
    assert "enclose no volume" in scores[1].error


@pytest.mark.parametrize("metric", OVERLAPS + DISTANCES)
def test_every_metric_is_a_number_and_says_so_for_the_broken_pair_alone(pairs: list, metric: str) -> None:
    scores = score(getattr(shape, metric), pairs)
    assert all(np.isfinite(one.value) for one in scores)
    assert [bool(one.error) for one in scores] == [False, metric not in ("volume_error", "iou_takehome"), False, False]


def test_the_method_of_an_overlap_is_told(pairs: list) -> None:
    (box, _), *_ = pairs
    told = score(overlap, [(box, box), (box, replace(box, valid=False))])
    assert [one.method for one in told] == ["mesh", "columns"]


def test_progress_is_shown_on_stderr_alone(pairs: list, capfd: pytest.CaptureFixture) -> None:
    score(iou, pairs[:1], title="comparing")
    assert capfd.readouterr().out == ""


def test_no_pairs_give_no_scores_and_no_workers_are_refused(pairs: list) -> None:
    assert score(iou, [], workers=4) == []
    with pytest.raises(ValueError, match="workers=0"):
        score(iou, pairs, workers=0)


@pytest.mark.slow
def test_processes_give_what_one_gives_and_one_that_dies_costs_its_pair(pairs: list) -> None:
    many = [pairs[i % 4] for i in (0, 1, 3) * 4]
    assert score(overlap, many, workers=2) == score(overlap, many)
    scores = score(dies_on_half, [*pairs, pairs[3]], workers=2)
    assert [one.value for one in scores] == pytest.approx([1, 0, 0, 3 / 4, 3 / 4])
    assert "died" in scores[2].error
    assert "enclose no volume" in scores[1].error


def dies_on_three(number: int) -> int:
    return os._exit(3) if number == 3 else -number


def test_jobs_are_asked_for_as_there_is_room_for_them() -> None:
    asked: list[int] = []

    def jobs():
        for number in range(100):
            asked.append(number)
            yield number, (number,)

    found = spread(operator.neg, jobs(), workers=1)
    assert next(found) == (0, 0)
    assert asked == [0]


@pytest.mark.slow
def test_a_job_whose_process_dies_has_no_result_and_all_others_have_theirs() -> None:
    found = dict(spread(dies_on_three, ((number, (number,)) for number in range(60)), workers=2))
    assert found == {number: None if number == 3 else -number for number in range(60)}
