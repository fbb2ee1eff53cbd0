"""Several pictures of one part: proposals from each, and programs compared with all of them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cadgen.decode import Candidate, Case, Decoder, Likelihood, Refine, Sample, Shot, Visual, decode
from cadgen.decode.run import merged
from cadgen.decode.share import decode_all
from cadgen.kernel import build
from cadgen.lang.canonical import canonical
from cadgen.picture import Picture, see
from cadgen.refine.eye import BELOW, Eye, all_round
from cadgen.shape import NAMED, PUBLISHED, Execution, render

BLOCK = (
    "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,0)).moveTo(-100,-50).lineTo(100,-50).lineTo(100,50)"
    ".lineTo(-100,50).close().extrude(40)\n"
)
DEEP = BLOCK.replace(",-50)", ",-70)").replace(",50)", ",70)")
BELOW_IT = "result=result.cut(cq.Workplane('XY',origin=(0,0,0)).moveTo(20,0).circle(30).extrude(20))\n"
BEHIND_IT = "result=result.cut(cq.Workplane('XZ',origin=(0,50,0)).moveTo(40,20).circle(10).extrude(20))\n"
BEHIND = replace(PUBLISHED, azimuth=135.0)


def offered(*codes):
    return [Candidate(code, -1.0 - place, 10, True) for place, code in enumerate(codes)]


def shot(code, camera, known=False):
    """What is seen of the part from the camera."""
    return Shot(see(Picture(render(build(canonical(code, grid=1)), camera=camera))), camera if known else None)


def all_run(codes):
    return [Execution("ok") for _ in codes]


@pytest.mark.parametrize(
    ("offers", "expected"),
    [
        (["ab"], "ab"),
        (["aab"], "aab"),  # of one picture nothing is dropped
        (["abc", "def"], "adbecf"),
        (["abc", "bad"], "abcd"),
        (["aa", "ab"], "ab"),
        (["a", "bcd", "", "e"], "abecd"),
        (["", ""], ""),
    ],
)
def test_pictures_take_turns_and_the_same_text_is_offered_once(offers, expected):
    assert [one.code for one in merged([offered(*codes) for codes in offers])] == list(expected)


@pytest.fixture(scope="module")
def network(tiny_network):
    return tiny_network(12)


@pytest.fixture(scope="module")
def image_NCHW():
    torch.manual_seed(1)
    return torch.rand(6, 1, 32, 32)


def case_of(name, image_KCHW):
    return Case(name, image_KCHW, (None,) * len(image_KCHW), (None,) * len(image_KCHW))


def codes_of(decoded):
    return [[one.code for one in part.candidates] for part in decoded]


def test_a_part_gets_what_each_of_its_pictures_gets_alone_whatever_is_beside_it(network, image_NCHW, box):
    sizes = []

    def propose(network, image_BCHW):
        sizes.append(len(image_BCHW))
        return Sample(4, temperature=2.0)(network, image_BCHW)

    decoder = Decoder(propose, lambda offers, *_: offers)
    alone = codes_of(decode(network, decoder, [case_of("", image_CHW[None]) for image_CHW in image_NCHW], box))
    sizes.clear()
    cases = [case_of("a", image_NCHW[:1]), case_of("b", image_NCHW[1:5]), case_of("c", image_NCHW[5:])]
    first, several, last = codes_of(decode(network, decoder, cases, box, batch_size=4))
    assert sizes == [4, 2]  # never more pictures than a batch has
    assert first == alone[0] and last == alone[5]
    assert several == list(dict.fromkeys(codes[place] for place in range(4) for codes in alone[1:5]))


def test_decoders_that_share_get_the_same_for_more_pictures_than_a_batch_has(network, image_NCHW, box):
    decoder = Decoder(Sample(3, temperature=2.0), Likelihood())
    cases = [case_of("a", image_NCHW[:3]), case_of("b", image_NCHW[3:])]
    together = decode_all(network, {"one": decoder, "other": decoder}, cases, box, batch_size=2)
    alone = codes_of(decode(network, decoder, cases, box, batch_size=2))
    assert codes_of(together["one"]) == codes_of(together["other"]) == alone


@pytest.mark.parametrize(("seen", "cameras"), [((), (None,)), ((None,), ()), ((None, None), (None, None))])
def test_a_case_whose_pictures_and_cameras_are_not_as_many_is_refused(seen, cameras):
    with pytest.raises(ValueError, match=r"part 7: .* give as many of each"):
        Case("part 7", torch.zeros(1, 1, 2, 2), seen, cameras)


@pytest.mark.parametrize(("hidden", "other"), [(BELOW_IT, BELOW), (BEHIND_IT, BEHIND)], ids=["below", "behind"])
def test_visual_sees_on_one_picture_what_another_hides(hidden, other):
    offer = [offered(BLOCK, BLOCK + hidden)]
    shots = shot(BLOCK + hidden, PUBLISHED), shot(BLOCK + hidden, other)
    ((first, _),) = Visual()(offer, [shots[:1]], all_run)
    assert first.code == BLOCK and first.cameras == (PUBLISHED,)
    ((first, _),) = Visual()(offer, [shots], all_run)
    assert first.code == BLOCK + hidden and first.cameras == (PUBLISHED, other)


@pytest.mark.parametrize(("views", "depth"), [(["front"], 140), (["front", "right"], 100), (["front", "top"], 100)])
def test_refine_takes_each_measure_from_a_picture_that_shows_it(views, depth):
    shots = tuple(shot(BLOCK, NAMED[view], known=True) for view in views)
    (best, *_) = Refine(lambda offers, *_: offers, num_looks=400)([offered(DEEP)], [shots], all_run)[0]
    width, found, _ = np.ptp(build(canonical(best.code, grid=1)).vertices, axis=0)
    assert found / width == pytest.approx(depth / 200, abs=0.02)
    assert best.cameras == tuple(NAMED[view] for view in views)


@pytest.mark.parametrize("choose", [Visual(), Refine(Visual(), 100)], ids=["visual", "refine"])
def test_a_known_camera_stays_also_where_another_is_liker_and_the_others_are_found(choose):
    front, free = NAMED["front"], shot(BLOCK + BEHIND_IT, BEHIND)
    wrong = replace(shot(BLOCK + BEHIND_IT, PUBLISHED), camera=front)
    (best, *_) = choose([offered(BLOCK + BEHIND_IT)], [(wrong, free)], all_run)[0]
    assert best.cameras[0] == front


def test_several_pictures_are_looked_for_on_all_sides_of_the_part():
    turned = all_round((PUBLISHED, NAMED["front"], NAMED["right"]))
    assert turned[0] == PUBLISHED and turned[2] == BEHIND
    assert {NAMED[name] for name in ("front", "right", "back", "left")} | {BEHIND} < set(turned)
    assert len(turned) == len(set(turned)) == 8
    assert Eye((PUBLISHED,)).all_round() == Eye((PUBLISHED,))


@pytest.mark.parametrize(
    ("name", "right", "up"),
    [
        ("front", (1, 0, 0), (0, 0, 1)),
        ("back", (-1, 0, 0), (0, 0, 1)),
        ("left", (0, -1, 0), (0, 0, 1)),
        ("right", (0, 1, 0), (0, 0, 1)),
        ("top", (1, 0, 0), (0, 1, 0)),
        ("bottom", (1, 0, 0), (0, -1, 0)),
    ],
)
def test_named_views_lie_as_on_drawings(name, right, up):
    np.testing.assert_allclose(NAMED[name].axes[:2], (right, up), atol=1e-12)
