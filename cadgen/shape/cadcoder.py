"""`iou_cadcoder`: the `IOU_best` of the CAD-Coder evaluation (Doris et al. 2025), faults included.

Centre of mass to the origin; unit of length sqrt(sum |moments of inertia| / volume); four rotations, the one that
matches the principal axes and three with two of the prediction's axes flipped; the best volume IoU counts.

Known faults: signs of eigenvectors are arbitrary, so all four may mirror the part, and then a mirror image scores 1 and
the part itself less; equal principal moments make the axes arbitrary (a rotated copy may score low); size is
normalised away. Published means leave out programs that do not run; this project counts them with 0.

One difference: the original cuts and joins with the kernel and counts a rotation where that fails as 0. Here volumes
are those of `iou`, which does not fail.
"""

import numpy as np

from cadgen.shape.iou import best_turned
from cadgen.shape.mesh import Body
from cadgen.shape.solid import Solid

_FLIPS = ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))


def iou_cadcoder(truth: Solid, prediction: Solid) -> float:
    """Best volume IoU over four axis matchings, in [0, 1]. Raises `NotManifold`."""
    axes_truth, axes_prediction = (np.linalg.eigh(solid.inertia)[1] for solid in (truth, prediction))
    matrices = np.stack([axes_truth @ (axes_prediction * flip).T for flip in _FLIPS])
    valid = truth.valid and prediction.valid
    return best_turned(_normalised(truth), _normalised(prediction), valid, matrices)[0].iou


def _normalised(solid: Solid) -> list[Body]:
    unit = float(np.sqrt(np.abs(np.linalg.eigvalsh(solid.inertia)).sum() / solid.volume))
    return [body.normalised(solid.centre, unit) for body in solid.bodies]
