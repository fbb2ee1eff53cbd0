"""Structures near to one, and those that are found again from the picture."""

import numpy as np
import pytest

from cadgen.decode import Candidate, Refine, Shot
from cadgen.kernel import NotCovered, build
from cadgen.lang import DialectError
from cadgen.lang.canonical import canonical, normal_text
from cadgen.parts import sample_program
from cadgen.picture import Picture, see
from cadgen.picture import published as published_look
from cadgen.program import Array, Circle, Extrude, Grid, Tilt, Tilted, Wheel, area, rectangle, spans_of, stands, write
from cadgen.refine.eye import Eye, eye_of
from cadgen.refine.fit import Fitted, blocks, fit, pruned
from cadgen.refine.neighbour import neighbours
from cadgen.refine.residual import asked
from cadgen.refine.restructure import restructure
from cadgen.refine.view import framed, look_of, target_of
from cadgen.shape import PUBLISHED, Camera, Execution, iou_aligned, render

HEAD = "import cadquery as cq\nresult="
FRONT = "cq.Workplane('XY',origin=(0,0,0)).moveTo(-90,-60).lineTo(90,-60).lineTo(90,60)"
PLATE = FRONT + ".lineTo(-90,60).close().extrude(40)\n"
BLOCK = FRONT.replace("XY", "XZ") + "{}.lineTo(-90,60).close().extrude(90)\n"
BOSS = "result=result.union(cq.Workplane('XY',origin=(0,0,40)).moveTo({}).extrude(50))\n"
CUT = "result=result.cut(cq.Workplane('XY',origin=(0,0,20)).moveTo({}).extrude(20))\n"

ROUND = BOSS.format("0,0).circle(30")
SQUARE = BOSS.format("-27,-27).lineTo(27,-27).lineTo(27,27).lineTo(-27,27).close(")
HEXAGON = BOSS.format("-33,0).lineTo(-16,-29).lineTo(16,-29).lineTo(33,0).lineTo(16,29).lineTo(-16,29).close(")
LEFT = BOSS.format("-80,-50).lineTo(-50,-50).lineTo(-50,50).lineTo(-80,50).close(")
RIGHT = BOSS.format("50,-50).lineTo(80,-50).lineTo(80,50).lineTo(50,50).close(")
HOLE = CUT.format("40,0).circle(15")
NOTCH = ".lineTo(30,60).lineTo(30,20).lineTo(-30,20).lineTo(-30,60)"
VEE = ".lineTo(30,60).lineTo(0,20).lineTo(-30,60)"

PIN = (
    "result=result.union(cq.Workplane('XZ',origin=(0,0,0)).moveTo(-75,40).lineTo(-60,40).lineTo(-75,90).close()"
    ".revolve(axisStart=(-75,0),axisEnd=(-75,1)))\n"
)
SHAFT = (
    "cq.Workplane('XZ',origin=(0,0,0)).moveTo(0,0).lineTo(60,0){}.lineTo(0,80).close()"
    ".revolve(axisStart=(0,0),axisEnd=(0,1))\n"
)
ROUND_BAR = SHAFT.format(".lineTo(60,80)")
NECK = ".lineTo(60,26).lineTo(40,26).lineTo(40,53).lineTo(60,53).lineTo(60,80)"

NEIGHBOURS = {  # one structure: another that is a neighbour of it, number by number
    "a round boss": (PLATE + ROUND, PLATE + SQUARE),
    "a boss with six sides": (PLATE + ROUND, PLATE + HEXAGON),
    "a square boss": (PLATE + SQUARE, PLATE + BOSS.format("0,0).circle(27")),
    "a block": (BLOCK.format(""), BLOCK.format(NOTCH)),
    "a block, for a V": (BLOCK.format(""), BLOCK.format(VEE)),
    "a notch": (BLOCK.format(NOTCH), BLOCK.format(".lineTo(30,60).lineTo(-30,20).lineTo(-30,60)")),
    "a V": (BLOCK.format(VEE), BLOCK.format(".lineTo(30,60).lineTo(-30,60)")),
    "a boss on one side": (PLATE + LEFT, PLATE + LEFT + RIGHT),
    "a boss too many": (PLATE + LEFT + RIGHT, PLATE + RIGHT),
    "a turned boss on one side": (PLATE + PIN, PLATE + PIN + PIN.replace("-75", "75").replace("-60", "60")),
    "a shaft without a groove": (SHAFT.format(".lineTo(60,80)"), SHAFT.format(NECK)),
    "a shaft without a step": (
        SHAFT.format(".lineTo(60,80)"),
        SHAFT.format(".lineTo(60,53).lineTo(40,53).lineTo(40,80)"),
    ),
    "a boss and no hole": (PLATE + LEFT + HOLE, PLATE + LEFT),
}


def program_of(text):
    return canonical(HEAD + text, grid=1)


@pytest.mark.parametrize(("one", "other"), NEIGHBOURS.values(), ids=NEIGHBOURS)
def test_a_structure_is_near_to_another(one, other):
    found = {normal_text(write(variant), grid=1) for variant in neighbours(program_of(one)) if _is_canonical(variant)}
    assert normal_text(HEAD + other, grid=1) in found


def _is_canonical(program):
    try:
        return bool(canonical(write(program), grid=1))
    except DialectError:
        return False


@pytest.mark.parametrize("seed", range(6))
def test_neighbours_are_other_programs_and_stand(seed):
    program = sample_program(seed)
    found = list(neighbours(program))
    assert len(found) == len(set(found)) > 3
    assert program not in found and all(map(stands, found))


def test_neighbours_of_a_turned_profile_stay_beside_its_axis():
    program = program_of(SHAFT.format(NECK))
    found = list(neighbours(program))
    assert len(found) > 20 and all(map(stands, found))


def test_what_takes_the_place_of_a_circle_has_its_area():
    program = program_of(PLATE + ROUND)
    others = [one[1].loops[0] for one in neighbours(program) if len(one) == 2 and one[0] == program[0]]
    assert len(others) == 3
    assert [area(loop) for loop in others] == pytest.approx([900 * np.pi] * 3, rel=0.05)


FOUND = {  # what a network confuses: what it wrote, what the picture shows
    "round for square": (
        PLATE + ROUND,
        PLATE + BOSS.format("-40,-20).lineTo(40,-20).lineTo(40,20).lineTo(-40,20).close("),
    ),
    "square for round": (PLATE + SQUARE, PLATE + BOSS.format("10,0).circle(36")),
    "no notch for one": (BLOCK.format(""), BLOCK.format(".lineTo(40,60).lineTo(40,10).lineTo(0,10).lineTo(0,60)")),
    "no notch for a V": (BLOCK.format(""), BLOCK.format(".lineTo(50,60).lineTo(10,-10).lineTo(-20,60)")),
    "one boss for two": (PLATE + LEFT, PLATE + LEFT + RIGHT),
}


@pytest.mark.parametrize(("written", "shown"), FOUND.values(), ids=FOUND)
def test_the_structure_that_the_picture_shows_is_found(written, shown):
    targets = [target_of(seen_of(program_of(shown)))]
    before = fit(published(program_of(written), targets[0]), targets, 300)
    found = restructure(before, targets, 1200)
    assert before.likeness < found.likeness == fit(found, targets, 1).likeness
    assert found.likeness > 0.96
    assert iou_aligned(build(found.program), build(program_of(shown))) > 0.97


def published(program, target, alike=0.0):
    return Fitted(program, (framed(build(program), PUBLISHED, target),), alike)


def seen_of(program):
    return see(Picture(render(build(program))))


def test_a_part_that_looks_right_is_left_alone():
    program = program_of(PLATE + SQUARE)
    targets = [target_of(seen_of(program))]
    found = fit(published(program, targets[0]), targets, 1)
    assert found.likeness > targets[0].right
    assert restructure(found, targets, 100) == found


def test_what_the_picture_does_not_ask_for_is_pruned():
    shown = program_of(PLATE + ROUND)
    targets = [target_of(seen_of(shown))]
    hidden = "result=result.cut(cq.Workplane('XY',origin=(0,0,0)).moveTo(0,0).circle(20).extrude(30))\n"
    behind = program_of(PLATE + ROUND + hidden)
    first = program_of("cq.Workplane('XY',origin=(0,0,10)).moveTo(0,0).circle(20).extrude(20)\n")
    around = (*first, *shown)
    for written in (behind, around, shown):
        assert pruned(fit(published(written, targets[0]), targets, 1), targets).program == shown


def test_pruning_goes_on_where_nothing_can_be_liker():
    shown = program_of(PLATE)
    target = target_of(published_look(Picture(render(build(shown)))))
    below = program_of(
        PLATE + "result=result.cut(cq.Workplane('XY',origin=(0,0,0)).moveTo(0,0).circle(20).extrude(9))\n"
    )
    written = fit(published(below, target), [target], 1)
    assert written.likeness == 1.0
    assert pruned(written, [target]).program == shown


def test_a_published_picture_settles_from_which_side_others_of_the_part_are_seen():
    program = program_of(PLATE + ROUND)
    first, second = (Picture(render(build(program), camera=one)) for one in (PUBLISHED, Camera(-30.0, 25.0, 0.0, 0.4)))
    seen = published_look(first), see(second)
    assert seen[0].exact and not seen[1].exact
    found = list(blocks([target_of(one) for one in seen], [eye_of(one).all_round() for one in seen]))
    assert found and all(camera.elevation > 0 for one in found for camera in one.cameras)


def test_a_plain_block_becomes_an_angle_with_its_hole():
    shown = program_of(
        "cq.Workplane('XZ',origin=(0,0,0)).moveTo(-90,-60).lineTo(90,-60).lineTo(90,-35).lineTo(-60,-35)"
        ".lineTo(-60,60).lineTo(-90,60).close().extrude(100)\n"
        "result=result.cut(cq.Workplane('XY',origin=(0,0,-60)).moveTo(30,-50).circle(20).extrude(25))\n"
    )
    targets = [target_of(seen_of(shown))]
    (start,) = blocks(targets, [Eye((PUBLISHED,))])
    found = restructure(start, targets, 1500)
    assert found.likeness > targets[0].right > start.likeness
    assert iou_aligned(build(found.program), build(shown)) > 0.97


@pytest.mark.parametrize(
    ("written", "at"), [(PLATE + SQUARE, 0), (SHAFT.format(".lineTo(60,80)"), -1)], ids=["near", "of another shape"]
)
def test_what_was_written_is_made_liker_first_if_it_is_near_and_last_if_not(written, at, monkeypatch):
    started = []
    monkeypatch.setattr("cadgen.decode.refine._BEHIND", 1.0)
    monkeypatch.setattr("cadgen.decode.refine.grown", lambda start, *_: start)
    monkeypatch.setattr("cadgen.decode.refine.restructure", lambda start, *_: started.append(start) or start)
    shots = (Shot(seen_of(canonical(HEAD + PLATE + ROUND, grid=1))),)
    offer = [[Candidate(HEAD + written, -1.0, 10, True)]]
    Refine(lambda offers, *_: offers, num_looks=400)(offer, [shots], lambda codes: [Execution("ok") for _ in codes])
    kinds = [[type(step) for step in one.program] for one in started[:-1]]  # the last is the best of all
    expected = [type(step) for step in canonical(HEAD + written, grid=1)]
    assert len(kinds) > 1 and kinds[at] == expected and kinds.count(expected) == 1


def test_refine_puts_what_the_sandbox_refuses_last():
    written, shown = HEAD + PLATE + ROUND, HEAD + PLATE + SQUARE
    shots = (Shot(seen_of(canonical(shown, grid=1))),)
    offer = [[Candidate(written, -1.0, 10, True)]]

    def refined(refused):
        def execute(codes):
            return [Execution("error" if code in refused else "ok") for code in codes]

        return [one.code for one in Refine(lambda offers, *_: offers, num_looks=400)(offer, [shots], execute)[0]]

    liker, last = refined([])
    assert last == written != liker
    assert refined([liker]) == [written, liker]


@pytest.mark.parametrize("runs", [True, False])
def test_where_nothing_that_was_written_can_be_fitted_a_block_comes_first_unless_it_runs(runs):
    written = HEAD + PLATE.replace(".extrude(40)", ".extrude(40,taper=5)")
    shots = (Shot(seen_of(canonical(HEAD + PLATE, grid=1))),)

    def execute(codes):
        return [Execution("ok" if runs or code != written else "error") for code in codes]

    found = Refine(lambda offers, *_: offers, num_looks=400)([[Candidate(written, -1.0, 10, True)]], [shots], execute)
    codes = [one.code for one in found[0]]
    assert codes == [written] if runs else codes[1:] == [written]
    assert runs or iou_aligned(build(codes[0]), build(canonical(HEAD + PLATE, grid=1))) > 0.95


def test_a_program_that_is_built_of_few_chords_alone_is_asked_what_it_lacks():
    tight = (
        "cq.Workplane('XY',origin=(0,0,-40)).moveTo(37,-47).lineTo(-36,1).threePointArc((-10,-6),(24,47)).lineTo(42,0)"
    )
    program = program_of(tight + ".close().extrude(80)\n")
    with pytest.raises(NotCovered):
        build(program)
    look = render(build(program_of(PLATE)), 224)
    target = target_of(see(Picture(look)))
    view = framed(build(program, 64), PUBLISHED, target)
    assert all(len(one) == 2 for one in asked(Fitted(program, (view,), 0.5), [target]))


@pytest.mark.parametrize(
    "step",
    [
        Tilted(Extrude("union", "XY", 0, 90, (Circle((30, 10), 8),)), (Tilt(0, (10, 0), 25), Tilt(2, (30, 10), 40))),
        Array("union", "XZ", 5, 90, Grid((3, -7), (30, 41), (2, 3)), (rectangle(-9, -5, 9, 5),)),
        Array("union", "YZ", 5, 90, Wheel((3, -7), 50, 20, 5), (rectangle(-9, -5, 9, 5),)),
        Tilted(Array("union", "XY", 5, 90, Wheel((3, -7), 50, 20, 3), (Circle((0, 0), 9),)), (Tilt(0, (10, 0), 25),)),
    ],
    ids=["turns", "rows", "a wheel", "a wheel that leans"],
)
def test_a_step_is_mirrored_with_all_that_it_says(step):
    plate = Extrude("union", "XY", -10, 0, (rectangle(-50, -40, 70, 60),))
    mirrored = [build((one[2],)) for one in neighbours((plate, step)) if len(one) == 3]
    low, high = np.array([spans_of(each) for each in (plate, step)]).transpose(2, 0, 1)
    total, before = low.min(0) + high.max(0), build((step,))
    assert len(mirrored) == 3
    for axis, after in enumerate(mirrored):
        sign = np.where(np.arange(3) == axis, -1, 1)
        assert after.inertia == pytest.approx(before.inertia * np.outer(sign, sign), rel=1e-6, abs=1)
        assert after.centre == pytest.approx(np.where(sign < 0, total - before.centre, before.centre), abs=1e-4)


def test_a_copy_a_row_or_a_column_more_or_less_is_near():
    def counts(places):
        step = Array("union", "XY", 0, 9, places, (Circle((0, 0), 5),))
        return [
            (one.places.count, getattr(one.places, "spacing", None))
            for (one,) in neighbours((step,))
            if one.loops == step.loops
        ]

    assert counts(Wheel((0, 0), 50, 0, 3)) == [(4, None), (2, None)]
    assert counts(Grid((0, 0), (30, 1), (2, 1))) == [((3, 1), (30, 1)), ((2, 2), (30, 30))]
    assert counts(Grid((0, 0), (30, 20), (2, 2)))[2:] == [((1, 2), (1, 20)), ((2, 1), (30, 1))]


@pytest.mark.parametrize("written", [[HEAD + PLATE + SQUARE], []], ids=["something", "nothing"])
def test_a_search_without_time_answers_with_the_best_of_little(written, monkeypatch):
    looked = []
    monkeypatch.setattr("cadgen.refine.fit.look_of", lambda *known: looked.append(known) or look_of(*known))
    shots = (Shot(seen_of(canonical(HEAD + PLATE + ROUND, grid=1))),)

    def refined(budget_s):
        looked.clear()
        offer = [[Candidate(code, -1.0, 10, True) for code in written]]
        refine = Refine(lambda offers, *_: offers, num_looks=400, budget_s=budget_s)
        (best, *_) = refine(offer, [shots], lambda codes: [Execution("ok") for _ in codes])[0]
        return iou_aligned(build(canonical(best.code, grid=1)), build(program_of(PLATE + ROUND))), len(looked)

    (quick, few), (slow, many) = refined(0.0), refined(None)
    assert 0 < few < 40 < many
    assert quick < slow
    assert refined(1000.0) == (slow, many)
