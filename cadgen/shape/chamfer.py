"""`chamfer` and `volume_error`: distances of two solids that stand beside their IoU."""

from collections.abc import Sequence

import numpy as np
import trimesh
from scipy.spatial import cKDTree

from cadgen.shape.mesh import Body
from cadgen.shape.solid import Solid

NUM_SAMPLES = 8192


def chamfer(a: Solid, b: Solid, num: int = NUM_SAMPLES) -> float:
    """Mean squared distance from `num` surface points to the nearest of the other solid, both ways added, in unit^2.

    Where the two stand, no alignment. Symmetric, and 0 of a solid with itself: the points of a surface are always the
    same. Two meshes of one surface are as far apart as their points are: about 0.6 area / num. Raises `NotManifold`.
    """
    return squared_distance(sample(a.bodies, num, seed=0), sample(b.bodies, num, seed=0))


def volume_error(truth: Solid, prediction: Solid) -> float:
    """|volume of the prediction - of the truth| / volume of the truth, by the kernel's exact volumes."""
    return abs(prediction.volume - truth.volume) / truth.volume


def sample(bodies: Sequence[Body], num: int, seed: int) -> np.ndarray:
    """(num, 3) points, uniform over the surface of the bodies."""
    corners = np.concatenate([body.vertices[body.triangles] for body in bodies])
    mesh = trimesh.Trimesh(**trimesh.triangles.to_kwargs(corners), process=False)
    return np.asarray(trimesh.sample.sample_surface(mesh, num, seed=seed)[0])


def squared_distance(points: np.ndarray, others: np.ndarray) -> float:
    """Mean squared distance to the nearest point of the other set, both ways added."""
    to_others, to_points = cKDTree(others).query(points)[0], cKDTree(points).query(others)[0]
    return float(np.mean(to_others**2) + np.mean(to_points**2))
