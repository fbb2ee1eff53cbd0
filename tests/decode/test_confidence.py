"""Confidence tells the right program from another one, and says what speaks against that."""

import csv
import json
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadgen.decode import Candidate, Decoded, Shot
from cadgen.decode.confidence import FILE, NO_SOLID, Confidence, known, read_confidence, with_confidence
from cadgen.decode.evidence import FLAGS, Evidence, evidence_of
from cadgen.kernel import build
from cadgen.lang.canonical import canonical
from cadgen.picture import Picture, see
from cadgen.shape import NAMED, PUBLISHED, Camera, Execution, render

ROOT = Path(__file__).resolve().parents[2]
BLOCK = (
    "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,0)).moveTo(-100,-50).lineTo(100,-50).lineTo(100,50)"
    ".lineTo(-100,50).close().extrude(40)\n"
)
BORED = BLOCK + "result=result.cut(cq.Workplane('XY',origin=(0,0,0)).moveTo(40,0).circle(30).extrude(40))\n"
DISC = "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,0)).circle(100).extrude(150)\n"


def solid(code):
    return build(canonical(code, grid=1))


def shots(code, *cameras):
    return tuple(Shot(see(Picture(render(solid(code), camera=camera)))) for camera in cameras or (PUBLISHED,))


def written(code, **more):
    return Candidate(code, -1.0, 20, True, **more)


def all_run(codes):
    return [Execution("ok") for _ in codes]


def first(candidates, shown):
    ((best, *_),) = with_confidence([candidates], [shown], all_run)
    return best


def text():
    image_HW3 = np.full((300, 400, 3), 255, np.uint8)
    for number, line in enumerate(("Dear reader,", "this is no part,", "and never was.")):
        cv2.putText(image_HW3, line, (20, 80 + 80 * number), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (0, 0, 0), 3)
    return image_HW3


def cat():
    image_HW3 = np.full((400, 400, 3), 255, np.uint8)
    fur = (120, 90, 70)
    cv2.ellipse(image_HW3, (200, 270), (90, 110), 0, 0, 360, fur, -1)
    cv2.circle(image_HW3, (200, 130), 70, fur, -1)
    for side in (-1, 1):
        ear = np.array([(200 + side * 65, 115), (200 + side * 60, 30), (200 + side * 15, 75)])
        cv2.fillPoly(image_HW3, [ear], fur)
        cv2.circle(image_HW3, (200 + side * 25, 125), 9, (250, 240, 90), -1)
    cv2.ellipse(image_HW3, (310, 300), (60, 90), 30, 90, 300, fur, 22)
    return image_HW3


@pytest.mark.parametrize("camera", [PUBLISHED, Camera(-60, 28), Camera(-33, 20, 0, 0.3)], ids=str)
def test_the_right_program_is_surer_than_a_wrong_one_from_wherever_it_is_seen(camera):
    shown = shots(BORED, camera)
    right, other, wrong = (first([written(code)], shown) for code in (BORED, BLOCK, DISC))
    assert right.confidence > max(other.confidence, wrong.confidence)
    assert wrong.confidence < known().threshold and "%" in wrong.reason
    if camera == PUBLISHED:
        assert right.confidence > known().threshold and right.reason == ""


@pytest.mark.parametrize("drawn", [text, cat])
@pytest.mark.parametrize("code", [BLOCK, DISC, BORED], ids=["block", "disc", "bored"])
def test_a_picture_of_something_else_is_doubtful_whatever_is_answered(drawn, code):
    found = first([written(code)], (Shot(see(Picture(drawn()))),))
    assert found.confidence < known().threshold and found.reason


def test_what_leaves_no_solid_has_none_and_says_so():
    def fails(codes):
        return [Execution("error", "it fails") for _ in codes]

    ((found, rest),) = with_confidence([[written(BLOCK), written(DISC)]], [shots(BLOCK)], fails)
    assert (found.confidence, found.reason, rest.confidence) == (0.0, NO_SOLID, None)
    assert Decoded("", [], 0.0).candidate.confidence == 0.0
    assert with_confidence([[]], [shots(BLOCK)], fails) == [[]]


def test_confidence_makes_no_other_candidate_and_drops_none():
    offered = [written(BORED), written(BLOCK), written(BORED)]
    (judged,) = with_confidence([offered], [shots(BORED)], all_run)
    assert judged == offered and [one.confidence is None for one in judged] == [False, True, True]


def test_cameras_that_were_found_are_taken():
    turned = Camera(-70, 50)
    shown = shots(BORED, turned, turned)
    seen_so, elsewhere = (
        evidence_of(written(BORED, cameras=(camera,) * 2), [], solid(BORED), shown) for camera in (turned, PUBLISHED)
    )
    assert seen_so.likeness > 0.98 > elsewhere.likeness and seen_so.fitted == elsewhere.fitted == 1


def test_a_camera_that_was_found_is_turned_to_where_the_answer_fits_best():
    turned = Camera(-70, 50)
    near, right = (
        evidence_of(written(BORED, cameras=(camera,)), [], solid(BORED), shots(BORED, turned))
        for camera in (Camera(-66, 47), turned)
    )
    assert near.likeness == pytest.approx(right.likeness, abs=0.005)
    with pytest.raises(ValueError, match="longer"):
        evidence_of(written(BORED, cameras=(turned,) * 2), [], solid(BORED), shots(BORED, turned))


def test_doubts_of_whoever_read_the_picture_are_the_reason():
    (shot,) = shots(BORED)
    assert (
        first([written(DISC)], (replace(shot, seen=replace(shot.seen, doubts=("it is dark",))),)).reason == "it is dark"
    )


@pytest.mark.parametrize(("answer", "told"), [(BLOCK, "of the picture's lines"), (BORED, "of the part's lines")])
def test_the_reason_names_lines_that_only_one_of_the_two_has(answer, told):
    shown = shots(BORED if answer is BLOCK else BLOCK)
    evidence = evidence_of(written(answer), [], solid(answer), shown)
    assert told in known().reason(evidence, shown)


@pytest.mark.parametrize(
    ("low", "told"),
    [
        ({"thick": 0.5}, "leaves 50% of the part's thickness"),
        ({"plain": 0.2}, "many measures"),
        ({"outline": 0.7, "thick": 0.5}, "agrees in 70%"),
        ({}, "99.0%"),
    ],
)
def test_the_reason_is_what_right_answers_do_not_lack_or_that_there_is_none(low, told):
    usual = {name: mean for name, (mean, _) in known().usual.items()}
    evidence = Evidence(**dict.fromkeys(Evidence.names(), 0.99) | usual | low)
    assert told in known().reason(evidence, shots(BLOCK))


def test_a_picture_along_an_axis_leaves_the_part_open_until_another_shows_it():
    front, side, even = NAMED["front"], NAMED["right"], PUBLISHED
    alone, both, shown = (
        evidence_of(written(BLOCK, cameras=some), [], solid(BLOCK), shots(BLOCK, *some))
        for some in ((front,), (front, side), (even,))
    )
    assert alone.depth == pytest.approx(0, abs=1e-9) and both.depth == shown.depth == pytest.approx(1)
    assert alone.likeness > 0.95 and known().of(alone) < known().threshold
    assert "one axis" in known().reason(alone, shots(BLOCK, front))


def test_fluency_is_that_of_the_first_answer_that_the_network_wrote():
    fitted, others = Candidate(BLOCK, None, 0, True), [written(DISC), Candidate(BORED, -9.0, 10, True)]
    found = evidence_of(fitted, others, solid(BLOCK), shots(BLOCK))
    assert found.fluency == pytest.approx(np.exp(-1 / 20)) and not found.written


def test_answers_of_the_same_shape_agree():
    bigger = BLOCK.replace("100", "200").replace("50", "100").replace("extrude(40)", "extrude(80)")
    others = [written(code) for code in (BLOCK, bigger, DISC, "no program")]
    found = evidence_of(written(BLOCK), others, solid(BLOCK), shots(BLOCK))
    assert found.agreement == pytest.approx(1 / 3) and not found.alone  # the same text is no other answer
    assert evidence_of(written(BLOCK), [], solid(BLOCK), shots(BLOCK)).alone


def test_a_sheet_leaves_less_where_a_pixel_is_misread():
    thick, thin, sheet = (
        evidence_of(written(code), [], solid(code), shots(code)).thick
        for code in (BLOCK, BLOCK.replace("extrude(40)", "extrude(10)"), BLOCK.replace("extrude(40)", "extrude(2)"))
    )
    assert thick > 0.95 > thin > 0.8 > sheet


def test_of_a_flat_picture_only_the_outline_is_compared():
    shown = np.where((render(solid(BLOCK)) == 255).all(2, keepdims=True), 255, 90)
    flat = (Shot(see(Picture(shown.astype(np.uint8).repeat(3, 2)))),)
    told, drawn = (evidence_of(written(BLOCK), [], solid(BLOCK), shown) for shown in (flat, shots(BLOCK)))
    assert flat[0].seen.flat and 0.5 < told.compared < 0.9 < drawn.compared == 1
    assert told.shown < told.sharpness * told.depth and told.found == 1


@pytest.mark.parametrize("answer", [BLOCK, BORED, DISC], ids=["block", "bored", "disc"])
@pytest.mark.parametrize("shown", [shots(BORED), (Shot(see(Picture(text()))),), (Shot(see(Picture(cat()))),)])
def test_all_evidence_lies_between_0_and_1(answer, shown):
    for candidate in (written(answer), Candidate(answer, None, 0, True)):
        found = asdict(evidence_of(candidate, [written(DISC)], solid(answer), shown))
        assert all(0 <= value <= 1 for value in found.values())
        assert all(found[name] in (0, 1) for name in FLAGS)


shares = st.floats(0, 1)


@settings(max_examples=100)
@given(st.lists(shares, min_size=len(Evidence.names()), max_size=len(Evidence.names())), st.sampled_from(
    [name for name in Evidence.names() if name not in FLAGS]), shares)  # fmt: skip
def test_more_of_what_speaks_for_an_answer_never_makes_it_less_sure(values, name, other):
    evidence = Evidence(*values)
    low, high = sorted((getattr(evidence, name), other))
    surer, less = known().of(replace(evidence, **{name: high})), known().of(replace(evidence, **{name: low}))
    assert 0 <= less <= surer <= 1


def test_likeness_pays():
    evidence = Evidence(*[0.9] * len(Evidence.names()))
    liker = replace(evidence, likeness=0.99, sharpness=0.99, outline=0.99, explained=0.99, found=0.99, shown=0.99)
    assert known().of(liker) > known().of(evidence)


TOLD = json.loads(FILE.read_text())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": {"luck": 1.0}}, "luck"),
        ({"weights": {"likeness": -1.0}}, "below 0"),
        ({"weights": {"likeness": float("nan")}}, "out of its range"),
        ({"weights": [1.0]}, "fit it again"),
        ({"bias": None}, "fit it again"),
        ({"bias": 10**400}, "fit it again"),
        ({"threshold": 1.5}, "out of its range"),
        ({"usual": {}}, "it has to have"),
        ({"usual": {name: [0.9, 0.0] for name in TOLD["usual"]}}, "more than 0"),
        ({"usual": {name: [0.9] for name in TOLD["usual"]}}, "fit it again"),
    ],
)
def test_a_file_that_cannot_be_is_refused_by_its_name(change, message, tmp_path):
    path = tmp_path / "confidence.json"
    path.write_text(json.dumps(TOLD | change))
    with pytest.raises(ValueError, match=message) as caught:
        read_confidence(path)
    assert str(path) in str(caught.value)


def test_the_file_says_what_it_was_fitted_on():
    assert isinstance(read_confidence(FILE), Confidence)
    assert TOLD["fitted"]["commands"] and TOLD["fitted"]["num"] > TOLD["fitted"]["num_right"] > 0


def test_a_part_of_many_measures_is_less_plain():
    posts = "".join(
        f"result=result.union(cq.Workplane('XY',origin=(0,0,40)).moveTo({x},{y}).circle(7).extrude({20 + x % 7}))\n"
        for x, y in ((-60, -13), (-30, 17), (10, -29), (50, 31))
    )
    plain = [evidence_of(written(code), [], solid(code), shots(code)).plain for code in (BLOCK, BORED, BLOCK + posts)]
    assert plain[0] == 1 > plain[1] > 0.6 > plain[2] > 0
    unread = "import cadquery as cq\nresult=cq.Workplane('XY').sphere(20)\n"
    assert evidence_of(written(unread), [], solid(BLOCK), shots(BLOCK)).plain == 0


def test_the_file_is_the_fit_to_the_answers_that_are_recorded():
    with (ROOT / "experiments" / "any_picture" / "confidence.csv").open() as file:
        answers = list(csv.DictReader(file))
    right_N = np.array([float(one["iou_aligned"]) > TOLD["fitted"]["iou_above"] for one in answers])
    assert (len(answers), right_N.sum()) == (TOLD["fitted"]["num"], TOLD["fitted"]["num_right"])
    x_NF = np.array([[float(one[name]) for name in TOLD["weights"]] for one in answers])
    weight_F = np.array([*TOLD["weights"].values()])
    off_N = 1 / (1 + np.exp(-(TOLD["bias"] + x_NF @ weight_F))) - right_N
    # The likeliest weights are where the slope of the loss is none, given what a weight costs.
    assert abs(off_N.sum()) < 0.02
    assert np.abs(off_N @ x_NF + 2 * 0.02 * weight_F).max() < 0.02
    for name, (mean, _) in TOLD["usual"].items():
        values = [float(one[name]) for one, right in zip(answers, right_N, strict=True) if right]
        assert mean == pytest.approx(np.mean(values), abs=2e-5)
