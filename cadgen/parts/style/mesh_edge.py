"""Which edges of a mesh are drawn as lines: those of the B-rep, sharp ones of it, outlines of round faces.

Shapes: V vertices, T triangles, P pieces of edges, M mesh edges that two triangles share.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cadgen.shape import Solid
from cadgen.shape.raster import segments

_SHARP = np.cos(np.radians(25))  # less is a tangent edge, drawn by a chord of the round face beside it


@dataclass(frozen=True)
class Wires:
    """The lines of a solid, as (P, 4) int32 like `segments`: two vertices, two faces that own the piece."""

    solid: Solid

    @cached_property
    def all(self) -> np.ndarray:
        """Every piece, those of seams and tangent edges also."""
        return segments(self.solid)

    @cached_property
    def features(self) -> np.ndarray:
        """The pieces without seams, of which one face is on both sides, and without tangent edges."""
        pieces = self.all
        keys, first, second = self._shared
        at = np.minimum(np.searchsorted(keys, self._key(pieces[:, :2])), max(0, len(keys) - 1))
        flat = np.einsum("mi,mi->m", self._normals[first], self._normals[second]) > _SHARP
        smooth = np.zeros(len(pieces), bool)
        if len(keys):
            smooth = (keys[at] == self._key(pieces[:, :2])) & flat[at]
        seam = (pieces[:, 2] == pieces[:, 3]) & (pieces[:, 2] >= 0)
        return pieces[~(seam | smooth)]

    def contours(self, screen: np.ndarray) -> np.ndarray:
        """Where round faces turn away from the eye. screen: (V, 3)."""
        keys, first, second = self._shared
        a, b, c = (screen[self.solid.triangles[:, i], :2] for i in range(3))
        double = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
        front = double < 0  # rows go down
        smooth = np.einsum("mi,mi->m", self._normals[first], self._normals[second]) > 0.5
        turns = smooth & (front[first] != front[second])
        ends = np.column_stack(np.divmod(keys[turns], len(self.solid.vertices)))
        face = self.solid.triangle_face
        return np.column_stack([ends, face[first[turns]], face[second[turns]]]).astype(np.int32)

    def _key(self, ends: np.ndarray) -> np.ndarray:
        return ends.min(1).astype(np.int64) * len(self.solid.vertices) + ends.max(1)

    @cached_property
    def _shared(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(M,) ascending keys of mesh edges, and the two triangles of each."""
        keys = self._key(self.solid.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2))
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        twice = np.flatnonzero(keys[1:] == keys[:-1])
        return keys[twice], order[twice] // 3, order[twice + 1] // 3

    @cached_property
    def _normals(self) -> np.ndarray:
        """(T, 3) unit vectors."""
        a, b, c = (self.solid.vertices[self.solid.triangles[:, i]] for i in range(3))
        u, v = b - a, c - a
        normals = np.column_stack(
            [
                u[:, 1] * v[:, 2] - u[:, 2] * v[:, 1],
                u[:, 2] * v[:, 0] - u[:, 0] * v[:, 2],
                u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0],
            ]
        )
        return normals / np.maximum(np.sqrt((normals**2).sum(1)), 1e-300)[:, None]
