"""Choosers on candidates whose outcome is known."""

import numpy as np
import pytest

from cadgen.decode import Candidate, Executes, Heuristic, Likelihood, Refine, Shot, Visual
from cadgen.decode.quality import quality
from cadgen.parts import sample_part
from cadgen.picture import Picture, Seen, see
from cadgen.shape import Execution, render

NOTHING = np.zeros((448, 448), bool)
EMPTY = Seen(NOTHING, np.zeros((0, 2), np.float32), np.full((448, 448), 448, np.float32), NOTHING * np.uint8(0), True)
BLANK = (Shot(EMPTY),)
PLATE, BAR, ROD = (
    f"import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,{-h // 2})).moveTo({-w},{-d}).lineTo({w},{-d})"
    f".lineTo({w},{d}).lineTo({-w},{d}).close().extrude({h})\n"
    for w, d, h in ((192, 192, 24), (192, 30, 60), (20, 20, 384))
)
CHOOSERS = (Likelihood(), Executes(), Heuristic({"executes": 1.0, "fluency": 0.1}), Visual(), Refine(Visual(), 20))


def candidate(code, log_probability, num_tokens=10, finished=True):
    return Candidate(code, log_probability, num_tokens, finished)


def picture_of(code, box):
    (execution,) = box.run([code])
    return (Shot(see(Picture(render(execution.solid)))),)


def all_fail(codes):
    return [Execution("error", "no") for _ in codes]


def test_likelihood_ranks_finished_programs_by_mean_log_probability_and_drops_none():
    cut = candidate("cut", -0.1, finished=False)
    short, long, mended = candidate("short", -2.0, 4), candidate("long", -3.0), candidate("mended", None)
    assert Likelihood()([[cut, short, mended, long], []], [BLANK, BLANK], all_fail) == [[long, short, mended, cut], []]


def test_executes_takes_the_likeliest_that_runs_and_asks_for_each_program_once(box):
    asked = []

    def execute(codes):
        asked.extend(codes)
        return box.run(codes)

    broken, bar, plate = candidate("nonsense(", -0.1), candidate(BAR, -3.0), candidate(PLATE, -1.0)
    chosen = Executes()([[broken, bar, plate, bar], [bar, broken]], [BLANK, BLANK], execute)
    assert chosen == [[plate, bar, bar, broken], [bar, broken]]
    assert sorted(asked) == sorted([broken.code, BAR, PLATE])


def test_executes_tries_no_program_behind_the_first_that_runs_and_asks_for_all_pictures_at_once():
    asked = []

    def execute(codes):
        asked.append(sorted(codes))
        return [Execution("ok" if code.startswith("good") else "error") for code in codes]

    def offer(*codes):
        return [candidate(code, -float(place)) for place, code in enumerate(codes)]

    offers = [offer("good", "bad"), offer("", "worse", "good2", "bad"), offer("bad", "worse"), offer()]
    chosen = Executes()(offers, [BLANK] * 4, execute)
    told = [[one.code for one in candidates] for candidates in chosen]
    assert told == [["good", "bad"], ["good2", "bad", "", "worse"], ["bad", "worse"], []]
    assert asked == [["", "bad", "good"], ["worse"], ["good2"]]


def test_heuristic_weighs_the_features_of_quality(box):
    (ran,) = box.run([PLATE])
    features = quality(candidate(PLATE, -5.0), ran)
    assert (features.executes, features.valid, features.one_body, features.finished) == (1, 1, 1, 1)
    assert features.fluency == -0.5
    assert quality(candidate(PLATE, -5.0), Execution("error")).executes == 0
    likely, unlikely, broken = candidate(PLATE, -1.0), candidate(BAR, -9.0), candidate("(", -0.1)
    for weights, first in (({"fluency": 1.0}, broken), ({"executes": 9.0, "fluency": -1.0}, unlikely)):
        assert Heuristic(weights)([[likely, unlikely, broken]], [BLANK], box.run)[0][0] == first


def test_a_weight_of_no_feature_is_refused():
    with pytest.raises(ValueError, match=r"beauty.*the features are executes, valid"):
        Heuristic({"beauty": 1.0})


@pytest.mark.parametrize("shown", [PLATE, BAR, ROD])
def test_visual_takes_the_program_of_the_picture_however_unlikely(shown, box):
    offered = [candidate(PLATE, -1.0), candidate("(", 0.0), candidate(BAR, -2.0), candidate(ROD, -3.0)]
    (chosen,) = Visual()([offered], [picture_of(shown, box)], box.run)
    assert chosen[0].code == shown
    assert chosen[-1].code == "("
    assert len(chosen) == 4


def test_visual_asks_the_sandbox_for_the_likest_of_what_the_mesh_kernel_builds_and_believes_it(box):
    shifted = BAR.replace("origin=(0,0,-30)", "origin=(1,0,-30)")  # no canonical text, as most that is drawn
    asked = []

    def refuse_bar(codes):
        asked.append(codes)
        return [Execution("error") if code == BAR else Execution("ok") for code in codes]

    offered = [candidate(PLATE, -1.0), candidate(shifted, -2.0), candidate(BAR, -1.5)]
    (chosen,) = Visual()([offered], [picture_of(BAR, box)], refuse_bar)
    assert [one.code for one in chosen] == [shifted, PLATE, BAR]
    assert asked == [[BAR], [shifted]]


def test_visual_finds_the_true_program_among_nine_others(box):
    _true_among_distractors(20, box)


@pytest.mark.slow
def test_visual_finds_the_true_program_in_95_of_100_cases(box):
    _true_among_distractors(200, box)


def _true_among_distractors(num, box):
    found = 0
    for case in range(num):
        parts = [sample_part(9_000_000 + 10 * case + k) for k in range(10)]
        offered = [candidate(part.code, -float(k)) for k, part in enumerate(reversed(parts))]
        picture = (Shot(see(Picture(render(parts[0].solid)))),)
        (chosen,) = Visual()([offered], [picture], box.run)
        found += chosen[0].code == parts[0].code
    assert found >= 0.95 * num, found


@pytest.mark.parametrize("choose", CHOOSERS, ids=lambda choose: type(choose).__name__)
def test_no_chooser_drops_or_stumbles(choose, box):
    garbage = [candidate("", None, 0), candidate("\x00☃", -1.0), candidate("result=", -2.0, finished=False)]
    for offers in ([], [[]], [garbage], [[], garbage, [candidate(BAR, -1.0)]]):
        chosen = choose(offers, [BLANK] * len(offers), box.run)
        assert [set(one) >= set(other) for one, other in zip(chosen, offers, strict=True)] == [True] * len(offers)
