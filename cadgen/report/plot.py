"""`write_plot`: means between 0 and 1 with their intervals, as a picture."""

import warnings
from collections.abc import Mapping
from pathlib import Path

from cadgen.eval.summary import Interval

_COLOURS = ("#3567a6", "#d1813b", "#5a9a5a", "#8d6bb0", "#777777")
_LETTERS = 34  # of a label; the end of a path tells more than its beginning
_WIDTH_IN, _LABEL_IN, _BAR_IN, _HEAD_IN, _FOOT_IN = 9.0, 2.5, 0.16, 0.4, 0.3
_DPI, _MOST_DOTS = 200, 60_000  # no picture of matplotlib's may have 2**16 lines

_Scores = Mapping[str, Interval | None]


def write_plot(path: Path, lines: Mapping[str, _Scores]) -> Path:
    """A PNG of bars with whiskers: a group for each line, in it a bar for each score that it has."""
    from matplotlib.figure import Figure  # half a second, for the few commands that draw

    colours = _colours(lines)
    places, middles, end = _places(lines)
    height = _HEAD_IN + _FOOT_IN + _BAR_IN * end
    figure = Figure((_WIDTH_IN, height), dpi=min(_DPI, _MOST_DOTS / height))
    left, low, high = _LABEL_IN / _WIDTH_IN, _FOOT_IN / height, 1 - _HEAD_IN / height
    axes = figure.add_axes((left, low, 0.99 - left, high - low), xlim=(0, 1.06), ylim=(end - 0.5, -0.5), frameon=False)
    axes.grid(axis="x", color="#cccccc", linewidth=0.5)
    axes.set_axisbelow(True)
    for name, colour in colours.items():
        tops, intervals = zip(*places[name], strict=True)
        means, lows, highs = zip(*intervals, strict=True)
        axes.barh(tops, means, height=0.85, color=colour, label=name)
        axes.hlines(tops, lows, highs, color="black", linewidth=0.8)
        axes.plot((lows, highs), (tops, tops), "|", color="black", markersize=4)
        for top, mean, high in zip(tops, means, highs, strict=True):
            axes.text(max(mean, high) + 0.008, top, f"{mean:.3f}", va="center_baseline", fontsize=8)
    labels = [line if len(line) <= _LETTERS else f"…{line[-_LETTERS:]}" for line in lines]
    # A name is anybody's: a dollar in it begins no formula.
    axes.set_yticks(middles, labels, parse_math=False)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    axes.tick_params(length=0, labelsize=8)
    if colours:
        figure.legend(loc="upper center", ncols=len(colours), fontsize=8, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from ")
        figure.savefig(path)
    return path


def _places(lines: Mapping[str, _Scores]) -> tuple[dict[str, list[tuple[int, Interval]]], list[float], int]:
    """The bars of each score with their places from the top, the middles of the lines, and where the last one ends."""
    places: dict[str, list[tuple[int, Interval]]] = {}
    middles, top = [], 0
    for scores in lines.values():
        had = [(name, interval) for name, interval in scores.items() if interval]
        for number, (name, interval) in enumerate(had):
            places.setdefault(name, []).append((top + number, interval))
        height = max(1, len(had))
        middles.append(top + (height - 1) / 2)
        top += height + 1
    return places, middles, max(top, 1)


def _colours(lines: Mapping[str, _Scores]) -> dict[str, str]:
    """Of each score that some line has; one that none has takes its colour along."""
    names = list(dict.fromkeys(name for scores in lines.values() for name in scores))
    had = {name for scores in lines.values() for name, interval in scores.items() if interval}
    return {name: _COLOURS[number % len(_COLOURS)] for number, name in enumerate(names) if name in had}
