"""Programs put together of the flat faces that a picture shows: `assembled(targets, eyes)`.

Each face is swept away from the eye, down to the far side of the part or as far as its walls are seen to go. What hides
a part of a face stands on it or before it: its outline goes on under that.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from math import inf
from operator import attrgetter

import numpy as np

from cadgen.program import IN_PLANE, PLANE_ACROSS, Arc, Circle, Extrude, Line, Loop, Path, Program, stands
from cadgen.refine.eye import Eye
from cadgen.refine.fit import Fitted, in_time, likest, solid_of
from cadgen.refine.flat_face import Edge, Outline, Rim, faces_of
from cadgen.refine.region import cross, ends_of, labelled, values_at, ways
from cadgen.refine.relief import Relief, relief_of
from cadgen.refine.view import Target, View, likeness, look_of
from cadgen.shape import Camera

_GAPS = (3, 13)  # pixels of lines that are closed: few keep what is small apart, many mend lines that break
_HALF, _HALF_DRAWN = 1.0, 1.5  # pixels, of what a line is thick: in the published pictures and in any other
_CUT = 4  # pixels of a corner that are cut off where a gap of no length is closed
_NUM_CAMERAS, _SETTLED, _LOOKS = 4, 5, 100
_LEVEL = 0.1  # of a unit towards the eye, that one along an axis goes
_EXTENT = 384.0  # grid steps of the longest side
_SAME = 1.2  # pixels between coordinates that are the same
_NEARER = 2.0  # pixels towards the eye
_OVER = 6.0  # pixels beyond an edge, where it is asked what is nearer
_IN_LINE, _BACK = 4.0, 3.0  # pixels by which an edge that goes on may miss the next, or be drawn back
_ON_RIM, _MOSTLY = 3.0, 0.9  # pixels from a circle; of an outline that is on it
_LOWEST = 3.0  # pixels that a flat wall goes down
_THIN, _THICK = 1.0, 3.0  # pixels that a wall goes down at least, in the published pictures and in any other
_WITHIN = 4.0  # pixels by which the floor of a pocket may stand out of it
_MOST_STEPS, _MOST_REGIONS = 16, 150  # of a program; what has more regions is texture


def assembled(targets: Sequence[Target], eyes: Sequence[Eye], until: float = inf) -> Iterator[Fitted]:
    """The likest of these programs, fitted, where there is one picture: from cameras that are usual or told."""
    if len(targets) > 1:
        return
    (target,), (eye,) = targets, eyes
    cameras = [*dict.fromkeys((*eye.usual[:1], *eye.told, *eye.usual))][:_NUM_CAMERAS]
    found = [start for camera in in_time(cameras, until) for start in _starts(target, camera)]
    yield from likest(found, targets, _SETTLED, _LOOKS, until)


def _starts(target: Target, camera: Camera) -> Iterator[Fitted]:
    """All programs from a camera, with coarse likenesses. None where it looks in perspective, or along an axis."""
    axes_33, coarse, taken = camera.axes, target.coarse, set[Program]()
    if camera.perspective or np.abs(axes_33[2]).min() < _LEVEL:
        return
    half = _HALF if target.exact else _HALF_DRAWN
    line_SS = target.distance_SS < half
    if target.grey_SS is not None:
        line_SS |= ends_of(target.grey_SS)
    for gap in _GAPS:
        label_SS = labelled(target.part_SS, line_SS, ways(axes_33), gap)
        if label_SS.max() > _MOST_REGIONS:
            continue
        faces = faces_of(label_SS, target.grey_SS, axes_33, gap + _CUT)
        if not faces:
            continue
        relief = relief_of(faces, label_SS, target.part_SS, axes_33, _THIN if target.exact else _THICK)
        for fills in (True, False):
            model = _Model(relief, label_SS, fills)
            view = View(camera, (0.0, 0.0, 0.0), 1.0, 1 / model.scale, *model.middle_2)
            for program in model.programs():
                solid = solid_of(program) if program not in taken and stands(program) else None
                taken.add(program)
                if solid:
                    yield Fitted(program, (view,), likeness(coarse, look_of(solid, view, coarse.grain)))


class _Model:
    """The largest group of faces of a relief, in grid steps around the middle of the part.

    fills: outlines go on under what hides them. scale: grid steps a pixel; middle_2: where the picture has the middle.
    """

    def __init__(self, relief: Relief, label_SS: np.ndarray, fills: bool):
        self.relief, self.label_SS = relief, label_SS
        faces, group_F = relief.faces, relief.group_F
        length_F = [len(face.contour_N2) for face in faces]
        self.numbers = np.flatnonzero(group_F == np.bincount(group_F, length_F).argmax()).tolist()
        self.number_of = {faces[number].label: number for number in self.numbers}
        shown = self._filled if fills else self._seen
        self.outlines = {number: shown(number) for number in self.numbers}
        point_P3 = np.array([point_3 for number in self.numbers for point_3 in self._points(number)])
        low_3, high_3 = point_P3.min(0), point_P3.max(0)
        self.middle_3, self.scale = (low_3 + high_3) / 2, _EXTENT / max(1e-9, float((high_3 - low_3).max()))
        right, up, towards = relief.axes_33
        self.middle_2 = float(self.middle_3 @ right), float(-self.middle_3 @ up)
        self.far_3 = np.where(towards > 0, low_3, high_3)
        self.coordinates = [_merged(point_P3[:, axis]) for axis in range(3)]

    # Outlines

    def _seen(self, number: int) -> list[Outline]:
        return [*self.relief.faces[number].outlines]

    def _filled(self, number: int) -> list[Outline]:
        """Without the edges where something nearer begins; holes that are only such edges are none."""
        found, face = list[Outline](), self.relief.faces[number]
        in_plane_22 = ways(self.relief.axes_33)[list(IN_PLANE[face.normal])]
        for place, outline in enumerate(face.outlines):
            if isinstance(outline, Rim):
                if not place or self._ends(number, outline):
                    found.append(outline)
                continue
            ends = [self._ends(number, edge) for edge in outline]
            if any(ends):
                found.append(outline if all(ends) else _rim(outline, ends, in_plane_22) or _without(outline, ends))
            elif not place:
                found.append(outline)
        return found

    def _ends(self, number: int, edge: Edge | Rim) -> bool:
        """Whether the face ends at the edge, and does not go on behind what is beyond."""
        relief, nearer = self.relief, 0.0
        place_2 = edge.centre_2 if isinstance(edge, Rim) else self._over(number, edge)
        for label, share in edge.beyond.items():
            other = self.number_of.get(label)
            if other is None:
                nearer += share * relief.rises.get((number, label), False)
            elif other != number:
                nearer += share * (relief.nearness(place_2, other) > relief.nearness(place_2, number) + _NEARER)
        return nearer < 0.5

    def _over(self, number: int, edge: Edge) -> np.ndarray:
        chord_2 = edge.end_2 - edge.start_2
        left_2 = np.array([-chord_2[1], chord_2[0]]) / max(1e-9, edge.length)
        sides = [edge.middle_2 + sign * _OVER * left_2 for sign in (-1, 1)]
        inside = values_at(self.label_SS, np.array(sides)) == self.relief.faces[number].label
        return sides[int(inside.argmin())]

    def _points(self, number: int) -> Iterator[np.ndarray]:
        """Points that bound the face, and one as far down as its walls go."""
        relief, normal = self.relief, self.relief.faces[number].normal
        for place_2 in _places(self.outlines[number], normal, ways(relief.axes_33)):
            point_3 = relief.point(place_2, number)
            yield point_3
        if number in relief.falls:
            point_3[normal] += relief.down(number) * relief.falls[number]
            yield point_3

    # Programs

    def programs(self) -> Iterator[Program]:
        """Of the faces across each axis, to the far side and as walls go, also with the holes of others; and of all."""
        floors = {floor for number in self.numbers for floor in self._floors(number).values()}
        shown = [number for number in self.numbers if number not in floors]
        every = {number: self._swept(number, self._foot(number)) for number in shown}
        for axis in range(3):
            across = [number for number in shown if self.relief.faces[number].normal == axis]
            pockets = [cut for number in across for cut in self._cuts(number, self._floors(number))]
            holes = [cut for number in shown if number not in across for cut in self._cuts(number)]
            deep = [step for number in across if (step := self._swept(number, float(self.far_3[axis])))]
            near = [step for number in across if (step := every[number])]
            for steps in (deep, near):
                if steps:
                    yield (*steps, *pockets)
                    if holes:
                        yield (*steps, *pockets, *holes)
        whole = [step.with_loops(step.loops[:1]) for step in every.values() if step]
        cuts = [cut for number in shown for cut in self._cuts(number)]
        if 1 < len(whole) + len(cuts) <= _MOST_STEPS and whole:
            yield (*whole, *cuts)

    def _floors(self, number: int) -> dict[int, int]:
        """The faces that lie at the bottom of pockets in this one, by the number of the outline of the pocket."""
        relief, faces = self.relief, self.relief.faces
        found = {}
        for hole, outline in enumerate(self.outlines[number]):
            if not hole:
                continue
            low_2, high_2 = self._box([outline], number)
            for other in self.numbers:
                is_deeper = (relief.height_F[other] - relief.height_F[number]) * relief.down(number) > _LOWEST
                if faces[other].normal == faces[number].normal and is_deeper:
                    inner_low_2, inner_high_2 = self._box(self.outlines[other][:1], other)
                    if (inner_low_2 > low_2 - _WITHIN).all() and (inner_high_2 < high_2 + _WITHIN).all():
                        found[hole] = other
        return found

    def _box(self, outlines: Sequence[Outline], number: int) -> tuple[np.ndarray, np.ndarray]:
        """Corners of the box around outlines, in the plane of the face."""
        normal = self.relief.faces[number].normal
        places = _places(outlines, normal, ways(self.relief.axes_33))
        point_P2 = np.array([self.relief.point(place_2, number) for place_2 in places])[:, list(IN_PLANE[normal])]
        return point_P2.min(0), point_P2.max(0)

    def _swept(self, number: int, foot: float) -> Extrude | None:
        """The face, swept to a height, without its pockets."""
        floors = self._floors(number)
        outlines = [outline for hole, outline in enumerate(self.outlines[number]) if hole not in floors]
        loops = [self._loop(outline, number) for outline in outlines]
        step = self._between(number, foot, tuple(filter(None, loops)))
        return step if loops[0] and step.stands() else None

    def _cuts(self, number: int, only: Iterable[int] | None = None) -> Iterator[Extrude]:
        """The holes of a face, to their floors or as deep as its walls go. only: numbers of outlines."""
        floors = self._floors(number)
        for hole in range(1, len(self.outlines[number])) if only is None else only:
            foot = float(self.relief.height_F[floors[hole]]) if hole in floors else self._foot(number)
            loop = self._loop(self.outlines[number][hole], number)
            step = self._between(number, foot, (loop,)) if loop else None
            if step and step.stands():
                yield replace(step, operation="cut")

    def _between(self, number: int, foot: float, loops: tuple[Loop, ...]) -> Extrude:
        axis = self.relief.faces[number].normal
        low, high = sorted(self._grid(value, axis) for value in (float(self.relief.height_F[number]), foot))
        return Extrude("union", PLANE_ACROSS[axis], low, high, loops)

    def _foot(self, number: int) -> float:
        """The height that the shortest of the walls around the face goes down to; the far side where none is seen."""
        relief, faces = self.relief, self.relief.faces
        axis, height, down = faces[number].normal, float(relief.height_F[number]), relief.down(number)
        ends = [height + down * relief.falls[number]] if number in relief.falls else []
        outer = self.outlines[number][0]
        for label in {label for edge in (() if isinstance(outer, Rim) else outer) for label in edge.beyond}:
            other = self.number_of.get(label)
            if other is not None and faces[other].normal != axis:
                lowest = max(down * float(point_3[axis]) for point_3 in self._points(other))
                if lowest - down * height > _LOWEST:
                    ends.append(down * lowest)
        return min(ends, key=lambda end: down * end) if ends else float(self.far_3[axis])

    def _loop(self, outline: Outline, number: int) -> Loop | None:
        x, y = IN_PLANE[self.relief.faces[number].normal]

        def grid(place_2: np.ndarray) -> tuple[int, int]:
            point_3 = self.relief.point(place_2, number)
            return self._grid(float(point_3[x]), x), self._grid(float(point_3[y]), y)

        if isinstance(outline, Rim):
            return Circle(grid(outline.centre_2), max(1, round(outline.radius * self.scale)))
        start = at = grid(outline[0].start_2)
        segments = list[Line | Arc]()
        for edge in outline:
            end = grid(edge.end_2)
            if end != at:
                segments.append(Line(end) if edge.mid_2 is None else Arc(grid(edge.mid_2), end))
            at = end
        return Path(start, tuple(segments)) if len(segments) > 1 else None

    def _grid(self, value: float, axis: int) -> int:
        return round((self.coordinates[axis](value) - float(self.middle_3[axis])) * self.scale)


def _places(outlines: Sequence[Outline], normal: int, ways_32: np.ndarray) -> Iterator[np.ndarray]:
    """Places that outlines go through, at their extremes."""
    for outline in outlines:
        if isinstance(outline, Rim):
            for axis in IN_PLANE[normal]:
                yield from (outline.centre_2 + sign * outline.radius * ways_32[axis] for sign in (-1, 1))
        else:
            for edge in outline:
                yield from (edge.start_2,) if edge.mid_2 is None else (edge.start_2, edge.mid_2)


def _merged(value_P: np.ndarray) -> Callable[[float], float]:
    """What takes a coordinate to the mean of those that are about the same, and any other to itself."""
    means, group = list[float](), list[float]()
    for value in np.sort(value_P).tolist():
        if group and (value - group[-1] > _SAME or value - group[0] > 2 * _SAME):
            means.append(float(np.mean(group)))
            group = []
        group.append(value)
    means.append(float(np.mean(group)))

    def merged(value: float) -> float:
        mean = min(means, key=lambda one: abs(one - value))
        return mean if abs(mean - value) < _SAME else value

    return merged


def _rim(outline: tuple[Edge, ...], ends: Sequence[bool], in_plane_22: np.ndarray) -> Rim | None:
    """The circle that almost all of an outline lies on where the face ends, if there is one."""
    kept = [edge for edge, is_kept in zip(outline, ends, strict=True) if is_kept]
    longest = max(kept, key=attrgetter("length"))
    if longest.circle is None:
        return None
    centre_2, radius = longest.circle
    out_K2 = np.linalg.solve(in_plane_22.T, np.array([edge.middle_2 - centre_2 for edge in kept]).T).T
    length_K = np.array([edge.length for edge in kept])
    on_K = np.abs(np.hypot(*out_K2.T) - radius) < _ON_RIM
    return Rim(centre_2, radius, longest.beyond) if length_K[on_K].sum() > _MOSTLY * length_K.sum() else None


def _without(outline: tuple[Edge, ...], ends: Sequence[bool]) -> Outline:
    """The outline with those edges drawn on where the face ends, until they meet, instead of the others."""
    first = ends.index(True)
    edges, kept = [*outline[first:], *outline[:first]], [*ends[first:], *ends[:first]]
    found, between = [edges[0]], list[Edge]()
    for edge, is_kept in zip((*edges[1:], edges[0]), (*kept[1:], True), strict=True):
        if not is_kept:
            between.append(edge)
            continue
        meeting_2 = _drawn_on(found[-1], edge) if between else None
        if meeting_2 is None:
            found += between
        else:
            found[-1], edge = replace(found[-1], end_2=meeting_2), replace(edge, start_2=meeting_2)
        between = []
        found.append(edge)
    return (replace(found[0], start_2=found[-1].start_2), *found[1:-1])


def _drawn_on(one: Edge, other: Edge) -> np.ndarray | None:
    """Where the first, drawn on, meets the second, drawn back; None where they do not."""
    if one.mid_2 is not None or other.mid_2 is not None:
        return None
    on_2 = (one.end_2 - one.start_2) / max(1e-9, one.length)
    back_2 = (other.start_2 - other.end_2) / max(1e-9, other.length)
    gap_2 = other.start_2 - one.end_2
    across, apart = cross(on_2, back_2), cross(on_2, gap_2)
    if abs(across) < 0.1:
        middle_2: np.ndarray = (one.end_2 + other.start_2) / 2
        return middle_2 if abs(apart) < _IN_LINE and on_2 @ gap_2 > 0 else None
    along, along_other = cross(gap_2, back_2) / across, apart / across
    meeting_2: np.ndarray = one.end_2 + along * on_2
    return meeting_2 if min(along, along_other) > -_BACK else None
