"""The picture of a part: like the real ones, and a picture of the part's shape alone."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from cadgen.shape import Solid, render

Build = Callable[..., list[Solid]]

BLACK = 40
BRACKET = "result=cq.Workplane().box(4,3,0.5).union(cq.Workplane().moveTo(1,0.5).circle(0.5).extrude(2))"


def share_that_differs(image: np.ndarray, other: np.ndarray, levels: int = 24) -> float:
    """The share of pixels whose grey differs by more than `levels`."""
    return float((np.abs(_grey(image) - _grey(other)) > levels).mean())


def _grey(image: np.ndarray) -> np.ndarray:
    return np.array(Image.fromarray(image).convert("L"), float)


def test_pictures_look_like_the_real_ones(gencad: list) -> None:
    shares, differences, overlaps = [], [], []
    for sample in gencad:
        real = np.array(Image.open(sample.image).convert("RGB"))
        ours = render(sample.solid, len(real))
        shares.append(share_that_differs(ours, real))
        differences.append(np.abs(real.astype(float) - ours).mean())
        lines, our_lines = (real < BLACK).all(axis=2), (ours < BLACK).all(axis=2)
        overlaps.append((lines & our_lines).sum() / (lines | our_lines).sum())
    assert len(shares) == 52
    assert np.median(shares) < 0.001, sorted(shares)
    assert np.median(differences) < 0.05, sorted(differences)  # of 255
    assert np.median(overlaps) > 0.97, sorted(overlaps)
    # One real picture shows less than its program builds: the kernel that drew it lost half of a self-touching part.
    # The others that differ most have the seam of a cylinder elsewhere, or a line between coplanar faces.
    assert sorted(shares)[-2] < 0.005, sorted(shares)
    assert sorted(overlaps)[1] > 0.6, sorted(overlaps)


def test_size_and_place_of_a_part_do_not_show(build: Build) -> None:
    part, *others = build(
        BRACKET,
        BRACKET + ".translate((7,-5,11))",
        BRACKET + "\nresult=result.val().scale(100)",
        BRACKET + "\nresult=result.val().scale(256).translate(cq.Vector(3,2,1))",
    )
    for other in others:
        assert share_that_differs(render(part), render(other)) < 0.001


def test_turning_a_part_shows(build: Build) -> None:
    pictures = [
        render(part)
        for part in build(
            BRACKET,
            BRACKET + ".rotate((0,0,0),(0,0,1),90)",
            BRACKET + ".rotate((0,0,0),(1,0,0),180)",
            BRACKET + ".mirror('YZ')",
        )
    ]
    for i, picture in enumerate(pictures):
        for other in pictures[:i]:
            assert share_that_differs(picture, other) > 0.02


def test_real_parts_have_pictures_of_their_own(gencad: list) -> None:
    pictures = {render(sample.solid, 128).tobytes() for sample in gencad}
    assert len(pictures) > 45  # a few real parts share their proportions


@pytest.mark.parametrize("size", [64, 224, 448])
def test_the_part_stands_in_the_middle_of_a_white_square(build: Build, size: int) -> None:
    (cube,) = build("result=cq.Workplane().box(1,1,1)")
    image = render(cube, size)
    assert image.shape == (size, size, 3)
    assert image.dtype == np.uint8
    rows, columns = np.nonzero((image < 255).any(axis=2))
    tall, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert tall == pytest.approx(size * 2 / 3, abs=2)  # a cube fills the height that is left to a part
    assert wide == pytest.approx(tall * np.sqrt(3) / 2, abs=2)  # the hexagon of an isometric cube
    assert rows.min() + rows.max() == pytest.approx(size - 1, abs=2)
    assert columns.min() + columns.max() == pytest.approx(size - 1, abs=2)


def test_the_border_is_white_around_every_real_part(gencad: list) -> None:
    for sample in gencad:
        image = render(sample.solid, 224)
        inside = np.zeros(image.shape[:2], bool)
        inside[34:-34, 10:-10] = True
        assert (image[~inside] == 255).all(), sample.id


def test_visible_edges_are_black_and_hidden_ones_are_not_drawn(build: Build) -> None:
    block, pierced = build(
        "result=cq.Workplane().box(2,2,2)",
        "result=cq.Workplane().box(2,2,2).cut(cq.Workplane('XY',origin=(0,0,-1)).circle(0.4).extrude(1))",
    )
    assert share_that_differs(render(block), render(pierced)) == 0  # the pocket opens downwards
    black = (render(block) == 0).all(axis=2)
    assert black[224, 223]  # three edges meet at the corner nearest to the eye
    assert 3 * 170 < black.sum() < 9 * 180  # nine edges show, of about 172 pixels at most


def test_a_line_is_one_pixel_wide_and_has_no_gaps(build: Build) -> None:
    (cube,) = build("result=cq.Workplane().box(1,1,1)")
    black = (render(cube) == 0).all(axis=2)
    below = black[226:370]  # the vertical edges: left, middle, right
    assert (below[:60].sum(axis=1) == 3).all()
    right = black[:, 228:350]  # the slanting edges of the right half, two of the top and one of the bottom
    assert (right.sum(axis=0) == 3).all()


def test_the_top_the_left_and_the_right_of_a_cube_are_equally_bright_and_a_slope_is_not(build: Build) -> None:
    cube, roof = build(
        "result=cq.Workplane().box(1,1,1)",
        "result=cq.Workplane('YZ').polyline([(-1,0),(1,0),(0,1)]).close().extrude(2)",
    )
    assert len(_shades(render(cube))) == 1
    assert len(_shades(render(roof))) == 2


def _shades(image: np.ndarray) -> set:
    return {tuple(pixel) for pixel in image.reshape(-1, 3).tolist()} - {(0, 0, 0), (255, 255, 255)}
