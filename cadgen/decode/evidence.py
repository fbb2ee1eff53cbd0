"""What speaks for an answer once its solid is held against the pictures: `evidence_of`, numbers from 0 to 1."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import exp, log10, sqrt

import numpy as np

from cadgen.decode.candidate import Candidate
from cadgen.decode.shot import Shots
from cadgen.decode.solids import built
from cadgen.decode.viewpoint import views
from cadgen.lang import DialectError
from cadgen.lang.canonical import canonical
from cadgen.refine.dimension import dimensions
from cadgen.refine.view import Look, Target, look_of, target_of
from cadgen.shape import Camera, Solid
from cadgen.shape.mesh import surface_area

_NEAR = 4  # pixels; lines that are less apart are the same line, drawn by another hand
_SHARPEST = 3  # digits of what a likeness may lack to 1
_EVEN = sqrt(2 / 3)  # the length of each axis where all three are shown alike
_ALIKE = 0.05  # of a measure, by which the same part may differ
_MOST = 8  # other answers that are asked
_OF_BLOCK = 6  # measures: where each of its sides lies

FLAGS = ("fitted", "drawn", "doubted", "written", "alone")
"""Fields of `Evidence` that are 0 or 1 and may speak for or against an answer. More of any other speaks for it."""


@dataclass(frozen=True)
class Evidence:
    """Numbers from 0 to 1, of several pictures in the mean.

    likeness: as the search has it; sharpness: digits that it lacks to 1, of three; depth: how long the pictures show
    the axis that they foreshorten most, 1 where one shows all alike, 0 where all are taken along an axis; compared:
    share of the part's lines that the picture would show; outline: IoU of the silhouettes; explained: share of the
    picture's lines that the part has; found: share of the part's that the picture has, of those that are compared;
    plain: six, as many as a block has, by the number of measures of the program, and 0 where none can be told; shown:
    sharpness times depth, compared, explained and half of 1 + plain, since a likeness says little where pictures show
    little, lines are left over, or many measures may make anything alike; fluency: probability of a token, in the
    geometric mean over the first answer that the network wrote, and 0 where it wrote none; agreement: share of the
    other answers of about the same shape, 0 without any; thick: share of the part's mean thickness that is left where a
    pixel of the frame is misread.

    The flags: fitted: the decoding found the cameras itself; drawn: the picture has lines; doubted: whoever read it
    doubts something; written: by the network, and not by a search; alone: there is no other answer.
    """

    likeness: float
    sharpness: float
    depth: float
    compared: float
    shown: float
    outline: float
    explained: float
    found: float
    fluency: float
    agreement: float
    thick: float
    plain: float
    fitted: float
    drawn: float
    doubted: float
    written: float
    alone: float

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))


def evidence_of(candidate: Candidate, others: Sequence[Candidate], solid: Solid, shots: Shots) -> Evidence:
    """The evidence for a candidate that leaves this solid; others: what else was offered for the same pictures."""
    targets = tuple(target_of(shot.seen) for shot in shots)
    found_from = views(solid, shots, targets, candidate.cameras)
    told = [
        (likeness, 1 - 1 / max(1.0, view.scale * _thickness(solid)), *_shares(target, look_of(solid, view)))
        for target, (likeness, view) in zip(targets, found_from, strict=True)
    ]
    likeness, thick, compared, outline, explained, found = np.mean(told, axis=0).tolist()
    depth = _depth([view.camera for _, view in found_from])
    sharpness = -log10(max(1 - likeness, 10**-_SHARPEST)) / _SHARPEST
    plain = _plain(candidate.code)
    rivals = list({one.code: one for one in others if one.code != candidate.code}.values())[:_MOST]
    return Evidence(
        likeness=likeness,
        sharpness=sharpness,
        depth=depth,
        compared=compared,
        shown=sharpness * depth * compared * explained * (1 + plain) / 2,
        outline=outline,
        explained=explained,
        found=found,
        fluency=next((_fluency(one) for one in (candidate, *others) if one.log_probability is not None), 0.0),
        agreement=float(np.mean([_agrees(solid, one) for one in rivals])) if rivals else 0.0,
        thick=thick,
        plain=plain,
        fitted=float(bool(candidate.cameras)),
        drawn=float(all(shot.seen.drawn for shot in shots)),
        doubted=float(any(shot.seen.doubts for shot in shots)),
        written=float(candidate.log_probability is not None),
        alone=float(not rivals),
    )


def _shares(target: Target, look: Look) -> tuple[float, float, float, float]:
    """The share of lines that are compared, IoU of the silhouettes, and the shares of lines near the other's: of the
    picture's, and of the part's."""
    part_SS = target.silhouette(look)
    either = np.count_nonzero(target.part_SS | part_SS)
    outline = np.count_nonzero(target.part_SS & part_SS) / either if either else 0.0
    explained_N = look.near(_NEAR)[target.line_N2[:, 0], target.line_N2[:, 1]] < 1
    compared_SS = target.compares(look)
    found_N = target.near(_NEAR)[compared_SS] < 1
    return _share(compared_SS[look.line_SS]), outline, _share(explained_N), _share(found_N)


def _share(true_N: np.ndarray) -> float:
    return float(true_N.mean()) if len(true_N) else 0.0


def _depth(cameras: Sequence[Camera]) -> float:
    """From 0 to 1: the length of the axis that is shown shortest, each by the picture that shows it longest."""
    lengths_K3 = [np.hypot(camera.axes[0], camera.axes[1]) for camera in cameras]
    return min(1.0, float(np.max(lengths_K3, axis=0).min()) / _EVEN)


def _fluency(candidate: Candidate) -> float:
    """The probability of a token, in the geometric mean."""
    return min(1.0, exp((candidate.log_probability or 0.0) / max(candidate.num_tokens, 1)))


def _agrees(solid: Solid, other: Candidate) -> bool:
    """Whether the other's solid has about the same proportions and fills as much of its box."""
    theirs = built(other.code)
    return theirs is not None and bool(np.all(np.abs(np.log(_shape(theirs) / _shape(solid))) < _ALIKE))


def _thickness(solid: Solid) -> float:
    """In the mean: of a sheet, how thick it is."""
    return 2 * solid.volume / surface_area(solid.vertices, solid.triangles)


def _plain(code: str) -> float:
    """From 0 to 1, for few measures."""
    try:
        measures = dimensions(canonical(code, grid=1), shared=True)
    except DialectError:
        return 0.0
    return min(1.0, _OF_BLOCK / len(measures)) if measures else 0.0


def _shape(solid: Solid) -> np.ndarray:
    """(3,): the two shorter sides of the box by the longest, and how full the box is."""
    low, high = solid.bounds
    sides = np.sort(high - low)
    return np.maximum([*(sides[:2] / sides[2]), solid.volume / np.prod(sides)], 1e-9)
