"""What is seen of a part does not depend on how its picture was drawn, framed or stored."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from cadgen.kernel import build
from cadgen.lang.canonical import canonical
from cadgen.picture import SIDE, Picture, PictureError, Sight, published, read, see
from cadgen.shape import render

BRACKET = (
    "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,0)).moveTo(-160,-100).lineTo(160,-100).lineTo(160,100)"
    ".lineTo(-160,100).close().moveTo(-100,-32).circle(20).moveTo(100,-32).circle(20).extrude(32)\n"
    "result=result.union(cq.Workplane('XY',origin=(0,0,0)).moveTo(-160,68).lineTo(160,68).lineTo(160,100)"
    ".lineTo(-160,100).close().extrude(192))\n"
)
PROGRAM = canonical(BRACKET, grid=1)
SOLID = build(PROGRAM)
PLAIN = render(SOLID)


def alike(seen, other):
    """IoU of the silhouettes, and the share of lines within 3 pixels of the other's, the worse way."""
    union = np.count_nonzero(seen.part_SS | other.part_SS)
    return np.count_nonzero(seen.part_SS & other.part_SS) / union, min(near(seen, other), near(other, seen))


def near(seen, other):
    column_N, row_N = np.clip(seen.line_N2.astype(int), 0, SIDE - 1).T
    return (other.distance_SS[row_N, column_N] <= 3).mean()


def encoded(image, format_, **how):
    file = io.BytesIO()
    Image.fromarray(image).save(file, format_, **how)
    return read(file.getvalue())


def framed(image, size, left, top):
    page = np.full((*size, 3), 255, np.uint8)
    page[top : top + len(image), left : left + image.shape[1]] = image
    return page


def transparent():
    cover = np.where((PLAIN == 255).all(2), 0, 255).astype(np.uint8)
    return Picture(np.where(cover[..., None] > 0, PLAIN, 17).astype(np.uint8), cover)


def gradient():
    ramp = np.linspace(150, 250, len(PLAIN))[:, None, None]
    return np.where((PLAIN == 255).all(2, keepdims=True), ramp, PLAIN).astype(np.uint8)


def lines_only():
    return np.where((PLAIN == 0).all(2, keepdims=True), 0, 255).astype(np.uint8).repeat(3, 2)


def lines_on_nothing():
    """As CAD programs write SVG: between the lines it is transparent, and of their colour as far as it has any."""
    return Picture(np.zeros_like(PLAIN), 255 - lines_only()[..., 0])


def many_shades():
    """Each face of a grey of its own."""
    _, label = cv2.connectedComponents((PLAIN[..., 0] == 141).astype(np.uint8), connectivity=4)
    greys = 90 + 25 * (np.arange(label.max() + 1) % 6)
    return np.where(label[..., None] > 0, greys[label][..., None], PLAIN).astype(np.uint8)


def half_drawn():
    """On the left, lines inside are as light as the faces beside them."""
    image = many_shades()
    inside = cv2.erode((PLAIN != 255).any(2).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    inside[:, SIDE // 2 :] = False
    return np.where(inside[..., None], cv2.morphologyEx(image, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), image)


def white_face():
    """The largest face is as white as the ground."""
    _, label, stats, _ = cv2.connectedComponentsWithStats((PLAIN[..., 0] == 141).astype(np.uint8), connectivity=4)
    return np.where((label == 1 + stats[1:, cv2.CC_STAT_AREA].argmax())[..., None], 255, PLAIN).astype(np.uint8)


def on_squared_paper():
    image = lines_only()
    for rule in range(7, SIDE, 20):
        image[rule], image[:, rule] = np.minimum(image[rule], 238), np.minimum(image[:, rule], 238)
    return image


def labelled():
    return cv2.putText(lines_only(), "ISO", (380, 430), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0))


def white_lines():
    """Lines lighter than the lightest face, by a sixth of what they differ from the darkest."""
    _, label = cv2.connectedComponents((PLAIN[..., 0] == 141).astype(np.uint8), connectivity=4)
    greys = np.array([70, 225, 100])[np.arange(label.max() + 1) % 3]
    image = np.where(label[..., None] > 0, greys[label][..., None], 40)
    line_HW = cv2.dilate((PLAIN == 0).all(2).astype(np.uint8), np.ones((2, 2), np.uint8))
    return np.where(line_HW[..., None] > 0, 255, image).astype(np.uint8).repeat(3 // image.shape[2], 2)


def white_on_grey():
    """A drawing of white faces on a grey page, not sharp: beside lines there are shades of the page's grey."""
    image = cv2.erode(lines_only(), np.ones((3, 3), np.uint8))
    page_HW = (PLAIN == 255).all(2)
    return cv2.GaussianBlur(np.where(page_HW[..., None], 200, image).astype(np.uint8), (0, 0), 2.0)


PICTURES = {
    "as drawn": lambda: Picture(PLAIN),
    "inverted": lambda: Picture(255 - PLAIN),
    "blue": lambda: Picture((PLAIN * [0.5, 0.7, 1.0]).astype(np.uint8) + np.uint8(0)),
    "dark ground": lambda: Picture(np.where((PLAIN == 255).all(2, keepdims=True), 30, PLAIN).astype(np.uint8)),
    "gradient": lambda: Picture(gradient()),
    "lines only": lambda: Picture(lines_only()),
    "thick lines": lambda: Picture(cv2.erode(lines_only(), np.ones((4, 4), np.uint8))),
    "some lines not drawn": lambda: Picture(half_drawn()),
    "white lines": lambda: Picture(white_lines()),
    "white faces on a grey page": lambda: Picture(white_on_grey()),
    "a white face": lambda: Picture(white_face()),
    "on squared paper": lambda: Picture(on_squared_paper()),
    "with a label": lambda: Picture(labelled()),
    "transparent": transparent,
    "lines on nothing": lines_on_nothing,
    "in a corner of a page": lambda: Picture(framed(PLAIN, (700, 900), 20, 240)),
    "twice as large": lambda: Picture(cv2.resize(PLAIN, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)),
    "a third as large": lambda: Picture(cv2.resize(PLAIN, (150, 150), interpolation=cv2.INTER_AREA)),
    "JPEG": lambda: encoded(PLAIN, "JPEG", quality=60),
    "palette": lambda: encoded(np.asarray(Image.fromarray(PLAIN).quantize(8).convert("RGB")), "GIF"),
    "noise": lambda: Picture(
        (PLAIN + np.random.default_rng(0).normal(0, 5, PLAIN.shape)).clip(0, 255).astype(np.uint8)
    ),
    "small": lambda: Picture(framed(cv2.resize(PLAIN, (220, 220), interpolation=cv2.INTER_AREA), (448, 448), 9, 100)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_part_is_seen_on_every_picture_of_it(name):
    outline, lines = alike(see(PICTURES[name]()), see(PICTURES["as drawn"]()))
    assert outline > 0.96
    assert lines > 0.9


@pytest.mark.parametrize(
    "name", ["as drawn", "inverted", "dark ground", "gradient", "lines only", "transparent", "lines on nothing"]
)
def test_a_network_is_shown_the_same_drawing(name):
    first, other = (Sight(("drawing",), 224).of(PICTURES[one]()).astype(float) for one in ("as drawn", name))
    assert np.abs(first - other).mean() < 4


def test_shades_are_told_by_their_order_alone():
    first, other = (Sight(("shade",), 224).of(PICTURES[one]()).astype(float) for one in ("as drawn", "gradient"))
    assert np.abs(first - other).mean() < 2
    assert (Sight(("shade",), 224).of(PICTURES["lines only"]()) == 255).all()


def test_an_empty_picture_is_refused_and_a_faint_one_doubted():
    with pytest.raises(PictureError, match="no part found: the picture is empty"):
        see(Picture(np.full((200, 200, 3), 128, np.uint8)))
    faint = np.full((200, 200, 3), 128, np.uint8)
    faint[100, 100] = 131
    assert "no part found" in see(Picture(faint)).doubts[0]


def test_unknown_channels_are_refused():
    with pytest.raises(ValueError, match=r"depth.*choose of colour, grey, drawing, shade"):
        Sight(("depth",), 224)


def test_a_picture_as_it_is_has_its_colours_averaged_over_squares_of_pixels():
    image = np.random.default_rng(0).integers(0, 256, (8, 4, 3), np.uint8)
    colour = Sight(("colour",), 4).of(Picture(image)).transpose(1, 2, 0)
    assert (colour[:, [0, 3]] == 255).all()  # padded to a square
    assert np.abs(colour[:, 1:3] - image.reshape(4, 2, 2, 2, 3).mean((1, 3))).max() <= 1  # rounded twice
    (grey,) = Sight(("grey",), 4).of(Picture(image))
    assert np.abs(grey - colour @ [0.299, 0.587, 0.114]).max() <= 1


def test_the_outline_of_a_round_face_runs_straight_where_it_is_not_drawn():
    """A bar seen from the side, as many renderers draw it: its near end, and the half of its far end that is seen."""
    page, near_end, far_end = np.full((300, 420, 3), 255, np.uint8), (90, 150), (330, 150)
    cv2.ellipse(page, near_end, (40, 100), 0, 0, 360, (0, 0, 0), 1)
    cv2.ellipse(page, far_end, (40, 100), 0, -90, 90, (0, 0, 0), 1)
    whole = page.copy()
    for height in (50, 250):
        cv2.line(whole, (near_end[0], height), (far_end[0], height), (0, 0, 0), 1)
    outline, _ = alike(see(Picture(page)), see(Picture(whole)))
    assert outline > 0.98


def test_round_faces_that_grow_dark_towards_their_rims_are_not_drawn_in_lines():
    across = np.linspace(-1, 1, 201)
    page = np.full((300, 420, 3), 255, np.uint8)
    page[80:260, 110:311] = np.rint(30 + 150 * np.sqrt(1 - across**2))[None, :, None]
    cv2.ellipse(page, (210, 260), (100, 40), 0, 0, 180, (120, 120, 120), -1)
    cv2.ellipse(page, (210, 80), (100, 40), 0, 0, 360, (120, 120, 120), -1)
    assert not see(Picture(page)).drawn


def test_what_is_seen_through_a_hole_is_none_of_the_part():
    page = np.full((300, 300, 3), 255, np.uint8)
    cv2.circle(page, (150, 150), 100, (90, 90, 90), -1)
    cv2.circle(page, (150, 150), 60, (255, 255, 255), -1)
    assert not see(Picture(page)).part_SS[SIDE // 2, SIDE // 2]


def test_a_round_face_whose_shades_pass_that_of_the_ground_is_whole():
    page = np.full((300, 420, 3), 128, np.uint8)
    page[80:260, 110:311] = np.linspace(40, 216, 201).astype(np.uint8)[None, :, None]
    page[70:80, 110:311] = page[260:270, 110:311] = 20
    assert see(Picture(page)).part_SS[SIDE // 2].sum() > 0.9 * SIDE * 0.99


def test_dashes_are_edges_that_are_not_seen():
    page = lines_only()
    for start in range(0, 100, 9):
        cv2.line(page, (110 + start, 260 - start // 2), (115 + start, 258 - start // 2), (0, 0, 0), 1)
    assert near(see(Picture(page)), see(Picture(lines_only()))) > 0.99


@pytest.mark.parametrize("side", [96, 110, 128])
def test_lines_that_fade_in_a_small_picture_are_no_dashes(side):
    small = cv2.resize(PLAIN, (side, side), interpolation=cv2.INTER_AREA)
    assert near(see(Picture(PLAIN)), see(Picture(small))) > 0.85


def test_small_holes_are_no_dashes():
    page = np.full((448, 448, 3), 255, np.uint8)
    cv2.rectangle(page, (60, 120), (390, 330), (0, 0, 0), 1)
    middles = [(100 + 60 * column, 180 + 90 * row) for column in range(5) for row in range(2)]
    for middle in middles:
        cv2.circle(page, middle, 2, (0, 0, 0), -1)
    seen, scale = see(Picture(page)), 0.9 * SIDE / 330
    for column, row in middles:
        place = SIDE / 2 + scale * np.subtract((column, row), (225, 225))
        assert seen.distance_SS[tuple(np.rint(place[::-1]).astype(int))] < 6


@pytest.mark.parametrize(
    ("grey", "cover", "blur"), [(12, None, 0), (14, None, 1.5), (120, 120, 0), (120, 150, 0), (90, 255, 0)]
)
def test_a_hole_is_seen_however_faint_the_part_is(grey, cover, blur):
    disc = np.zeros((300, 300), np.uint8)
    cv2.circle(disc, (150, 150), 100, 1, -1)
    cv2.circle(disc, (150, 150), 50, 0, -1)
    if cover is None:
        image = cv2.GaussianBlur(128.0 + grey * disc, (0, 0), blur) if blur else 128.0 + grey * disc
        picture = Picture(np.rint(image).astype(np.uint8)[..., None].repeat(3, 2))
    else:
        picture = Picture(np.full((300, 300, 3), grey, np.uint8), disc * np.uint8(cover))
    part_SS = see(picture).part_SS
    assert not part_SS[SIDE // 2, SIDE // 2] and part_SS[SIDE // 2, SIDE // 8]


def test_a_dithered_picture_of_very_many_specks_is_read():
    page = np.full((800, 800, 3), 255, np.uint8)
    cv2.circle(page, (400, 400), 390, (70, 70, 70), -1)
    assert see(Picture(np.asarray(Image.fromarray(page).convert("1").convert("RGB")))).part_SS.any()


def test_an_inverted_published_picture_is_none_in_the_published_look():
    assert published(Picture(PLAIN)) is not None
    assert published(Picture(255 - PLAIN)) is None
    assert alike(see(Picture(255 - PLAIN)), see(Picture(PLAIN)))[0] > 0.97
