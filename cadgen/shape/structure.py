"""`structure`: how many bodies, holes and faces a solid has, which no change of its dimensions alone alters."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cadgen.shape.mesh import Body
from cadgen.shape.solid import Solid


class Structure(NamedTuple):
    """holes: those that go through, the genus of the surface; a blind hole is some faces more."""

    bodies: int
    holes: int
    faces: int


def structure(solid: Solid) -> Structure:
    """Bodies and faces as the kernel counts them, holes of the closed meshes. Raises `NotManifold`."""
    num_bodies = len(np.unique(solid.triangle_body))
    return Structure(num_bodies, sum(map(_genus, solid.bodies)), int(solid.triangle_face.max()) + 1)


def _genus(body: Body) -> int:
    """By Euler's formula, over the shells together: a cavity is a shell and no hole."""
    start, end = body.triangles.ravel(), np.roll(body.triangles, -1, axis=1).ravel()
    num = len(body.vertices)
    edges = np.unique(np.minimum(start, end) * num + np.maximum(start, end))
    used = np.unique(start)
    links = coo_array((np.ones(len(start)), (start, end)), shape=(num, num))
    num_shells = len(np.unique(connected_components(links, directed=False)[1][used]))
    return num_shells - (len(used) - len(edges) + len(body.triangles)) // 2
