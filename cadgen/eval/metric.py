"""The metrics that every judged program gets, and under which names and titles: `METRICS`, the only list of them."""

from collections.abc import Callable
from dataclasses import dataclass

from cadgen.eval.truth import Truth
from cadgen.shape import Overlap, Score, Solid, iou_cadcoder, iou_cadrille, iou_takehome, overlap_aligned, score


@dataclass(frozen=True)
class Metric:
    """measure: (truth, prediction) -> how alike, 0 to 1. of_step: the truth is the reference STEP file's solid, and
    rows of samples without such a file have no such score.
    """

    name: str
    title: str
    measure: Callable[[Solid, Solid], float] | Callable[[Solid, Solid], Overlap]
    of_step: bool = False

    def applies(self, truth: Truth) -> bool:
        return truth.step is not None or not self.of_step

    def score(self, truth: Truth, prediction: Solid | None) -> Score:
        """0 without a prediction, and where the two cannot be compared."""
        reference = truth.step if self.of_step else truth.solid
        if prediction is None or reference is None:
            return Score(0.0)
        return score(self.measure, [(reference, prediction)])[0]


PRIMARY = Metric("iou_aligned", "IoU aligned", overlap_aligned)
"""What the oracle chooses by, and differences and groups are told in."""

METRICS = (
    PRIMARY,
    Metric("iou_cadcoder", "IoU CAD-Coder", iou_cadcoder),
    Metric("iou_cadcoder_step", "IoU CAD-Coder, STEP", iou_cadcoder, of_step=True),
    Metric("iou_cadrille", "IoU cadrille", iou_cadrille),
    Metric("iou_takehome", "IoU take-home", iou_takehome),
)

VSR = "vsr"
TITLES = {VSR: "VSR", **{metric.name: metric.title for metric in METRICS}}
"""Of the valid-syntax rate, which the status of a row tells, and of every metric."""
