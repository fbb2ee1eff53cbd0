"""Extrusions on one plane whose loops do not touch, as one mesh without a boolean.

The loops part the plane into cells, each inside a loop and outside those within it, and the extrusions' ends part the
sweep into slabs. Each cell of each slab is full or empty; walls and caps stand where full meets empty.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import manifold3d
import numpy as np

from cadgen.kernel.circles import Circles
from cadgen.kernel.error import NotCovered
from cadgen.kernel.mesh import Facets, Mesh
from cadgen.kernel.ring import Bent, Ring, ring
from cadgen.kernel.sketch import check, relation
from cadgen.kernel.surface import AXES, Cylinder, Surface, end_plane, wall_plane
from cadgen.lang.program import Loop, Program, Step


def stacks(program: Program, circles: Circles) -> list["Stack"]:
    """The steps as few stacks, of which all but the first are to be united or cut as wholes, in their order.

    Unions that follow each other may change places, and so may cuts.
    """
    found: list[Stack] = []
    for step in program:
        for stack in reversed(found):
            if stack.take(step):
                break
            if stack.operation != step.operation:
                found.append(Stack(step, circles, mixed=False))
                break
        else:
            found.append(Stack(step, circles, mixed=not found))
    return found


@dataclass(frozen=True)
class _Layer:
    """A step: full between its ends where a point is inside an odd number of its rings; adds or takes away."""

    low: int
    high: int
    rings: tuple[int, ...]
    adds: bool


@dataclass
class Stack:
    """mixed: whether later steps may unite and cut, else all do as the first."""

    first: Step
    circles: Circles
    mixed: bool
    operation: str = "union"
    rings: list[Ring] = field(default_factory=list)
    layers: list[_Layer] = field(default_factory=list)
    _numbers: dict[Loop, int] = field(default_factory=dict)
    _within: dict[tuple[int, int], bool] = field(default_factory=dict)  # (i, j): ring i lies in ring j

    def __post_init__(self) -> None:
        self.operation = "union" if self.mixed else self.first.operation
        assert self.take(self.first)

    def take(self, step: Step) -> bool:
        """Whether the step's loops touch no others, so that it is now in the stack. Raises `NotCovered`."""
        extrusion = step.extrusion
        if extrusion.plane != self.first.extrusion.plane or not (self.mixed or step.operation == self.operation):
            return False
        if extrusion.low >= extrusion.high:
            raise NotCovered(f"an extrusion from {extrusion.low} to {extrusion.high}")
        axis = AXES[extrusion.plane][2]
        drawn = [ring(loop, axis, self.circles) for loop in extrusion.loops]
        check(drawn)
        new = [(loop, each) for loop, each in zip(extrusion.loops, drawn, strict=True) if loop not in self._numbers]
        within = self._relate([each for _, each in new])
        if within is None:
            return False
        self._within |= within
        self._numbers |= {loop: len(self.rings) + i for i, (loop, _) in enumerate(new)}
        self.rings += [each for _, each in new]
        numbers = tuple(self._numbers[loop] for loop in extrusion.loops)
        adds = step.operation == "union" or not self.mixed
        self.layers.append(_Layer(extrusion.low, extrusion.high, numbers, adds))
        return True

    def _relate(self, new: Sequence[Ring]) -> dict[tuple[int, int], bool] | None:
        """What lies in what, for each pair with a new ring; None where two touch."""
        every, found = [*self.rings, *new], {}
        for i in range(len(self.rings), len(every)):
            for j in range(i):
                told = relation(every[i], every[j])
                if told is None:
                    return None
                found[i, j], found[j, i] = told
        return found

    def mesh(self, facets: Facets) -> Mesh | None:
        """None where parts of the stack meet in an edge only. The surfaces of what is to be cut face inwards."""
        num = len(self.rings)
        within = np.zeros((num, num), bool)
        for (i, j), is_within in self._within.items():
            within[i, j] = is_within
        levels = sorted({end for layer in self.layers for end in (layer.low, layer.high)})
        full = self._fill(within | np.eye(num, dtype=bool), levels)
        parent = _parents(within)
        if (np.diff(full[:, :num].astype(int) - full[:, parent], axis=0) ** 2 > 1).any():
            return None
        maker = _Maker(self.rings, self.first.extrusion.plane, levels, -1 if self.operation == "cut" else 1, facets)
        for i in range(num):
            maker.walls(i, full[:, i], full[:, parent[i]])
            maker.caps(i, np.flatnonzero(parent == i), full[:, i])
        return maker.mesh()

    def _fill(self, within: np.ndarray, levels: list[int]) -> np.ndarray:
        """(slabs + 2, cells + 1): whether full; the first and the last slab and the last cell are outside."""
        full = np.zeros((len(levels) + 1, len(within) + 1), bool)
        for layer in self.layers:
            inside = within[:, layer.rings].sum(axis=1) % 2 == 1
            slabs = slice(levels.index(layer.low) + 1, levels.index(layer.high) + 1)
            if layer.adds:
                full[slabs, :-1] |= inside
            else:
                full[slabs, :-1] &= ~inside
        return full


def _parents(within: np.ndarray) -> np.ndarray:
    """The innermost ring around each ring, or their number where there is none."""
    depth = within.sum(axis=1)
    around = np.where(within, depth, -1)
    return np.where(depth > 0, around.argmax(axis=1), len(depth))


class _Maker:
    """Collects walls and caps. Point p of all rings at level k is vertex k * num_points + p until `mesh`."""

    def __init__(self, rings: Sequence[Ring], plane: str, levels: list[int], sign: int, facets: Facets) -> None:
        self.rings, self.plane, self.levels, self.sign, self.facets = rings, plane, levels, sign, facets
        self.start = np.cumsum([0, *(len(each.points) for each in rings)])
        self.flat = np.concatenate([each.points for each in rings])
        self.triangles: list[np.ndarray] = []
        self.facet: list[np.ndarray] = []

    def walls(self, i: int, inside: np.ndarray, outside: np.ndarray) -> None:
        """Those over ring i, which has `inside` and `outside` full in these slabs."""
        here = np.arange(self.start[i], self.start[i + 1])
        there = np.roll(here, -1)
        changes = np.flatnonzero(np.diff(inside) | np.diff(outside))
        first = dict.fromkeys((True, False), -1)
        for low, high in pairwise(changes):
            if inside[high] == outside[high]:
                continue
            outward = bool(inside[high])
            if first[outward] < 0:
                first[outward] = self._wall_facets(self.rings[i], 1 if outward else -1)
            a, b, c, d = (each + level * len(self.flat) for level in (low, high) for each in (here, there))
            quads = np.column_stack([a, b, d, a, d, c] if outward else [a, d, b, a, c, d]).reshape(-1, 3)
            self.triangles.append(quads)
            self.facet.append(first[outward] + np.repeat(np.arange(len(here)), 2))

    def caps(self, i: int, holes: np.ndarray, full: np.ndarray) -> None:
        """Those of the cell inside ring i and outside `holes`, which is full in these slabs."""
        changes = np.flatnonzero(np.diff(full))
        if not len(changes):
            return
        outline = np.arange(self.start[i], self.start[i + 1])
        loops = [outline, *(np.arange(self.start[hole], self.start[hole + 1])[::-1] for hole in holes)]
        corners = np.concatenate(loops)[manifold3d.triangulate([self.flat[loop] for loop in loops])]
        for level in changes:
            upward = bool(full[level])
            surface = end_plane(self.levels[level], self.plane, (1 if upward else -1) * self.sign)
            first = self.facets.add([surface], np.zeros(1, np.int32), np.zeros((1, 3), np.int8))
            self.triangles.append((corners if upward else corners[:, ::-1]) + level * len(self.flat))
            self.facet.append(np.full(len(corners), first))

    def mesh(self) -> Mesh:
        if not self.triangles:
            raise NotCovered("a program that leaves no solid")
        triangles, facet = np.concatenate(self.triangles), np.concatenate(self.facet)
        used = np.zeros(len(self.levels) * len(self.flat), bool)
        used[triangles] = True
        at = np.flatnonzero(used)
        level, point = np.divmod(at, len(self.flat))
        first, second, swept = AXES[self.plane]
        vertices = np.empty((len(at), 3))
        vertices[:, [first, second]] = self.flat[point]
        vertices[:, swept] = np.array(self.levels)[level]
        triangles = (np.cumsum(used) - 1)[triangles]
        if self.plane == "XZ":  # x, z and y are left-handed
            triangles = triangles[:, ::-1]
        return Mesh(vertices, np.ascontiguousarray(triangles, np.int32), facet)

    def _wall_facets(self, each: Ring, outward: int) -> int:
        sign, surfaces = outward * self.sign, list[Surface]()
        for piece in each.pieces:
            if isinstance(piece, Bent):
                surfaces.append(Cylinder(AXES[self.plane][2], piece.base, piece.turns * sign > 0))
            else:
                surfaces.append(wall_plane(piece.start, piece.end, self.plane, sign))
        return self.facets.add(surfaces, each.piece, each.seam)
