"""`normalise`: what any program builds, written in normal form, of which the kernel confirms that it builds the same.

The program runs in the sandbox, where what it asks of CadQuery is noted; the notes are written as a canonical text or,
where the part is no fold of steps along the axes, in the normal form of the grammar `full`. What that text builds is
compared with what the program built before anybody sees it.
"""

import atexit
import contextlib
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from rich.console import Console
from rich.progress import track

from cadgen.lang.canonical import texts_of
from cadgen.lang.error import DialectError
from cadgen.program import GRID
from cadgen.shape import Mass, Recording, Sandbox, SandboxUnavailable

_BATCH = 256  # programs whose notes are in memory at a time
_EQUAL = 1e-5  # of volume and of lengths: what sums and kernels round away
_FIGURES = 6  # of the size of a part, to which the text that is compared is written
_OFF = 2.0  # times as far as lengths were rounded a surface may have moved
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def normalise(code: str, grid: float = GRID, box: Sandbox | None = None) -> str:
    """The canonical text of `code`, its lengths multiplied by `grid` and rounded; the solid is `grid` times as large.

    box: a running sandbox; without one a sandbox of this process is started once and kept. Raises `DialectError`
    naming what cannot be brought in, `SandboxUnavailable` where there is no kernel to ask.
    """
    (found,) = normalise_all([code], grid, box)
    if isinstance(found, DialectError):
        raise found
    return found


def normalise_all(
    codes: Sequence[str], grid: float = GRID, box: Sandbox | None = None, progress: str | None = None
) -> list[str | DialectError]:
    """`normalise` of each program, spread over the sandbox's workers: the text, or why there is none.

    progress: the label of a progress bar on stderr, where that is a terminal.
    """
    console = Console(stderr=True)
    shown = progress is not None and console.is_terminal
    starts = range(0, len(codes), _BATCH)
    found: list[str | DialectError] = []
    with contextlib.nullcontext() if box else _lock:
        for start in track(starts, progress or "", console=console, transient=True, disable=not shown):
            found += _normalised(codes[start : start + _BATCH], grid, box or _own())
    return found


_lock = threading.Lock()


@cache
def _own() -> Sandbox:
    box = Sandbox(workers=1, timeout_s=20.0)
    atexit.register(box.close)
    return box


def _normalised(codes: Sequence[str], grid: float, box: Sandbox) -> list[str | DialectError]:
    """Round after round: of each program that has no text yet, the next way to write it is weighed."""
    recordings = box.record(codes)
    ways = [_ways(recording, grid) for recording in recordings]
    found: list[str | DialectError] = [DialectError("")] * len(codes)
    left = list(range(len(codes)))
    while left:
        trials: dict[int, list[_Trial]] = {}
        for index in left:
            try:
                pair = next(ways[index], None)
            except DialectError as error:
                found[index] = error
                continue
            if pair is not None:
                trials[index] = _trials(*pair, grid, recordings[index])
        texts = [trial.text for some in trials.values() for trial in some]
        weighed = dict(zip(texts, box.weigh(texts), strict=True))
        left = []
        for index, some in trials.items():
            mass, text = recordings[index].mass, some[-1].text
            assert mass is not None
            differences = (_other(mass, weighed[trial.text], trial.grid, trial.step) for trial in some)
            why = next(filter(None, differences), "")
            if why:
                found[index] = DialectError(why) if not str(found[index]) else found[index]
                left.append(index)
            else:
                found[index] = text
    return found


@dataclass(frozen=True)
class _Trial:
    """A text to be weighed, its lengths `grid` times those of the program, rounded by up to `step` of its unit."""

    text: str
    grid: float
    step: float


def _trials(text: str, exact: str, grid: float, recording: Recording) -> list[_Trial]:
    """The one in the program's own unit, unless the other is rounded no more than it, and the text itself."""
    assert recording.mass is not None
    least, step = 10.0 ** -_decimals(recording.mass), _step(text, exact, grid)
    rounded = _Trial(text, grid, max(step, least))
    return [_Trial(exact, 1.0, least), rounded] if step > least else [rounded]


def _ways(recording: Recording, grid: float) -> Iterator[tuple[str, str]]:
    """(text on the grid, the same in the program's own unit): the ways to write it, the better first."""
    if recording.mass is None:
        line = f"line {recording.line}: " if recording.line else ""
        raise DialectError(f"{line}the program does not run: {recording.status}: {recording.error}")
    yield from texts_of(recording.notes, recording.result, grid, _decimals(recording.mass))


def _decimals(mass: Mass) -> int:
    return int(np.clip(_FIGURES - np.floor(np.log10(mass.volume) / 3), 0, 12))


def _step(text: str, exact: str, grid: float) -> float:
    """How far the lengths of a text on the grid are from those of the exact one, in units of the program."""
    pairs = [[float(number) for number in _NUMBER.findall(each)] for each in (text, exact)]
    if len(pairs[0]) != len(pairs[1]):
        return 1 / grid
    # An angle is the same in both, a length `grid` times as large in the first.
    return max(min(abs(one / grid - other), abs(one - other)) for one, other in zip(*pairs, strict=True))


def _other(mass: Mass, found: Recording, grid: float, step: float) -> str:
    """Why what a text left, `grid` times as large, is not what the program left; "" if it is.

    step: to which lengths were rounded, in units of the program.
    """
    if found.mass is None:
        where = f" on the grid of {grid:g} steps a unit, use a finer one" if grid != 1 else ""
        return f"the normal form does not run{where}: {found.error}"
    volume, area = found.mass.volume / grid**3, mass.area
    size = mass.volume ** (1 / 3)
    slack = _EQUAL * mass.volume + _OFF * step * area
    if abs(volume - mass.volume) > slack:
        return f"the normal form is another solid, of volume {volume:g} instead of {mass.volume:g}"
    centre = found.mass.centre / grid
    reach = np.sqrt(np.abs(mass.inertia).max() / mass.volume) + np.linalg.norm(mass.centre)
    if np.abs(centre - mass.centre).max() > _EQUAL * (size + reach) + _OFF * step + reach * slack / mass.volume:
        return "the normal form is another solid, which lies elsewhere"
    return ""


__all__ = ["SandboxUnavailable", "normalise", "normalise_all"]
