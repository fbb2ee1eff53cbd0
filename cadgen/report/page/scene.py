"""`scene`: an answer, and the truth that it is judged by, packed to be turned round, and what is told of them."""

from collections.abc import Sequence

import numpy as np

from cadgen.report.viewer import Shape, pack
from cadgen.shape import Solid, Superposition, placed, superpose
from cadgen.shape.raster import segments
from cadgen.shape.superposition import Mesh

MOST_TRIANGLES = 60_000  # of a solid; finding the turn of larger ones takes many seconds


def scene(answer: Solid, truth: Solid | None) -> dict:
    """The packed scene, with a line for people in `told`. Raises `ValueError`, saying why, where nothing can be shown.

    A truth that the answer cannot be laid on is left out, and `told` says so.
    """
    if (num := len(answer.triangles)) > MOST_TRIANGLES:
        raise ValueError(f"the solid has {num} triangles, and more than {MOST_TRIANGLES} are not shown")
    told = [f"box around it {_size(answer)}"]
    shapes = {"answer": _shape(answer)}
    if truth is not None:
        try:
            found, shapes = _laid(answer, truth)
            told += [f"of the truth {_size(truth)}", *found]
        except (ValueError, MemoryError) as error:
            told.append(f"the truth is not shown: {error}")
    return pack(shapes) | {"told": "; ".join(told)}


def _laid(answer: Solid, truth: Solid) -> tuple[list[str], dict[str, Shape]]:
    if (num := len(truth.triangles)) > MOST_TRIANGLES:
        raise ValueError(f"it has {num} triangles, more than {MOST_TRIANGLES}")
    both = superpose(truth, answer)
    shapes = {"answer": _shape(answer, both.turn), "truth": _shape(truth)}
    if both.missing is None or both.extra is None:
        return [_how(both, answer, truth), "no difference: their meshes are not manifold"], shapes
    parts: Sequence[tuple[str, tuple[Mesh, float]]] = (("missing", both.missing), ("extra", both.extra))
    shapes |= {name: Shape(*mesh) for name, (mesh, _) in parts}
    return [_how(both, answer, truth), *(_told(name, *one) for name, one in parts)], shapes


def _told(name: str, mesh: Mesh, share: float) -> str:
    films = share and not len(mesh[1])
    return f"{name} {share:.1%} of its volume{', too thin to be drawn' if films else ''}"


def _how(both: Superposition, answer: Solid, truth: Solid) -> str:
    angle = np.degrees(np.arccos(np.clip((np.trace(both.turn) - 1) / 2, -1, 1)))
    scale = truth.radius_of_gyration / answer.radius_of_gyration
    return f"laid on it as IoU aligned ({both.overlap.iou:.3f}) does, turned by {angle:.0f}° and scaled by {scale:.4g}"


def _shape(solid: Solid, turn: np.ndarray | None = None) -> Shape:
    return Shape(placed(solid, turn), solid.triangles, segments(solid)[:, :2])


def _size(solid: Solid) -> str:
    return " × ".join(f"{length:.4g}" for length in np.ptp(solid.bounds, axis=0))
