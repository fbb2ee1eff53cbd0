import hashlib
from collections import Counter

import numpy as np
import pytest

from cadgen.data import drawn
from cadgen.kernel import build
from cadgen.lang import Grammar, check, parse
from cadgen.lang.canonical import canonical, normal_text
from cadgen.parts import draw_pair, draw_wide, sample_part, sample_program
from cadgen.parts.family import FAMILIES
from cadgen.parts.full import FULL
from cadgen.parts.part import NUM_EXTRUSIONS, sample_draft
from cadgen.picture import read
from cadgen.program import IN_PLANE, Arc, Array, Circle, Revolve, Tilted, spans_of, write
from cadgen.shape import iou, render

GOLDEN = "8d00b1d15b3f7864757363dc30059bcc87a5f813a9c96fe3e0b10804bfde621e"


@pytest.fixture(scope="module")
def drafts():
    return [sample_draft(seed) for seed in range(300)]


def test_the_first_programs_are_these_on_every_machine(drafts):
    text = "".join(draft.code for draft in drafts[:100])
    assert hashlib.sha256(text.encode()).hexdigest() == GOLDEN


def test_a_seed_gives_its_part_whatever_was_drawn_before():
    assert write(sample_program(7)) == sample_draft(7).code == sample_part(7).code
    sample_program(8)
    assert write(sample_program(7)) == sample_draft(7).code


def test_every_program_is_canonical_and_of_the_basic_grammar(drafts):
    basic = Grammar("basic")
    for draft in drafts:
        assert normal_text(draft.code, grid=1) == draft.code
        assert basic.accepts(draft.code)


def test_programs_seldom_repeat(drafts):
    assert len({draft.code for draft in drafts}) >= 0.97 * len(drafts)


def test_every_part_is_centred_and_its_largest_extent_is_384_steps(drafts):
    for draft in drafts:
        low, high = draft.solid.bounds
        assert np.ptp([low, high], axis=0).max() == pytest.approx(384, abs=2)
        assert np.abs(low + high).max() <= 2


def test_every_step_matters(drafts):
    for draft in drafts[:100]:
        steps = canonical(draft.code, grid=1)
        for num in range(1, len(steps)):
            assert iou(build(steps[:num]), build(steps[: num + 1])) < 1 - 1e-4, draft.code


def test_the_kernel_agrees_that_the_parts_are_valid_and_as_large(drafts, box):
    chosen = drafts[:60]
    for draft, execution in zip(chosen, box.run([draft.code for draft in chosen]), strict=True):
        assert execution.ok, (execution.error, draft.code)
        assert execution.solid.valid, draft.code
        assert execution.solid.volume == pytest.approx(draft.solid.volume, rel=0.005)
        assert iou(execution.solid, draft.solid) > 0.995


def test_a_part_comes_from_the_cad_kernel_if_there_is_a_sandbox(box):
    part, again = sample_part(3, box), sample_part(3)
    assert part.code == again.code
    assert part.solid.brep and not again.solid.brep
    assert part.solid.volume == pytest.approx(again.solid.volume, rel=0.005)


def test_numbers_of_extrusions_are_shared_out_as_published(drafts):
    counts = Counter(draft.code.count("extrude") for draft in drafts)
    for num, share in NUM_EXTRUSIONS.items():
        expected = len(drafts) * share / 100
        assert abs(counts[num] - expected) < 4 * np.sqrt(expected) + 2, counts


def test_planes_operations_and_kinds_of_loops_all_occur(drafts):
    programs = [canonical(draft.code, grid=1) for draft in drafts]
    steps = [step for program in programs for step in program]
    assert {step.plane for step in steps} == {"XY", "XZ", "YZ"}
    assert {step.operation for step in steps} == {"union", "cut"}
    loops = [loop for step in steps for loop in step.loops]
    assert any(isinstance(loop, Circle) for loop in loops)
    paths = [loop for loop in loops if not isinstance(loop, Circle)]
    assert any(isinstance(segment, Arc) for path in paths for segment in path.segments)
    assert {3, 4, 5, 6, 8} <= {len(path.segments) for path in paths}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_can_be_drawn_alone(family):
    for seed in range(5):
        draft = sample_draft(seed, {family: 2.0})
        assert draft.family == family
        assert draft.code.count("extrude") in FAMILIES[family].num


@pytest.mark.parametrize("family", FULL)
def test_a_family_beyond_extrusion_is_of_the_full_grammar_and_mostly_built(family, box):
    codes = [sample_draft(seed, {family: 1}).code for seed in range(8)]
    full = Grammar("full")
    assert all(full.accepts(code) and normal_text(code, grid=1) == code for code in codes)
    assert not any(check(code) for code in codes)
    good = [execution.solid for execution in box.run(codes) if execution.ok and execution.solid.valid]
    assert len(good) >= 5
    for solid in good:
        assert np.ptp(solid.bounds, axis=0).max() == pytest.approx(384, abs=4)


def test_turned_parts_are_canonical_and_need_no_cad_kernel(box):
    drafts = [sample_draft(seed, {"revolve": 1}) for seed in range(20)]
    for seed, (draft, execution) in enumerate(zip(drafts, box.run([d.code for d in drafts]), strict=True)):
        (step,) = canonical(draft.code, grid=1)
        assert isinstance(step, Revolve) and write((step,)) == draft.code
        assert sample_program(seed, {"revolve": 1}) == (step,)
        assert draft.solid.volume == pytest.approx(execution.solid.volume, rel=1e-5)
        assert np.abs(render(draft.solid, 224).astype(float) - render(execution.solid, 224)).mean() < 0.2
    picture, code = draw_pair(3, 96, families={"revolve": 1})
    assert code == drafts[3].code and (picture == render(drafts[3].solid, 96)).all()
    assert sample_part(3, families={"revolve": 1}).solid.brep == b""


def test_what_leans_is_canonical_turned_by_whole_degrees_around_its_middle(box):
    drafts = [sample_draft(seed, {"leaning": 1}) for seed in range(40)]
    programs = [canonical(draft.code, grid=1) for draft in drafts]
    for draft, program, execution in zip(drafts, programs, box.run([d.code for d in drafts]), strict=True):
        leaning = [step for step in program if isinstance(step, Tilted)]
        (tilts,) = {step.tilts for step in leaning}
        assert write(program) == draft.code and all(3 <= abs(tilt.degrees) <= 45 for tilt in tilts)
        for tilt in tilts:
            spans = [[spans_of(step.body)[axis] for step in leaning] for axis in IN_PLANE[tilt.axis]]
            middle = [sum((min(low), max(high))) / 2 for low, high in (zip(*each, strict=True) for each in spans)]
            assert tilt.at == pytest.approx(middle, abs=2)
        assert draft.solid.volume == pytest.approx(execution.solid.volume, rel=1e-4)
    assert {len({type(step) for step in program}) for program in programs} == {1, 2}  # all of it, or one of its bodies


def test_what_is_in_rows_is_canonical_and_the_solid_that_cadquery_builds(box):
    drafts = [sample_draft(seed, {"arrayed": 1}) for seed in range(40)]
    kinds = set()
    for draft, execution in zip(drafts, box.run([draft.code for draft in drafts]), strict=True):
        program = canonical(draft.code, grid=1)
        arrays = [step for step in program if isinstance(step, Array)]
        assert write(program) == draft.code and arrays
        assert draft.solid.volume == pytest.approx(execution.solid.volume, rel=5e-4)
        kinds |= {(type(step.places), step.operation, type(step.loops[0])) for step in arrays}
    assert len(kinds) == 8


def test_the_wide_mix_has_arrays_what_leans_and_many_features_of_which_the_network_can_be_judged():
    samples = drawn(draw_wide, 120, seed=3, size=64)
    programs = [canonical(sample.code, grid=1) for sample in samples]
    types = [type(step) for program in programs for step in program]
    assert {types.count(each) > 1 for each in (Array, Tilted, Revolve)} == {True}
    faces = [build(program).triangle_face.max() + 1 for program in programs]
    assert np.mean(np.greater(faces, 10)) > 0.4
    assert len({sample.id for sample in samples}) == 120 and samples[7] == drawn(draw_wide, 8, seed=3, size=64)[7]
    pixels, code = draw_wide((3 << 48) + 7, 64)
    assert (read(samples[7].image).colour_HW3 == pixels).all() and samples[7].code == code


def test_a_program_of_a_family_that_is_no_fold_of_steps_is_refused():
    with pytest.raises(ValueError, match="family shell is no fold of steps"):
        sample_program(0, {"shell": 1})


def test_families_beyond_extrusion_are_drawn_only_where_they_are_weighed(drafts):
    assert not {draft.family for draft in drafts} & FULL.keys()
    mixed = {sample_draft(seed, {"slab": 1, "fillet": 1}).family for seed in range(20)}
    assert mixed == {"slab", "fillet"}


@pytest.mark.parametrize("families", [{"gear": 1}, {}, {"slab": 0}])
def test_a_mix_of_no_families_is_refused_with_the_names_that_there_are(families):
    with pytest.raises(ValueError, match="weigh at least one of slab, tube"):
        sample_program(0, families)


def test_a_pair_is_the_picture_and_the_program_of_its_part():
    picture, code = draw_pair(5, 96)
    assert code == sample_draft(5).code
    assert (picture == render(build(code), 96)).all()


def test_a_pair_that_needs_the_cad_kernel_is_refused():
    with pytest.raises(ValueError, match="needs the CAD kernel"):
        draw_pair(0, 64, families={"fillet": 1})


def test_parse_reads_every_program(drafts):
    for draft in drafts[:40]:
        assert parse(draft.code)


@pytest.mark.parametrize("seed", [12029120, 13342464])
def test_no_draft_stumbles(seed):
    """Sides that cross in a corner of a third loop, and a square that a square of no size would pierce."""
    assert sample_draft(seed).solid is not None
