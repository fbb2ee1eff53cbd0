"""`write_plot`: means between 0 and 1 with their intervals, as a picture."""

from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from cadgen.eval.summary import Interval

_SCALE = 2  # drawn so much larger, for displays that show it
_WIDTH, _LABEL, _BAR, _GAP, _HEAD, _FOOT = 900, 220, 14, 12, 34, 30
_COLOURS = ("#3567a6", "#d1813b", "#5a9a5a", "#8d6bb0", "#777777")
_TICKS = 5
_LETTERS = 34  # of a label; the end of a path tells more than its beginning


def write_plot(path: Path, lines: Mapping[str, Mapping[str, Interval | None]]) -> Path:
    """A PNG of bars with whiskers: a group for each line, in it a bar for each score that it has."""
    names = list(dict.fromkeys(name for scores in lines.values() for name in scores))
    had = [name for name in names if any(scores.get(name) for scores in lines.values())]
    colours = {name: _COLOURS[names.index(name) % len(_COLOURS)] for name in had}
    shown = {line: {name: one for name, one in scores.items() if one} for line, scores in lines.items()}
    height = _HEAD + sum(_height(scores) + _GAP for scores in shown.values()) + _FOOT
    image = Image.new("RGB", (_WIDTH * _SCALE, height * _SCALE), "white")
    draw = ImageDraw.Draw(image)
    _legend(draw, colours)
    _grid(draw, height)
    top = _HEAD + _GAP // 2
    for line, scores in shown.items():
        label = line if len(line) <= _LETTERS else f"…{line[-_LETTERS:]}"
        _text(draw, _LABEL - 10, top + _height(scores) / 2, label, "rm")
        for number, (name, interval) in enumerate(scores.items()):
            _bar(draw, top + number * _BAR, interval, colours[name])
        top += _height(scores) + _GAP
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


def _height(scores: Mapping[str, Interval]) -> int:
    return max(1, len(scores)) * _BAR


def _legend(draw: ImageDraw.ImageDraw, colours: Mapping[str, str]) -> None:
    left = float(_LABEL)
    for name, colour in colours.items():
        _box(draw, left, _HEAD / 2 - 5, left + 10, _HEAD / 2 + 5, colour)
        _text(draw, left + 16, _HEAD / 2, name, "lm")
        left += 40 + draw.textlength(name, _font()) / _SCALE


def _grid(draw: ImageDraw.ImageDraw, height: int) -> None:
    for tick in range(_TICKS + 1):
        x = _x(tick / _TICKS)
        _box(draw, x, _HEAD, x + 0.5, height - _FOOT, "#cccccc")
        _text(draw, x, height - _FOOT / 2, f"{tick / _TICKS:.1f}", "mm")


def _bar(draw: ImageDraw.ImageDraw, top: float, interval: Interval, colour: str) -> None:
    mean, low, high = interval
    middle = top + _BAR / 2
    _box(draw, _LABEL, top + 1, _x(mean), top + _BAR - 1, colour)
    _box(draw, _x(low), middle - 0.5, _x(high), middle + 0.5, "black")
    for end in (low, high):
        _box(draw, _x(end) - 0.5, middle - 3, _x(end) + 0.5, middle + 3, "black")
    _text(draw, max(_x(high), _x(mean)) + 6, middle, f"{mean:.3f}", "lm")


def _x(score: float) -> float:
    return _LABEL + score * (_WIDTH - _LABEL - 60)


def _box(draw: ImageDraw.ImageDraw, left: float, top: float, right: float, bottom: float, colour: str) -> None:
    draw.rectangle([round(side * _SCALE) for side in (left, top, right, bottom)], fill=colour)


def _text(draw: ImageDraw.ImageDraw, x: float, y: float, text: str, anchor: str) -> None:
    draw.text((x * _SCALE, y * _SCALE), text, "black", _font(), anchor=anchor)


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(11 * _SCALE)
