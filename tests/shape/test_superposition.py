import numpy as np
import pytest

from cadgen.shape import overlap_aligned, superpose
from cadgen.shape.superposition import placed

BLOCK = "result=cq.Workplane('XY').box(4,3,2)"
STEPPED = "result=cq.Workplane('XY').box(40,30,20).faces('>Z').workplane().center(10,5).rect(10,10).cutBlind(-8)"


def test_what_is_missing_and_what_is_extra_make_up_the_iou(build):
    first, second = build(STEPPED, BLOCK)
    for a, b in ((first, second), (second, first)):
        found = superpose(a, b)
        assert found.overlap == overlap_aligned(a, b)
        (_, missing), (_, extra) = found.missing, found.extra
        assert (1 - missing) / (1 + extra) == pytest.approx(found.overlap.iou, abs=1e-9)


@pytest.mark.parametrize("size", [1, 25.4])
def test_the_turn_brings_the_second_onto_the_first(build, size):
    box = "cq.Workplane('XY').box({},{},{}).translate(({},{},{}))"
    block, corner = (
        box.format(4 * size, 3 * size, 2 * size, 5, 6, 7),
        box.format(size, size, size, 5 + size, 6, 7 + size),
    )
    upright = f"result={block}.cut({corner})"
    turned = f"{upright}.rotate((0,0,0),(1,2,3),77)"
    first, second = build(upright, turned)
    for a, b in ((first, second), (second, first)):
        found = superpose(a, b)
        assert np.allclose(found.turn @ found.turn.T, np.eye(3)) and np.linalg.det(found.turn) > 0
        there, here = placed(a), placed(b, found.turn)
        nearest = np.linalg.norm(there[:, None] - here[None], axis=2)
        assert nearest.min(0).max() < 0.01 and nearest.min(1).max() < 0.01
        assert found.missing[1] < 0.01 and found.extra[1] < 0.01


def test_a_film_counts_and_is_not_drawn(build):
    first, second = build(BLOCK, "result=cq.Workplane('XY').box(4,3,2.01)")
    found = superpose(first, second)
    assert all(share > 0 and not len(triangles) for (_, triangles), share in (found.missing, found.extra))


def test_what_is_symmetric_is_not_turned_for_nothing(build):
    first, second = build(BLOCK, "result=cq.Workplane('XY').box(40,30,21)")
    assert (superpose(first, second).turn == np.eye(3)).all()
