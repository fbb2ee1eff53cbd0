"""`iou_cadrille`, `chamfer_cadrille`: the protocol of cadrille and CAD-Recode (Rukhovich et al. 2024), faults included.

Each solid is centred by its bounding box and scaled so that the longest side is 1; no rotation is tried. IoU is the
ratio of volumes of mesh booleans; Chamfer distance is the mean squared distance to the nearest of 8,192 samples of the
other surface, both ways added up, times 1000. They report the mean IoU and the median distance of the programs that
run, and the share of those that do not beside them; this project counts IoU of those as 0.

Known faults: one thin protrusion changes the box, and with it position and size of all the rest; a turned part is
another part; size is normalised away; samples are random and two samples of one surface do not coincide, so a perfect
answer has a distance of about 0.1 to 0.5. Their script adds up booleans over connected pieces: overlapping bodies
count twice there and a part with a closed cavity counts as one that does not run. Here bodies are united first.
"""

from cadgen.shape.chamfer import NUM_SAMPLES, sample, squared_distance
from cadgen.shape.iou import overlap_of
from cadgen.shape.mesh import Body
from cadgen.shape.solid import Solid


def iou_cadrille(truth: Solid, prediction: Solid) -> float:
    """Volume IoU of the solids in the unit cube, in [0, 1]. Raises `NotManifold`."""
    return overlap_of(_normalised(truth), _normalised(prediction), truth.valid and prediction.valid).iou


def chamfer_cadrille(truth: Solid, prediction: Solid, num: int = NUM_SAMPLES) -> float:
    """Squared Chamfer distance of the solids in the unit cube, times 1000; the samples are always the same."""
    points, others = sample(_normalised(truth), num, seed=0), sample(_normalised(prediction), num, seed=1)
    return 1000 * squared_distance(points, others)


def _normalised(solid: Solid) -> list[Body]:
    low, high = solid.bounds
    return [body.normalised((low + high) / 2, float((high - low).max())) for body in solid.bodies]
