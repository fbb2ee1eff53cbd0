"""`pictures`: small parts on which the metrics disagree, drawn and scored when the site is built."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from cadgen.eval.metric import METRICS
from cadgen.report.markdown import table
from cadgen.shape import Sandbox, Solid, chamfer, chamfer_cadrille, iou, render, score, structure

DRAWN = Path(__file__).resolve().parent / "drawn"
_SIZE = 320
_HEAD = "import cadquery as cq\n"


@dataclass(frozen=True)
class Case:
    """A part and another that was answered; told: what the numbers under them show."""

    name: str
    told: str
    truth: str
    answer: str


# An L of a scale and a height, with a blind hole near one end: it has no plane of symmetry.
_BRACKET = _HEAD + (
    "s,h=({scale},{height})\n"
    "result=cq.Workplane('XY').polyline([(0,0),(60*s,0),(60*s,20*s),(20*s,20*s),(20*s,40*s),(0,40*s)]).close().extrude(h*s)"
    ".cut(cq.Workplane('XY',origin=(48*s,10*s,(h-9)*s)).circle(6*s).extrude(9*s)){then}\n"
)


def _bracket(scale: float = 1, height: int = 24, then: str = "") -> str:
    return _BRACKET.format(scale=scale, height=height, then=then)


_PART = _bracket()
_PLATE = _HEAD + "result=cq.Workplane('XY').rect(60,60).extrude(12){then}\n"
_BLOCK = _HEAD + "result=cq.Workplane('XY').rect(60,60).extrude(40){then}\n"

CASES = (
    Case(
        "turned",
        "The same part, lying on another side. Only the aligned IoU is sure to say so: the others take "
        "parts as they lie, or try four ways to turn them, which may all be wrong.",
        _PART,
        _bracket(then=".rotate((0,0,0),(0,1,0),90)"),
    ),
    Case(
        "mirrored",
        "The mirror image, which is another part: nobody can turn the one into the other. Take-home tries reflections "
        "and lets it pass.",
        _PART,
        _bracket(then=".mirror('XZ')"),
    ),
    Case(
        "scaled",
        "Half as large. A picture has no scale, so all but the plain IoU and chamfer take it out.",
        _PART,
        _bracket(scale=0.5),
    ),
    Case(
        "stretched",
        "Thicker by a twelfth. The volumes are nearly the same, the shells lie beside each other.",
        _PART,
        _bracket(height=26),
    ),
    Case(
        "hollow",
        "A closed cavity, which no picture shows. More than half of the material is gone and the outside is the same.",
        _BLOCK.format(then=""),
        _BLOCK.format(then=".cut(cq.Workplane('XY',origin=(0,0,4)).rect(50,50).extrude(32))"),
    ),
    Case(
        "pin",
        "A thin pin more. It changes the box around the part, and with that place and size of all the rest, where the "
        "box is what parts are laid over each other by.",
        _BLOCK.format(then=""),
        _BLOCK.format(then=".union(cq.Workplane('XY',origin=(0,0,40)).circle(2).extrude(60))"),
    ),
    Case(
        "equal_moments",
        "A square plate, turned by an eighth about its axis. Two of its moments of inertia are equal, so that they do "
        "not tell which way it lies.",
        _PLATE.format(then=""),
        _PLATE.format(then=".rotate((0,0,0),(0,0,1),45)"),
    ),
)


def pictures(folder: Path = DRAWN) -> str:
    """Markdown with a picture, in `folder`, and a table of scores for each of `CASES`."""
    folder.mkdir(exist_ok=True)
    return "\n".join(_section(case, truth, answer, folder) for case, truth, answer in built())


def built() -> Iterator[tuple[Case, Solid, Solid]]:
    """The cases with their solids. Raises `RuntimeError` for a program that leaves none."""
    with Sandbox(workers=2, timeout_s=30.0) as box:
        found = iter(box.run([code for case in CASES for code in (case.truth, case.answer)]))
    for case in CASES:
        truth, answer = next(found), next(found)
        if truth.solid is None or answer.solid is None:
            raise RuntimeError(f"a program of {case.name} leaves no solid: {truth.error or answer.error}")
        yield case, truth.solid, answer.solid


def scores(truth: Solid, answer: Solid) -> dict[str, float]:
    """By their titles: every metric of rows that needs no STEP file, the plain IoU, and distances."""
    ious = {one.title: score(one.measure, [(truth, answer)])[0].value for one in METRICS if not one.of_step}
    return {
        "IoU, as they lie": iou(truth, answer),
        **ious,
        "chamfer": chamfer(truth, answer),
        "chamfer cadrille": chamfer_cadrille(truth, answer),
    }


def _section(case: Case, truth: Solid, answer: Solid, folder: Path) -> str:
    both = np.concatenate([render(truth, _SIZE), render(answer, _SIZE)], axis=1)
    Image.fromarray(both).save(folder / f"{case.name}.png")
    found = scores(truth, answer)
    numbers = table(list(found), [[f"{value:.3f}" for value in found.values()]])
    title = case.name.replace("_", " ").capitalize()
    made = ", ".join(f"{name} {before} / {after}" for name, before, after in _counts(truth, answer))
    shown = f"![the part, and the answer]({folder.name}/{case.name}.png)"
    return f"### {title}\n\n{case.told}\n\n{shown}\n\n{numbers}\n{made}.\n"


def _counts(truth: Solid, answer: Solid) -> Iterator[tuple[str, int, int]]:
    before, after = structure(truth), structure(answer)
    return zip(before._fields, before, after, strict=True)
