"""Extrusions on one plane as one mesh without a boolean.

Their loops part the plane into cells, and their ends part the sweep into slabs. Each cell of each slab is full or
empty; walls and ends stand where full meets empty.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import manifold3d
import numpy as np

from cadgen.kernel import prism
from cadgen.kernel.arrangement import Plan, plan
from cadgen.kernel.circles import Circles
from cadgen.kernel.facets import Facets, Mesh
from cadgen.kernel.laid_out import Outline, Sweep
from cadgen.kernel.monotone import triangulate
from cadgen.kernel.nesting import check
from cadgen.kernel.not_covered import NotCovered
from cadgen.kernel.ring import Bent, Ring, ring
from cadgen.kernel.surface import Cylinder, Surface, end_plane, wall_plane
from cadgen.program import AXES


def extruded(steps: Sequence[Sweep], circles: Circles, facets: Facets, are_first: bool) -> Iterator[tuple[str, Mesh]]:
    """Operation and mesh of what is to be united or cut, in this order, for extrusions that follow each other."""
    for stack in stacks(steps, circles, are_first):
        mesh = stack.mesh(facets)
        if mesh:
            yield stack.operation, mesh
        else:
            yield from ((each.operation, _whole(each, facets)) for each in stack.split())


def _whole(stack: "Stack", facets: Facets) -> Mesh:
    mesh = stack.mesh(facets)
    assert mesh is not None, "a single extrusion meets itself in no edge"
    return mesh


def stacks(steps: Sequence[Sweep], circles: Circles, are_first: bool = True) -> list["Stack"]:
    """The steps as few stacks, to be united or cut as wholes in their order.

    Unions that follow each other may change places, and so may cuts. are_first: nothing is before them, so that the
    first stack may be what all its steps leave.
    """
    found: list[Stack] = []
    for step in steps:
        for stack in reversed(found):
            if stack.take(step):
                break
            if stack.operation != step.operation:
                found.append(Stack(step, circles, mixed=False))
                break
        else:
            found.append(Stack(step, circles, mixed=are_first and not found))
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

    first: Sweep
    circles: Circles
    mixed: bool
    operation: str = "union"
    rings: list[Ring] = field(default_factory=list)
    layers: list[_Layer] = field(default_factory=list)
    steps: list[Sweep] = field(default_factory=list)
    _numbers: dict[Outline, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.operation = "union" if self.mixed else self.first.operation
        assert self.take(self.first)

    def take(self, step: Sweep) -> bool:
        """Whether the step is of the stack's plane and kind, so that it is now in it. Raises `NotCovered`."""
        if step.plane != self.first.plane or not (self.mixed or step.operation == self.operation):
            return False
        if step.low >= step.high:
            raise NotCovered(f"an extrusion from {step.low} to {step.high}")
        axis = AXES[step.plane][2]
        drawn = [ring(loop, axis, self.circles) for loop in step.loops]
        check(drawn)
        for loop, each in zip(step.loops, drawn, strict=True):
            if loop not in self._numbers:
                self._numbers[loop] = len(self.rings)
                self.rings.append(each)
        numbers = tuple(self._numbers[loop] for loop in step.loops)
        adds = step.operation == "union" or not self.mixed
        self.layers.append(_Layer(step.low, step.high, numbers, adds))
        self.steps.append(step)
        return True

    def split(self) -> list["Stack"]:
        """The steps as few stacks of which each has a mesh, to be united or cut in their order."""
        found: list[Stack] = []
        for step in self.steps:
            longer = found[-1]._longer(step) if found else None
            if longer:
                found[-1] = longer
            else:
                found.append(Stack(step, self.circles, mixed=self.mixed and not found))
        return found

    def _longer(self, step: Sweep) -> "Stack | None":
        """The stack with one more step, if it has a mesh then."""
        longer = Stack(self.first, self.circles, self.mixed)
        taken = all(longer.take(each) for each in (*self.steps[1:], step))
        return longer if taken and longer.mesh(Facets()) else None

    def mesh(self, facets: Facets) -> Mesh | None:
        """None where parts of the stack meet in an edge only. The surfaces of what is to be cut face inwards."""
        levels = sorted({end for layer in self.layers for end in (layer.low, layer.high)})
        start = np.cumsum([0, *(len(each.points) for each in self.rings)])
        flat = plan(np.concatenate([each.points for each in self.rings]), start)
        (left, right), maker = self._filled(flat, levels)
        if not prism.is_manifold(flat.edges, left, right, len(flat.points)):
            return None
        made = _Maker(self, flat, start, levels, facets)
        made.walls(left, right, maker)
        made.ends(left, right)
        return made.mesh()

    def _filled(self, flat: Plan, levels: list[int]) -> tuple[np.ndarray, np.ndarray]:
        member = np.zeros((len(self.layers), len(self.rings)), bool)
        for i, layer in enumerate(self.layers):
            member[i, layer.rings] = True
        span = np.array([[levels.index(layer.low), levels.index(layer.high)] for layer in self.layers])
        adds = np.array([layer.adds for layer in self.layers])
        return prism.filled(flat.inside, flat.chord, member, span, adds, len(levels))


class _Maker:
    """Collects walls and ends. Point p of the plan at level k is vertex k * num_points + p until `mesh`."""

    def __init__(self, stack: Stack, flat: Plan, start: np.ndarray, levels: list[int], facets: Facets) -> None:
        self.rings, self.start, self.plan, self.levels, self.facets = stack.rings, start, flat, levels, facets
        self.plane, self.sign = stack.first.plane, -1 if stack.operation == "cut" else 1
        self.triangles: list[np.ndarray] = []
        self.facet: list[np.ndarray] = []

    def walls(self, left: np.ndarray, right: np.ndarray, maker: np.ndarray) -> None:
        points = len(self.plan.points)
        triangles, chord, side = prism.walls(
            self.plan.edges, left, right, maker, self.plan.inside[0], self.start, points
        )
        first = np.zeros(2 * len(self.rings), np.int64)
        for each in np.flatnonzero(np.bincount(side)).tolist():
            ring, outward = divmod(each, 2)
            first[each] = self._wall_facets(self.rings[ring], 1 if outward else -1) - self.start[ring]
        self.triangles.append(triangles)
        self.facet.append(first[side] + chord)

    def ends(self, left: np.ndarray, right: np.ndarray) -> None:
        points, corners = self.plan.points, dict[bytes, np.ndarray]()
        where, loops = prism.ends(self.plan.edges, left, right, points)
        surfaces = [
            end_plane(self.levels[level], self.plane, (1 if upward else -1) * self.sign) for level, upward in where
        ]
        num = len(where)
        first = self.facets.add(surfaces, np.arange(num), np.zeros((num, 3), np.int8))
        for i, ((level, upward), (loop, start)) in enumerate(zip(where, loops, strict=True)):
            key = loop.tobytes() + start.tobytes()
            if key not in corners:
                corners[key] = loop[_triangles(points[loop], start)]
            told = corners[key] if upward else corners[key][:, ::-1]
            self.triangles.append(told + level * len(points))
            self.facet.append(np.full(len(told), first + i))

    def mesh(self) -> Mesh:
        triangles, facet = np.concatenate(self.triangles), np.concatenate(self.facet)
        if not len(triangles):
            raise NotCovered("a program that leaves no solid")
        if self.plane == "XZ":  # x, z and y are left-handed
            triangles = np.ascontiguousarray(triangles[:, ::-1])
        vertices, triangles = prism.compact(triangles, self.plan.points, np.array(self.levels), AXES[self.plane])
        return Mesh(vertices, triangles, facet)

    def _wall_facets(self, each: Ring, outward: int) -> int:
        sign, surfaces = outward * self.sign, list[Surface]()
        for piece in each.pieces:
            if isinstance(piece, Bent):
                surfaces.append(Cylinder(AXES[self.plane][2], piece.base, piece.turns * sign > 0))
            else:
                surfaces.append(wall_plane(piece.start, piece.end, self.plane, sign))
        return self.facets.add(surfaces, each.piece, each.seam)


def _triangles(points: np.ndarray, start: np.ndarray) -> np.ndarray:
    """(T, 3) rows of the points of loops; manifold3d, which is much slower, takes loops that touch."""
    found = triangulate(points, start)
    return found if len(found) else manifold3d.triangulate([points[a:b] for a, b in pairwise(start)])
