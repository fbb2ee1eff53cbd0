"""The named looks of pictures of parts, as people have them."""

from collections.abc import Callable, Mapping
from colorsys import hsv_to_rgb
from random import Random

from cadgen.parts.draw import pick
from cadgen.parts.style.backdrop import Backdrop
from cadgen.parts.style.drawing import Dice, Look
from cadgen.parts.style.shade import Colour, Surface
from cadgen.parts.style.stroke import Strokes
from cadgen.parts.style.wear import Wear

_WHITE, _BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
_FAR = 0.22  # least distance of the greys of what has to be told apart
_SHADED = 0.65  # of its colour, how much a lit part shows in the mean
Lamps = tuple[tuple[float, float, float, float], ...]


def cad_viewer(dice: Dice) -> Look:
    """A screenshot: a coloured part with dark edges on white, grey or a gradient."""
    colour, rng = _colour(dice("colour")), dice("strokes")
    seams = rng.random() < 0.3
    strokes = Strokes(
        colour=_edge_colour(rng, colour),
        width=_width(rng),
        seams=seams,
        contours=not seams and rng.random() < 0.4,
        hidden=pick(rng, {"": 92, "thin": 5, "dashed": 3}),
        gaps=rng.uniform(0.1, 0.5) if rng.random() < 0.07 else 0.0,
    )
    backdrop = _viewer_ground(dice("backdrop"))
    surface = _surface(dice, colour, facets=0.15)
    return Look(surface, strokes, backdrop, _wear(dice), _chance(dice("cluttered"), 0.12))


def shaded_no_edges(dice: Dice) -> Look:
    """A mesh viewer or a quick render: no lines, so the light comes from a side."""
    backdrop = _viewer_ground(dice("backdrop"))
    colour = _apart(_colour(dice("colour")), backdrop)
    surface = _surface(dice, colour, facets=0.35, side=True)
    return Look(surface, Strokes(width=0), backdrop, _wear(dice), _chance(dice("cluttered"), 0.06))


def line_drawing(dice: Dice) -> Look:
    """Ink on paper: white faces, outlines at times thicker, hidden edges at times dashed."""
    rng = dice("strokes")
    width = _width(rng)
    strokes = Strokes(
        colour=_BLACK if rng.random() < 0.8 else _grey(rng, 0.05, 0.4),
        width=width,
        outline=width * rng.uniform(1.6, 3.0) if rng.random() < 0.3 else 0.0,
        contours=rng.random() < 0.95,
        seams=rng.random() < 0.1,
        hidden=pick(rng, {"": 65, "dashed": 25, "thin": 10}),
    )
    rng = dice("backdrop")
    texture = pick(rng, {"": 80, "paper": 12, "noise": 3, "grid": 5})
    paper = _WHITE if rng.random() < 0.75 else _tint(rng, 0.9, 1.0, 0.06)
    backdrop = Backdrop(paper, texture=texture, grain=rng.uniform(2, 7))
    faces = Surface(_WHITE) if rng.random() < 0.3 and not texture else None
    return Look(faces, strokes, backdrop, _wear(dice, grey=0.3), _chance(dice("cluttered"), 0.12))


def data_sheet(dice: Dice) -> Look:
    """A figure of a catalogue: light faces, thick outline, thin inner lines, white ground."""
    rng = dice("strokes")
    width = rng.uniform(0.7, 2.0)
    strokes = Strokes(
        colour=_grey(rng, 0.0, 0.3),
        width=width if rng.random() < 0.9 else 0.0,
        outline=rng.uniform(1.5, 6.0),
        contours=rng.random() < 0.7,
    )
    colour = _grey(rng, 0.7, 1.0) if rng.random() < 0.7 else _tint(rng, 0.75, 1.0, 0.3)
    backdrop = Backdrop(_WHITE if rng.random() < 0.8 else _grey(rng, 0.85, 1.0))
    return Look(_surface(dice, colour, facets=0.0), strokes, backdrop, _wear(dice, grey=0.3))


def dark_theme(dice: Dice) -> Look:
    """A viewer at night: a dark ground, edges black, white or none."""
    rng = dice("backdrop")
    dark = _tint(rng, 0.04, 0.32, 0.35)
    other = _brighter(dark, rng.uniform(1.2, 2.2))
    kind = pick(rng, {"plain": 6, "vertical": 3, "radial": 1})
    first, second = (dark, other) if rng.random() < 0.5 else (other, dark)
    texture = "grid" if rng.random() < 0.15 else ""
    backdrop = Backdrop(dark if kind == "plain" else first, second, kind, texture, rng.uniform(2, 6))
    rng = dice("strokes")
    colour = pick(rng, {_BLACK: 5, _WHITE: 3, _tint(rng, 0.5, 1.0, 0.8): 2})
    strokes = Strokes(colour, _width(rng) if rng.random() < 0.75 else 0.0, contours=rng.random() < 0.3)
    part = _apart(_colour(dice("colour")), backdrop)
    surface = _surface(dice, part, facets=0.15, side=not strokes.width)
    return Look(surface, strokes, backdrop, _wear(dice), _chance(dice("cluttered"), 0.15))


def photo(dice: Dice) -> Look:
    """A photo or a render like one: a shadow, highlights, no lines, a lens."""
    rng = dice("backdrop")
    texture = pick(rng, {"": 50, "noise": 20, "paper": 12, "wood": 18})
    light = _tint(rng, 0.5, 1.0, 0.12) if texture != "wood" else hsv_to_rgb(rng.uniform(0.05, 0.1), 0.45, 0.7)
    other = _brighter(light, rng.uniform(0.6, 1.0))
    backdrop = Backdrop(
        light,
        other,
        kind=pick(rng, {"plain": 4, "vertical": 3, "radial": 3}),
        texture=texture,
        grain=rng.uniform(1.5, 6),
        vignette=rng.uniform(0.1, 0.5) if rng.random() < 0.4 else 0.0,
        shadow=rng.uniform(0.2, 0.6) if rng.random() < 0.8 else 0.0,
    )
    surface = _surface(dice, _apart(_colour(dice("colour")), backdrop), facets=0.05, side=True, shiny=0.7)
    return Look(surface, Strokes(width=0), backdrop, _wear(dice, lens=True))


def transparent(dice: Dice) -> Look:
    """An exported picture without a ground, with or without edges."""
    colour, rng = _apart(_colour(dice("colour")), Backdrop()), dice("strokes")
    strokes = Strokes(
        _edge_colour(rng, colour), _width(rng) if rng.random() < 0.7 else 0.0, contours=rng.random() < 0.4
    )
    return Look(_surface(dice, colour, facets=0.1, side=not strokes.width), strokes, None, _wear(dice))


def blueprint(dice: Dice) -> Look:
    """Light lines on blue."""
    rng = dice("strokes")
    width = _width(rng)
    strokes = Strokes(
        colour=_grey(rng, 0.8, 1.0),
        width=width,
        outline=width * 2 if rng.random() < 0.2 else 0.0,
        contours=True,
        hidden=pick(rng, {"": 6, "dashed": 3, "thin": 1}),
    )
    rng = dice("backdrop")
    blue = hsv_to_rgb(rng.uniform(0.55, 0.66), rng.uniform(0.6, 0.95), rng.uniform(0.3, 0.65))
    texture = pick(rng, {"": 5, "grid": 4, "paper": 1})
    return Look(None, strokes, Backdrop(blue, texture=texture, grain=rng.uniform(2, 6)), _wear(dice))


def wireframe(dice: Dice) -> Look:
    """All edges, those behind also, and no faces."""
    rng = dice("strokes")
    dark = rng.random() < 0.3
    colour = _tint(rng, 0.6, 1.0, 0.8) if dark else _tint(rng, 0.0, 0.4, 1.0)
    strokes = Strokes(
        colour, rng.uniform(0.8, 2.5), seams=rng.random() < 0.6, contours=rng.random() < 0.5, hidden="thin"
    )
    rng = dice("backdrop")
    return Look(None, strokes, Backdrop(_grey(rng, 0.0, 0.2) if dark else _grey(rng, 0.9, 1.0)), _wear(dice))


LOOKS: Mapping[str, Callable[[Dice], Look]] = {
    look.__name__: look
    for look in (
        *(cad_viewer, shaded_no_edges, line_drawing, data_sheet, dark_theme),
        *(photo, transparent, blueprint, wireframe),
    )
}


def _chance(rng: Random, share: float) -> bool:
    return rng.random() < share


def _grey(rng: Random, low: float, high: float) -> Colour:
    return (rng.uniform(low, high),) * 3


def _tint(rng: Random, low: float, high: float, saturation: float) -> Colour:
    """A colour of any hue: its lightest channel between `low` and `high`, up to so much saturated."""
    return hsv_to_rgb(rng.random(), saturation * rng.random(), rng.uniform(low, high))


def _brighter(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(1.0, value * factor) for value in colour)
    return red, green, blue


def _colour(rng: Random) -> Colour:
    """Of a part: mostly grey or a little tinted, else any hue, at times white or nearly black."""
    how = pick(rng, {"grey": 35, "pale": 25, "vivid": 28, "white": 7, "dark": 5})
    if how == "grey":
        return _grey(rng, 0.4, 0.9)
    if how == "pale":
        return hsv_to_rgb(rng.random(), rng.uniform(0.08, 0.35), rng.uniform(0.55, 0.95))
    if how == "vivid":
        return hsv_to_rgb(rng.random(), rng.uniform(0.4, 1.0), rng.uniform(0.5, 1.0))
    return _grey(rng, 0.93, 1.0) if how == "white" else _tint(rng, 0.1, 0.35, 0.5)


def _edge_colour(rng: Random, part: Colour) -> Colour:
    """Of lines on a part: mostly black, on a dark part at times white."""
    white = 60 if _luminance(part) < 0.35 else 8 if _luminance(part) < 0.75 else 0
    how = pick(rng, {"black": 70, "grey": 15, "white": white, "any": 10})
    if how == "grey":
        return _grey(rng, 0.05, 0.4)
    return _tint(rng, 0.1, 0.9, 1.0) if how == "any" else _BLACK if how == "black" else _WHITE


def _width(rng: Random) -> float:
    """Pixels of 448: mostly thin."""
    return rng.uniform(0.7, 2.2) if rng.random() < 0.75 else rng.uniform(2.0, 6.0)


def _viewer_ground(rng: Random) -> Backdrop:
    how = pick(rng, {"white": 45, "grey": 20, "vertical": 20, "radial": 5, "grid": 4, "noise": 2, "any": 4})
    grain = rng.uniform(1.5, 5.0)
    if how in ("vertical", "radial"):
        top, bottom = _tint(rng, 0.5, 0.95, 0.35), _tint(rng, 0.75, 1.0, 0.15)
        first, second = (top, bottom) if rng.random() < 0.75 else (bottom, top)
        return Backdrop(first, second, how)
    if how == "any":
        return Backdrop(_tint(rng, 0.4, 1.0, 0.9))
    colour = _WHITE if how == "white" or (how == "grid" and rng.random() < 0.5) else _tint(rng, 0.55, 1.0, 0.1)
    return Backdrop(colour, texture=how if how in ("grid", "noise") else "", grain=grain)


def _apart(colour: Colour, backdrop: Backdrop) -> Colour:
    """The colour, darker or lighter if nothing but it would tell the part from its ground."""
    ground = (
        _luminance(backdrop.colour) + (_luminance(backdrop.second if backdrop.kind != "plain" else backdrop.colour))
    ) / 2
    own = _SHADED * _luminance(colour)
    if abs(own - ground) >= _FAR:
        return colour
    aim = (ground - _FAR if ground > 0.45 else ground + _FAR) / _SHADED
    mixed = (value + aim - _luminance(colour) for value in colour)
    red, green, blue = (min(1.0, max(0.02, value)) for value in mixed)
    return red, green, blue


def _luminance(colour: Colour) -> float:
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def _surface(dice: Dice, colour: Colour, facets: float, side: bool = False, shiny: float = 0.2) -> Surface:
    """Faces of a colour. facets: how often they show; side: the light comes from a side; shiny: how often."""
    rng = dice("light")
    lamps = _from_side(rng) if side or rng.random() < 0.6 else _from_eye(rng)
    ambient = rng.uniform(0.28, 0.6)
    lamps = tuple((x, y, z, strength * (1.2 - ambient)) for x, y, z, strength in lamps)
    specular = rng.uniform(0.1, 0.5) if rng.random() < shiny else 0.0
    return Surface(colour, ambient, lamps, specular, rng.uniform(6, 50), dice("facets").random() >= facets)


def _from_eye(rng: Random) -> Lamps:
    """A head light, exactly at the eye or a little beside it."""
    if rng.random() < 0.3:
        return ((0.0, 0.0, 1.0, 0.8),)
    return ((rng.uniform(-0.3, 0.3), rng.uniform(-0.1, 0.4), 1.0, rng.uniform(0.7, 1.0)),)


def _from_side(rng: Random) -> Lamps:
    """A lamp above, left or right, at times a weaker one from the other side."""
    x = rng.choice((-1, 1)) * rng.uniform(0.25, 1.0)
    key = x, rng.uniform(0.2, 1.1), rng.uniform(0.4, 1.0), rng.uniform(0.8, 1.05)
    if rng.random() < 0.5:
        return (key,)
    return key, (-x, rng.uniform(-0.3, 0.6), rng.uniform(0.3, 0.8), rng.uniform(0.15, 0.4))


def _wear(dice: Dice, grey: float = 0.06, lens: bool = False) -> Wear:
    """Mostly little. grey: how often without colours; lens: as a camera's pictures are."""
    rng = dice("drawn")
    drawn, smooth, side = _scales(rng)
    rng = dice("worn")
    blur = rng.uniform(0.3, 1.4) if rng.random() < (0.4 if lens else 0.12) else 0.0
    noise = rng.uniform(1.0, 9.0) if rng.random() < (0.5 if lens else 0.08) else 0.0
    quality = rng.randint(25, 95) if rng.random() < (0.5 if lens else 0.3) else 0
    gamma = rng.uniform(0.65, 1.5) if rng.random() < 0.12 else 1.0
    contrast = rng.uniform(0.7, 1.0) if rng.random() < 0.1 else 1.0
    return Wear(drawn, smooth, side, blur, noise, quality, gamma, contrast, rng.random() < grey)


def _scales(rng: Random) -> tuple[float, bool, float]:
    """What size it is drawn at by that of the picture, whether pixels are averaged, and the size by the asked one."""
    how = pick(rng, {"as it is": 38, "antialiased": 38, "large": 5, "small": 13, "tiny": 4, "coarse": 2})
    if how == "large":
        return rng.uniform(1.2, 2.7), True, 1.0
    if how == "small":
        return rng.uniform(0.4, 0.9), True, 1.0
    if how == "tiny":
        side = rng.uniform(0.2, 0.5)
        return side * rng.choice((1, 2)), True, side
    if how == "coarse":
        return rng.uniform(0.3, 0.8), False, 1.0
    return (2.0 if how == "antialiased" else 1.0), True, 1.0
