"""What a picture leaves open is given to what other steps end at, and nothing that it shows is changed."""

import pytest

from cadgen.kernel import build
from cadgen.lang.canonical import canonical
from cadgen.picture import Picture
from cadgen.picture.published import published
from cadgen.refine.fit import Fitted, Search
from cadgen.refine.plain import plainer
from cadgen.refine.view import framed, target_of
from cadgen.shape import PUBLISHED, iou_aligned, render

HEAD = "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,0)).rect(300,380).extrude(20)\n"
RIB = "result=result.union(cq.Workplane('XY',origin=(0,{},-60)).rect(20,{}).extrude(60))\n"
RING = "result=result.union(cq.Workplane('XY',origin=(-50,0,20)).circle(60).circle(30).extrude({}))\n"
BORE = "result=result.cut(cq.Workplane('XY',origin=(0,0,{})).center(-50,0).circle(30).extrude(300))\n"
CASES = {  # what was found, and what it is
    "a rib goes on to the end of its plate": (HEAD + RIB.format(-150, 80), HEAD + RIB.format(0, 380)),
    "a bore of which no bottom is seen goes through": (HEAD + RING.format(80), HEAD + RING.format(80) + BORE.format(0)),
}
KEPT = {
    "a rib whose end is seen": HEAD + RIB.format(-150, 80).replace(",-60)", ",20)"),
    "a bore of which the bottom is seen": HEAD + RING.format(20),
    "a plain plate": HEAD,
    "a plate with a hole": HEAD.replace("rect(300,380)", "rect(300,380).circle(40)"),
    "a tube on one": HEAD.replace("rect(300,380)", "rect(300,380).moveTo(-50,0).circle(30)") + RING.format(80),
}


def plain(found, shown):
    """The program that is made plain, and what it was made of."""
    target = target_of(published(Picture(render(build(shown)))))
    start = Fitted(found, (framed(build(found), PUBLISHED, target),), 0.0)
    start = Search(start, [target], 1, stops=False).best
    return plainer(start, [target]), start


@pytest.mark.parametrize(("found", "shown"), CASES.values(), ids=CASES)
def test_what_is_hidden_is_as_plain_as_what_is_seen(found, shown):
    part, wrong = (build(canonical(code, grid=1)) for code in (shown, found))
    assert iou_aligned(wrong, part) < 0.96
    made, start = plain(canonical(found, grid=1), canonical(found, grid=1))
    assert made.likeness > start.likeness - 0.001
    assert iou_aligned(build(made.program), part) > 0.99


@pytest.mark.parametrize("shown", KEPT.values(), ids=KEPT)
def test_what_is_seen_stays(shown):
    program = canonical(shown, grid=1)
    assert plain(program, program)[0].program == program
